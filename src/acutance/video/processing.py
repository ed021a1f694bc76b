"""A clip through a luma map: video sharpened, everything else as it was."""

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import av

from acutance.video.clip import probe_clip
from acutance.video.coding import SOFTWARE, Coding
from acutance.video.decoding import ClipError, refuse_unhandled
from acutance.video.encoding import coding_for
from acutance.video.frame import LumaMap
from acutance.video.joining import join, rehearse
from acutance.video.pipeline import Pipeline
from acutance.video.segments import SEGMENT_FRAMES, Parts, Plan
from acutance.video.target import muxer_of, refuse_place

_CPUS = ("cpu", "ort-cpu")
_AT_ONCE = 4  # frames; each takes a network's memory


@dataclass(frozen=True)
class ClipReport:
    """What was done.

    Attributes:
        frames: how many the clip has.
        resumed: how many of them an earlier run had finished.
        damaged: how many frames of the source were lost or not whole.
        untouched: how many frames could not be sharpened and are as they were.
        seconds: how long it took, by the clock.
        size: (width, height) of the written frames, as stored.
        encoder: FFmpeg's name of what coded them.
        notes: what a user should know, a line each.
    """

    frames: int
    resumed: int
    damaged: int
    untouched: int
    seconds: float
    size: tuple[int, int]
    encoder: str
    notes: tuple[str, ...]


def split_threads(threads: int | None, device: str) -> tuple[int | None, ...]:
    """Return how many threads to give each of several sharpeners that do frames of one clip at the same time.

    A network's threads wait for each other after every layer, and where the decoder or the encoder takes the core of
    one, all of them do. Of several frames, each with few threads, the others go on: docs/experiments/clip_pipeline.md.

    Args:
        threads: how many all of them together may use, None for all.
        device: as `acutance.Sharpener.load` takes it. What is no CPU does one frame after another.
    """
    if device not in _CPUS:
        return (threads,)
    threads = threads or os.cpu_count() or 1
    count = min(threads, _AT_ONCE)
    return tuple(threads // count + (place < threads % count) for place in range(count))


def process_clip(
    source: Path,
    target: Path,
    sharpen: LumaMap | Sequence[LumaMap],
    *,
    size: tuple[int, int] | None = None,
    threads: int | None = None,
    advance: Callable[[int], None] = lambda frames: None,
    sharpens_as: str = "",
    resume: bool = False,
    strict: bool = False,
    encoder: str = SOFTWARE,
) -> ClipReport:
    """Sharpen a clip's luma, with the same frames at the same times; sound is copied packet for packet.

    Out comes H.264, or VP9 in WebM. Chroma and colour tags pass through untouched, subtitles and chapters are copied
    where the container takes them. The target appears when it is whole; an existing one is replaced. Until then
    finished segments lie in a folder ``.TARGET.parts`` beside it, from which a run that was stopped can be gone on
    with: the frames are the same as of a run that was not.

    Args:
        source: a clip of planar YCbCr, 8 or 10 bits, in MP4, MOV, Matroska, WebM or AVI (MPEG-TS and FLV open too).
        target: the result's name; its suffix chooses the format.
        sharpen: from a studio-range luma plane, H×W uint8, to a new one; called in another thread, frame after frame.
            What it raises on the first frame comes through; a later frame on which it raises stays as it was and is
            counted. Of several, which must do the same, each is called for one frame while others do other frames:
            see `split_threads`.
        size: (width, height) to resize the stored frames to first, by swscale's bicubic (a = −0.6); the picture keeps
            its shape on screen (within 1 %) by its pixels' aspect ratio.
        threads: how many scaler and encoder may use each, None for all; with 1, decoding, sharpening and coding take
            turns rather than overlap, and of several maps the first does it all.
        advance: called with the number of frames that were finished since its last call.
        sharpens_as: names what ``sharpen`` does, such as model and strength: a run resumes only where it is the same.
        resume: go on where an earlier run stopped, if one did.
        strict: stop at damage, and at a frame that cannot be sharpened, rather than count it.
        encoder: one of `acutance.video.ENCODERS`.

    Raises:
        ClipError: the source cannot be read or is of a kind that is not handled, the target cannot be written, or
            an earlier run was of something else and cannot be gone on with.
        KeyboardInterrupt: the user stopped it; the message says how far it came and what is kept.
    """
    started = time.perf_counter()
    muxer_of(target)
    refuse_place(target)
    if target.exists() and source.exists() and target.samefile(source):
        raise ClipError(f"{target}: is the source itself; give the result another name")
    info = probe_clip(source)
    refuse_unhandled(source, info.form)
    coding, notes = coding_for(source, target, info, size, threads, encoder)
    notes += rehearse(source, target, info, coding)
    parts = Parts(target, _plan(source, coding, sharpens_as), resume=resume)
    resumed = parts.frames
    if resume and not resumed:
        notes.append("there was nothing to resume: begun anew")
    elif resumed:
        notes.append(f"went on after {resumed} frames of an earlier run")
    maps = [sharpen] if callable(sharpen) else sharpen
    work = Pipeline(source, coding, maps, advance, strict=strict)
    try:
        work.run(parts, SEGMENT_FRAMES)
        sound_notes = join(source, target, info, coding, parts)
    except BaseException as error:
        if not parts.frames:
            parts.remove()
        explained = _explained(error, target, parts.frames, work.done)
        if explained is None:
            raise
        raise explained from error
    parts.remove()
    untouched = sum(len(segment.untouched) for segment in parts.segments)
    if untouched:
        notes.append(f"{untouched} frame(s) could not be sharpened and are as they were{work.failure}")
    if work.times_rounded:
        notes.append(
            "Matroska keeps times in milliseconds: those of the frames were rounded; write a .mp4 to keep them"
        )
    return ClipReport(
        frames=parts.frames,
        resumed=resumed,
        damaged=work.damage.frames,
        untouched=untouched,
        seconds=time.perf_counter() - started,
        size=(coding.form.width, coding.form.height),
        encoder=coding.encoder,
        notes=(*notes, *work.damage.notes(), *sound_notes),
    )


def _plan(source: Path, coding: Coding, sharpens_as: str) -> Plan:
    try:
        with source.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ClipError(f"{source}: cannot be read ({error.strerror})") from error
    # Encoders divide frames among their threads, and code them accordingly.
    threads = str(coding.threads or os.cpu_count())
    return coding.settings() | {
        "threads": threads,
        "segment": str(SEGMENT_FRAMES),
        "source": digest,
        "model": sharpens_as,
    }


def _explained(error: BaseException, target: Path, finished: int, done: int) -> BaseException | None:
    """Return an error that also says how far it came; None where that says nothing or is no fault of the clip's."""
    kept = f"the first {finished} are kept: resuming goes on from there" if finished else "none is kept"
    if isinstance(error, KeyboardInterrupt):
        return KeyboardInterrupt(f"{target}: stopped after {done} frames; {kept}")
    if isinstance(error, ClipError):
        return ClipError(f"{error}; of {done} frames that were done {kept}") if finished else None
    if isinstance(error, av.FFmpegError):
        return ClipError(f"{target}: cannot be encoded after {done} frames ({error.strerror}); {kept}")
    if isinstance(error, OSError):
        return ClipError(f"{target}: cannot be written after {done} frames ({error.strerror}); {kept}")
    return None
