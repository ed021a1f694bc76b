"""No checkerboard: a model's change of flat and noisy frames has next to no energy at the unshuffle grid's periods.

The pixels of an unshuffled frame come out of different channels of the last convolution. Where those differ on average,
the frame gets a pattern of the unshuffle factor's period, or of four times that where an int8 file computes four cells
of a row at once.
Frames that a model may change at will, but not by place: grey, grey with a camera's noise, and that noise enlarged.
"""

from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper

from acutance.degrade import parse_degradation
from acutance.lab.export.graph import build_graph
from acutance.runtime.backends.compiling import multiplies_int8
from acutance.runtime.backends.int8 import int8_grid
from acutance.runtime.cards import Architecture, Card
from acutance.runtime.models import OpenModel, open_model, shipped_files

BOUND_ON_GREY = 0.1**2
"""Code values², on average over a frame: a tenth of a code value."""
BOUND_ON_NOISE = 0.01
"""Of the change's own mean square: 20 dB below it."""

SHIPPED = [
    pytest.param(
        path,
        id=name,
        marks=pytest.mark.skipif(
            name.endswith(".int8") and not multiplies_int8("CPU"), reason="this processor has no exact int8 products"
        ),
    )
    for name, path in shipped_files().items()
]
_GREYS = (40, 126, 210)
_SIDE = 512


def grid_energy(change: NDArray[np.float32], period: int) -> float:
    """Return the mean square of what repeats every `period` rows and columns, the mean itself left out.

    It is the power of the spectrum at the multiples of 1/period in both directions, without that at zero.
    """
    rows, columns = (side // period for side in change.shape)
    cells = change[: rows * period, : columns * period].reshape(rows, period, columns, period)
    return float(cells.mean(axis=(0, 2), dtype=np.float64).var())


def _change(model: OpenModel, frame: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return what a model adds, unrounded where it can be, in code values; without the border, which differs."""
    assert model.card is not None
    border = -(-model.card.margin // _period(model)) * _period(model)
    plane = frame.astype(np.float32)
    change = model.backend.run(plane / np.float32(255)) * np.float32(255) - plane
    return change[border:-border, border:-border]


def _period(model: OpenModel) -> int:
    assert model.card is not None
    return int8_grid(model.card.architecture.unshuffle)


def _open(path: Path) -> OpenModel:
    return open_model(path, device="cpu", precision="auto", threads=1)


def _noise(grey: int, deviation: float, side: int) -> NDArray[np.uint8]:
    noise = np.random.default_rng(grey).normal(grey, deviation, (side, side))
    return np.clip(np.rint(noise), 0, 255).astype(np.uint8)


def _enlarged_noise(grey: int, deviation: float, side: int) -> NDArray[np.uint8]:
    return parse_degradation("bicubic-x2").display(_noise(grey, deviation, side // 2))


def _energy_on_grey(path: Path) -> float:
    """Return the worst of the greys from black to white."""
    model = _open(path)
    frames = (np.full((96, 96), grey, np.uint8) for grey in range(16, 236))
    return max(grid_energy(_change(model, frame), _period(model)) for frame in frames)


def _share_on_noise(path: Path, deviation: float, make: Callable[[int, float, int], NDArray[np.uint8]]) -> float:
    """Return the worst of some greys."""
    model = _open(path)
    changes = [_change(model, make(grey, deviation, _SIDE)) for grey in _GREYS]
    return max(grid_energy(change, _period(model)) / float(np.square(change).mean()) for change in changes)


@pytest.mark.parametrize("path", SHIPPED)
def test_no_grid_on_grey(path: Path) -> None:
    assert _energy_on_grey(path) < BOUND_ON_GREY


@pytest.mark.parametrize("make", [_noise, _enlarged_noise])
@pytest.mark.parametrize("deviation", [4.0, 10.0])
@pytest.mark.parametrize("path", SHIPPED)
def test_no_grid_on_noise(path: Path, deviation: float, make: Callable[[int, float, int], NDArray[np.uint8]]) -> None:
    assert _share_on_noise(path, deviation, make) < BOUND_ON_NOISE


@pytest.fixture
def chequered(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A shipped model with a fault: one channel of the last convolution comes out a code value too bright."""
    model = onnx.load(request.param)
    biases = [weights for weights in model.graph.initializer if weights.name.startswith("bias")]
    bias = numpy_helper.to_array(biases[-1]).copy()
    bias[..., 0] += np.float32(1 / 255)  # of a bank, in every expert
    biases[-1].CopyFrom(numpy_helper.from_array(bias, biases[-1].name))
    path = tmp_path / "chequered.onnx"
    path.write_bytes(model.SerializeToString())
    return path


@pytest.mark.parametrize("chequered", SHIPPED, indirect=True)
def test_a_channel_that_is_a_code_value_too_bright_is_seen_on_grey(chequered: Path) -> None:
    assert _energy_on_grey(chequered) > BOUND_ON_GREY


def test_a_grid_that_only_noise_brings_out_is_seen(tmp_path: Path, card: Card) -> None:
    """|second difference| of a pixel in four, added to itself and taken from its neighbour: nothing on grey."""
    second_difference = np.zeros((2, 4, 3, 3), np.float32)
    second_difference[0, 0, 1] = (1, -2, 1)
    second_difference[1] = -second_difference[0]
    by_phase = np.zeros((4, 2, 3, 3), np.float32)
    by_phase[:, :, 1, 1] = np.array([0.2, -0.2, 0, 0], np.float32)[:, None]
    chain = [(second_difference, np.zeros(2, np.float32)), (by_phase, np.zeros(4, np.float32))]
    own = card.model_copy(update={"architecture": Architecture(unshuffle=2, channels=2, convolutions=2)})
    path = tmp_path / "noise-only.onnx"
    path.write_bytes(build_graph(chain, 2, own).SerializeToString())
    assert _energy_on_grey(path) < BOUND_ON_GREY
    assert _share_on_noise(path, 4.0, _noise) > BOUND_ON_NOISE


@pytest.mark.parametrize("period", [2, 4, 8])
def test_the_energy_is_that_of_the_spectrum(period: int) -> None:
    change = np.random.default_rng(0).normal(3.0, 1.0, (64, 96)).astype(np.float32)
    power = np.abs(np.fft.fft2(change.astype(np.float64)) / change.size) ** 2
    at_the_grid = power[:: 64 // period, :: 96 // period]
    assert grid_energy(change, period) == pytest.approx(at_the_grid.sum() - power[0, 0])


def test_every_direction_counts() -> None:
    stripes = np.tile(np.array([[1.0, -1.0]], np.float32), (64, 32))
    checkers = stripes.copy()
    checkers[1::2] *= -1
    for pattern, period in product((stripes, stripes.T, checkers), (2, 4)):
        assert grid_energy(pattern, period) == pytest.approx(1.0)
