"""A clip's frames, each when it is due, as a call's frames come in."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
from av.video.reformatter import VideoReformatter

from acutance.video.decoding import ClipError, Damage, decoded, open_clip, refuse_unhandled
from acutance.video.frame import RESIZING, TAKEN_AS, FrameForm

_LONGEST_GAP = 0.25  # seconds; where decoding itself is too slow, so often a frame is shown all the same


@dataclass(frozen=True)
class Arrival:
    """A frame that has come.

    Attributes:
        frame: planar, of the displayed size; None where it came so late that the next one is due already.
        enlarging: how many seconds its resizing took.
        seconds: when it was due, from the start of playing.
    """

    frame: av.VideoFrame | None
    enlarging: float
    seconds: float


@dataclass(frozen=True)
class Playing:
    """How a clip is played.

    Attributes:
        clip: the file.
        rate: frames a second that the clip has, on average.
        fps: frames a second to play at instead; None for the clip's own times.
        size: (width, height) to enlarge the stored frames to, by swscale's bicubic; None for their own.
        seconds: when to stop, beginning anew where the clip is shorter; None to play it once.
        threads: how many the decoder and the resizing may use, None for all.
    """

    clip: Path
    rate: float
    fps: float | None = None
    size: tuple[int, int] | None = None
    seconds: float | None = None
    threads: int | None = None

    @property
    def frames_a_second(self) -> float:
        """How many frames come a second."""
        return self.fps or self.rate


def arrivals(
    playing: Playing,
    damage: Damage,
    sleep: Callable[[float], bool],
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[Arrival]:
    """Yield every frame, once it is due.

    Args:
        playing: what and how.
        damage: where to count what is damaged.
        sleep: waits for so many seconds; returns True to stop.
        clock: in seconds.

    Raises:
        ClipError: the clip cannot be read, is of a kind that is not handled, or holds no frame.
    """
    enlarge = _Enlarging(playing)
    interval = 1.0 / playing.frames_a_second
    started: float | None = None
    handed_on = float("-inf")
    due = 0.0
    for position in _positions(playing, damage):
        frame, due = position
        if playing.seconds is not None and due >= playing.seconds:
            return
        now = clock()
        started = now if started is None else started
        late = now - started - due > interval and now - handed_on < _LONGEST_GAP
        enlarged = None if late else enlarge(frame)
        done = clock()
        if sleep(max(0.0, started + due - done)):
            return
        if not late:
            handed_on = clock()
        yield Arrival(enlarged, done - now, due)
    if started is None:
        raise ClipError(f"{playing.clip}: holds no frame that can be decoded")


def _positions(playing: Playing, damage: Damage) -> Iterator[tuple[av.VideoFrame, float]]:
    """Yield the frames, over and over where seconds are asked for, and when each is due."""
    slowdown = playing.rate / playing.frames_a_second
    offset = 0.0
    while True:
        first = last = None
        with open_clip(playing.clip, playing.threads or 0) as (container, video):
            for frame in decoded(playing.clip, container, video, damage):
                if first is None:
                    refuse_unhandled(playing.clip, FrameForm.of(frame))
                last = float((frame.pts or 0) * (frame.time_base or 0))
                first = last if first is None else first
                yield frame, offset + (last - first) * slowdown
        if first is None or last is None or playing.seconds is None:
            return
        offset += (last - first) * slowdown + 1.0 / playing.frames_a_second


class _Enlarging:
    """Resizes frames, and gives them a form that the luma can be changed in."""

    def __init__(self, playing: Playing) -> None:
        self._size = playing.size
        self._threads = playing.threads or 0
        self._reformatter = VideoReformatter()

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        width, height = self._size or (frame.width, frame.height)
        return self._reformatter.reformat(
            frame,
            width,
            height,
            format=TAKEN_AS.get(frame.format.name, frame.format.name),
            dst_color_range=frame.color_range,
            interpolation=RESIZING,
            threads=self._threads,
        )
