"""Measuring a set: what is missing is computed, several pictures at a time, and kept row by row."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from math import ceil
from pathlib import Path
from queue import SimpleQueue

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from acutance.data import PictureFile, PictureSet
from acutance.degrade import BicubicDegradation
from acutance.evaluate.methods import Method, open_method
from acutance.evaluate.rows import Case, Row, append_rows, read_rows
from acutance.metrics import check_size, fidelity, find_edges
from acutance.metrics.characters import CharacterReader
from acutance.pictures import read_picture
from acutance.runtime import Card

_BYTES_PER_PIXEL = 200  # of a picture being measured, models included; 150 to 170 were seen
_PACKAGES = ("acutance", "av", "numpy", "openvino", "pillow", "scikit-image", "scipy")


@dataclass(frozen=True)
class Plan:
    """What to measure.

    Attributes:
        pictures: the set.
        degradations: each picture is shown under each of them.
        methods: what to open by the name of its rows, see `methods.method_names`.
        characters: whether to read text too.
    """

    pictures: PictureSet
    degradations: Sequence[BicubicDegradation]
    methods: Mapping[str, str]
    characters: bool = False

    @property
    def versions(self) -> dict[str, str]:
        """Of the packages that the figures depend on."""
        return {name: version(name) for name in (*_PACKAGES, *(("rapidocr",) if self.characters else ()))}


@dataclass(frozen=True)
class Outcome:
    """What came of a plan.

    Attributes:
        rows: in the plan's order of degradations, pictures and methods.
        failures: a line each.
        cards: of the models that have one, by name.
    """

    rows: tuple[Row, ...]
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

    A picture that cannot be read, degraded or compared is left out with a line; so is a method that fails on one.

    Args:
        plan: what to measure.
        path: the rows, those already there included.
        workers: pictures measured at a time; None for as many as cores and memory allow. Each has an equal share of
            the cores.
        report: called with how many rows are done (those left out too) and how many there are to do.

    Raises:
        RowError: the file cannot be read or written.
        ModelError: a method does not open.
        CardError: a model's card does not fit.
        MetricError: text is to be read and RapidOCR is not installed.
    """
    known = {row.key: row for row in read_rows(path)}
    cores = os.cpu_count() or 1
    workers = workers or _workers(plan.pictures, cores)
    benches: SimpleQueue[_Bench] = SimpleQueue()
    for _ in range(workers):
        benches.put(_open_bench(plan, max(1, cores // workers)))
    with _borrowed(benches) as bench:
        cases = _cases(plan, bench.methods)
        cards = {method.name: method.card for method in bench.methods if method.card is not None}
    missing = {
        subject: {case.model: case for case in wanted if case.key not in known} for subject, wanted in cases.items()
    }
    failures: list[str] = []
    total = sum(len(wanted) for wanted in cases.values())
    done = total - sum(len(wanted) for wanted in missing.values())
    report(done, total)
    with ThreadPoolExecutor(workers) as pool:
        begun = {
            pool.submit(_measure_with, benches, *subject, wanted): len(wanted)
            for subject, wanted in missing.items()
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
    return Outcome(
        rows=tuple(known[case.key] for wanted in cases.values() for case in wanted if case.key in known),
        failures=tuple(sorted(failures)),
        cards=cards,
    )


def _cases(plan: Plan, methods: list[Method]) -> dict[tuple[PictureFile, BicubicDegradation], list[Case]]:
    versions = plan.versions
    return {
        (picture, degradation): [
            Case(
                data=plan.pictures.name,
                data_sha256=plan.pictures.sha256,
                picture=picture.name,
                picture_sha256=picture.sha256,
                category=picture.category,
                degradation=degradation.name,
                model=method.name,
                model_sha256=method.sha256,
                backend=str(method.info),
                versions=versions,
            )
            for method in methods
        ]
        for degradation in plan.degradations
        for picture in plan.pictures.pictures
    }


def _measure_with(
    benches: SimpleQueue[_Bench], picture: PictureFile, degradation: BicubicDegradation, wanted: dict[str, Case]
) -> tuple[list[Row], list[str]]:
    """Return the rows of one picture under one degradation, and a line for each failure."""
    rows: list[Row] = []
    failures: list[str] = []
    with _borrowed(benches) as bench:
        try:
            pixels = read_picture(picture.path).pixels
            clean, received = degradation.crop(pixels), degradation.receive(pixels)
            compare = _Comparison(clean, degradation, bench.reader)
        except ValueError as error:
            return rows, [f"{picture.name}: left out ({error})"]
        displayed = degradation.display(received)
        for method in bench.methods:
            if method.name not in wanted:
                continue
            try:
                begun = time.perf_counter()
                shown = method(received, displayed)
                seconds = time.perf_counter() - begun
                rows.append(compare(wanted[method.name], shown, seconds))
            except ValueError as error:
                failures.append(f"{picture.name}: {method.name} left out ({error})")
    return rows, failures


class _Comparison:
    """One clean picture, with what all the shown ones are compared with."""

    def __init__(
        self, clean: NDArray[np.uint8], degradation: BicubicDegradation, reader: CharacterReader | None
    ) -> None:
        self._clean = clean
        self._border = ceil(degradation.scale)
        check_size(clean, self._border)
        self._edges = find_edges(clean)
        self._lines = None if reader is None else reader.find_lines(clean)

    def __call__(self, case: Case, shown: NDArray[np.uint8], seconds: float) -> Row:
        close = fidelity(self._clean, shown, self._border)
        edges = self._edges.measure(shown)
        characters = None if self._lines is None else self._lines.measure(shown)
        return Row(
            **case.model_dump(),
            width=shown.shape[1],
            height=shown.shape[0],
            psnr=round(close.psnr, 4),
            ssim=round(close.ssim, 6),
            rgb_psnr=round(close.rgb_psnr, 4),
            rgb_ssim=round(close.rgb_ssim, 6),
            edge_width=None if edges is None else round(edges.width, 4),
            overshoot=None if edges is None else round(edges.overshoot, 5),
            characters=None if characters is None else round(characters, 5),
            seconds=round(seconds, 4),
        )


@contextmanager
def _borrowed(benches: SimpleQueue[_Bench]) -> Iterator[_Bench]:
    bench = benches.get()
    try:
        yield bench
    finally:
        benches.put(bench)


def _open_bench(plan: Plan, threads: int) -> _Bench:
    return _Bench(
        methods=[open_method(name, source, threads) for name, source in plan.methods.items()],
        reader=CharacterReader(threads) if plan.characters else None,
    )


def _workers(pictures: PictureSet, cores: int) -> int:
    """Return how many of the set's largest picture fit into half of the memory, at most the cores."""
    if not hasattr(os, "sysconf"):  # Windows does not say how much memory it has
        return 1
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    largest = max(_pixels(picture.path) for picture in pictures.pictures)
    return max(1, min(cores, memory // 2 // (_BYTES_PER_PIXEL * largest)))


def _pixels(path: Path) -> int:
    """Return a picture's size as its header tells it, 1 where it has none: reading it will fail, with its line."""
    try:
        with Image.open(path) as image:
            return image.width * image.height
    except (OSError, ValueError, Image.DecompressionBombError):
        return 1
