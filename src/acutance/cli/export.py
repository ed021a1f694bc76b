"""`acutance export`: a run's student, several students, or a teacher, as an ONNX file."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from acutance.cli.console import fail
from acutance.cli.lab import require_lab


def export(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="[RUN…] OUT.onnx", help="The run's folder, or with --bank folders and model files, and the file."
        ),
    ],
    teacher: Annotated[
        str | None,
        typer.Option(metavar="NAME_OR_WEIGHTS", help="Write this teacher, and no run's student.", show_default=False),
    ] = None,
    bank: Annotated[
        bool, typer.Option("--bank", help="Write several students as one file, each for what it was trained on.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
) -> None:
    """Write a run's best student as one ONNX file, folded, with its card; or a teacher, for acutance evaluate.

    The file is run and compared with torch before it gets its name. With --bank several students become one file:
    runs, and model files that acutance export or acutance quantize wrote, all in f32 or all in int8.
    """
    *runs, target = paths
    if bank and teacher is not None:
        fail("--bank: is of students; leave out --teacher")
    if (not runs) if bank else len(runs) != (teacher is None):
        fail(
            f"got {len(paths)} paths, expected RUN and OUT.onnx, or with --teacher OUT.onnx alone, "
            "or with --bank one or more students and OUT.onnx"
        )
    if target.suffix != ".onnx":
        fail(f"{target}: got the suffix {target.suffix!r}, expected .onnx")
    if target.exists() and not overwrite:
        fail(f"{target}: is there already; give another output, or --overwrite")
    require_lab()
    from acutance.lab.export import ExportError
    from acutance.lab.models import WeightsError
    from acutance.lab.training.recipe import RecipeError
    from acutance.lab.training.run import RunError
    from acutance.runtime import CardError, ModelError

    try:
        if teacher is not None:
            print(_export_teacher(teacher, target))
        else:
            print(_export_bank(runs, target) if bank else _export_student(runs[0], target))
    except (CardError, ExportError, ModelError, RecipeError, RunError, WeightsError) as error:
        fail(error)


def _export_student(run: Path, target: Path) -> str:
    from acutance.lab.export import export_student
    from acutance.lab.training.run import Run

    card, difference = export_student(Run(run), target)
    return (
        f"{target}: {card.name}, {card.parameters} parameters, {card.mac_per_pixel:g} MAC per pixel, "
        f"validation {card.training.validation_psnr} dB; differs from torch by at most {difference:.1e}"
    )


def _export_bank(students: list[Path], target: Path) -> str:
    from acutance.lab.export import export_bank, export_student
    from acutance.lab.training.run import Run

    with TemporaryDirectory() as folder:
        files = []
        for number, student in enumerate(students):
            file = student
            if student.is_dir():
                file = Path(folder) / f"{number}.onnx"
                export_student(Run(student), file)
            files.append(file)
        card, difference = export_bank(files, target)
    experts = "; ".join(map(str, card.conditions))
    return (
        f"{target}: {card.name} in {card.precision}, {len(files)} experts of {card.parameters} parameters ({experts}); "
        f"an expert differs from its own file by at most {difference:.1e}"
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
