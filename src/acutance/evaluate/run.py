"""Measuring a set: what is missing is computed, several pictures or clips at a time, and kept row by row."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from queue import SimpleQueue

from PIL import Image

from acutance.data import ClipFile, PictureFile
from acutance.degrade import CallDegradation
from acutance.evaluate.clips.clean import PAN_FRAMES, CleanClips, pan_size
from acutance.evaluate.clips.measuring import measure_clip
from acutance.evaluate.degradations import AnyDegradation
from acutance.evaluate.methods import Method, open_methods
from acutance.evaluate.pictures.measuring import measure_picture
from acutance.evaluate.plan import Plan, Subject
from acutance.evaluate.rows import AnyRow, Case, ClipRow, Row, append_rows, read_all_rows
from acutance.metrics.characters import CharacterReader
from acutance.runtime import Card
from acutance.video import probe_clip

_BYTES_PER_PIXEL = 200  # of a picture being measured, models included; 150 to 170 were seen
_BYTES_PER_PIXEL_OF_A_FRAME = 16  # of a clip being measured


@dataclass(frozen=True)
class Outcome:
    """What came of a plan.

    Attributes:
        rows: of pictures, in the plan's order of degradations, pictures and methods.
        clip_rows: of clips, likewise.
        failures: a line each.
        cards: of the models that have one, by name.
    """

    rows: tuple[Row, ...]
    clip_rows: tuple[ClipRow, ...]
    failures: tuple[str, ...]
    cards: Mapping[str, Card]


@dataclass
class _Bench:
    """What one thread works with."""

    methods: list[Method]
    reader: CharacterReader | None


def evaluate(
    plan: Plan, path: Path, *, workers: int | None = None, report: Callable[[int, int], None] = lambda done, total: None
) -> Outcome:
    """Measure what has no row yet, appending rows to a file as they come.

    A picture or clip that cannot be read, degraded or compared is left out with a line; so is a method that fails on
    one.

    Args:
        plan: what to measure.
        path: the rows, those already there included.
        workers: pictures or clips measured at a time; None for as many as cores and memory allow. Each has an equal
            share of the cores.
        report: called with how many rows are done (those left out too) and how many there are to do.

    Raises:
        RowError: the file cannot be read or written.
        ModelError: a method does not open.
        CardError: a model's card does not fit.
        MetricError: text is to be read and RapidOCR is not installed.
    """
    known = {row.key: row for row in read_all_rows(path)}
    cores = os.cpu_count() or 1
    workers = workers or _workers(plan, cores)
    benches: SimpleQueue[_Bench] = SimpleQueue()
    for _ in range(workers):
        benches.put(_open_bench(plan, max(1, cores // workers)))
    with _borrowed(benches) as bench:
        cases = _cases(plan, bench.methods)
        cards = {method.name: method.card for method in bench.methods if method.card is not None}
    missing = {key: {case.model: case for case in wanted if case.key not in known} for key, wanted in cases.items()}
    failures: list[str] = []
    total = sum(len(wanted) for wanted in cases.values())
    done = total - sum(len(wanted) for wanted in missing.values())
    report(done, total)
    clips = CleanClips(workers)
    with ThreadPoolExecutor(workers) as pool:
        begun = {
            pool.submit(_measure_with, benches, plan, clips, *key, wanted): len(wanted)
            for key, wanted in sorted(missing.items(), key=lambda item: _turn(*item[0]))
            if wanted
        }
        try:
            for future in as_completed(begun):
                rows, faults = future.result()
                append_rows(path, rows)
                known.update((row.key, row) for row in rows)
                failures += faults
                done += begun[future]
                report(done, total)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    measured = [known[case.key] for wanted in cases.values() for case in wanted if case.key in known]
    return Outcome(
        rows=tuple(row for row in measured if isinstance(row, Row)),
        clip_rows=tuple(row for row in measured if isinstance(row, ClipRow)),
        failures=tuple(sorted(failures)),
        cards=cards,
    )


def _cases(plan: Plan, methods: list[Method]) -> dict[tuple[Subject, AnyDegradation], list[Case]]:
    versions = plan.versions
    return {
        (subject, degradation): [
            Case(
                data=plan.data.name,
                data_sha256=plan.data.sha256,
                picture=subject.name,
                picture_sha256=subject.sha256,
                category=subject.category if isinstance(subject, PictureFile) else subject.name,
                degradation=degradation.name,
                model=method.name,
                model_sha256=method.sha256,
                backend=str(method.info),
                versions=versions,
                told=method.told,
            )
            for method in methods
            if _serves(method, degradation)
        ]
        for degradation in plan.degradations
        for subject in plan.subjects
    }


def _turn(subject: Subject, degradation: AnyDegradation) -> str:
    """Return what to sort by: clips are loaded once, pictures stay by degradation, as weights are chosen once then."""
    return subject.name if isinstance(degradation, CallDegradation) else ""


def _serves(method: Method, degradation: AnyDegradation) -> bool:
    scale = degradation.sent if isinstance(degradation, CallDegradation) else degradation.scale
    return not isinstance(scale, Fraction) or method.serves(scale)  # of a number of lines only the clip tells the scale


def _measure_with(
    benches: SimpleQueue[_Bench],
    plan: Plan,
    clips: CleanClips,
    subject: Subject,
    degradation: AnyDegradation,
    wanted: dict[str, Case],
) -> tuple[Sequence[AnyRow], list[str]]:
    """Return the rows of one picture or clip under one degradation, and a line for each failure."""
    with _borrowed(benches) as bench:
        methods = [method for method in bench.methods if method.name in wanted]
        try:
            if isinstance(degradation, CallDegradation):
                clip = clips.load(subject)
                return measure_clip(subject.name, clip, degradation, methods, wanted, warping=plan.warping)
            assert isinstance(subject, PictureFile)  # as a plan makes sure
            return measure_picture(subject, degradation, methods, wanted, bench.reader)
        except ValueError as error:
            return [], [f"{subject.name}: left out ({error})"]


@contextmanager
def _borrowed(benches: SimpleQueue[_Bench]) -> Iterator[_Bench]:
    bench = benches.get()
    try:
        yield bench
    finally:
        benches.put(bench)


def _open_bench(plan: Plan, threads: int) -> _Bench:
    return _Bench(
        methods=[
            method for name, source in plan.methods.items() for method in open_methods(name, source, threads, plan.told)
        ],
        reader=CharacterReader(threads) if plan.characters else None,
    )


def _workers(plan: Plan, cores: int) -> int:
    """Return how many of the set's largest picture or clip fit into half of the memory, at most the cores."""
    if not hasattr(os, "sysconf"):  # Windows does not say how much memory it has
        return 1
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    calls = any(isinstance(degradation, CallDegradation) for degradation in plan.degradations)
    largest = max(_bytes(subject, calls=calls) for subject in plan.subjects)
    return max(1, min(cores, memory // 2 // largest))


def _bytes(subject: Subject, *, calls: bool) -> int:
    """Return what measuring takes, going by headers; 1 where there is none: reading it will fail, with its line."""
    try:
        if isinstance(subject, ClipFile):
            if subject.cut.crop is None:
                info = probe_clip(subject.path)
                width, height = info.width, info.height
            else:
                width, height = subject.cut.crop[2:]
            pixels = width * height / subject.cut.shrink**2
            return int(_BYTES_PER_PIXEL_OF_A_FRAME * subject.cut.frames * pixels)
        with Image.open(subject.path) as image:
            width, height = image.size
    except (OSError, ValueError, Image.DecompressionBombError):
        return 1
    seen = pan_size((width, height))
    clip = _BYTES_PER_PIXEL_OF_A_FRAME * PAN_FRAMES * seen[0] * seen[1] if calls else 0
    return max(clip, _BYTES_PER_PIXEL * width * height)
