"""The rows of what is timed in a process of its own."""

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from acutance.bench.apart.clip import make_clip
from acutance.bench.apart.parent import Finding, Task, run_apart
from acutance.bench.plan import Advance, Plan, Student
from acutance.bench.results import BenchError, Kind, Latency, Row

_ONNX_RUNTIME = "ort-cpu"
_STARTS = 2  # the first one fills the cache of compiled models, which ONNX Runtime has none of


def time_starts(plan: Plan, students: Sequence[Student], advance: Advance, notes: list[str]) -> list[Row]:
    """Return a row a student, and one of it on ONNX Runtime, whose threads would spin beside others' work.

    Args:
        plan: what, and how.
        students: which.
        advance: told what is being timed.
        notes: gets a line where ONNX Runtime cannot run one.

    Raises:
        BenchError: a student fails.
    """
    rows = []
    devices = [plan.device, *([_ONNX_RUNTIME] if plan.device == "cpu" else [])]
    for student in students:
        for device in devices:
            advance(f"{student.sharpener.name} on {device}")
            task = _task(plan, student, device)
            try:
                finding = [run_apart(task) for _ in range(_STARTS if device == plan.device else 1)][-1]
            except BenchError as error:
                if device == plan.device:
                    raise
                notes.append(f"not timed: {error}")
                continue
            rate = 1000.0 / statistics.median(finding.milliseconds)
            rows.append(_row(finding, task, "student", rate))
    return rows


def time_clips(plan: Plan, students: Sequence[Student], advance: Advance) -> list[Row]:
    """Return the rows of clips: of the displayed size, of half of it enlarged, and decoded and sharpened only.

    The identity goes first: what the way of a frame takes without any student.

    Raises:
        BenchError: one fails.
    """
    rows = []
    width, height = plan.main_size
    half = (width // 4 * 2, height // 4 * 2)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "sharpened.mp4"
        clips = {size: Path(folder) / f"{size[0]}x{size[1]}.mp4" for size in (plan.main_size, half)}
        for size, path in clips.items():
            advance("making a clip")
            frames = make_clip(path, size, plan.clip_seconds)
        for student in (None, *students):
            task = _task(plan, student, plan.device).model_copy(update={"target": target})
            kind: Kind = "baseline" if student is None else "student"
            for stage, size in (("clip", plan.main_size), ("clip", half), ("discard", plan.main_size)):
                advance(f"{stage} {task.model} from {size[0]}x{size[1]}")
                own = task.model_copy(update={"stage": stage, "source": clips[size]})
                finding = run_apart(own)
                row = _row(finding, own, kind, frames / finding.seconds)
                rows.append(row.model_copy(update={"received": size if size == half else None}))
    return rows


def _task(plan: Plan, student: Student | None, device: str) -> Task:
    return Task(
        stage="apart",
        model="identity" if student is None else student.asked,
        device=device,
        precision="auto" if student is None else student.precision,
        threads=plan.threads,
        size=plan.main_size,
        frames=plan.frames + 1,
    )


def _row(finding: Finding, task: Task, kind: Kind, frames_per_second: float) -> Row:
    width, height = task.size
    mac = finding.mac_per_pixel
    return Row(
        stage=task.stage,
        kind=kind,
        name=finding.name,
        width=width,
        height=height,
        runs_as=finding.runs_as,
        precision=finding.precision,
        gmac=None if mac is None else mac * width * height / 1e9,
        latency=Latency.of(list(finding.milliseconds)),
        frames_per_second=round(frames_per_second, 3),
        first_frame_ms=round(finding.first_frame_ms, 1),
        peak_memory_mb=finding.peak_memory_mb,
    )
