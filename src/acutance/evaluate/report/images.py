"""Pictures as they go into the page: where to look, cut out, encoded, as data URIs."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from acutance.image.planes import luma

_FRAME_MILLISECONDS = 40


@dataclass(frozen=True)
class Window:
    """A rectangle of a picture, in pixels."""

    top: int
    left: int
    height: int
    width: int

    def cut(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return that part of an H×W×3 picture (a view)."""
        return picture[self.top : self.top + self.height, self.left : self.left + self.width]

    def widened(self, size: tuple[int, int], within: tuple[int, int]) -> "Window":
        """Return a window of another size (height, width) around the same centre, moved and cut to lie in a picture."""
        height, width = (min(wanted, side) for wanted, side in zip(size, within, strict=True))
        top = self.top + (self.height - height) // 2
        left = self.left + (self.width - width) // 2
        return Window(min(max(top, 0), within[0] - height), min(max(left, 0), within[1] - width), height, width)


def most_different(one: NDArray[np.uint8], other: NDArray[np.uint8], side: int) -> Window:
    """Return the square window in which the luma of two H×W×3 pictures differs most (sum of squares).

    It is smaller where a side of the pictures is.
    """
    height, width = (min(side, length) for length in one.shape[:2])
    squares = (luma(one) - luma(other)).astype(np.float64) ** 2
    sums = np.pad(squares, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)  # integral image: a window is four look-ups
    windows = sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]
    top, left = np.unravel_index(int(windows.argmax()), windows.shape)
    return Window(int(top), int(left), height, width)


def exact_uri(picture: NDArray[np.uint8]) -> str:
    """Return an H×W×3 picture as a data URI of lossless WebP."""
    return _webp_uri(Image.fromarray(picture), lossless=True, quality=60)


def close_uri(picture: NDArray[np.uint8]) -> str:
    """Return an H×W×3 picture as a data URI of WebP at quality 92: for looking, not for counting pixels."""
    return _webp_uri(Image.fromarray(picture), quality=92)


def preview_uri(picture: NDArray[np.uint8], longest: int) -> str:
    """Return an H×W×3 picture, shrunk until its longer side is at most this, as a data URI of WebP at quality 80."""
    image = Image.fromarray(picture)
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return _webp_uri(image, quality=80)


def animation_uri(frames: Sequence[NDArray[np.uint8]]) -> str:
    """Return H×W×3 frames as a data URI of an animated WebP at quality 80 that repeats, 25 frames a second."""
    first, *others = map(Image.fromarray, frames)
    encoded = BytesIO()
    options = {"save_all": True, "append_images": others, "duration": _FRAME_MILLISECONDS, "loop": 0}
    first.save(encoded, format="WEBP", quality=80, method=2, **options)
    return _data_uri(encoded)


def _webp_uri(image: Image.Image, *, quality: int, lossless: bool = False) -> str:
    encoded = BytesIO()
    image.save(encoded, format="WEBP", quality=quality, lossless=lossless, method=4)
    return _data_uri(encoded)


def _data_uri(webp: BytesIO) -> str:
    return "data:image/webp;base64," + base64.b64encode(webp.getvalue()).decode("ascii")
