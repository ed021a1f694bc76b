"""The portrait that the package carries, and a camera that moves over it."""

import math
from collections.abc import Iterator
from fractions import Fraction
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from acutance.pictures import read_picture
from acutance.video import write_clip

_RATE = Fraction(25)
_FRAMES = 100
_SIDE = 448
_WIDEST = 508.0


def portrait() -> Path:
    """Return the path of NASA's portrait of Eileen Collins, 512×512, public domain."""
    return Path(str(resources.files("acutance.demo"))) / "eileen-collins.webp"


def portrait_clip(path: Path) -> None:
    """Write a clip of four seconds, 448×448: the camera circles over the portrait and draws back.

    The portrait's pixels are never enlarged, so that every frame of the clip is as sharp as they are.

    Raises:
        ClipError: it cannot be written.
    """
    write_clip(path, _camera(read_picture(portrait()).pixels), _RATE)


def _camera(pixels: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    image = Image.fromarray(pixels)
    for index in range(_FRAMES):
        turn = 2 * math.pi * index / _FRAMES
        side = _SIDE + (_WIDEST - _SIDE) * (1 - math.cos(turn)) / 2
        play = (image.width - side) / 2
        left, top = play * (1 + math.cos(turn)), play * (1 + math.sin(turn))
        frame = image.resize((_SIDE, _SIDE), Image.Resampling.BICUBIC, (left, top, left + side, top + side))
        yield np.asarray(frame)
