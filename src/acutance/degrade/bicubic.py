"""The classroom degradation: antialiased bicubic down, bicubic up."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from acutance.image.resize import crop_to_multiple, resize_bicubic, scaled_size


@dataclass(frozen=True)
class BicubicDegradation:
    """Fewer pixels and no codec: MATLAB's ``imresize`` down and up again, uint8 in between.

    Attributes:
        scale: displayed size over received size, at least 1.
    """

    scale: Fraction

    @property
    def name(self) -> str:
        """The recipe's name, as `parse_degradation` reads it."""
        return f"bicubic-x{self.scale}"

    def crop(self, clean: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the part of the clean picture that the displayed one shows (sides a multiple of the scale).

        A fractional scale p/q needs sides that p divides, so that the received sides are whole.

        Raises:
            ValueError: the picture is smaller than that multiple.
        """
        return crop_to_multiple(clean, self.scale.numerator)

    def receive(self, clean: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the received picture (H/scale × W/scale) of a clean one (H×W or H×W×C, uint8)."""
        cropped = self.crop(clean)
        height, width = cropped.shape[:2]
        return resize_bicubic(cropped, (scaled_size(height, 1 / self.scale), scaled_size(width, 1 / self.scale)))

    def display(self, received: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return what a user sees: the received picture enlarged by the scale."""
        height, width = received.shape[:2]
        return resize_bicubic(received, (scaled_size(height, self.scale), scaled_size(width, self.scale)))

    def __call__(self, clean: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the displayed picture, of the size of ``crop(clean)``."""
        return self.display(self.receive(clean))
