"""A clip's frames from the decoder through the luma map into finished segments, every stage in a thread of its own."""

import itertools
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.packet import Packet
from av.stream import Stream
from av.video.reformatter import VideoReformatter

from acutance.video.ahead import ahead
from acutance.video.coding import Coding
from acutance.video.decoding import ClipError, Damage, decoded, open_clip
from acutance.video.encoding import encode
from acutance.video.frame import RESIZING, LumaMap, change_luma
from acutance.video.segments import Parts
from acutance.video.target import AVI, MATROSKA, WEBM

_ROOM = 4  # frames between two stages: enough for the jitter of one frame, little beside what an encoder holds
_OFF_THE_GRID = Fraction(3, 2000)  # seconds; Matroska rounds to milliseconds


@dataclass(frozen=True)
class _Mapped:
    """A frame for the encoder; why it could not be sharpened, empty where it could."""

    frame: av.VideoFrame
    failure: str


class Pipeline:
    """Decodes and resizes, sharpens, and codes, all at the same time unless only one thread is allowed.

    Attributes:
        done: how many frames are coded, those of an earlier run among them.
        damage: what was wrong with the source; whole when `run` is through.
        failure: what the first frame that could not be sharpened died of, for a note.
        times_rounded: whether the container keeps the frames' times less finely than the source.
    """

    def __init__(
        self, source: Path, coding: Coding, sharpen: LumaMap, advance: Callable[[int], None], *, strict: bool
    ) -> None:
        """Plan; see `acutance.video.process_clip` for what the arguments mean."""
        self._source = source
        self._coding = coding
        self._sharpen = sharpen
        self._advance = advance
        self._strict = strict
        self.damage = Damage()
        self.failure = ""
        self.times_rounded = False
        self.done = 0

    def run(self, parts: Parts, segment_frames: int) -> None:
        """Make all segments that are not there yet.

        Raises:
            ClipError: see `acutance.video.process_clip`.
            Exception: what the luma map raised on the first frame, or, strictly, on any.
        """
        self.done = parts.frames
        self._advance(self.done)
        room = 0 if self._coding.threads == 1 else _ROOM
        with closing(ahead(self._mapped(ahead(self._received(self.done), room), self.done), room)) as frames:
            for first in frames:
                segment = itertools.chain([first], itertools.islice(frames, segment_frames - 1))
                untouched: list[int] = []
                parts.add(self._packets(segment, untouched), untouched)

    def _received(self, finished: int) -> Generator[av.VideoFrame, None, None]:
        """Yield the frames that are not finished, in the form that they are coded in."""
        form, reformatter = self._coding.form, VideoReformatter()
        with open_clip(self._source) as (container, video):
            frames = decoded(self._source, container, video, None if self._strict else self.damage)
            for number, frame in enumerate(frames):
                self._note_rounding(frame)
                if number < finished:  # decoded again, not sought: what comes after a seek in a damaged clip can differ
                    continue
                resized = reformatter.reformat(
                    frame,
                    form.width,
                    form.height,
                    format=form.pixel_format,
                    dst_color_range=form.color_range,
                    interpolation=RESIZING,
                    threads=self._coding.threads or 0,
                )
                if self._coding.muxer == AVI:
                    self._put_on_the_grid(resized, number)
                yield resized

    def _mapped(self, frames: Generator[av.VideoFrame, None, None], finished: int) -> Generator[_Mapped, None, None]:
        with closing(frames):
            for number, frame in enumerate(frames, finished):
                failure = ""
                try:
                    change_luma(frame, self._sharpen)
                except Exception as error:
                    if self._strict or number == finished:  # what cannot do its first frame will do none
                        raise
                    failure = f" (frame {number}: {error})"
                yield _Mapped(frame, failure)

    def _packets(self, frames: Iterable[_Mapped], untouched: list[int]) -> "Iterator[Packet[Stream]]":
        encoder = self._coding.new_encoder()
        for mapped in frames:
            if mapped.failure:
                untouched.append(self.done)
                self.failure = self.failure or mapped.failure
            yield from encode(encoder, mapped.frame)
            self.done += 1
            self._advance(1)
        yield from encoder.encode(None)

    def _put_on_the_grid(self, frame: av.VideoFrame, number: int) -> None:
        """Count the frame's time in frames, as AVI does."""
        unit = self._coding.time_base
        seconds = (frame.pts or 0) * (frame.time_base or unit)
        place = round(seconds / unit)
        if abs(seconds - place * unit) > _OFF_THE_GRID or place < 0:
            raise ClipError(
                f"{self._source}: frame {number} is shown at {float(seconds):.4f} s, which AVI, with its constant "
                f"rate of {float(1 / unit):g} a second from 0 on, cannot keep; choose another format"
            )
        frame.pts, frame.time_base = place, unit

    def _note_rounding(self, frame: av.VideoFrame) -> None:
        if self._coding.muxer in (MATROSKA, WEBM) and frame.pts is not None and frame.time_base is not None:
            self.times_rounded |= 1000 * frame.pts * frame.time_base % 1 != 0
