"""The shape of the picture on the screen."""

from fractions import Fraction
from pathlib import Path

import pytest

from acutance.live.shape import Shape
from acutance.video import ClipInfo, probe_clip


def _clip(clip: Path, **what: object) -> ClipInfo:
    from dataclasses import replace

    return replace(probe_clip(clip), **what)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("what", "size", "shape"),
    [
        ({}, None, (64, 48)),
        ({}, (128, 96), (128, 96)),
        ({}, (256, 96), (128, 96)),  # the picture keeps its shape
        ({"sample_aspect_ratio": Fraction(4, 3)}, None, (85, 48)),
        ({"rotation": 90}, None, (48, 64)),
        ({"rotation": -180}, (128, 96), (128, 96)),
    ],
)
def test_the_displayed_size(
    clip: Path, what: dict[str, object], size: tuple[int, int] | None, shape: tuple[int, int]
) -> None:
    displayed = Shape.of(_clip(clip, **what), size)
    assert (displayed.width, displayed.height) == shape


@pytest.mark.parametrize(("area", "fits"), [((320, 480), (320, 240)), ((320, 120), (160, 120)), ((1, 1), (1, 1))])
def test_it_fits_an_area(clip: Path, area: tuple[int, int], fits: tuple[int, int]) -> None:
    assert Shape.of(_clip(clip), None).within(*area) == fits
