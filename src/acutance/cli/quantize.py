"""`acutance quantize`: a run's student in int8."""

from pathlib import Path
from typing import Annotated

import typer

from acutance.cli.console import SOME_FAILED, fail, progress_bar
from acutance.cli.lab import require_lab


def quantize(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The run's folder.")],
    target: Annotated[Path, typer.Argument(metavar="OUT.onnx", help="The model file, such as NAME.int8.onnx.")],
    data: Annotated[Path, typer.Option(help="The folder of pictures that the run was trained on.")],
    gate_data: Annotated[
        Path | None,
        typer.Option(
            help="A folder of pictures to measure the loss on.  [default: those that the run held out]",
            show_default=False,
        ),
    ] = None,
    max_loss: Annotated[float, typer.Option(min=0, help="dB that may be lost on average.")] = 0.10,
    max_picture_loss: Annotated[float, typer.Option(min=0, help="dB that any picture may lose.")] = 0.50,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
) -> None:
    """Write a run's best student in int8, unless it loses too much.

    A run with the table [quantisation] has been trained in int8; any other's student is rounded as it is. Loss is luma
    PSNR of sharpened frames, in int8 against f32, on pictures that were not trained on.
    """
    if target.suffix != ".onnx":
        fail(f"{target}: got the suffix {target.suffix!r}, expected .onnx")
    if target.exists() and not overwrite:
        fail(f"{target}: is there already; give another output, or --overwrite")
    require_lab()
    from acutance.lab.export import ExportError, export_quantised
    from acutance.lab.quantisation import Gate, QualityError
    from acutance.lab.samples import TrainingDataError, load_pairs
    from acutance.lab.training.recipe import RecipeError, load_recipe
    from acutance.lab.training.run import Run, RunError
    from acutance.metrics import MetricError
    from acutance.pictures import PictureError
    from acutance.runtime import ModelError

    try:
        recipe = load_recipe(run / "recipe.toml")
        degradation = recipe.data.mixture
        threads = recipe.fabric.threads
        with progress_bar() as progress:
            task = progress.add_task("reading pictures")

            def advance(done: int, total: int) -> None:
                progress.update(task, completed=done, total=total)

            pairs = load_pairs(data, degradation, recipe.data.held_out, threads, advance)
            Run(run).refuse_other_data(pairs.sha256)
            gate_pairs = None
            if gate_data is not None:
                gate_pairs = load_pairs(gate_data, degradation, 0, threads, advance).training
        gate = Gate(mean=max_loss, worst=max_picture_loss)
        card, loss = export_quantised(Run(run), pairs, target, gate=gate, gate_pairs=gate_pairs)
    except QualityError as error:
        fail(f"{target}: not written: {error}", SOME_FAILED)
    except (ExportError, MetricError, ModelError, PictureError, RecipeError, RunError, TrainingDataError) as error:
        fail(error)
    print(f"{target}: {card.name} in int8, validation {card.training.validation_psnr} dB; {loss}")
