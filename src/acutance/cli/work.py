"""Sharpening one file: what its stream is like, and what to say of it afterwards."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from acutance.cli.console import note
from acutance.cli.jobs import Job
from acutance.cli.opened import Sharpeners
from acutance.cli.streams import ASSUMED_SCALE, Enlarged, follow, look_at

if TYPE_CHECKING:
    from acutance.runtime import Selection, Sharpener

_ASPECT_TOLERANCE = 0.01

Advance = Callable[[int, int | None, float], None]
"""Told how many frames are done, of how many (None: not known), after how many seconds."""


@dataclass(frozen=True)
class Result:
    """What was done to one file, as ``--json`` prints it.

    Attributes:
        coded_by: a clip's encoder.
        selection: which of a bank's weights were chosen, and why; None of any other model.
    """

    input: str
    output: str
    width: int
    height: int
    frames: int
    seconds: float
    model: str
    runs_as: str
    scale: float
    scale_from: str
    strength: float
    coded_by: str
    selection: "Selection | None"
    notes: tuple[str, ...]

    @property
    def frames_per_second(self) -> float:
        return self.frames / max(self.seconds, 1e-9)

    def __str__(self) -> str:
        frames = "" if self.frames == 1 else f", {self.frames} frames"
        speed = "" if self.frames == 1 else f" ({self.frames_per_second:.1f} FPS)"
        coded = f", {self.coded_by}" if self.coded_by else ""
        weights = f" ×{self.scale:g} ({self.scale_from})" if self.selection is None else f", {self.selection}"
        return (
            f"{self.output}: {self.width}x{self.height}{frames} in {self.seconds:.1f} s{speed}, "
            f"{self.model}{weights}, {self.runs_as}{coded}"
        )


class Work:
    """Sharpens files, all with the same settings."""

    def __init__(
        self,
        *,
        model: str,
        scale: float | None,
        strength: float,
        size: tuple[int, int] | None,
        device: str,
        precision: str,
        threads: int | None,
        resume: bool = False,
        strict: bool = False,
        encoder: str = "software",
    ) -> None:
        """Open the model, so that what is wrong with it shows before any file is begun.

        Args:
            model: name or path.
            scale: what the user says, None where they say nothing.
            strength: 0..2.
            size: (width, height) to enlarge to first, or None.
            device: see `acutance.Sharpener.load`.
            precision: see `acutance.Sharpener.load`; ``auto`` is f32 for pictures, where the model has a file for it.
            threads: see `acutance.Sharpener.load`.
            resume: see `acutance.video.process_clip`.
            strict: see `acutance.video.process_clip`.
            encoder: see `acutance.video.process_clip`.

        Raises:
            ModelError: the model does not open.
            CardError: its card cannot be used.
            ValueError: scale or strength is out of range.
        """
        self._sharpeners = Sharpeners(
            model, scale=scale, strength=strength, device=device, precision=precision, threads=threads
        )
        self._scale = scale
        self._size = size
        self._threads = threads
        self._resume = resume
        self._strict = strict
        self._encoder = encoder
        self.assumes_scale = (
            scale is None and size is None and self._sharpeners.has_card and not self._sharpeners.is_bank
        )

    def picture(self, job: Job, advance: Advance) -> Result:
        """Sharpen a picture file.

        Where the model fails on it, it is written as it was, and a note says so.

        Raises:
            PictureError: it cannot be read or written.
        """
        from acutance.image.resize import resize_bicubic
        from acutance.pictures import read_any_depth, write_picture
        from acutance.runtime import ModelError

        begun = time.monotonic()
        picture = read_any_depth(job.source)
        height, width = picture.pixels.shape[:2]
        scale, scale_from = self._scale_of(width, height)
        notes = list(picture.notes)
        if self._size is not None:
            shape = self._size[::-1]
            if abs(shape[1] * height / (shape[0] * width) - 1) > _ASPECT_TOLERANCE:
                notes.append(f"{width}x{height} to {shape[1]}x{shape[0]} changes the picture's shape")
            alpha = None if picture.alpha is None else resize_bicubic(picture.alpha, shape)
            picture = replace(picture, pixels=resize_bicubic(picture.pixels, shape), alpha=alpha)
        sharpener = self._sharpeners.for_picture(scale)
        sharpener.follow("auto" if scale is None else scale)
        sharpener.restart()
        try:
            picture = replace(picture, pixels=sharpener(picture.pixels))
        except ModelError as error:
            notes.append(f"not sharpened, written as it was ({error})")
        notes += write_picture(picture, job.target)
        for line in notes:
            note(f"{job.source}: {line}")
        seconds = time.monotonic() - begun
        advance(1, 1, seconds)
        height, width = picture.pixels.shape[:2]
        enlarged = Enlarged(scale, scale_from, sharpener.selection)
        return _result(job, sharpener, (width, height), 1, seconds, enlarged, "", tuple(notes))

    def clip(self, job: Job, advance: Advance) -> Result:
        """Sharpen a clip.

        Raises:
            ClipError: it cannot be read or written.
            ModelError: the model fails on it.
        """
        from acutance.runtime.still import StillFrames
        from acutance.video import probe_clip, process_clip

        begun = time.monotonic()
        clip = probe_clip(job.source)
        scale, scale_from = self._scale_of(clip.width, clip.height)
        sharpeners = self._sharpeners.for_clip(scale)
        selection = None
        if self._sharpeners.is_bank:
            stream = look_at(job.source, scale=scale, enlarges=self._size is not None, threads=self._threads)
            selection, *_ = [follow(sharpener, stream) for sharpener in sharpeners]
            if selection is None:  # a frame's weights depend on the frames before: they go one after another
                sharpeners = [self._sharpeners.for_frames_in_order(scale)]
                follow(sharpeners[0], stream)
        sharpener = sharpeners[0]
        enlarged = Enlarged(scale, scale_from, selection)
        done = 0

        def add(frames: int) -> None:
            nonlocal done
            done += frames
            advance(done, clip.frames, time.monotonic() - begun)

        weights = "" if sharpener.card is None else sharpener.card.weights_sha256
        report = process_clip(
            job.source,
            job.target,
            [StillFrames(each.luma) for each in sharpeners],
            size=self._size,
            threads=self._threads,
            advance=add,
            sharpens_as=f"{sharpener.name} {weights} {enlarged} {sharpener.strength:g} {sharpener.info}",
            resume=self._resume,
            strict=self._strict,
            encoder=self._encoder,
        )
        for line in report.notes:
            note(f"{job.source}: {line}")
        seconds = time.monotonic() - begun
        return _result(job, sharpener, report.size, report.frames, seconds, enlarged, report.encoder, report.notes)

    def _scale_of(self, width: int, height: int) -> tuple[float | None, str]:
        """Return by how much a file of that size has been or will be enlarged, and who says so; None: its frames do."""
        if self._size is not None and self._scale is None:
            area = self._size[0] * self._size[1] / (width * height)
            return round(max(1.0, area**0.5), 3), "from --size"
        if self._scale is not None:
            return self._scale, "from --scale"
        return (None, "seen") if self._sharpeners.is_bank else (ASSUMED_SCALE, "assumed")


def _result(
    job: Job,
    sharpener: "Sharpener",
    size: tuple[int, int],
    frames: int,
    seconds: float,
    enlarged: Enlarged,
    coded_by: str,
    notes: tuple[str, ...],
) -> Result:
    return Result(
        input=str(job.source),
        output=str(job.target),
        width=size[0],
        height=size[1],
        frames=frames,
        seconds=round(seconds, 3),
        model=sharpener.name,
        runs_as=str(sharpener.info),
        scale=enlarged.scale,
        scale_from=enlarged.said_by,
        strength=sharpener.strength,
        coded_by=coded_by,
        selection=enlarged.selection,
        notes=notes,
    )
