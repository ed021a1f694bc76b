"""`acutance export`: a run's student, or a teacher, as an ONNX file."""

from pathlib import Path
from typing import Annotated

import typer

from acutance.cli.console import fail
from acutance.cli.lab import require_lab


def export(
    paths: Annotated[
        list[Path], typer.Argument(metavar="[RUN] OUT.onnx", help="The run's folder, and the model file.")
    ],
    teacher: Annotated[
        str | None,
        typer.Option(metavar="NAME_OR_WEIGHTS", help="Write this teacher, and no run's student.", show_default=False),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
) -> None:
    """Write a run's best student as one ONNX file, folded, with its card; or a teacher, for acutance evaluate.

    The file is run and compared with torch before it gets its name.
    """
    *runs, target = paths
    if len(runs) != (teacher is None):
        fail(f"got {len(paths)} paths, expected RUN and OUT.onnx, or with --teacher OUT.onnx alone")
    if target.suffix != ".onnx":
        fail(f"{target}: got the suffix {target.suffix!r}, expected .onnx")
    if target.exists() and not overwrite:
        fail(f"{target}: is there already; give another output, or --overwrite")
    require_lab()
    from acutance.lab.export import ExportError
    from acutance.lab.models import WeightsError
    from acutance.lab.training.recipe import RecipeError
    from acutance.lab.training.run import RunError

    try:
        print(_export_student(runs[0], target) if teacher is None else _export_teacher(teacher, target))
    except (ExportError, RecipeError, RunError, WeightsError) as error:
        fail(error)


def _export_student(run: Path, target: Path) -> str:
    from acutance.lab.export import export_student
    from acutance.lab.training.run import Run

    card, difference = export_student(Run(run), target)
    return (
        f"{target}: {card.name}, {card.parameters} parameters, {card.mac_per_pixel:g} MAC per pixel, "
        f"validation {card.training.validation_psnr} dB; differs from torch by at most {difference:.1e}"
    )


def _export_teacher(name_or_weights: str, target: Path) -> str:
    from acutance.lab.export import export_teacher
    from acutance.lab.teachers import TeacherChoice, open_teacher

    teacher = open_teacher(TeacherChoice(weights=(name_or_weights,)))
    difference = export_teacher(teacher, target)
    parameters = sum(parameter.numel() for parameter in teacher.parameters())
    return (
        f"{target}: {teacher.name} for x{teacher.scale}, {parameters} parameters; "
        f"differs from torch by at most {difference:.1e}"
    )
