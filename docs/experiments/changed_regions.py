"""Is it quicker to sharpen only what changed since the frame before?

    python docs/experiments/changed_regions.py MODEL docs/experiments/changed_regions.json CLIP…

Each clip is sent as a call (half size, x264 zerolatency, 400 kbit/s) and enlarged again. What changed between two
frames is covered with rectangles, each is sharpened with the margin that makes it equal the whole frame's result, and
both ways are timed. Every rectangle's size is compiled before it is timed, which a real call would have to wait for.
Writes the figures, and a page beside that file.
"""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from statistics import mean, median
from typing import Any

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from acutance.runtime import Sharpener
from acutance.runtime.still import StillFrames
from acutance.video.frame import RESIZING, studio_luma

BIT_RATE = 400_000
PAIRS = 60  # of successive frames, spread over the clip's first frames
FRAMES = 240
CELL = 16  # pixels: what changed is known that finely
SIZES = 64  # pixels: a rectangle's sides are rounded up to multiples, so that fewer sizes need to be compiled
OVERHEAD = 0.01  # of the frame: what a further rectangle has to save
TILE = 64


@dataclass(frozen=True)
class Area:
    """Rows top..bottom and columns left..right of a plane."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def pixels(self) -> int:
        return (self.bottom - self.top) * (self.right - self.left)

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def grown(self, margin: int, shape: tuple[int, int]) -> "Area":
        return Area(
            max(0, self.top - margin),
            min(shape[0], self.bottom + margin),
            max(0, self.left - margin),
            min(shape[1], self.right + margin),
        )

    def rounded(self, shape: tuple[int, int]) -> "Area":
        """Return it grown to multiples of SIZES, within the plane."""
        height = min(shape[0], -(-(self.bottom - self.top) // SIZES) * SIZES)
        width = min(shape[1], -(-(self.right - self.left) // SIZES) * SIZES)
        top, left = min(self.top, shape[0] - height), min(self.left, shape[1] - width)
        return Area(top, top + height, left, left + width)


def as_a_call(clip: Path) -> Iterator[NDArray[np.uint8]]:
    """Yield the luma that a caller's screen shows."""
    smaller, larger = VideoReformatter(), VideoReformatter()
    with av.open(str(clip)) as container:
        video = container.streams.video[0]
        rate = video.average_rate or Fraction(30)
        encoder = av.CodecContext.create("libx264", "w")
        encoder.width, encoder.height, encoder.pix_fmt = video.width // 4 * 2, video.height // 4 * 2, "yuv420p"
        encoder.time_base, encoder.framerate, encoder.bit_rate = 1 / rate, rate, BIT_RATE
        encoder.options = {"preset": "veryfast", "tune": "zerolatency"}
        decoder = av.CodecContext.create("h264", "r")
        for index, frame in zip(range(FRAMES), container.decode(video), strict=False):
            sent = smaller.reformat(frame, encoder.width, encoder.height, format="yuv420p", interpolation=RESIZING)
            sent.pts, sent.time_base, sent.pict_type = index, 1 / rate, 0
            for packet in encoder.encode(sent):
                for received in decoder.decode(packet):
                    yield studio_luma(
                        larger.reformat(received, video.width, video.height, format="yuv420p", interpolation=RESIZING)
                    )


def changed(before: NDArray[np.uint8], after: NDArray[np.uint8], cell: int) -> NDArray[np.bool_]:
    """Return which cells of the plane, whose width eight divides, differ."""
    differs = before.view(np.uint64) != after.view(np.uint64)
    padded = np.pad(differs, ((0, -differs.shape[0] % cell), (0, -differs.shape[1] % (cell // 8))))
    rows = np.asarray(padded.reshape(-1, cell, padded.shape[1]).any(1))
    return np.asarray(rows.reshape(len(rows), -1, cell // 8).any(2))


def rectangles(cells: NDArray[np.bool_], margin: int, least: float, top: int = 0, left: int = 0) -> Iterator[Area]:
    """Cover the changed cells: their common rectangle, cut in two again and again where that saves pixels.

    Args:
        cells: which changed.
        margin: pixels around a rectangle that are computed with it.
        least: pixels that a cut must save.
        top: row of the first cell, in pixels.
        left: column of the first cell, in pixels.
    """
    if not cells.any():
        return
    rows, columns = np.flatnonzero(cells.any(1)), np.flatnonzero(cells.any(0))
    cells = cells[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    top, left = top + CELL * int(rows[0]), left + CELL * int(columns[0])
    height, width = CELL * cells.shape[0], CELL * cells.shape[1]
    costs = {
        (axis, place): sum(_cost(part, margin) for part in np.split(cells, [place], axis))
        for axis in (0, 1)
        for place in range(1, cells.shape[axis])
    }
    best = min(costs, key=lambda cut: costs[cut], default=None)
    if best is None or costs[best] + least > _cost(cells, margin):
        yield Area(top, top + height, left, left + width)
        return
    axis, place = best
    first, second = np.split(cells, [place], axis)
    yield from rectangles(first, margin, least, top, left)
    down, right = (CELL * place, 0) if axis == 0 else (0, CELL * place)
    yield from rectangles(second, margin, least, top + down, left + right)


def _cost(cells: NDArray[np.bool_], margin: int) -> int:
    rows, columns = np.flatnonzero(cells.any(1)), np.flatnonzero(cells.any(0))
    if not len(rows):
        return 0
    sides = [CELL * int(line[-1] - line[0] + 1) + 2 * margin for line in (rows, columns)]
    return sides[0] * sides[1]


def measure(model: str, clip: Path) -> dict[str, Any]:
    """Return one clip's figures; times in ms a frame, medians."""

    @cache
    def sharpener(size: tuple[int, int]) -> Sharpener:
        opened = Sharpener.load(model)
        opened.luma(np.zeros(size, np.uint8))
        return opened

    planes = list(as_a_call(clip))
    shape = planes[0].shape
    card = sharpener(shape).card
    assert card is not None, "a baseline has no margin"
    margin = -(-card.margin // 4) * 4  # on the network's grid
    rows = []
    for index in range(1, len(planes), max(1, len(planes) // PAIRS)):
        before, after = planes[index - 1 : index + 1]
        sharpened_before = sharpener(shape).luma(before)
        cells = changed(before, after, CELL)
        # What changes reaches a margin further after the network, and takes another one to compute.
        areas = list(rectangles(cells, 2 * margin, OVERHEAD * after.size))
        sources = [area.grown(2 * margin, shape).rounded(shape) for area in areas]
        for source in sources:
            sharpener((source.bottom - source.top, source.right - source.left))
        begun = time.perf_counter()
        whole = sharpener(shape).luma(after)
        middle = time.perf_counter()
        changed(before, after, CELL)
        pieces = sharpened_before.copy()
        for area, source in zip(areas, sources, strict=True):
            target = area.grown(margin, shape)
            piece = sharpener((source.bottom - source.top, source.right - source.left)).luma(after[source.slices])
            rest = Area(
                target.top - source.top,
                target.bottom - source.top,
                target.left - source.left,
                target.right - source.left,
            )
            pieces[target.slices] = piece[rest.slices]
        end = time.perf_counter()
        rows.append(
            {
                "same": 1 - changed(before, after, TILE).mean(),
                "rectangles": len(areas),
                "area": sum(source.pixels for source in sources) / after.size,
                "whole": 1000 * (middle - begun),
                "changed": 1000 * (end - middle),
                "differs": int((whole != pieces).sum()),
            }
        )
    return {
        "clip": clip.stem,
        "width": shape[1],
        "height": shape[0],
        "pairs": len(rows),
        "tiles the same": round(mean(row["same"] for row in rows), 3),
        "rectangles": round(mean(row["rectangles"] for row in rows), 1),
        "area": round(mean(row["area"] for row in rows), 3),
        "whole": round(median(row["whole"] for row in rows), 2),
        "changed": round(median(row["changed"] for row in rows), 2),
        "pixels that differ": sum(row["differs"] for row in rows),
        "still": round(still_frame(sharpener(shape), planes[0]), 3),
    }


def still_frame(sharpener: Sharpener, plane: NDArray[np.uint8]) -> float:
    """Return what a frame costs that is like the one before, in ms."""
    sharpen = StillFrames(sharpener.luma)
    sharpen(plane)
    times = []
    for _ in range(50):
        copy = plane.copy()
        begun = time.perf_counter()
        sharpen(copy)
        times.append(1000 * (time.perf_counter() - begun))
    return median(times)


def page(record: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    lines = [
        "# Sharpening only what changed",
        "",
        f"Calls (half size, x264 zerolatency, {BIT_RATE // 1000} kbit/s, enlarged), `{record['model']}` as "
        f"{record['runs as']}. What changed since the frame before, known to {CELL} pixels, is covered with "
        "rectangles; each is sharpened with its margin, so that the result is the whole frame's. Times: ms a frame, "
        "medians; finding the rectangles and compiling their sizes are not counted. Made by "
        "`docs/experiments/changed_regions.py`.",
        "",
        f"| clip | size | {TILE}-pixel tiles the same | rectangles | area computed | whole frame | rectangles "
        "| speed-up | pixels that differ | a still frame |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
        *(
            f"| {row['clip']} | {row['width']}x{row['height']} | {row['tiles the same']:.0%} "
            f"| {row['rectangles']:.1f} | {row['area']:.0%} | {row['whole']:.1f} | {row['changed']:.1f} "
            f"| {row['whole'] / row['changed']:.2f} | {row['pixels that differ']} | {row['still']:.2f} |"
            for row in record["clips"]
        ),
        "",
        "What a call's encoder leaves alone is scattered between what moves, and a margin of twice the network's reach "
        "around every rectangle takes most of it back. So only whole still frames are kept (`StillFrames`).",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure every clip."""
    model, target, *clips = sys.argv[1:]
    sharpener = Sharpener.load(model)
    record = {
        "model": sharpener.name,
        "runs as": str(sharpener.info),
        "clips": [measure(model, Path(clip)) for clip in clips],
    }
    Path(target).write_text(json.dumps(record, indent=1) + "\n")
    Path(target).with_suffix(".md").write_text(page(record))
    print(page(record))


if __name__ == "__main__":
    main()
