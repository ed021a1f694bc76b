"""The process itself: ``python -m acutance.bench.apart TASK`` does a task and prints what it took, both in JSON."""

import sys
import time
import warnings
from collections.abc import Sequence
from itertools import pairwise

from acutance.bench.apart.parent import Finding, Task
from acutance.bench.machine import peak_memory_mb
from acutance.bench.results import BenchError
from acutance.runtime import CardError, ModelError, ScaleWarning, Sharpener

_ROOM = 4  # frames that are decoded while others are sharpened


class _Clock:
    """Notes when frames are finished."""

    def __init__(self) -> None:
        self._ticks: list[float] = []
        self._first = 0.0

    def tick(self) -> None:
        self._first = self._first or time.time()
        self._ticks.append(time.perf_counter())

    def finding(self, sharpener: Sharpener, begun: float) -> Finding:
        if len(self._ticks) < 2:
            raise BenchError("fewer than two frames were finished")
        info, card = sharpener.info, sharpener.card
        return Finding(
            name=sharpener.name,
            runs_as=f"{info.backend} on {info.device}",
            precision=info.precision,
            mac_per_pixel=None if card is None else card.mac_per_pixel,
            milliseconds=tuple(1000.0 * (after - before) for before, after in pairwise(self._ticks)),
            first_frame_ms=1000.0 * (self._first - begun),
            seconds=time.time() - begun,
            peak_memory_mb=peak_memory_mb(),
        )


def do(task: Task) -> Finding:
    """Do a task.

    Raises:
        BenchError: it makes too few frames.
        ModelError: the model does not open, or fails.
        ClipError: the clip cannot be read or written.
    """
    clock = _Clock()
    if task.stage == "apart":
        sharpeners = _open(task, (task.threads,))
        _planes(task, sharpeners[0], clock)
    else:
        from acutance.video import split_threads

        sharpeners = _open(task, split_threads(task.threads, task.device))
        (_discard if task.stage == "discard" else _clip)(task, sharpeners, clock)
    return clock.finding(sharpeners[0], task.begun)


def _open(task: Task, shares: Sequence[int | None]) -> list[Sharpener]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ScaleWarning)
        return [
            Sharpener.load(task.model, 2.0, device=task.device, precision=task.precision, threads=share, codec="none")
            for share in shares
        ]


def _planes(task: Task, sharpener: Sharpener, clock: _Clock) -> None:
    import numpy as np

    draw = np.random.default_rng(0)
    planes = [draw.integers(16, 236, task.size[::-1], dtype=np.uint8) for _ in range(3)]
    for number in range(task.frames):
        sharpener.luma(planes[number % len(planes)])
        clock.tick()


def _discard(task: Task, sharpeners: list[Sharpener], clock: _Clock) -> None:
    from acutance.video import read_luma
    from acutance.video.ahead import ahead

    planes = (plane for plane in read_luma(task.source, task.threads))
    for _ in ahead(planes, [sharpener.luma for sharpener in sharpeners], len(sharpeners) + _ROOM):
        clock.tick()


def _clip(task: Task, sharpeners: list[Sharpener], clock: _Clock) -> None:
    from acutance.video import process_clip

    process_clip(
        task.source,
        task.target,
        [sharpener.luma for sharpener in sharpeners],
        size=task.size,
        threads=task.threads,
        advance=lambda frames: clock.tick() if frames else None,
    )


def main() -> int:
    """Do the task of the command line."""
    from acutance.video import ClipError

    try:
        print(do(Task.model_validate_json(sys.argv[1])).model_dump_json())
    except (BenchError, ModelError, CardError, ClipError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
