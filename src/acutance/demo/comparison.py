"""Panels side by side with their names, for the eye."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_GAP = 8
_LABEL = 28
_PANEL = 640
_CROP = 320
_PAPER = (24, 24, 24)
_INK = (235, 235, 235)


def side_by_side(panels: Mapping[str, NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Return pictures of one size (H×W×3 uint8) beside each other, each under its name; sides are even."""
    images = [Image.fromarray(pixels) for pixels in panels.values()]
    width, height = images[0].size
    total = len(images) * width + (len(images) - 1) * _GAP
    sheet = Image.new("RGB", (total + total % 2, height + height % 2 + _LABEL), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for index, (name, image) in enumerate(zip(panels, images, strict=True)):
        left = index * (width + _GAP)
        draw.text((left + 8, 4), name, fill=_INK, font=ImageFont.load_default(16))
        sheet.paste(image, (left, _LABEL))
    return np.asarray(sheet)


def comparison(panels: Mapping[str, NDArray[np.uint8]], detail: tuple[int, int]) -> NDArray[np.uint8]:
    """Return pictures of one size beside each other, whole (shrunk where they are large) and as 100 % crops.

    Args:
        panels: name to H×W×3 uint8 pixels.
        detail: (row, column) about which the crops are cut.
    """
    whole = {name: _fit(pixels) for name, pixels in panels.items()}
    crops = {f"{name}, 100 % crop": _cut(pixels, detail) for name, pixels in panels.items()}
    rows = [Image.fromarray(side_by_side(row)) for row in (whole, crops)]
    sheet = Image.new("RGB", (max(row.width for row in rows), sum(row.height for row in rows) + _GAP), _PAPER)
    sheet.paste(rows[0], (0, 0))
    sheet.paste(rows[1], (0, rows[0].height + _GAP))
    return np.asarray(sheet)


def busiest(change: NDArray[np.float32]) -> tuple[int, int]:
    """Return the middle (row, column) of the crop-sized block where the change, H×W, is largest on average."""
    step = _CROP // 4
    height, width = change.shape
    best, place = -1.0, (height // 2, width // 2)
    for top in range(0, max(1, height - _CROP + 1), step):
        for left in range(0, max(1, width - _CROP + 1), step):
            size = float(change[top : top + _CROP, left : left + _CROP].mean())
            if size > best:
                best, place = size, (top + _CROP // 2, left + _CROP // 2)
    return place


def _fit(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    image = Image.fromarray(pixels)
    image.thumbnail((_PANEL, _PANEL), Image.Resampling.LANCZOS)
    return np.asarray(image)


def _cut(pixels: NDArray[np.uint8], middle: tuple[int, int]) -> NDArray[np.uint8]:
    top, left = (max(0, min(at - _CROP // 2, side - _CROP)) for at, side in zip(middle, pixels.shape[:2], strict=True))
    return pixels[top : top + _CROP, left : left + _CROP]
