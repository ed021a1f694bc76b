"""What a webcam makes of a scene before it is coded: softer, and noisy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from acutance.image.planes import round_to_uint8

# The webcams of real calls show less than photographs of their size do, and their noise never stands still.
_SOFT = 0.5  # of all cameras
_BLURS = (0.5, 1.3)  # pixels
_NOISY = 0.7  # of all cameras
_MOST_NOISE = 2.5  # code values


@dataclass(frozen=True)
class Camera:
    """A lens and a sensor.

    Attributes:
        blur: the standard deviation of the lens's Gaussian, in pixels; 0 for a perfect one.
        noise: the standard deviation of the sensor's, white, grey and new in each frame, in code values.
        seed: of the noise.
    """

    blur: float = 0.0
    noise: float = 0.0
    seed: int = 0

    @classmethod
    def draw(cls, seed: int) -> "Camera":
        """Draw a camera; half of them have a perfect lens, three of ten no noise. Equal seeds give equal cameras."""
        random = np.random.default_rng((seed, 1))  # not as the motion that is drawn from the same seed
        blur = float(random.uniform(*_BLURS)) * float(random.random() < _SOFT)
        noise = float(random.uniform(0, _MOST_NOISE)) * float(random.random() < _NOISY)
        return cls(blur, noise, seed)

    def focus(self, scene: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return what the lens makes of a scene, H×W×3 uint8: the clean picture, of which no more can be known."""
        if not self.blur:
            return scene
        soft = gaussian_filter(scene.astype(np.float32), (self.blur, self.blur, 0.0))
        return round_to_uint8(soft)

    def expose(self, frame: NDArray[np.uint8], time: int) -> NDArray[np.uint8]:
        """Return what the sensor makes of a frame, H×W×3 uint8, at a time counted in frames: what is sent."""
        if not self.noise:
            return frame
        noise = np.random.default_rng((self.seed, time)).normal(0.0, self.noise, (*frame.shape[:2], 1))
        return round_to_uint8(frame + noise)
