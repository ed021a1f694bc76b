"""`acutance bench`: how fast, beside what."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acutance.cli.console import SOME_FAILED, fail, note, progress_bar
from acutance.cli.sharpen import parse_size

if TYPE_CHECKING:
    from acutance.bench import Plan, Results
    from acutance.evaluate.tables import Table

_SIZES = "640x360,960x540,1280x720,1920x1080,3840x2160"
_FILE_WIDTH = 180  # columns where the output is no terminal: enough that nothing is folded


def bench(
    models: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,…",
            help="Shipped models or ONNX files; all that are shipped where none is named.",
            show_default=False,
        ),
    ] = None,
    sizes: Annotated[str, typer.Option(metavar="WxH[,WxH…]", help="Of the displayed frames.")] = _SIZES,
    precision: Annotated[
        str, typer.Option(metavar="P[,P…]", help="auto, f32, bf16, f16 or int8: each model in each of them.")
    ] = "auto",
    device: Annotated[str, typer.Option(help="cpu, gpu, npu, ort-cpu, cuda, directml or coreml.")] = "cpu",
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads.  [default: all]", show_default=False)] = None,
    frames: Annotated[int, typer.Option(min=3, help="At most so many of each thing and size.")] = 60,
    seconds: Annotated[float, typer.Option(min=0, help="At most so long a size.")] = 30.0,
    clip_seconds: Annotated[
        float, typer.Option(min=0, help="How long the clips are; 0 leaves out clips and processes of their own.")
    ] = 10.0,
    limit: Annotated[
        bool, typer.Option("--limit", help="Measure the machine's fastest convolutions, too: all else as a share.")
    ] = False,
    shapes: Annotated[
        str | None,
        typer.Option(
            metavar="S[,S…]",
            help="Only networks with random weights: UNSHUFFLE/CHANNELS/CONVOLUTIONS (2/16/6), or rivals' names.",
            show_default=False,
        ),
    ] = None,
    to_json: Annotated[Path | None, typer.Option("--json", metavar="F.json", help="Write everything.")] = None,
    plot: Annotated[Path | None, typer.Option(metavar="F.svg", help="Draw the latency of each frame.")] = None,
    markdown: Annotated[
        Path | None,
        typer.Option(
            metavar="F.md", help="Measure nothing: put the results in F/results/*.json between this document's markers."
        ),
    ] = None,
) -> None:
    """Time students beside resizing, sharpening filters and other networks, in turn; then clips from file to file."""
    from acutance.bench import BenchError
    from acutance.bench import bench as measure
    from acutance.bench.report import fill_document, latency_chart
    from acutance.evaluate.documents import write_document
    from acutance.runtime import CardError, ModelError

    try:
        if markdown is not None:
            write_document(markdown, fill_document(markdown))
            return
        plan = _plan(models, shapes, sizes, device, precision, threads, frames, seconds, clip_seconds, limit)
        if not plan.sizes:
            raise BenchError(f"--sizes: got {sizes!r}, expected WIDTHxHEIGHT, such as 1920x1080")
        for path in (to_json, plot):
            if path is not None and not path.parent.is_dir():
                raise BenchError(f"{path}: there is no folder {path.parent}")
        with progress_bar() as progress:
            task = progress.add_task("opening models", total=None)
            results = measure(plan, lambda doing: progress.update(task, description=doing))
    except (BenchError, ModelError, CardError, ValueError) as error:
        fail(error)
    for line in results.notes:
        note(line)
    _print(results)
    try:
        if to_json is not None:
            write_document(to_json, results.model_dump_json(exclude_none=True) + "\n")
        if plot is not None:
            write_document(plot, latency_chart(results))
    except OSError as error:
        fail(error, SOME_FAILED)


def _plan(
    models: str | None,
    shapes: str | None,
    sizes: str,
    device: str,
    precision: str,
    threads: int | None,
    frames: int,
    seconds: float,
    clip_seconds: float,
    limit: bool,
) -> "Plan":
    from acutance.bench import Plan
    from acutance.bench.machine import usable_cores
    from acutance.bench.networks import parse_shape
    from acutance.runtime.models import shipped_models

    return Plan(
        models=tuple(shipped_models()) if models is None else _parts(models),
        shapes=tuple(parse_shape(part) for part in _parts(shapes or "")),
        sizes=tuple(parse_size(part) for part in _parts(sizes)),
        device=device,
        precisions=_parts(precision),
        threads=threads or usable_cores(),
        frames=frames,
        seconds=seconds,
        clip_seconds=clip_seconds,
        limit=limit,
    )


def _parts(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _print(results: "Results") -> None:
    from acutance.bench.report import tables

    machine = results.machine
    print(f"{machine.processor}, {machine.cores} cores ({', '.join(machine.instruction_sets)}), {machine.system}")
    for title, table in tables(results).items():
        _print_table(title, table)


def _print_table(title: str, table: "Table") -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable

    width = None if Console().is_terminal else _FILE_WIDTH
    console = Console(width=width, markup=False, emoji=False, highlight=False)
    shown = RichTable(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    for heading in table.headings:
        shown.add_column(heading, justify="right" if shown.columns else "left")
    for cells in table.rows:
        shown.add_row(*cells)
    console.print(shown)
