"""Starting such a process, and what it is told and tells."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from acutance.bench.results import BenchError


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Task(_Table):
    """What to do.

    Attributes:
        stage: ``apart`` sharpens planes of noise, ``clip`` and ``discard`` a clip.
        model: as `acutance.Sharpener.load` takes it, like device, precision and threads.
        size: (width, height) of the displayed frames.
        frames: how many planes of noise.
        source: the clip.
        target: where ``clip`` writes it.
    """

    stage: Literal["apart", "clip", "discard"]
    model: str
    device: str
    precision: str
    threads: int
    size: tuple[int, int]
    frames: int = 0
    source: Path = Path()
    target: Path = Path()
    begun: float = 0.0


class Finding(_Table):
    """What it took.

    Attributes:
        milliseconds: from each finished frame to the next.
        first_frame_ms: from the start of the process to its first finished frame.
        seconds: from its start to the last one, and the file closed.
        peak_memory_mb: None where the system does not tell.
    """

    name: str
    runs_as: str
    precision: str
    mac_per_pixel: float | None
    milliseconds: tuple[float, ...]
    first_frame_ms: float
    seconds: float
    peak_memory_mb: float | None


def run_apart(task: Task) -> Finding:
    """Do a task in a process of its own.

    Raises:
        BenchError: it failed; the message is its own.
    """
    told = task.model_copy(update={"begun": time.time()}).model_dump_json()
    done = subprocess.run([sys.executable, "-m", "acutance.bench.apart", told], capture_output=True, text=True)
    try:
        return Finding.model_validate_json(done.stdout)
    except ValidationError as error:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["it said nothing"]
        raise BenchError(
            f"{task.stage} {task.model} on {task.device} in {task.precision}: {lines[-1]} (status {done.returncode})"
        ) from error
