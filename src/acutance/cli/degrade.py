"""`acutance degrade`: what a user would see of a clean picture or clip."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acutance.cli import jobs
from acutance.cli.console import fail, note, one_line, progress_bar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from acutance.degrade import BicubicDegradation, CallDegradation

LATER_FRAME = 24  # by then the codec has left its key frame behind
_UNKNOWN_RATE = Fraction(25)


@jobs.stoppable()
def degrade(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A clean picture, a clip, or a folder of them.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="The displayed picture or clip, or a folder for them.")],
    recipe: Annotated[
        str,
        typer.Option(
            help="The degradation: bicubic-xS, with S such as 2, 1.5 or 4/3, or a call, such as "
            "call-540p-h264-600k, call-x2-vp8-0.1bpp or call-x4/3-h264-qp24."
        ),
    ],
    received: Annotated[
        bool, typer.Option("--received", help="Write the small received picture or clip too, as NAME.received.EXT.")
    ] = False,
    frame: Annotated[
        int, typer.Option(min=0, help="Which frame of a call is taken, where a picture becomes a short clip.")
    ] = LATER_FRAME,
    seed: Annotated[int, typer.Option(min=0, help="Of the camera's way over a picture, in a call.")] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace outputs that are there.")] = False,
) -> None:
    """Soften clean pictures and clips as a bad line does.

    Frames are cropped to a multiple of the scale, made smaller, and enlarged again; a call's are coded and decoded in
    between. In a call a picture becomes a clip first: a camera moves over it, and a later frame is taken. Clips come
    out without their sound.
    """
    from acutance.degrade import DegradationError, parse_degradation
    from acutance.pictures import PictureError
    from acutance.pictures.files import PICTURE_SUFFIXES
    from acutance.video import CLIP_SUFFIXES, ClipError

    try:
        degradation = parse_degradation(recipe, calls=True)
    except DegradationError as error:
        fail(error)
    todo = jobs.plan(source, target, PICTURE_SUFFIXES | CLIP_SUFFIXES, overwrite=overwrite)
    if received and not overwrite and (there := [_beside(job) for job in todo if _beside(job).exists()]):
        fail(f"{there[0]}: is there already; give another output, or --overwrite")

    with progress_bar() as progress:
        task = progress.add_task("", total=None)

        def soften(job: jobs.Job) -> None:
            progress.reset(task, description=job.source.name)

            def advance(frames: int | None) -> None:
                progress.update(task, advance=1, total=frames)

            if job.source.suffix.lower() in CLIP_SUFFIXES:
                done = _clip(job, degradation, received, advance)
            else:
                done = _picture(job, degradation, received, frame, seed)
            print(one_line(f"{job.target}: {done}"))

        outcome = jobs.run(todo, soften, (PictureError, ClipError))
    jobs.finish(outcome, len(todo))


def _picture(
    job: jobs.Job, degradation: "BicubicDegradation | CallDegradation", received: bool, at: int, seed: int
) -> str:
    """Degrade a picture and say what was done.

    Raises:
        PictureError: it cannot be read, degraded or written.
    """
    from acutance.degrade import CallDegradation
    from acutance.pictures import Picture, PictureError, read_picture, write_picture

    clean = read_picture(job.source)
    how = ""
    try:
        if isinstance(degradation, CallDegradation):
            call = degradation.send_picture(clean.pixels, seed=seed, at=at)
            small, displayed = call.received.rgb(), call.displayed.rgb()
            if clean.pixels.ndim == 2:  # R, G and B are alike, or the codec's fault
                small, displayed = small[..., 1], displayed[..., 1]
            how = (
                f" in {degradation.codec}, frame {at} of a camera's way (seed {seed}), "
                f"{call.bits_per_pixel:.3f} bits a pixel"
            )
        else:
            small = degradation.receive(clean.pixels)
            displayed = degradation.display(small)
    except ValueError as error:
        raise PictureError(f"{job.source}: {error}") from error
    notes = [*clean.notes, *(["left out: transparency"] if clean.alpha is not None else [])]
    if received:
        write_picture(Picture(small, carried=clean.carried), _beside(job))
    notes += write_picture(Picture(displayed, carried=clean.carried), job.target)
    for line in notes:
        note(f"{job.source}: {line}")
    return f"{_size(displayed)}, received as {_size(small)}{how}"


def _clip(
    job: jobs.Job,
    degradation: "BicubicDegradation | CallDegradation",
    received: bool,
    advance: Callable[[int | None], None],
) -> str:
    """Degrade a clip and say what was done.

    Raises:
        ClipError: it cannot be read, degraded or written.
    """
    from acutance.degrade import CallDegradation
    from acutance.degrade.codec import FRAME_RATE
    from acutance.video import ClipError, probe_clip, read_rgb, write_clip

    info = probe_clip(job.source)
    left_out = ["sound"] * info.has_audio + [f"its turn by {info.rotation}°"] * bool(info.rotation)
    if left_out:
        note(f"{job.source}: left out: {', '.join(left_out)}")
    passes = 2 if received else 1
    frames = bits = 0
    sizes = ("", "")

    def displayed() -> "Iterator[NDArray[np.uint8]]":
        nonlocal frames, bits, sizes
        for small, large, taken in _degraded(degradation, read_rgb(job.source)):
            frames, bits, sizes = frames + 1, bits + taken, (_size(large), _size(small))
            advance(info.frames and info.frames * passes)
            yield large

    def small() -> "Iterator[NDArray[np.uint8]]":
        for pixels, _, _ in _degraded(degradation, read_rgb(job.source)):
            advance(info.frames and info.frames * passes)
            yield pixels

    rate = info.rate or _UNKNOWN_RATE
    try:
        write_clip(job.target, displayed(), rate)
        if received:  # goes through it all once more rather than keep the frames: both runs give the same
            write_clip(_beside(job), small(), rate)
    except ClipError:
        raise
    except ValueError as error:
        raise ClipError(f"{job.source}: {error}") from error
    said = f"{sizes[0]}, received as {sizes[1]}"
    if not isinstance(degradation, CallDegradation):
        return f"{said}, {frames} frames"
    width, height = (int(side) for side in sizes[1].split("x"))
    kbit = float(bits / frames * FRAME_RATE / 1000)
    return (
        f"{said} in {degradation.codec}, {frames} frames, {bits / (frames * width * height):.3f} bits a pixel "
        f"({kbit:.0f} kbit/s at {FRAME_RATE} FPS)"
    )


def _degraded(
    degradation: "BicubicDegradation | CallDegradation", clean: "Iterator[NDArray[np.uint8]]"
) -> "Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8], int]]":
    """Yield each frame as received and as displayed, both RGB, and the bits it took (0 without a codec)."""
    from acutance.degrade import CallDegradation

    if isinstance(degradation, CallDegradation):
        for frame in degradation.send(clean):
            yield frame.received.rgb(), frame.displayed.rgb(), frame.bits
    else:
        for pixels in clean:
            small = degradation.receive(pixels)
            yield small, degradation.display(small), 0


def _beside(job: jobs.Job) -> Path:
    return job.target.with_name(f"{job.target.stem}.received{job.target.suffix}")


def _size(pixels: "NDArray[np.uint8]") -> str:
    height, width = pixels.shape[:2]
    return f"{width}x{height}"
