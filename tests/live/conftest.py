"""What the tests of playing share: a clip, and frames."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from acutance.video import write_clip

RATE = 25
SIZE = (64, 48)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty frames of blocks that move, 64x48 at 25 FPS."""
    path = tmp_path_factory.mktemp("clips") / "blocks.mp4"
    blocks = np.random.default_rng(0).integers(60, 190, (6, 8, 3), dtype=np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    write_clip(path, (np.roll(blocks, index, axis=1) for index in range(20)), Fraction(RATE))
    return path


@pytest.fixture
def new_frame() -> Callable[[], av.VideoFrame]:
    """Make frames of the same blocks."""

    def make() -> av.VideoFrame:
        frame = av.VideoFrame(*SIZE, "yuv420p")
        luma = np.random.default_rng(1).integers(60, 190, (6, 8), dtype=np.uint8).repeat(8, axis=0).repeat(8, axis=1)
        for plane, samples in zip(frame.planes, (luma, luma[::2, ::2], luma[::2, ::2]), strict=True):
            padded = np.zeros((plane.height, plane.line_size), np.uint8)
            padded[:, : plane.width] = samples
            plane.update(padded.tobytes())
        return frame

    return make
