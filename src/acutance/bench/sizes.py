"""All that is timed in turn, size by size: networks alone and frame paths."""

from collections.abc import Sequence
from itertools import product

import openvino as ov

from acutance.bench.networks import LIMITS, PRECISIONS, RIVALS, Shape
from acutance.bench.plan import Advance, Plan, Student
from acutance.bench.results import BenchError, Row
from acutance.bench.subjects import (
    LARGEST_WHOLE,
    Subject,
    baseline_subjects,
    limit_subject,
    network_subjects,
    student_subjects,
)
from acutance.bench.timing import alternate

_PROBED_FRAMES = 5
_PROBED_SECONDS = 5.0
_LIMIT_PRECISIONS = ("int8", "f32")
_CAPABILITIES = {"int8": "INT8", "bf16": "BF16", "f32": "FP32"}


def time_sizes(plan: Plan, students: Sequence[Student], advance: Advance) -> list[Row]:
    """Return the rows of each size: students, rivals in their best precision, baselines and the limit, in turn.

    A rival's best precision is found by a few frames at the main size; the rows of the others are kept as well. With
    ``plan.shapes`` those are timed instead.

    Raises:
        BenchError: a precision that networks are not built in.
        ModelError: a model fails.
    """
    rows: list[Row] = []
    networks = _asked(plan) if plan.shapes else _best_rivals(plan, rows, advance)
    for size in plan.sizes:
        timed: list[Subject] = []
        if size[0] * size[1] <= LARGEST_WHOLE:
            if plan.limit:
                timed += [limit_subject(*chain, plan) for chain in product(LIMITS, _LIMIT_PRECISIONS)]
            for shape, precision in networks:
                timed += network_subjects(shape, precision, size, plan)
        for student in students:
            timed += student_subjects(student, size, plan)
        if not plan.shapes:
            timed += baseline_subjects(size, plan)
        rows += _rows(timed, size, plan.frames, plan.seconds, advance)
    return rows


def _rows(timed: Sequence[Subject], size: tuple[int, int], frames: int, seconds: float, advance: Advance) -> list[Row]:
    times = alternate(
        [subject.run for subject in timed],
        frames=frames,
        seconds=seconds,
        advance=lambda: advance(f"{size[0]}x{size[1]}"),
    )
    return [subject.row(size, own) for subject, own in zip(timed, times, strict=True)]


def _asked(plan: Plan) -> list[tuple[Shape, str]]:
    precisions = ["int8" if precision == "auto" else precision for precision in plan.precisions]
    for precision in precisions:
        if precision not in PRECISIONS:
            raise BenchError(f"--precision: got {precision!r}, expected auto or one of {', '.join(PRECISIONS)}")
    return [(shape, precision) for shape in plan.shapes for precision in precisions]


def _best_rivals(plan: Plan, rows: list[Row], advance: Advance) -> list[tuple[Shape, str]]:
    if not plan.openvino_device:
        return []
    capabilities = ov.Core().get_property(plan.openvino_device, "OPTIMIZATION_CAPABILITIES")
    precisions = [precision for precision, capability in _CAPABILITIES.items() if capability in capabilities]
    found = []
    for shape in RIVALS.values():
        timed = [network_subjects(shape, precision, plan.main_size, plan)[0] for precision in precisions]
        probed = _rows(timed, plan.main_size, _PROBED_FRAMES, _PROBED_SECONDS, advance)
        best = min(probed, key=lambda row: row.latency.p50)
        rows += [row for row in probed if row is not best]
        found.append((shape, best.precision))
    return found
