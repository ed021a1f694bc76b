"""Cutting a plane into overlapping tiles of one size, so that what comes back together shows no seam."""

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


def tiles(shape: tuple[int, int], tile: int, margin: int) -> Iterator[Tile]:
    """Cover a plane with tiles of equal size.

    Args:
        shape: the plane's (height, width).
        tile: side of a tile; an axis shorter than it is taken whole.
        margin: how far from a cut edge a tile's result is not valid (a network's receptive radius). Positions stay on
            the network's grid where `shape`, `tile` and `margin` are multiples of its unshuffle factor.

    Raises:
        ValueError: the margins leave nothing of a tile.
    """
    if tile <= 2 * margin:
        raise ValueError(f"a tile of {tile} has nothing left inside margins of {margin}")
    for row_source, row_inner, row_target in _cuts(shape[0], tile, margin):
        for column_source, column_inner, column_target in _cuts(shape[1], tile, margin):
            yield Tile(
                source=(row_source, column_source),
                inner=(row_inner, column_inner),
                target=(row_target, column_target),
            )


def _cuts(length: int, tile: int, margin: int) -> Iterator[tuple[slice, slice, slice]]:
    tile = min(tile, length)
    done = 0
    while done < length:
        start = max(0, min(done - margin, length - tile))
        end = length if start + tile == length else start + tile - margin
        yield slice(start, start + tile), slice(done - start, end - start), slice(done, end)
        done = end
