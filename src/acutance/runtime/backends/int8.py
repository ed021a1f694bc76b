"""int8 models: bytes in and out, unshuffled and shuffled around the network."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from acutance.image.planes import round_to_uint8
from acutance.image.unshuffle import shuffle, unshuffle
from acutance.runtime.backends.backend import BackendInfo


@dataclass(frozen=True)
class Int8Ends:
    """By how much each input and the output of an int8 model are unshuffled.

    Attributes:
        inputs: the factor of each input, in order. All take the same plane.
        output: that of the output.
    """

    inputs: tuple[int, ...]
    output: int

    @property
    def grid(self) -> int:
        """What a plane's sides are multiples of."""
        return math.lcm(*self.inputs, self.output)


@dataclass(frozen=True)
class Int8Frame:
    """The memory of one frame size.

    Attributes:
        inputs: an array for each input, H/f × W/f × f² uint8.
        infer: runs the model on them and returns its output, which holds until the next call.
    """

    inputs: tuple[NDArray[np.uint8], ...]
    infer: Callable[[], NDArray[np.uint8]]


class Int8Backend(ABC):
    """Runs an int8 model, which computes in whole code values."""

    def __init__(self, info: BackendInfo, ends: Int8Ends) -> None:
        """Say what runs, and what its ends are like."""
        self._info = info
        self._ends = ends

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
        for factor, pixels in zip(self._ends.inputs, frame.inputs, strict=True):
            unshuffle(luma, factor, pixels)
        sharpened = np.empty(luma.shape, np.uint8)
        shuffle(frame.infer(), self._ends.output, sharpened)
        return sharpened
