"""What the evidence of a frame says: a small network gives each scale its probability.

How it was trained and what it was measured to do: ``docs/experiments/estimation.md``.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np
from numpy.typing import NDArray

from acutance.estimate.evidence import evidence

_GUESS = 0.3  # of the probability lies below what is returned: rather too small a scale than too large
_LOW = 0.1
_SURE = 0.8  # of the probability lies within this factor of the guess
_NEAR = 1.2
_CODED = 0.4  # sharpened blocks are worse than too little sharpening
_BITS = (0.02, 0.5)  # a pixel: what it was trained on


@dataclass(frozen=True)
class Estimate:
    """What a frame looks like.

    Attributes:
        scale: displayed size over received size, at least 1; 1 is not enlarged. Rather too small than too large.
        scale_low: what it is at least, nine times in ten.
        is_sure: whether it is very likely about `scale`.
        bits_per_pixel: of a codec that leaves the same traces, a received pixel; None where none are seen, which is so
            for half the coded frames: what is known of a codec is worth more.
    """

    scale: float
    scale_low: float
    is_sure: bool
    bits_per_pixel: float | None


NOTHING_SEEN = Estimate(scale=1.0, scale_low=1.0, is_sure=False, bits_per_pixel=None)
"""Of a frame that is too small, or has no texture."""


def estimate(luma: NDArray[np.uint8]) -> Estimate:
    """Estimate how far a frame was enlarged, and how hard it was coded.

    Args:
        luma: H×W uint8, studio range. Below 64×64 nothing is seen.
    """
    seen = evidence(luma)
    return NOTHING_SEEN if seen is None else judge(seen)


def judge(seen: NDArray[np.float32]) -> Estimate:
    """Return the estimate from a frame's evidence."""
    network = _network()
    answers = network(seen)
    likelihood = np.exp(answers[:-2] - answers[:-2].max())
    likelihood /= likelihood.sum()
    below = np.cumsum(likelihood)
    guess, low = (float(network.scales[int((below < share).sum())]) for share in (_GUESS, _LOW))
    near = np.abs(np.log(network.scales / guess)) < np.log(_NEAR)
    is_coded = answers[-2] > np.log(_CODED / (1 - _CODED))
    return Estimate(
        scale=guess,
        scale_low=low,
        is_sure=bool(likelihood[near].sum() > _SURE),
        bits_per_pixel=float(np.exp(np.clip(answers[-1], *np.log(_BITS)))) if is_coded else None,
    )


@dataclass(frozen=True)
class _Network:
    """A chain of fully connected layers with rectifiers between them.

    Attributes:
        scales: that the first answers are about, rising from 1.
        layers: weights, inputs × outputs, and biases.
    """

    scales: NDArray[np.float32]
    layers: tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...]

    def __call__(self, seen: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the scales' logarithms of likelihood, then that of the odds that it was coded, then of the bits."""
        values = seen
        for weight, bias in self.layers[:-1]:
            values = np.maximum(values @ weight + bias, 0)
        weight, bias = self.layers[-1]
        return values @ weight + bias


@cache
def _network() -> _Network:
    with as_file(files("acutance.estimate") / "weights.npz") as path, np.load(path) as arrays:
        depth = (len(arrays.files) - 1) // 2
        layers = tuple((arrays[f"weight{layer}"], arrays[f"bias{layer}"]) for layer in range(depth))
        return _Network(scales=arrays["scales"], layers=layers)
