"""A clip through a luma map: video sharpened, everything else as it was."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer
from av.stream import Discard, Stream
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from acutance.video.clip import ClipError, ClipInfo, decoded, open_clip, probe_clip, refuse_unhandled
from acutance.video.encoding import add_video, encode, refuse_uneven
from acutance.video.frame import MATRIX_BT709, RESIZING, UNTAGGED, FrameForm, LumaMap, change_luma
from acutance.video.target import CLIP_SUFFIXES, MATROSKA, muxer_of, new_clip

_LARGEST_TIME_SCALE = 2**31 - 1
# Sizes such as 854x480 are rounded. A pixel ratio that undid this would have players resample every frame.
_ROUNDED_SIZE = Fraction(1, 100)
_COPIED = ("audio", "subtitle")
_OF_THE_FILE = ("encoder", "major_brand", "minor_version", "compatible_brands")
_OF_THE_STREAM = ("language", "title", "handler_name", "creation_time")


@dataclass(frozen=True)
class ClipReport:
    """What was done.

    Attributes:
        frames: how many were written.
        seconds: how long it took, by the clock.
        size: (width, height) of the written frames, as stored.
        notes: what a user should know, a line each.
    """

    frames: int
    seconds: float
    size: tuple[int, int]
    notes: tuple[str, ...]


def process_clip(
    source: Path,
    target: Path,
    sharpen: LumaMap,
    *,
    size: tuple[int, int] | None = None,
    threads: int | None = None,
    advance: Callable[[int], None] = lambda frames: None,
) -> ClipReport:
    """Sharpen a clip's luma: H.264 out, with the same frames at the same times; sound is copied packet for packet.

    Chroma and colour tags pass through untouched, subtitles and chapters are copied where the container takes them.
    The target appears when it is whole; an existing one is replaced.

    Args:
        source: a clip of 8-bit planar YCbCr in MP4, MOV or Matroska (AVI, MPEG-TS and FLV open too).
        target: the result's name; its suffix chooses the format.
        sharpen: from a studio-range luma plane, H×W uint8, to a new one; what it raises comes through.
        size: (width, height) to resize the stored frames to first, by swscale's bicubic (a = −0.6); the picture keeps
            its shape on screen (within 1 %) by its pixels' aspect ratio.
        threads: how many decoder, scaler and encoder may use each, None for all.
        advance: called with the number of frames that were finished since its last call.

    Raises:
        ClipError: the source cannot be read or is of a kind that is not handled, or the target cannot be written.
    """
    started = time.perf_counter()
    muxer = muxer_of(target)
    _refuse_same(source, target)
    info = probe_clip(source)
    refuse_unhandled(source, info.form)
    form, notes = _target_form(info, size)
    refuse_uneven(target, form)

    frames = 0
    times_rounded = False
    with open_clip(source, threads) as (container, video):
        time_base = Fraction(1, (video.time_base or Fraction(1, av.time_base)).denominator)
        with new_clip(target, _muxer_options(muxer, container)) as output:
            encoder = _add_encoder(output, info, form, time_base, threads)
            copies = _add_copies(target, container, video, output, notes)
            reformatter = VideoReformatter()
            for item in decoded(source, container, video, [container.streams[index] for index in copies]):
                if not isinstance(item, av.VideoFrame):
                    item.stream = copies[item.stream.index]
                    output.mux(item)
                    continue
                frame = reformatter.reformat(
                    item, form.width, form.height, interpolation=RESIZING, threads=threads or 0
                )
                change_luma(frame, sharpen)
                output.mux(encode(encoder, frame))
                frames += 1
                times_rounded |= muxer == MATROSKA and not _is_whole_milliseconds(frame)
                advance(1)
            output.mux(encoder.encode(None))
    if times_rounded:
        notes.append(
            "Matroska keeps times in milliseconds: those of the frames were rounded; write a .mp4 to keep them"
        )
    return ClipReport(frames, time.perf_counter() - started, (form.width, form.height), tuple(notes))


def _is_whole_milliseconds(frame: av.VideoFrame) -> bool:
    return frame.pts is None or frame.time_base is None or 1000 * frame.pts * frame.time_base % 1 == 0


def _refuse_same(source: Path, target: Path) -> None:
    if target.exists() and source.exists() and target.samefile(source):
        raise ClipError(f"{target}: is the source itself; give the result another name")


def _target_form(info: ClipInfo, size: tuple[int, int] | None) -> tuple[FrameForm, list[str]]:
    """Return the form of the written frames, and what there is to say about it."""
    notes = []
    width, height = size or (info.width, info.height)
    form = replace(info.form, width=width, height=height)
    if info.form.matrix == UNTAGGED:
        meant = info.form.meant_matrix
        if form.meant_matrix != meant:  # players guess by the size: only a tag keeps the colours
            form = replace(form, matrix=meant)
        name = "BT.709" if meant == MATRIX_BT709 else "BT.601"
        notes.append(f"untagged video of {info.height} lines: taken as {name}")
    if size and info.rotation:
        notes.append(
            f"players turn this clip by {info.rotation}°: the size {width}x{height} is that of the stored frames"
        )
    return form, notes


def _muxer_options(muxer: str, container: InputContainer) -> dict[str, str]:
    if muxer == MATROSKA:
        # AAC starts before zero; without this all streams are shifted until it does not.
        return {"avoid_negative_ts": "disabled"}
    # A late start is an empty edit, which MP4 counts in the movie's time scale: milliseconds unless it is told.
    late = [stream.time_base for stream in container.streams if stream.time_base and (stream.start_time or 0) > 0]
    time_scale = math.lcm(1000, *(unit.denominator for unit in late))
    return {"movie_timescale": str(min(time_scale, _LARGEST_TIME_SCALE))}


def _add_encoder(
    output: OutputContainer, info: ClipInfo, form: FrameForm, time_base: Fraction, threads: int | None
) -> VideoStream:
    ratio = info.sample_aspect_ratio or Fraction(1)
    stretch = Fraction(info.width * form.height, info.height * form.width)
    if abs(stretch - 1) > _ROUNDED_SIZE:
        ratio *= stretch
    stream = add_video(output, form, time_base=time_base, rate=info.rate, sample_aspect_ratio=ratio, threads=threads)
    stream.set_display_matrix(info.display_matrix)
    return stream


def _add_copies(
    target: Path, container: InputContainer, video: VideoStream, output: OutputContainer, notes: list[str]
) -> dict[int, Stream]:
    """Add a stream for each that is copied, by its index in the source, and copy what the file says of itself."""
    output.metadata.update({key: text for key, text in container.metadata.items() if key.lower() not in _OF_THE_FILE})
    output.set_chapters(container.chapters())
    copies: dict[int, Stream] = {}
    for stream in container.streams:
        if stream.index == video.index:
            _describe(stream, output.streams[0])
            continue
        if stream.discard == Discard.all:
            continue  # where MP4 keeps the chapters
        name = f"{stream.type} stream {stream.index} ({stream.name or 'of no known codec'})"
        if stream.type in _COPIED and stream.name in output.supported_codecs:
            copies[stream.index] = output.add_stream_from_template(stream)
            _describe(stream, copies[stream.index])
        elif stream.type == "audio":
            others = ", ".join(sorted(CLIP_SUFFIXES))
            raise ClipError(f"{target}: cannot hold {name}; choose another of {others}")
        else:
            notes.append(f"left out: {name}")
    return copies


def _describe(stream: Stream, copy: Stream) -> None:
    copy.metadata.update({key: text for key, text in stream.metadata.items() if key in _OF_THE_STREAM})
    copy.disposition = stream.disposition
