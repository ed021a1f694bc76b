"""int8 models: bytes in and out, unshuffled and shuffled around the network."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from acutance.image.planes import round_to_uint8
from acutance.image.unshuffle import shuffle, unshuffle
from acutance.runtime.backends.backend import BackendInfo

_FULL_VECTOR = 16  # output channels that a processor computes at a time, whether they are there or not


def cells_at_once(unshuffle: int) -> int:
    """Return how many neighbours in a row the last convolution of an int8 model computes at once.

    As many as a processor's vector holds, each with r² channels.

    Args:
        unshuffle: the student's factor r, of its card.
    """
    return max(1, _FULL_VECTOR // unshuffle**2)


def int8_grid(unshuffle: int) -> int:
    """Return what the sides of the planes that an int8 model takes are multiples of.

    Args:
        unshuffle: the student's factor, of its card.
    """
    return unshuffle * cells_at_once(unshuffle)


@dataclass(frozen=True)
class Int8Frame:
    """The memory of one frame size.

    Attributes:
        displayed: the model's input, H/r × W/r × r² uint8.
        infer: runs the model on it and returns its output, of the same shape, which holds until the next call.
    """

    displayed: NDArray[np.uint8]
    infer: Callable[[], NDArray[np.uint8]]


class Int8Backend(ABC):
    """Runs an int8 model, which computes in whole code values; its ends are planes unshuffled by one factor."""

    def __init__(self, info: BackendInfo, unshuffle: int) -> None:
        """Say what runs, and by how much its ends are unshuffled."""
        self._info = info
        self._unshuffle = unshuffle

    @property
    def info(self) -> BackendInfo:
        return self._info

    @abstractmethod
    def _frame(self, height: int, width: int) -> Int8Frame:
        """Return the memory of frames of that size."""

    def run(self, luma: NDArray[np.float32]) -> NDArray[np.float32]:
        """Add the change of the rounded plane, so that what lies between two code values stays."""
        codes = round_to_uint8(luma * np.float32(255.0))
        change = self.run_uint8(codes).astype(np.float32) - codes
        sharpened: NDArray[np.float32] = np.clip(luma + change / np.float32(255.0), 0.0, 1.0)
        return sharpened

    def run_uint8(self, luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
        frame = self._frame(*luma.shape)
        unshuffle(luma, self._unshuffle, frame.displayed)
        sharpened = np.empty(luma.shape, np.uint8)
        shuffle(frame.infer(), self._unshuffle, sharpened)
        return sharpened
