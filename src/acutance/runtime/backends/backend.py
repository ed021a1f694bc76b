"""What runs a model: a small interface, and what can go wrong with it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class ModelError(ValueError):
    """A model that cannot be found, opened or run; the message says which, why and what to do."""


@dataclass(frozen=True)
class BackendInfo:
    """What runs, where, and in which arithmetic."""

    backend: str
    device: str
    precision: str

    def __str__(self) -> str:
        return f"{self.backend} on {self.device} in {self.precision}"


class Backend(Protocol):
    """Runs a model over one luma plane.

    Both methods take any H×W whose sides are multiples of the model's grid (see `OpenModel`), return a new array of the
    same shape, leave the input as it was, and give the same result for the same input. They may be called from any
    thread, one call at a time.
    """

    @property
    def info(self) -> BackendInfo:
        """What runs."""
        ...

    def run(self, luma: NDArray[np.float32]) -> NDArray[np.float32]:
        """Sharpen a plane without rounding it.

        Args:
            luma: H×W float32, studio-range code values / 255.

        Returns:
            H×W float32, 0..1.
        """
        ...

    def run_uint8(self, luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Sharpen a plane of 8-bit studio-range code values: the hot path. Equals ``run`` rounded to the nearest."""
        ...
