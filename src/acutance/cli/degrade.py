"""`acutance degrade`: what a user would see of a clean picture."""

from pathlib import Path
from typing import Annotated

import typer

from acutance.cli import jobs
from acutance.cli.console import fail, note, progress_bar


@jobs.stoppable()
def degrade(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A clean picture, or a folder of pictures.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="The displayed picture, or a folder for them.")],
    recipe: Annotated[str, typer.Option(help="The degradation: bicubic-xS, with S such as 2, 1.5 or 4/3.")],
    received: Annotated[
        bool, typer.Option("--received", help="Write the small received picture too, as NAME.received.EXT.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace outputs that are there.")] = False,
) -> None:
    """Soften clean pictures as a bad line does.

    A picture is cropped to a multiple of the scale, made smaller, and enlarged again.
    """
    from acutance.degrade import DegradationError, parse_degradation
    from acutance.pictures import Picture, PictureError, read_picture, write_picture
    from acutance.pictures.files import PICTURE_SUFFIXES

    try:
        degradation = parse_degradation(recipe)
    except DegradationError as error:
        fail(error)
    todo = jobs.plan(source, target, PICTURE_SUFFIXES, overwrite=overwrite)
    if received:
        beside = [job.target.with_name(f"{job.target.stem}.received{job.target.suffix}") for job in todo]
        if not overwrite and (there := [path for path in beside if path.exists()]):
            fail(f"{there[0]}: is there already; give another output, or --overwrite")

    def soften(job: jobs.Job) -> None:
        clean = read_picture(job.source)
        try:
            small = degradation.receive(clean.pixels)
        except ValueError as error:
            raise PictureError(f"{job.source}: {error}") from error
        notes = [*clean.notes, *(["left out: transparency"] if clean.alpha is not None else [])]
        if received:
            small_target = job.target.with_name(f"{job.target.stem}.received{job.target.suffix}")
            write_picture(Picture(small, carried=clean.carried), small_target)
        notes += write_picture(Picture(degradation.display(small), carried=clean.carried), job.target)
        for line in notes:
            note(f"{job.source}: {line}")

    with progress_bar() as progress:
        task = progress.add_task("degrading", total=len(todo))

        def advance(job: jobs.Job) -> None:
            try:
                soften(job)
            finally:
                progress.advance(task)

        outcome = jobs.run(todo, advance, (PictureError,))
    jobs.finish(outcome, len(todo))
