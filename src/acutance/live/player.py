"""A clip played through the students: one thread decodes, one sharpens, and the caller shows."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import av
import numpy as np

from acutance.live.arrivals import Playing, arrivals
from acutance.live.slot import Slot
from acutance.live.stage import Change, Stage
from acutance.video.decoding import Damage


@dataclass(frozen=True)
class Report:
    """What became of the frames: ``decoded = sharpened + passed + halved + dropped``.

    Attributes:
        seconds: how long the clip was played.
        decoded: how many frames came.
        sharpened: how many were sharpened, by what.
        passed: how many were passed through as they were, as there was no time.
        halved: how many were left out on purpose, as there was time for half of them.
        dropped: how many were left out because a newer one had come, or because they came too late.
        unshown: how many were sharpened and not shown, as the window was not ready.
        frame_p50: milliseconds that sharpening a frame took, half of them at most.
        frame_p95: the same, 95 % of them at most.
        latency_p95: milliseconds from decoded to sharpened, 95 % of the frames at most.
        changes: of the level.
        notes: what a user should know, a line each.
    """

    seconds: float
    decoded: int
    sharpened: dict[str, int]
    passed: int
    halved: int
    dropped: int
    unshown: int
    frame_p50: float
    frame_p95: float
    latency_p95: float
    changes: tuple[Change, ...]
    notes: tuple[str, ...]

    def __str__(self) -> str:
        levels = ", ".join(f"{count} by {name}" for name, count in self.sharpened.items()) or "none"
        lines = [
            f"{self.decoded} frames in {self.seconds:.1f} s; sharpened: {levels}; dropped: {self.dropped}; "
            f"left out at half the frames: {self.halved}; passed through: {self.passed}; not shown: {self.unshown}",
            f"from decoded to sharpened: p95 {self.latency_p95:.1f} ms; "
            f"sharpening: median {self.frame_p50:.1f} ms, p95 {self.frame_p95:.1f} ms",
            f"tier changes: {len(self.changes)}",
        ]
        return "\n".join([*lines, *(f"  {change}" for change in self.changes)])


class Player:
    """Plays a clip; who shows it takes frames from `screen`.

    Attributes:
        screen: where the newest sharpened frame lies; closed at the end.
    """

    def __init__(
        self,
        playing: Playing,
        stage: Stage,
        *,
        shows: bool,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Prepare to play.

        Args:
            playing: what and how.
            stage: sharpens.
            shows: whether anyone takes frames from `screen`.
            clock: in seconds.
        """
        self._playing = playing
        self.stage = stage
        self._shows = shows
        self._clock = clock
        self._stopped = threading.Event()
        self._arrived: Slot[_Arrived] = Slot()
        self.screen: Slot[av.VideoFrame] = Slot()
        # Each of these has one thread that counts it.
        self._decoded = 0
        self._dropped = 0
        self._unshown = 0
        self._latencies: list[float] = []
        self._damage = Damage()
        self._error: BaseException | None = None
        self._threads = [
            threading.Thread(target=self._guarded, args=(work,), name=name)
            for name, work in (("decode", self._decode), ("sharpen", self._sharpen))
        ]

    def start(self) -> None:
        """Begin to play."""
        self._started = self._clock()
        for thread in self._threads:
            thread.start()

    @property
    def is_over(self) -> bool:
        """Whether both threads have ended."""
        return not any(thread.is_alive() for thread in self._threads)

    @property
    def dropped(self) -> int:
        """How many frames have come too late so far, to be sharpened or to be shown."""
        return self._dropped + self._unshown

    def wait(self) -> None:
        """Wait until the clip has been played."""
        for thread in self._threads:
            thread.join()

    def stop(self) -> None:
        """Have both threads end soon."""
        self._stopped.set()

    def report(self) -> Report:
        """Wait for the end and say what became of the frames.

        Raises:
            ClipError: the clip cannot be read, or is of a kind that is not handled.
            ModelError: the model failed.
        """
        self.wait()
        if self._error is not None:
            raise self._error
        stage = self.stage
        frame_p50, frame_p95 = (_milliseconds(stage.seconds, percentile) for percentile in (50, 95))
        return Report(
            seconds=round(self._ended - self._started, 3),
            decoded=self._decoded,
            sharpened=dict(stage.sharpened),
            passed=stage.passed,
            halved=stage.halved,
            dropped=self._dropped,
            unshown=self._unshown,
            frame_p50=frame_p50,
            frame_p95=frame_p95,
            latency_p95=_milliseconds(self._latencies, 95),
            changes=tuple(stage.changes),
            notes=tuple(self._damage.notes()),
        )

    def _guarded(self, work: Callable[[], None]) -> None:
        """Do a thread's work; where it fails both end."""
        try:
            work()
        except Exception as error:
            self._error = self._error or error
            self.stop()
        finally:
            self._arrived.close()

    def _decode(self) -> None:
        for arrival in arrivals(self._playing, self._damage, self._stopped.wait, self._clock):
            self._decoded += 1
            if arrival.frame is None:
                self._dropped += 1
            else:
                self._dropped += self._arrived.put(
                    _Arrived(arrival.frame, arrival.seconds, self._clock() - arrival.enlarging)
                )

    def _sharpen(self) -> None:
        try:
            while (arrived := self._arrived.take()) is not None:
                if not self.stage(arrived.frame, arrived.seconds):
                    continue
                self._latencies.append(self._clock() - arrived.decoded)
                if self._shows:
                    self._unshown += self.screen.put(arrived.frame)
        finally:
            self._ended = self._clock()
            self.screen.close()


@dataclass(frozen=True)
class _Arrived:
    """A frame, when it was due, and when by the clock it was decoded; the wait until it was due does not count."""

    frame: av.VideoFrame
    seconds: float
    decoded: float


def _milliseconds(seconds: list[float], percentile: float) -> float:
    return round(1000 * float(np.percentile(seconds, percentile)), 2) if seconds else 0.0
