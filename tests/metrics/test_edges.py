"""The edge figures on edges whose width and overshoot are known."""

from math import erf, sqrt

import numpy as np
import pytest
from numpy.typing import NDArray

from acutance.metrics import EdgeFigures, MetricError, find_edges

_DARK, _BRIGHT, _EDGE = 50.0, 200.0, 31.5  # the edge lies between two pixels


def _step(height: int = 40, width: int = 64) -> NDArray[np.uint8]:
    row = np.where(np.arange(width) < _EDGE, _DARK, _BRIGHT)
    return np.tile(row, (height, 1)).astype(np.uint8)


def _blurred(sigma: float, height: int = 40, width: int = 64) -> NDArray[np.uint8]:
    """The step after a Gaussian blur, by its closed form."""
    share = [0.5 * (1 + erf((x - _EDGE) / (sigma * sqrt(2)))) for x in range(width)]
    return np.tile(np.rint(_DARK + (_BRIGHT - _DARK) * np.array(share)), (height, 1)).astype(np.uint8)


def _figures(clean: NDArray[np.uint8], shown: NDArray[np.uint8]) -> EdgeFigures:
    figures = find_edges(clean).measure(shown)
    assert figures is not None
    return figures


@pytest.mark.parametrize("sigma", [1.0, 1.25, 1.5, 2.0])
def test_the_width_is_that_of_the_blur(sigma: float) -> None:
    # A Gaussian's distribution function rises from 10 % to 90 % within 2.5631 σ; straight lines between samples read
    # up to a quarter of a pixel more.
    assert _figures(_step(), _blurred(sigma)).width == pytest.approx(2.5631 * sigma, abs=0.25)


def test_a_perfect_step_is_four_fifths_of_a_pixel_wide() -> None:
    assert _figures(_step(), _step()).width == pytest.approx(0.8, abs=1e-5)


@pytest.mark.parametrize("halo", [0.0, 0.04, 0.1, 0.2])
def test_the_overshoot_is_that_of_the_halo(halo: float) -> None:
    shown = _step().astype(float)
    shown[:, 33] += halo * (_BRIGHT - _DARK)
    shown[:, 30] -= halo * (_BRIGHT - _DARK)
    assert _figures(_step(), np.rint(shown).astype(np.uint8)).overshoot == pytest.approx(halo, abs=0.005)


def test_a_halo_on_one_side_counts_half() -> None:
    shown = _step()
    shown[:, 33] += 30
    assert _figures(_step(), shown).overshoot == pytest.approx(0.1, abs=1e-3)


def test_what_the_clean_picture_has_is_no_overshoot() -> None:
    clean = _step()
    clean[:, 33] += 10
    assert _figures(clean, clean).overshoot == 0.0


@pytest.mark.parametrize("turn", [np.fliplr, np.transpose, np.flipud], ids=["mirrored", "transposed", "flipped"])
def test_direction_does_not_matter(turn: object) -> None:
    assert callable(turn)
    straight = _figures(_step(), _blurred(1.5))
    turned = _figures(turn(_step()), turn(_blurred(1.5)))
    assert turned.width == pytest.approx(straight.width, abs=1e-4)
    assert turned.overshoot == straight.overshoot


def test_an_edge_that_is_gone_is_as_wide_as_a_profile() -> None:
    assert _figures(_step(), np.full_like(_step(), 120)).width == 12.0


def test_every_row_of_an_edge_counts_once() -> None:
    assert len(find_edges(_step(height=40))) == 40


def test_texture_is_no_edge() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (80, 80)).astype(np.uint8)
    assert len(find_edges(noise)) == 0


@pytest.mark.parametrize("shape", [(40, 64), (9, 9), (40, 5), (1, 1)])
def test_a_picture_without_edges_has_no_figure(shape: tuple[int, int]) -> None:
    flat = np.full(shape, 90, np.uint8)
    assert find_edges(flat).measure(flat) is None


def test_another_size_is_refused() -> None:
    with pytest.raises(MetricError, match="expected one shape"):
        find_edges(_step()).measure(_step(height=41))
