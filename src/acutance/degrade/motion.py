"""A still picture as a clip: a camera that moves over it, smoothly and by parts of pixels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, pi

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# What a camera on a desk or in a hand does, at 30 frames a second.
_STANDS_STILL = 0.25  # of all clips
_SPEEDS = (0.1, 4.0)  # pixels a frame
_ZOOM = 0.002  # a frame
_SWAY = 1.5  # pixels
_SWAY_PERIODS = (15.0, 60.0)  # frames

_KERNEL_REACH = 4  # pixels: Lanczos' three lobes, a little wider where the picture is shrunk


@dataclass(frozen=True)
class Motion:
    """Where a camera looks, as times go by that are counted in frames from the one at which it looks straight.

    Attributes:
        velocity: (right, down), in pixels a frame.
        zoom: the natural logarithm of how much more is seen a frame later.
        sway: (right, down), amplitudes in pixels.
        period: of the sway, in frames.
        phase: of the sway at time 0, in radians.
    """

    velocity: tuple[float, float]
    zoom: float
    sway: tuple[float, float]
    period: float
    phase: float

    @classmethod
    def draw(cls, seed: int | Sequence[int]) -> "Motion":
        """Draw a motion; every fourth camera stands still. Equal seeds give equal motions."""
        random = np.random.default_rng(seed)
        moves = float(random.random() >= _STANDS_STILL)
        speed = moves * float(np.exp(random.uniform(*np.log(_SPEEDS))))
        angle = random.uniform(0, 2 * pi)
        return cls(
            velocity=(speed * float(np.cos(angle)), speed * float(np.sin(angle))),
            zoom=moves * float(random.normal(0, _ZOOM)),
            sway=(moves * float(random.uniform(0, _SWAY)), moves * float(random.uniform(0, _SWAY))),
            period=float(random.uniform(*_SWAY_PERIODS)),
            phase=float(random.uniform(0, 2 * pi)),
        )

    def window(self, time: int, size: tuple[int, int]) -> tuple[float, float, float, float]:
        """Return what is seen: left, top, right and bottom in pixels of what is seen at time 0.

        Args:
            time: in frames, negative before it looks straight; at 0 the window is 0, 0, width, height.
            size: (width, height) of the view at time 0.
        """
        swing = np.sin(2 * pi * time / self.period + self.phase) - np.sin(self.phase)
        edges = []
        for side, velocity, sway in zip(size, self.velocity, self.sway, strict=True):
            centre = side / 2 + velocity * time + sway * float(swing)
            half = side / 2 * float(np.exp(self.zoom * time))
            edges.append((centre - half, centre + half))
        (left, right), (top, bottom) = edges
        return left, top, right, bottom


def pan(
    picture: NDArray[np.uint8], motion: Motion, frames: int, straight: int, size: tuple[int, int] | None = None
) -> Iterator[NDArray[np.uint8]]:
    """Yield the frames of a camera that moves over a picture, resampled by Lanczos' kernel of three lobes.

    Beyond its borders the picture goes on mirrored. The frame that looks straight is cut out of the picture's middle,
    bit for bit.

    Args:
        picture: H×W×3 uint8.
        motion: of the camera.
        frames: how many.
        straight: which of them looks straight, from 0.
        size: (width, height) of the frames, None for the picture's.

    Raises:
        ValueError: the frames are larger than the picture.
    """
    height, width = picture.shape[:2]
    seen = size or (width, height)
    if seen[0] > width or seen[1] > height:
        raise ValueError(f"a picture of {width}x{height} has no room for frames of {seen[0]}x{seen[1]}")
    middle = ((width - seen[0]) // 2, (height - seen[1]) // 2)
    windows = np.array([motion.window(frame - straight, seen) for frame in range(frames)]) + np.array(middle * 2)
    furthest = max(0.0, -windows.min(), windows[:, 2].max() - width, windows[:, 3].max() - height)
    beyond = ceil(furthest) + _KERNEL_REACH
    mirrored = Image.fromarray(np.pad(picture, ((beyond, beyond), (beyond, beyond), (0, 0)), "symmetric"))
    for window in (windows + beyond).tolist():
        yield np.asarray(mirrored.resize(seen, Image.Resampling.LANCZOS, tuple(window)))
