"""Frames coded: in a form like the source's, or as a clip from pictures."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter
from numpy.typing import NDArray

from acutance.video.clip import ClipInfo
from acutance.video.coding import AUTO, SOFTWARE, Coding, choose_encoder
from acutance.video.decoding import LARGEST_FRAME, ClipError
from acutance.video.frame import MATRIX_BT709, RESIZING, TAKEN_AS, UNTAGGED, FrameForm
from acutance.video.target import AVI, WEBM, muxer_of, new_clip

# Sizes such as 854x480 are rounded. A pixel ratio that undid this would have players resample every frame.
_ROUNDED_SIZE = Fraction(1, 100)


def coding_for(
    source: Path, target: Path, info: ClipInfo, size: tuple[int, int] | None, threads: int | None, encoder: str
) -> tuple[Coding, list[str]]:
    """Return how a clip is coded that shall be like another one, and what there is to say about it.

    Args:
        source: the other one, for messages.
        target: the clip's name; its suffix chooses the format.
        info: what the other one holds.
        size: (width, height) of its frames, None for the other one's.
        threads: how many the encoder may use, None for all.
        encoder: one of `acutance.video.ENCODERS`.

    Raises:
        ClipError: the format or its encoder cannot hold such frames.
    """
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
    if form.depth > 8:
        notes.append("10-bit video: coded as H.264 High 10, which not every player shows; the change is of 8 bits")
    muxer = muxer_of(target)
    time_base = info.time_base
    if muxer == AVI:
        average = info.frames / info.duration if info.frames and info.duration else None
        if info.rate is None or (average and info.rate > 2 * average):
            raise ClipError(f"{source}: has no constant frame rate, which AVI needs; choose another format")
        time_base = 1 / info.rate
    ratio = info.sample_aspect_ratio or Fraction(1)
    stretch = Fraction(info.width * height, info.height * width)
    if abs(stretch - 1) > _ROUNDED_SIZE:
        ratio *= stretch
    software = Coding(muxer, _codable(target, form), time_base, info.rate, ratio, threads)
    coding = choose_encoder(software, encoder)
    if coding is None:
        raise ClipError(
            f"{target}: {encoder} does not open for {form.width}x{form.height} {form.pixel_format} in "
            f"{target.suffix}; choose {AUTO} or {SOFTWARE}"
        )
    if encoder == AUTO and not coding.hardware:
        notes.append(f"no hardware encoder opens for this clip: coded by {coding.encoder}")
    return coding, notes


def check_encoder(encoder: str) -> None:
    """Refuse an encoder by which not even a common clip can be coded here.

    Args:
        encoder: one of `acutance.video.ENCODERS`.

    Raises:
        ClipError: there is no such encoder, or it does not open.
    """
    rate = Fraction(30)
    if choose_encoder(Coding("mp4", _bt709(1280, 720), 1 / rate, rate), encoder) is None:
        raise ClipError(f"encoder {encoder}: does not open here; choose {AUTO} or {SOFTWARE}")


def _codable(path: Path, form: FrameForm) -> FrameForm:
    """Return the form that frames of that form are coded in: the same samples in a layout that the encoder takes.

    Raises:
        ClipError: a side is odd where chroma is halved, or below 1, or the encoder of that container cannot code it.
    """
    form = replace(form, pixel_format=TAKEN_AS.get(form.pixel_format, form.pixel_format))
    across = 1 if "444" in form.pixel_format else 2
    down = 2 if "420" in form.pixel_format else 1
    if min(form.width, form.height) < 1 or form.width % across or form.height % down:
        raise ClipError(
            f"{path}: got frames of {form.width}x{form.height} {form.pixel_format}, expected even sides; "
            "choose another size"
        )
    if form.width * form.height > LARGEST_FRAME:
        raise ClipError(f"{path}: got frames of {form.width}x{form.height}, expected at most {LARGEST_FRAME} pixels")
    if muxer_of(path) != WEBM:
        return form
    if form.depth > 8:
        raise ClipError(f"{path}: 10-bit frames cannot be coded as VP9 here; choose .mkv or .mp4")
    if form.pixel_format.startswith("yuvj"):
        return replace(form, pixel_format=form.pixel_format.replace("yuvj", "yuv"), color_range=ColorRange.JPEG)
    return form


def encode(context: VideoCodecContext, frame: av.VideoFrame) -> "list[Packet[Stream]]":
    """Encode a frame; ``context.encode(None)`` flushes the encoder at the end."""
    if frame.format.name != context.pix_fmt:
        frame = frame.reformat(format=context.pix_fmt)
    frame.pict_type = PictureType.NONE  # else x264 repeats the decoded frame's type
    return context.encode(frame)


def write_clip(path: Path, frames: Iterable[NDArray[np.uint8]], rate: Fraction) -> None:
    """Write pictures as a clip without sound: H.264, 4:2:0, studio range, tagged BT.709, of high quality.

    Args:
        path: the clip's name; its suffix chooses the format.
        frames: H×W×3 RGB, uint8, full range, all of one size with even sides.
        rate: frames a second.

    Raises:
        ClipError: there is no frame, a size is odd or another than the first one's, or the clip cannot be written.
    """
    reformatter = VideoReformatter()
    stream = None
    first_shape: tuple[int, ...] = ()
    with new_clip(path, {}) as container:
        for index, pixels in enumerate(frames):
            if stream is None:
                first_shape = pixels.shape
                form = _codable(path, _bt709(pixels.shape[1], pixels.shape[0]))
                stream = Coding(muxer_of(path), form, 1 / rate, rate, master=True).add_to(container)
            if pixels.shape != first_shape:
                raise ClipError(f"{path}: frame {index} has the shape {pixels.shape}, those before {first_shape}")
            frame = reformatter.reformat(
                av.VideoFrame.from_ndarray(pixels, format="rgb24"),
                format="yuv420p",
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
                interpolation=RESIZING,
            )
            frame.pts, frame.time_base = index, 1 / rate
            container.mux(stream.encode(frame))
        if stream is None:
            raise ClipError(f"{path}: there are no frames to write")
        container.mux(stream.encode(None))


def _bt709(width: int, height: int) -> FrameForm:
    return FrameForm(
        width=width,
        height=height,
        pixel_format="yuv420p",
        color_range=ColorRange.MPEG,
        matrix=MATRIX_BT709,
        primaries=ColorPrimaries.BT709,
        transfer=ColorTrc.BT709,
        interlaced=False,
    )
