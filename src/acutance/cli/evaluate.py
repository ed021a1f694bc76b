"""`acutance evaluate`: every model beside its bicubic row."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acutance.cli.console import SOME_FAILED, complain, fail, progress_bar
from acutance.cli.tables import print_cells, print_summary

if TYPE_CHECKING:
    from acutance.evaluate.clips.cells import CellSummary
    from acutance.evaluate.plan import Plan
    from acutance.evaluate.run import Outcome
    from acutance.evaluate.summary import Summary

_INTERRUPTED = 130  # what shells expect of a command that Ctrl-C stopped


def evaluate(
    data: Annotated[
        str,
        typer.Option(
            help="A fetched set's name, a folder of pictures (sub-folders are categories), or a TOML file that lists "
            "clips."
        ),
    ],
    degradation: Annotated[
        str,
        typer.Option(
            metavar="R[,R…]",
            help="How the clean pictures come to be shown: bicubic-x2, bicubic-x4/3, clean (as they are), or calls, "
            "such as call-x2-vp8-0.1bpp, in which a picture becomes a clip. Clips need calls.",
        ),
    ] = "bicubic-x2",
    models: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,…",
            help="Shipped models, NAME (f32) or NAME.int8, or ONNX files; all that are shipped where none is named. "
            "bicubic always stands beside them, and where not all degradations are calls lanczos, unsharp and cas.",
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
    told: Annotated[
        str,
        typer.Option(
            metavar="known,auto",
            help="What models with several conditions are told of the stream: all that a receiver knows, or nothing, "
            "so that they go by what they see (rows of NAME.auto); or both.",
        ),
    ] = "known",
    metrics: Annotated[
        str | None,
        typer.Option(
            metavar="characters,warping",
            help="What is slow: read text of pictures, too, by an OCR engine; the warping error of clips.",
        ),
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
    slow = _listed("--metrics", metrics or "", ("characters", "warping"))
    ways = _listed("--told", told, ("known", "auto"))
    if not ways:
        fail("--told: got nothing, expected known, auto or both")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy comes: cores are shared out among the pictures
    from acutance.data import DataError, find_clip_list, open_clips, open_set
    from acutance.degrade import CallDegradation, DegradationError
    from acutance.evaluate.cards import CardUpdateError
    from acutance.evaluate.cards import update_card as write_card
    from acutance.evaluate.clips.cells import CellError, summarise_clips
    from acutance.evaluate.degradations import parse_degradations
    from acutance.evaluate.documents import TableError
    from acutance.evaluate.methods import ALWAYS, method_names
    from acutance.evaluate.plan import Plan
    from acutance.evaluate.report import ReportError
    from acutance.evaluate.rows import BICUBIC, RowError
    from acutance.evaluate.run import evaluate as measure
    from acutance.evaluate.summary import SummaryError, summarise
    from acutance.metrics import MetricError
    from acutance.pictures import PictureError
    from acutance.runtime import CardError, ModelError
    from acutance.video import ClipError

    try:
        with progress_bar() as progress:
            degradations = parse_degradations(degradation)
            only_calls = all(isinstance(one, CallDegradation) for one in degradations)
            asked = [*_asked(models), *([str(update_card)] if update_card else [])]
            task = progress.add_task("hashing what is in the set", total=None)
            clip_list = find_clip_list(data)
            plan = Plan(
                data=open_set(data) if clip_list is None else open_clips(clip_list),
                degradations=degradations,
                methods=method_names(asked, (BICUBIC,) if only_calls else ALWAYS),
                characters="characters" in slow,
                warping="warping" in slow,
                told=[way for way in ("known", "auto") if way in ways],
            )
            path = rows or Path("results") / f"{plan.data.name}.jsonl"
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
        summaries, cells = summarise(outcome.rows), summarise_clips(outcome.clip_rows)
        for summary in summaries:
            print_summary(summary)
        for group in cells:
            print_cells(group)
        for document in markdown or []:
            _fill(document, summaries, cells)
        if html is not None:
            _report(plan, outcome, html)
        if update_card is not None:
            write_card(update_card, summaries, cells)
    except (
        SummaryError,
        CellError,
        TableError,
        ReportError,
        PictureError,
        ClipError,
        CardUpdateError,
        ModelError,
        OSError,
    ) as error:
        fail(error, SOME_FAILED)
    print(f"rows: {path}")
    if outcome.failures:
        raise typer.Exit(SOME_FAILED)


def _asked(models: str | None) -> list[str]:
    from acutance.runtime.models import shipped_files

    return list(shipped_files()) if models is None else [name.strip() for name in models.split(",") if name.strip()]


def _listed(option: str, text: str, choices: tuple[str, ...]) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in choices:
            fail(f"{option}: got {name!r}, expected {' or '.join(choices)}, or both with a comma between")
    return names


def _fill(document: Path, summaries: "tuple[Summary, ...]", cells: "tuple[CellSummary, ...]") -> None:
    from acutance.evaluate.documents import fill_tables, write_document

    write_document(document, fill_tables(document.read_text(encoding="utf-8"), summaries, cells))


def _report(plan: "Plan", outcome: "Outcome", path: Path) -> None:
    from acutance.evaluate.clips.examples import make_clip_examples
    from acutance.evaluate.methods import ALWAYS
    from acutance.evaluate.pictures.examples import make_examples
    from acutance.evaluate.report import write_report

    shown = dict.fromkeys(row.model for row in (*outcome.rows, *outcome.clip_rows))
    learned = next((model for model in shown if model not in ALWAYS), "unsharp")
    write_report(
        outcome.rows,
        make_examples(plan, outcome.rows, learned),
        path,
        costs={name: card.mac_per_pixel for name, card in outcome.cards.items()},
        clip_rows=outcome.clip_rows,
        clip_examples=make_clip_examples(plan, outcome.clip_rows, learned),
    )
