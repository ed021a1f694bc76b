"""`acutance evaluate`: every model beside its bicubic row."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acutance.cli.console import SOME_FAILED, complain, fail, progress_bar

if TYPE_CHECKING:
    from acutance.evaluate.run import Outcome, Plan
    from acutance.evaluate.summary import Summary
    from acutance.evaluate.tables import Table

_INTERRUPTED = 130  # what shells expect of a command that Ctrl-C stopped
_MAY_BE_LEFT_OUT = ("RGB SSIM", "gain SSIM", "edge width px", "overshoot", "luma SSIM")  # in a narrow window
_FILE_WIDTH = 180  # columns where the output is no terminal: enough that nothing is folded


def evaluate(
    data: Annotated[
        str, typer.Option(help="A fetched set's name, or a folder of pictures; sub-folders are categories.")
    ],
    degradation: Annotated[
        str, typer.Option(metavar="R[,R…]", help="How the clean pictures come to be shown.")
    ] = "bicubic-x2",
    models: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,…",
            help="Shipped models, NAME (f32) or NAME.int8, or ONNX files; all that are shipped where none is named. "
            "bicubic, lanczos, unsharp and cas always stand beside them.",
            show_default=False,
        ),
    ] = None,
    rows: Annotated[
        Path | None,
        typer.Option(
            "--json", metavar="F.jsonl", help="The rows; results/DATA.jsonl where not named.", show_default=False
        ),
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="F.html", help="Write a report with pictures.")] = None,
    markdown: Annotated[
        list[Path] | None, typer.Option(metavar="F.md", help="Put the tables between this document's markers.")
    ] = None,
    metrics: Annotated[
        str | None, typer.Option(metavar="characters", help="Read text, too, by an OCR engine: slow.")
    ] = None,
    update_card: Annotated[
        Path | None, typer.Option(metavar="MODEL.onnx", help="Measure this model, and write the row into its card.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Pictures at a time; as cores and memory allow where not given.")
    ] = None,
) -> None:
    """Measure models on a set of clean pictures.

    Every model stands beside bicubic, which is the displayed picture itself. Rows are kept as they come: stopped and
    started again, the command goes on where it stopped. Pictures that cannot be measured get a line each.
    """
    if find_spec("skimage") is None:
        fail("evaluate: scikit-image is not installed: pip install 'acutance[evaluate]'")
    if metrics not in (None, "characters"):
        fail(f"--metrics: got {metrics!r}, expected characters")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy comes: cores are shared out among the pictures
    from acutance.data import DataError, open_set
    from acutance.degrade import DegradationError, parse_degradation
    from acutance.evaluate.cards import CardUpdateError
    from acutance.evaluate.cards import update_card as write_card
    from acutance.evaluate.methods import method_names
    from acutance.evaluate.report import ReportError
    from acutance.evaluate.rows import RowError
    from acutance.evaluate.run import Plan
    from acutance.evaluate.run import evaluate as measure
    from acutance.evaluate.summary import SummaryError, summarise
    from acutance.evaluate.tables import TableError
    from acutance.metrics import MetricError
    from acutance.pictures import PictureError
    from acutance.runtime import CardError, ModelError

    try:
        with progress_bar() as progress:
            task = progress.add_task("hashing pictures", total=None)
            plan = Plan(
                pictures=open_set(data),
                degradations=[parse_degradation(name) for name in degradation.split(",")],
                methods=method_names([*_asked(models), *([str(update_card)] if update_card else [])]),
                characters=metrics == "characters",
            )
            path = rows or Path("results") / f"{plan.pictures.name}.jsonl"
            progress.update(task, description="measuring")
            outcome = measure(
                plan,
                path,
                workers=workers,
                report=lambda done, total: progress.update(task, completed=done, total=total),
            )
    except (DataError, DegradationError, ModelError, CardError, MetricError, RowError) as error:
        fail(error)
    except KeyboardInterrupt:
        fail("evaluate: stopped; the rows so far are kept, and the same command goes on from them", _INTERRUPTED)
    for line in outcome.failures:
        complain(line)
    try:
        summaries = summarise(outcome.rows)
        for summary in summaries:
            _print(summary)
        for document in markdown or []:
            _fill(document, summaries)
        if html is not None:
            _report(plan, outcome, html)
        if update_card is not None:
            write_card(update_card, summaries)
    except (SummaryError, TableError, ReportError, PictureError, CardUpdateError, ModelError, OSError) as error:
        fail(error, SOME_FAILED)
    print(f"rows: {path}")
    if outcome.failures:
        raise typer.Exit(SOME_FAILED)


def _asked(models: str | None) -> list[str]:
    from acutance.runtime.models import shipped_files

    return list(shipped_files()) if models is None else [name.strip() for name in models.split(",") if name.strip()]


def _print(summary: "Summary") -> None:
    from acutance.evaluate.tables import category_table, overall_table, ranking_table

    left_out = f"; {summary.left_out} that not every method has are left out" if summary.left_out else ""
    _print_table(
        overall_table(summary),
        f"{summary.data}, {summary.degradation}, {summary.pictures} pictures{left_out}",
        "means of the category means and their 95 % bootstrap intervals; gains are paired with bicubic, which is the "
        f"displayed picture; data {summary.data_sha256[:12]}",
    )
    if len(summary.models[0].categories) > 1:
        _print_table(category_table(summary), "By category", "luma PSNR / SSIM")
    _print_table(ranking_table(summary), "Ranking", "by luma PSNR, paired; a lead whose interval holds zero is a tie")


def _print_table(table: "Table", title: str, caption: str) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable

    width = None if Console().is_terminal else _FILE_WIDTH
    console = Console(width=width, markup=False, emoji=False, highlight=False)
    columns = {heading: [heading, *(row[place] for row in table.rows)] for place, heading in enumerate(table.headings)}
    if _width(columns) > console.width:
        columns = {heading: [cell.replace(" ", "\n") for cell in cells] for heading, cells in columns.items()}
    for heading in _MAY_BE_LEFT_OUT:
        if heading in columns and _width(columns) > console.width:
            del columns[heading]
    if len(columns) < len(table.headings):
        caption += "; a wider window shows more figures"
    shown = RichTable(title=title, caption=caption, box=box.SIMPLE_HEAD, title_justify="left", caption_justify="left")
    for cells in columns.values():
        shown.add_column(cells[0], justify="right" if shown.columns else "left")
    for row in list(zip(*columns.values(), strict=True))[1:]:
        shown.add_row(*row)
    console.print(shown)


def _width(columns: dict[str, list[str]]) -> int:
    """Return how wide a table is, with what rich puts around its cells."""
    return 2 + sum(3 + max(len(line) for cell in cells for line in cell.splitlines()) for cells in columns.values())


def _fill(document: Path, summaries: "tuple[Summary, ...]") -> None:
    from acutance.evaluate.documents import write_document
    from acutance.evaluate.tables import fill_tables

    write_document(document, fill_tables(document.read_text(encoding="utf-8"), summaries))


def _report(plan: "Plan", outcome: "Outcome", path: Path) -> None:
    from acutance.evaluate.examples import make_examples
    from acutance.evaluate.methods import ALWAYS
    from acutance.evaluate.report import write_report

    learned = [name for name in plan.methods if name not in ALWAYS]
    examples = make_examples(plan, outcome.rows, (learned or ["unsharp"])[0])
    costs = {name: card.mac_per_pixel for name, card in outcome.cards.items()}
    write_report(outcome.rows, examples, path, costs=costs)
