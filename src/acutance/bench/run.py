"""A whole run: what is asked for is opened first, then each size is timed, then what has a process of its own."""

from datetime import UTC, datetime

from acutance.bench.apart import time_clips, time_starts
from acutance.bench.machine import busy_note, describe_machine, load_average
from acutance.bench.plan import Advance, Plan, open_students
from acutance.bench.results import BenchError, Results, Settings
from acutance.bench.sizes import time_sizes


def bench(plan: Plan, advance: Advance = lambda doing: None) -> Results:
    """Measure.

    Args:
        plan: what, and how.
        advance: told what is being timed, again and again.

    Raises:
        BenchError: something cannot be measured as asked.
        ModelError: a model does not open, or there is no such device or precision.
        CardError: a model's card cannot be used.
    """
    if not plan.openvino_device and (plan.shapes or plan.limit):
        raise BenchError(f"--shapes and --limit: run on OpenVINO (cpu, gpu, npu), got the device {plan.device}")
    if odd := [size for size in plan.sizes if size[0] % 2 or size[1] % 2]:
        raise BenchError(f"--sizes: got {odd[0][0]}x{odd[0][1]}, expected even sides")
    load = load_average()
    busy = busy_note(load)
    notes = [busy] if busy else []
    if not plan.openvino_device:
        notes.append(f"rivals and networks alone run on OpenVINO: none is timed on {plan.device}")
    students = [] if plan.shapes else open_students(plan)
    rows = time_sizes(plan, students, advance)
    if students and plan.clip_seconds:
        rows += time_starts(plan, students, advance, notes)
        rows += time_clips(plan, students, advance)
    return Results(
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=describe_machine(plan.openvino_device),
        settings=Settings(
            device=plan.device,
            precisions=plan.precisions,
            threads=plan.threads,
            frames=plan.frames,
            seconds=plan.seconds,
            clip_seconds=plan.clip_seconds,
            load_average=load,
        ),
        rows=tuple(rows),
        notes=tuple(notes),
    )
