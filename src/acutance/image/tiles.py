"""Cutting a plane into overlapping tiles of one size, so that what comes back together shows no seam."""

import math
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Tile:
    """A tile along both axes.

    Attributes:
        source: what to cut out of the plane (rows, columns).
        inner: which part of the processed tile is valid.
        target: where that part goes in the result.
    """

    source: tuple[slice, slice]
    inner: tuple[slice, slice]
    target: tuple[slice, slice]


def tiles(shape: tuple[int, int], largest: int, margin: int, grid: int) -> Iterator[Tile]:
    """Cover a plane with as few tiles as can be, of one size, which is then as small as can be.

    Args:
        shape: the plane's (height, width), multiples of `grid`.
        largest: longest side of a tile, a multiple of `grid`.
        margin: how far from a cut edge a tile's result is not valid (a network's receptive radius); likewise.
        grid: what positions are multiples of: a network's unshuffle factor.

    Raises:
        ValueError: the margins leave nothing of a tile.
    """
    if largest <= 2 * margin:
        raise ValueError(f"a tile of {largest} has nothing left inside margins of {margin}")
    for row_source, row_inner, row_target in _cuts(shape[0], largest, margin, grid):
        for column_source, column_inner, column_target in _cuts(shape[1], largest, margin, grid):
            yield Tile(
                source=(row_source, column_source),
                inner=(row_inner, column_inner),
                target=(row_target, column_target),
            )


def _cuts(length: int, largest: int, margin: int, grid: int) -> Iterator[tuple[slice, slice, slice]]:
    # Of n tiles n - 1 pairs overlap by two margins.
    count = max(1, math.ceil((length - 2 * margin) / (largest - 2 * margin)))
    tile = math.ceil((length + 2 * margin * (count - 1)) / count / grid) * grid
    done = 0
    while done < length:
        start = max(0, min(done - margin, length - tile))
        end = length if start + tile == length else start + tile - margin
        yield slice(start, start + tile), slice(done - start, end - start), slice(done, end)
        done = end
