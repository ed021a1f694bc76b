"""A picture under a degradation, shown by each method, and measured."""

import time
from collections.abc import Mapping, Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray

from acutance.data import PictureFile
from acutance.degrade import BicubicDegradation
from acutance.evaluate.methods import Method, Stream
from acutance.evaluate.rows import Case, Row
from acutance.metrics import check_size, fidelity, find_edges
from acutance.metrics.characters import CharacterReader
from acutance.pictures import read_picture


def measure_picture(
    picture: PictureFile,
    degradation: BicubicDegradation,
    methods: Sequence[Method],
    cases: Mapping[str, Case],
    reader: CharacterReader | None,
) -> tuple[list[Row], list[str]]:
    """Return a row for each method, and a line for each that fails.

    Args:
        picture: the clean one.
        degradation: what comes before the methods.
        methods: those to measure.
        cases: what their rows are about, by name.
        reader: reads text too, where there is one.

    Raises:
        ValueError: the picture cannot be read, degraded or compared.
    """
    pixels = read_picture(picture.path).pixels
    clean, received = degradation.crop(pixels), degradation.receive(pixels)
    compare = _Comparison(clean, degradation, reader)
    displayed = degradation.display(received)
    stream = Stream(degradation.scale)
    rows, failures = [], []
    for method in methods:
        try:
            method.begin(stream)
            begun = time.perf_counter()
            shown = method(received, displayed)
            seconds = time.perf_counter() - begun
            rows.append(compare(cases[method.name], shown, seconds, method.chose))
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

    def __call__(self, case: Case, shown: NDArray[np.uint8], seconds: float, chose: str | None) -> Row:
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
            chose=chose,
            seconds=round(seconds, 4),
        )
