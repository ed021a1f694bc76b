"""Timing: networks, frame path and clips, beside rivals, in one run."""

from acutance.bench.plan import Plan
from acutance.bench.results import BenchError, Results
from acutance.bench.run import bench

__all__ = ["BenchError", "Plan", "Results", "bench"]
