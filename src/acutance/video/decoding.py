"""A clip opened and decoded, and what was lost on the way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.reformatter import ColorTrc
from av.video.stream import VideoStream

from acutance.video.frame import PLANAR, TAKEN_AS, FrameForm

# Files only, and only formats that hold their own data: a playlist named like a clip would open whatever it lists.
_OPEN_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": "mov,matroska,avi,mpegts,flv"}
LARGEST_FRAME = 8192 * 8192  # pixels; a header may claim any size, and a decoder keeps up to 16 frames
_HDR = {ColorTrc.SMPTE2084: "PQ", ColorTrc.ARIB_STD_B67: "HLG"}
# What a file may state beyond the end of its last packet. Where FFmpeg guesses the length it can be wrong by more.
_MISSING_SECONDS = 0.1
_MISSING_SECONDS_OF_A_GUESS = 2.0
_GUESSED = ("mpegts", "flv")


class ClipError(ValueError):
    """A clip that cannot be read, handled or written; the message names the file, what was found and what to do."""


@dataclass
class Damage:
    """What was wrong with a clip that was read to its end.

    Attributes:
        undecodable: packets of which no frame came; the frame before is shown longer.
        concealed: frames that are not whole; the decoder filled in what was missing.
        misplaced: frames left out because their time was not after that of the frame before.
        ends_early: how the end is missing, empty where it is there.
    """

    undecodable: int = 0
    concealed: int = 0
    misplaced: int = 0
    ends_early: str = ""

    @property
    def frames(self) -> int:
        """How many frames are lost or not whole."""
        return self.undecodable + self.concealed + self.misplaced

    def notes(self) -> list[str]:
        """Say it, a line each."""
        kinds = {
            "could not be decoded: the ones before are shown longer": self.undecodable,
            "came out of the decoder with parts filled in": self.concealed,
            "were left out, as their times were not after those of the ones before": self.misplaced,
        }
        notes = [f"damaged: {count} frame(s) {what}" for what, count in kinds.items() if count]
        return [*notes, self.ends_early] if self.ends_early else notes


@contextmanager
def open_clip(path: Path, threads: int = 1) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a clip and choose its video stream.

    Args:
        path: a regular file.
        threads: how many the decoder may use, 0 for all. With more than one, damage shows at another packet than its
            own, whole frames are lost with it, and what fills the gaps depends on chance.

    Raises:
        ClipError: there is no such file, it is no clip, holds no video, or its frames are absurdly large.
    """
    if not path.is_file():
        raise ClipError(f"{path}: there is no such file")
    try:
        container = av.open(
            f"file:{path}",  # the prefix keeps FFmpeg from taking a name with a colon for a URL
            "r",
            options={"max_pixels": str(LARGEST_FRAME)},
            container_options=_OPEN_OPTIONS,
            metadata_errors="surrogateescape",
        )
    except PermissionError as error:
        raise ClipError(f"{path}: may not be read; give yourself the permission") from error
    except av.FFmpegError as error:
        raise ClipError(
            f"{path}: is not a clip that can be read ({error.strerror}); expected MP4, MOV, Matroska, WebM or AVI"
        ) from error
    with container:
        # Cover art is a video stream of one picture.
        videos = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
        if not videos:
            raise ClipError(f"{path}: holds no video")
        video = videos[0]
        if video.codec_context is None:
            raise ClipError(f"{path}: holds video of a codec that cannot be decoded here")
        if video.width * video.height > LARGEST_FRAME:
            raise ClipError(
                f"{path}: states frames of {video.width}x{video.height}, expected at most {LARGEST_FRAME} pixels"
            )
        video.codec_context.options = {"max_pixels": str(LARGEST_FRAME)}
        video.thread_count = threads
        video.thread_type = "AUTO" if threads != 1 else "NONE"
        yield container, video


def refuse_unhandled(path: Path, form: FrameForm) -> None:
    """Refuse frames that cannot go the common road: planar YCbCr of 8 or 10 bits, progressive, of ordinary range.

    Raises:
        ClipError: they are of another kind.
    """
    if form.transfer in _HDR:
        raise ClipError(f"{path}: is HDR ({_HDR[ColorTrc(form.transfer)]}); convert it to BT.709 first")
    if form.pixel_format not in PLANAR and form.pixel_format not in TAKEN_AS:
        raise ClipError(
            f"{path}: got frames of {form.pixel_format}, expected 8- or 10-bit YCbCr ({', '.join(PLANAR)}); "
            "convert it first"
        )
    if form.interlaced:
        raise ClipError(f"{path}: is interlaced; deinterlace it first")


def decoded(
    path: Path, container: InputContainer, video: VideoStream, damage: Damage | None = None
) -> Iterator[av.VideoFrame]:
    """Yield each frame; all have a form like the first one's and a time after that of the frame before.

    Args:
        path: the file's name, for messages.
        container: the open file.
        video: its stream.
        damage: where to count what is damaged; None to stop at it.

    Raises:
        ClipError: the form changes on the way, or, without ``damage``, the file is damaged or cut short.
    """
    strict = damage is None
    damage = damage or Damage()
    first_form: FrameForm | None = None
    last_time: int | None = None
    count = 0
    place = _place_by_order() if "avi" in container.format.name else lambda frame: None
    for packet in _packets(container, video, damage):
        try:
            frames = video.decode(packet)
        except av.FFmpegError:
            damage.undecodable += 1
            frames = []
        for frame in frames:
            place(frame)
            form = FrameForm.of(frame)
            first_form = first_form or form
            if form != first_form:
                if not frame.is_corrupt:
                    raise ClipError(
                        f"{path}: frame {count} is {form}, those before are {first_form}; cut the clip there first"
                    )
                damage.undecodable += 1
            elif frame.pts is None or (last_time is not None and frame.pts <= last_time):
                damage.misplaced += 1
            else:
                damage.concealed += frame.is_corrupt
                last_time = frame.pts
                count += 1
                yield frame
        if strict and damage.frames:
            raise ClipError(f"{path}: is damaged after {count} frames; only a strict run stops there")
    if strict and damage.ends_early:
        raise ClipError(f"{path}: {damage.ends_early}, after {count} frames; only a strict run stops there")


def _place_by_order() -> Callable[[av.VideoFrame], None]:
    """Return what sets the times of an AVI's frames, one after another.

    AVI says nothing of when a frame is shown but which in the file its packet is. Of frames that come out of the
    decoder the packet that brought them out is known; those that it held back to the end follow one by one.
    """
    late: int | None = None
    last = -1

    def place(frame: av.VideoFrame) -> None:
        nonlocal late, last
        if frame.dts is None:
            last += 1
        else:
            late = frame.dts if late is None else late
            last = frame.dts - late
        frame.pts = last

    return place


def _packets(
    container: InputContainer, video: VideoStream, damage: Damage
) -> "Iterator[av.Packet[VideoStream] | None]":
    """Yield the packets of the video, and at the end one that flushes the decoder."""
    end = 0.0
    try:
        for packet in container.demux():
            if packet.is_corrupt:
                damage.ends_early = "is cut short or damaged: a packet is not whole"
            shown = packet.dts if packet.pts is None else packet.pts
            if shown is not None:
                end = max(end, float((shown + (packet.duration or 0)) * packet.time_base))
            if packet.stream.index == video.index:
                yield cast("av.Packet[VideoStream]", packet)
    except av.FFmpegError as error:
        damage.ends_early = f"is cut short: cannot be read further than {end:.1f} s ({error.strerror})"
        yield None
    stated = (container.duration or 0) / av.time_base
    allowed = _MISSING_SECONDS_OF_A_GUESS if container.format.name in _GUESSED else _MISSING_SECONDS
    if stated - end > allowed and not damage.ends_early:
        damage.ends_early = f"is cut short: it states {stated:.1f} s and ends after {end:.1f} s"
