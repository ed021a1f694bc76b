"""Panels side by side with their names, for the eye."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_GAP = 8
_LABEL = 28
_PANEL = 640
_BLOCK = 320
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
    """Return pictures of one size beside each other, whole, and below that a part of each closer up.

    Large pictures are shrunk to fit, and the part is shown at 100 %; small ones are shown at 100 %, the part at 200 %.

    Args:
        panels: name to H×W×3 uint8 pixels.
        detail: (row, column) of the part's middle.
    """
    whole = {name: _fit(pixels) for name, pixels in panels.items()}
    shown, full = (next(iter(some.values())).shape[:2] for some in (whole, panels))
    zoom = 2 if shown == full else 1
    window = (shown[0] // zoom, shown[1] // zoom)
    close = {f"{name}, {zoom}00 %": _cut(pixels, detail, window, zoom) for name, pixels in panels.items()}
    rows = [Image.fromarray(side_by_side(row)) for row in (whole, close)]
    sheet = Image.new("RGB", (max(row.width for row in rows), sum(row.height for row in rows) + _GAP), _PAPER)
    sheet.paste(rows[0], (0, 0))
    sheet.paste(rows[1], (0, rows[0].height + _GAP))
    return np.asarray(sheet)


def busiest(change: NDArray[np.float32]) -> tuple[int, int]:
    """Return the middle (row, column) of the block of 320×320 where the change, H×W, is largest on average."""
    step = _BLOCK // 4
    height, width = change.shape
    best, place = -1.0, (height // 2, width // 2)
    for top in range(0, max(1, height - _BLOCK + 1), step):
        for left in range(0, max(1, width - _BLOCK + 1), step):
            size = float(change[top : top + _BLOCK, left : left + _BLOCK].mean())
            if size > best:
                best, place = size, (top + _BLOCK // 2, left + _BLOCK // 2)
    return place


def _fit(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    image = Image.fromarray(pixels)
    image.thumbnail((_PANEL, _PANEL), Image.Resampling.LANCZOS)
    return np.asarray(image)


def _cut(pixels: NDArray[np.uint8], middle: tuple[int, int], window: tuple[int, int], zoom: int) -> NDArray[np.uint8]:
    top, left = (
        max(0, min(at - length // 2, side - length))
        for at, length, side in zip(middle, window, pixels.shape[:2], strict=True)
    )
    part = pixels[top : top + window[0], left : left + window[1]]
    return part.repeat(zoom, axis=0).repeat(zoom, axis=1)
