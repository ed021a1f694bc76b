"""A picture, softened and sharpened again."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from acutance.degrade import BicubicDegradation
from acutance.demo.comparison import busiest, comparison
from acutance.demo.figures import Figures
from acutance.image.planes import luma
from acutance.metrics import fidelity
from acutance.pictures import Picture, read_picture, write_picture
from acutance.runtime import Sharpener

_DEGRADATION = BicubicDegradation(Fraction(2))
_BORDER = 2


def demonstrate_picture(source: Path, folder: Path, sharpener: Sharpener) -> tuple[Figures, Path]:
    """Write ``NAME-before.png``, ``-after.png``, ``-original.png`` and the comparison ``NAME.png`` of a picture.

    Returns:
        What was measured (the protocol of the benchmark), and the comparison's path.

    Raises:
        PictureError: the picture cannot be read, or the folder cannot be written.
        MetricError: the picture is too small to measure.
    """
    picture = read_picture(source)
    clean = _DEGRADATION.crop(picture.pixels)
    before = _DEGRADATION(clean)
    after = sharpener(before)
    figures = Figures.mean([fidelity(clean, before, _BORDER)], [fidelity(clean, after, _BORDER)])
    panels = {"before": before, "after": after, "original": clean}
    for name, pixels in panels.items():
        write_picture(replace(picture, pixels=pixels, alpha=None), folder / f"{source.stem}-{name}.png")
    change = np.abs(luma(clean) - luma(before))
    sheet = comparison({name: _rgb(pixels) for name, pixels in panels.items()}, busiest(change))
    write_picture(Picture(sheet), folder / f"{source.stem}.png")
    return figures, folder / f"{source.stem}.png"


def _rgb(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)
