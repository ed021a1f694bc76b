"""A clip's frames from the decoder through luma maps into finished segments, every stage in threads of its own."""

import itertools
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
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

_ROOM = 8  # frames that wait between stages: enough for the jitter of one frame, little beside what an encoder holds
_OFF_THE_GRID = Fraction(3, 2000)  # seconds; Matroska rounds to milliseconds


@dataclass(frozen=True)
class _Mapped:
    """A frame for the encoder; why it could not be sharpened, None where it could."""

    frame: av.VideoFrame
    failure: Exception | None


class Pipeline:
    """Decodes and resizes, sharpens, and codes, all at the same time unless only one thread is allowed.

    Attributes:
        done: how many frames are coded, those of an earlier run among them.
        damage: what was wrong with the source; whole when `run` is through.
        failure: what the first frame that could not be sharpened died of, for a note.
        times_rounded: whether the container keeps the frames' times less finely than the source.
    """

    def __init__(
        self,
        source: Path,
        coding: Coding,
        maps: Sequence[LumaMap],
        advance: Callable[[int], None],
        *,
        strict: bool,
    ) -> None:
        """Plan; see `acutance.video.process_clip` for what the arguments mean."""
        self._source = source
        self._coding = coding
        self._maps = [partial(_mapped, sharpen) for sharpen in maps]
        self._advance = advance
        self._strict = strict
        self.damage = Damage()
        self.failure = ""
        self.times_rounded = False
        self.done = 0
        self._finished = 0  # of them by an earlier run

    def run(self, parts: Parts, segment_frames: int) -> None:
        """Make all segments that are not there yet.

        Raises:
            ClipError: see `acutance.video.process_clip`.
            Exception: what a luma map raised on the first frame, or, strictly, on any.
        """
        self.done = self._finished = parts.frames
        self._advance(self.done)
        room = 0 if self._coding.threads == 1 else len(self._maps) + _ROOM
        with closing(ahead(self._received(), self._maps, room)) as frames:
            for first in frames:
                segment = itertools.chain([first], itertools.islice(frames, segment_frames - 1))
                untouched: list[int] = []
                parts.add(self._packets(segment, untouched), untouched)

    def _received(self) -> Generator[av.VideoFrame, None, None]:
        """Yield the frames that are not finished, in the form that they are coded in."""
        form, reformatter = self._coding.form, VideoReformatter()
        with open_clip(self._source) as (container, video):
            frames = decoded(self._source, container, video, None if self._strict else self.damage)
            for number, frame in enumerate(frames):
                self._note_rounding(frame)
                if number < self._finished:
                    continue  # decoded again, not sought: what comes after a seek in a damaged clip can differ
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

    def _packets(self, frames: Iterable[_Mapped], untouched: list[int]) -> "Iterator[Packet[Stream]]":
        encoder = self._coding.new_encoder()
        for mapped in frames:
            if mapped.failure:
                if self._strict or self.done == self._finished:  # what cannot do its first frame will do none
                    raise mapped.failure
                untouched.append(self.done)
                self.failure = self.failure or f" (frame {self.done}: {mapped.failure})"
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


def _mapped(sharpen: LumaMap, frame: av.VideoFrame) -> _Mapped:
    try:
        change_luma(frame, sharpen)
    except Exception as error:
        return _Mapped(frame, error)
    return _Mapped(frame, None)
