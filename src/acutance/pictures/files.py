"""What a picture file is: which kinds there are, and what is in one."""

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Sample = TypeVar("Sample", np.uint8, np.uint16)

FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".bmp": "BMP",
    ".avif": "AVIF",
}
"""Pillow's name of the format that a suffix stands for."""

PICTURE_SUFFIXES = frozenset(FORMATS)
MOST_PIXELS = 2**27
"""Larger pictures are refused: 134 million pixels, 16384×8192, four times 7680×4320."""


class PictureError(ValueError):
    """A picture file that cannot be read or written; the message names the file, what was found and what to do."""


@dataclass(frozen=True)
class Picture(Generic[Sample]):
    """A decoded picture, upright.

    Attributes:
        pixels: H×W×3 RGB or, of a grey file, H×W; uint8 or uint16, full range.
        alpha: H×W of the same dtype, or None where the file has none.
        carried: what the file holds beside its pixels, named as Pillow names it: ``icc_profile``, ``exif`` (beginning
            with ``Exif\\0\\0``), ``xmp`` and ``comment`` are bytes, ``text`` is a dictionary of PNG's texts, ``dpi`` a
            pair of numbers.
        notes: what was changed in reading and a user should know, a line each.
    """

    pixels: NDArray[Sample]
    alpha: NDArray[Sample] | None = None
    carried: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
