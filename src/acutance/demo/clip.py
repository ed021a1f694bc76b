"""A clip, softened and sharpened again."""

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from acutance.demo.comparison import side_by_side
from acutance.demo.figures import Figures
from acutance.metrics import fidelity
from acutance.runtime import Sharpener
from acutance.video import probe_clip, process_clip, read_luma, read_rgb, write_clip

_SCALE = 2
_BORDER = 2
_UNKNOWN_RATE = Fraction(25)

Stage = Callable[[str, int | None], Callable[[int], None]]
"""Begins a stage of a known number of frames; what it returns is told of each frame that is done."""


@dataclass(frozen=True)
class ClipDemonstration:
    """What was made of a clip.

    Attributes:
        figures: of the decoded clips, so that the encoder's loss is in both.
        frames_per_second: enlarging, sharpening and encoding together.
        side_by_side: the clip to look at.
    """

    figures: Figures
    frames_per_second: float
    side_by_side: Path


def demonstrate_clip(source: Path, folder: Path, sharpener: Sharpener, stage: Stage) -> ClipDemonstration:
    """Write ``NAME-before.mp4``, ``NAME-after.mp4`` and ``NAME-side-by-side.mp4`` of a clip.

    The clip is sent at half its size and enlarged again, as a call does it; before and after differ in nothing but the
    sharpener.

    Raises:
        ClipError: the clip cannot be read, or the folder cannot be written.
        ModelError: the model fails.
        MetricError: the clip is too small to measure.
    """
    info = probe_clip(source)
    received = (info.width // (2 * _SCALE) * 2, info.height // (2 * _SCALE) * 2)
    displayed = (received[0] * _SCALE, received[1] * _SCALE)
    before, after, both = (folder / f"{source.stem}-{part}.mp4" for part in ("before", "after", "side-by-side"))
    with tempfile.TemporaryDirectory(dir=folder, prefix=".demo-") as scratch:
        clean, small = Path(scratch) / "clean.mp4", Path(scratch) / "received.mp4"
        # Sides that do not halve evenly: the original is resized too, so that all are of one size.
        if (info.width, info.height) == displayed:
            clean = source
        else:
            process_clip(source, clean, np.copy, size=displayed, advance=stage("evening the size", info.frames))
        process_clip(clean, small, np.copy, size=received, advance=stage("sending at half size", info.frames))
        process_clip(small, before, np.copy, size=displayed, advance=stage("enlarging", info.frames))
        begun = time.monotonic()
        report = process_clip(
            small, after, sharpener.luma, size=displayed, advance=stage("enlarging and sharpening", info.frames)
        )
        seconds = time.monotonic() - begun
        figures = _measure(clean, before, after, stage("measuring", info.frames))
    write_clip(both, _pairs(before, after, stage("side by side", info.frames)), info.rate or _UNKNOWN_RATE)
    return ClipDemonstration(figures, report.frames / seconds, both)


def _measure(clean: Path, before: Path, after: Path, advance: Callable[[int], None]) -> Figures:
    rows = []
    for original, soft, sharp in zip(read_luma(clean), read_luma(before), read_luma(after), strict=True):
        rows.append((fidelity(original, soft, _BORDER), fidelity(original, sharp, _BORDER)))
        advance(1)
    return Figures.mean([row[0] for row in rows], [row[1] for row in rows])


def _pairs(before: Path, after: Path, advance: Callable[[int], None]) -> Iterator[NDArray[np.uint8]]:
    for soft, sharp in zip(read_rgb(before), read_rgb(after), strict=True):
        yield side_by_side({"before": soft, "after": sharp})
        advance(1)
