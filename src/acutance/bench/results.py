"""What a run of the benchmark found, as one JSON file."""

from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

RESULTS_VERSION: Literal[1] = 1

Stage = Literal["network", "frame", "apart", "clip", "discard"]
Kind = Literal["student", "rival", "baseline", "limit"]


class BenchError(ValueError):
    """A benchmark that cannot be run as asked, or results that cannot be read."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Latency(_Table):
    """How long frames took, in milliseconds.

    Attributes:
        p50: the median.
        series: every frame's, in the order in which they were measured.
    """

    p50: float = Field(gt=0)
    p95: float = Field(gt=0)
    p99: float = Field(gt=0)
    series: tuple[float, ...] = Field(min_length=1)

    @classmethod
    def of(cls, milliseconds: list[float]) -> "Latency":
        """Summarise the frames' times."""
        p50, p95, p99 = (round(float(value), 3) for value in np.percentile(milliseconds, (50, 95, 99)))
        return cls(p50=p50, p95=p95, p99=p99, series=tuple(round(value, 3) for value in milliseconds))


class Row(_Table):
    """One thing that was timed.

    Attributes:
        stage: ``network``: the graph alone; ``frame``: uint8 plane in, uint8 plane out; ``apart``: the same in a
            process of its own; ``clip``: clip file to clip file; ``discard``: clip file decoded and sharpened.
        kind: ``limit`` is a chain of square convolutions, the fastest that this machine computes.
        width: of the displayed frame, in pixels.
        height: of the displayed frame, in pixels.
        received: (width, height) of what was enlarged first, None where nothing was.
        runs_as: what ran it, where.
        executed: the kernels of its convolutions, as the runtime names them, each with its number.
        gmac: multiply-accumulates of a frame, in 10⁹.
        frames_per_second: of clips over the whole run, its start included; of others one over the median.
        first_frame_ms: from the start of the process to its first finished frame, with a warm cache.
        peak_memory_mb: the process's largest resident size, in 10⁶ bytes.
    """

    stage: Stage
    kind: Kind
    name: str
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    received: tuple[int, int] | None = None
    runs_as: str
    precision: str
    executed: dict[str, int] = {}
    gmac: float | None = None
    latency: Latency
    frames_per_second: float = Field(gt=0)
    first_frame_ms: float | None = None
    peak_memory_mb: float | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the displayed frame."""
        return self.width, self.height

    @property
    def gmac_per_second(self) -> float | None:
        """10⁹ multiply-accumulates a second at the median."""
        return None if self.gmac is None else 1000.0 * self.gmac / self.latency.p50


class Machine(_Table):
    """What it was measured on.

    Attributes:
        instruction_sets: those that matter to networks.
        cores: that this process may use.
        versions: of what computes.
    """

    processor: str
    instruction_sets: tuple[str, ...]
    cores: int
    memory_gb: float | None = None
    system: str
    accelerator: str | None = None
    versions: dict[str, str]


class Settings(_Table):
    """How it was measured.

    Attributes:
        load_average: how many processes ran on average in the minute before, None where the system does not tell.
    """

    device: str
    precisions: tuple[str, ...]
    threads: int
    frames: int
    seconds: float
    clip_seconds: float
    load_average: float | None = None


class Results(_Table):
    """All of it.

    Attributes:
        made: when, ISO 8601, UTC.
    """

    version: Literal[1] = RESULTS_VERSION
    made: str
    machine: Machine
    settings: Settings
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    def limit(self, size: tuple[int, int], precision: str) -> float | None:
        """Return the machine's convolution peak as it was between the frames of that size, in 10⁹ MAC a second."""
        rates = [
            row.gmac_per_second or 0.0
            for row in self.rows
            if row.kind == "limit" and row.size == size and row.precision == precision
        ]
        return max(rates, default=None)


def read_results(path: Path) -> Results:
    """Read a results file.

    Raises:
        BenchError: it cannot be read, or is none of this version.
    """
    try:
        return Results.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BenchError(f"{path}: cannot be read ({error.strerror})") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "file"
        raise BenchError(f"{path}: is no result of this version ({key}: {first['msg']}); measure again") from error
