"""`acutance export`: a run's student as an ONNX file."""

from pathlib import Path
from typing import Annotated

import typer

from acutance.cli.console import fail
from acutance.cli.lab import require_lab


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The run's folder.")],
    target: Annotated[Path, typer.Argument(metavar="OUT.onnx", help="The model file.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
) -> None:
    """Write a run's best student as one ONNX file, folded, with its card.

    The file is run and compared with torch before it gets its name.
    """
    if target.suffix != ".onnx":
        fail(f"{target}: got the suffix {target.suffix!r}, expected .onnx")
    if target.exists() and not overwrite:
        fail(f"{target}: is there already; give another output, or --overwrite")
    require_lab()
    from acutance.lab.export import ExportError, export_student
    from acutance.lab.training.recipe import RecipeError
    from acutance.lab.training.run import Run, RunError

    try:
        card, difference = export_student(Run(run), target)
    except (ExportError, RecipeError, RunError) as error:
        fail(error)
    print(
        f"{target}: {card.name}, {card.parameters} parameters, {card.mac_per_pixel:g} MAC per pixel, "
        f"validation {card.training.validation_psnr} dB; differs from torch by at most {difference:.1e}"
    )
