"""What a luma plane shows of how it was made: spectra of its texture, periods of an enlargement, a codec's smoothness.

Three kinds of evidence, along rows and along columns:

* **Spectra.** A picture enlarged by s has next to nothing above 1/(2s) cycles a pixel, whatever it shows.
* **Periods.** The further a new sample lies from the old ones the smoother it comes out, so that the size of an
  enlarged picture's derivatives rises and falls along a line with the old samples' period s: a peak at the frequency
  1/s, for s below 2 its alias 1 − 1/s (A. C. Gallagher, "Detection of linear and cubic interpolation in JPEG compressed
  images", CRV 2005; B. Mahdian and S. Saic, "Blind authentication using periodic properties of interpolation", IEEE
  TIFS 3(3), 2008). At exactly 2 all new samples lie alike, a quarter of a pixel to the left or right of an old one:
  derivatives of even order show nothing there, those of odd order do. A codec's blocks leave peaks too, where they
  lie on the displayed grid: at multiples of 1/(8s) and, in H.264 and VP8, 1/(4s).
* **Smoothness.** A camera leaves noise everywhere. A codec leaves out what it cannot pay for: places without any
  texture beside places with much.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

TILE = 64
"""Pixels a side: of a smaller plane nothing can be said."""

_TILES = 40
_LINES_APART = 4  # of a tile's lines one in so many has its spectrum taken

_LARGEST_STEP = 16  # code values: beyond, an edge is an edge, and would outweigh texture
_LARGEST_DIFFERENCES = {2: 16, 3: 24}  # by order, one after another; 64 of them fit into 16 bits

_FREQUENCIES = np.arange(2, TILE // 2 + 1)  # cycles a tile; below, brightness and Hann's window
_QUANTILES = (0.5, 0.9)
_QUIETEST = 0.01  # code values squared: well below what rounding leaves

_PERIODS = np.linspace(0.0375, 0.5, 38)  # cycles a pixel
_NEAR = 0.0094
_SURROUNDINGS = 11  # parts of a spectrum, each with its own median

_SMALL = (0, 1, 2, 4, 8, 15)  # second differences, in code values
_CELL = 8
_CELL_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)

EVIDENCE = (
    len(_FREQUENCIES) * (len(_QUANTILES) + 1)
    + len(_PERIODS) * len(_LARGEST_DIFFERENCES)
    + len(_SMALL)
    + len(_CELL_QUANTILES)
)
"""How many figures there are."""


@dataclass(frozen=True)
class _Tiles:
    """The most textured parts of a plane, or of its transpose.

    Attributes:
        samples: N×64×64 int16.
        places: of each on the grid of tiles, counted along its lines.
        across: how many tiles lie along the plane's lines.
    """

    samples: NDArray[np.int16]
    places: NDArray[np.intp]
    across: int


def evidence(luma: NDArray[np.uint8]) -> NDArray[np.float32] | None:
    """Return the evidence of a plane, None of one that is too small or has no texture.

    Only the 40 most textured tiles of 64×64 are looked at, so the time hardly depends on the plane's size.

    Args:
        luma: H×W uint8.

    Returns:
        `EVIDENCE` figures: logarithms of powers, by frequency, of peaks over their surroundings, by order and period,
        and of how smooth it is; each the mean of rows and columns.
    """
    rows = _most_textured(luma)
    if rows is None:
        return None
    tiles, columns = rows
    along = [(_spectra(axis), _peaks(axis), _smoothness(axis)) for axis in (tiles, columns)]
    return np.concatenate([(row + column) / 2 for row, column in zip(*along, strict=True)]).astype(np.float32)


def _most_textured(luma: NDArray[np.uint8]) -> tuple[_Tiles, _Tiles] | None:
    """Return the tiles, and the same transposed, or None where there are none."""
    down, across = luma.shape[0] // TILE, luma.shape[1] // TILE
    if not down or not across:
        return None
    top, left = (luma.shape[0] - down * TILE) // 2, (luma.shape[1] - across * TILE) // 2
    grid = luma[top : top + down * TILE, left : left + across * TILE]
    lines = grid[TILE // 16 :: TILE // 4].astype(np.int16)
    steps = np.minimum(np.abs(np.diff(lines, axis=1, append=lines[:, -1:])), _LARGEST_STEP)
    texture = steps.reshape(down, 4, across, TILE).sum(axis=(1, 3), dtype=np.int32).ravel()
    if not texture.any():
        return None
    chosen = np.argsort(-texture, kind="stable")[:_TILES]
    row, column = chosen // across, chosen % across
    samples = grid.reshape(down, TILE, across, TILE)[row, :, column].astype(np.int16)
    transposed = np.ascontiguousarray(samples.transpose(0, 2, 1))
    return _Tiles(samples, column, across), _Tiles(transposed, row, down)


def _spectra(tiles: _Tiles) -> NDArray[np.float32]:
    """Return the logarithms of power by frequency: quantiles over the tiles, and their mean."""
    lines = tiles.samples[:, ::_LINES_APART].astype(np.float32)
    waves = lines.reshape(-1, TILE) @ _fourier()
    waves *= waves
    parts = waves.reshape(*lines.shape[:2], 2, len(_FREQUENCIES))
    power = parts.mean(axis=1).sum(axis=1)
    places = [math.floor(quantile * len(power)) for quantile in _QUANTILES]
    kinds = [*np.partition(power, places, axis=0)[places], power.mean(axis=0)]
    levels: NDArray[np.float32] = np.log(np.concatenate(kinds) + np.float32(_QUIETEST))
    return levels


@cache
def _fourier() -> NDArray[np.float32]:
    """Return the Fourier transform of a line under Hann's window as a matrix: real parts, then imaginary ones."""
    at = np.arange(TILE)
    window = np.sin(math.pi * (at + 0.5) / TILE) ** 2
    waves = np.exp(-2j * math.pi * np.outer(at, _FREQUENCIES) / TILE) * window[:, None]
    waves /= math.sqrt((window**2).sum())
    return np.concatenate([waves.real, waves.imag], axis=1).astype(np.float32)


def _peaks(tiles: _Tiles) -> NDArray[np.float32]:
    """Return, by order and period, the logarithm of the highest peak over the median of its surroundings."""
    profiles = _profiles(tiles)
    length = profiles.shape[1]
    waves = np.fft.rfft(profiles)
    power = waves.real**2 + waves.imag**2
    part = power.shape[1] // _SURROUNDINGS
    medians = np.median(power[:, : part * _SURROUNDINGS].reshape(len(power), _SURROUNDINGS, part), axis=2)
    middles = (np.arange(_SURROUNDINGS) + 0.5) * part - 0.5
    at = np.arange(power.shape[1])
    ratios = power / (np.stack([np.interp(at, middles, median) for median in medians]) + 1e-3)
    firsts = np.ceil((_PERIODS - _NEAR) * length).astype(int)
    ends = np.maximum(firsts, np.floor((_PERIODS + _NEAR) * length).astype(int)) + 1
    ranges = np.minimum(np.stack([firsts, ends], axis=1), power.shape[1]).ravel()
    highest = np.maximum.reduceat(np.pad(ratios, ((0, 0), (0, 1))), ranges, axis=1)[:, ::2]
    peaks: NDArray[np.float32] = np.log1p(highest).ravel().astype(np.float32)
    return peaks


def _profiles(tiles: _Tiles) -> NDArray[np.float32]:
    """Return derivatives' sizes along the plane's lines, by order, where there are tiles; of all alike in power."""
    here = (tiles.places == np.arange(tiles.across)[:, None]).astype(np.float32)
    profiles = []
    differences = np.diff(tiles.samples, axis=2)
    for order, largest in _LARGEST_DIFFERENCES.items():
        differences = np.diff(differences, axis=2)
        sizes = np.abs(differences)
        np.minimum(sizes, largest, out=sizes)
        means = sizes.sum(axis=1, dtype=np.int16).astype(np.float32)
        means -= means.mean(axis=1, keepdims=True)
        means /= np.sqrt((means**2).mean(axis=1, keepdims=True)) + np.float32(0.5)
        before = order // 2
        profiles.append((here @ np.pad(means, ((0, 0), (before, order - before)))).ravel())
    return np.stack(profiles)


def _smoothness(tiles: _Tiles) -> NDArray[np.float32]:
    """Return the logarithms of the share of small second differences, and of cells' mean size, in quantiles."""
    sizes = np.abs(np.diff(tiles.samples[:, ::_LINES_APART], n=2, axis=2))
    np.minimum(sizes, _LARGEST_STEP, out=sizes)
    counts = np.bincount(sizes.ravel(), minlength=_LARGEST_STEP + 1)
    shares = np.cumsum(counts)[list(_SMALL)] / sizes.size
    whole = sizes.shape[2] // _CELL * _CELL
    cells = sizes[:, :, :whole].reshape(len(sizes), -1, 2, whole // _CELL, _CELL).sum(axis=(2, 4), dtype=np.int16)
    quantiles = np.quantile(cells, _CELL_QUANTILES) / (2 * _CELL)
    levels: NDArray[np.float32] = np.log(np.concatenate([shares + 1e-3, quantiles + 0.1])).astype(np.float32)
    return levels
