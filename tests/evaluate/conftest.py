"""A set of pictures with known behaviour, and models with known faults."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from acutance.evaluate.rows import ClipRow, Curves, Row
from acutance.runtime.cards import Card

FaultyModel = Callable[[str, float], Path]


def shapes(seed: int, side: int = 72) -> NDArray[np.uint8]:
    """Overlapping discs of many sizes and colours: sharp, as every sharpener likes it (a dead-leaves picture)."""
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[:side, :side]
    picture = np.full((side, side, 3), 128, np.uint8)
    for radius in np.sort(generator.uniform(3, side / 3, 60))[::-1]:
        centre = generator.uniform(0, side, 2)
        disc = (rows - centre[0]) ** 2 + (columns - centre[1]) ** 2 < radius**2
        picture[disc] = generator.integers(20, 236, 3)
    return picture


def fog(seed: int, side: int = 72) -> NDArray[np.uint8]:
    """So smooth that enlarging loses nothing: whoever sharpens it makes it worse."""
    noise = gaussian_filter(np.random.default_rng(seed).normal(size=(side, side, 3)), (4, 4, 0))
    picture: NDArray[np.uint8] = np.clip(128 + 45 * noise / noise.std(), 0, 255).astype(np.uint8)
    return picture


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine pictures in three categories; one of each is fog."""
    root = tmp_path_factory.mktemp("mixed")
    for number, category in enumerate(("games", "people", "text")):
        (root / category).mkdir()
        for name, picture in (("a", shapes(2 * number)), ("b", shapes(2 * number + 1)), ("fog", fog(number))):
            Image.fromarray(picture).save(root / category / f"{name}.png")
    return root


@pytest.fixture
def faulty_model(tmp_path: Path, card: Card) -> FaultyModel:
    """Makes a model that adds a constant to every pixel, and nothing else."""
    from acutance.lab.export.graph import build_graph

    def make(name: str, shift: float) -> Path:
        still = np.zeros((4, 4, 3, 3), np.float32)
        chain = [(still, np.zeros(4, np.float32)), (still, np.full(4, shift / 255.0, np.float32))]
        path = tmp_path / f"{name}.onnx"
        own = card.model_copy(update={"name": name, "weights_sha256": f"{name:0<64}"})
        path.write_bytes(build_graph(chain, 2, own).SerializeToString())
        return path

    return make


class NewRow(Protocol):
    """Makes a row with these figures and something plausible everywhere else."""

    def __call__(
        self, model: str, picture: str, psnr: float, *, ssim: float = 0.9, category: str = "", **changes: Any
    ) -> Row: ...


@pytest.fixture(scope="session")
def new_row() -> NewRow:
    def make(model: str, picture: str, psnr: float, *, ssim: float = 0.9, category: str = "", **changes: Any) -> Row:
        fields: dict[str, Any] = {
            "data": "invented",
            "data_sha256": "d" * 64,
            "picture": picture,
            "picture_sha256": "0" * 64,
            "category": category,
            "degradation": "bicubic-x2",
            "model": model,
            "model_sha256": f"baseline:{model}",
            "backend": "none",
            "width": 64,
            "height": 48,
            "psnr": psnr,
            "ssim": ssim,
            "rgb_psnr": psnr - 1.0,
            "rgb_ssim": ssim - 0.01,
            "seconds": 0.1,
            "versions": {"acutance": "0"},
        }
        return Row.model_validate(fields | changes)

    return make


class NewClipRow(Protocol):
    """Makes a row of a clip with these figures and something plausible everywhere else."""

    def __call__(self, model: str, clip: str, psnr: float, *, ssim: float = 0.9, **changes: Any) -> ClipRow: ...


@pytest.fixture(scope="session")
def new_clip_row() -> NewClipRow:
    def make(model: str, clip: str, psnr: float, *, ssim: float = 0.9, **changes: Any) -> ClipRow:
        fields: dict[str, Any] = {
            "data": "invented",
            "data_sha256": "d" * 64,
            "picture": clip,
            "picture_sha256": "0" * 64,
            "category": clip,
            "degradation": "call-x2-vp8-0.1bpp",
            "model": model,
            "model_sha256": f"baseline:{model}",
            "backend": "none",
            "width": 64,
            "height": 48,
            "frames": 3,
            "bits_per_pixel": 0.1,
            "psnr": psnr,
            "ssim": ssim,
            "flicker": 2.0,
            "still_share": 0.5,
            "still_flicker": 1.0,
            "seconds": 0.1,
            "versions": {"acutance": "0"},
            "curves": Curves(psnr=(psnr, psnr, psnr), ssim=(ssim,), flicker=(2.0, 2.0)),
        }
        return ClipRow.model_validate(fields | changes)

    return make


def moving_shapes(frames: int, width: int = 96, height: int = 80, seed: int = 0) -> list[NDArray[np.uint8]]:
    """Return shapes of which the upper half moves to the left by a pixel a frame; the lower half stands still."""
    wide = shapes(seed, max(width + frames, height))
    picture = wide[:height, :width]
    moving = [picture.copy() for _ in range(frames)]
    for number, frame in enumerate(moving):
        frame[: height // 2] = wide[: height // 2, number : number + width]
    return moving


@pytest.fixture
def clip_list(tmp_path: Path) -> Path:
    """A set of one clip of eight frames, of which a bar of four pixels at the left and at the right is cut off."""
    from acutance.video import write_clip

    folder = tmp_path / "calls"
    folder.mkdir()
    barred = (np.pad(frame, ((0, 0), (4, 4), (0, 0))) for frame in moving_shapes(8))
    write_clip(folder / "shapes.mp4", barred, Fraction(30))
    listed = folder / "clips.toml"
    listed.write_text('[[clip]]\nfile = "shapes.mp4"\ncrop = [4, 0, 96, 80]\nframes = 8\n')
    return listed


@pytest.fixture
def picture() -> NDArray[np.uint8]:
    """Noise."""
    return np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype(np.uint8)


@pytest.fixture
def doubled(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same, each pixel four times."""
    return picture.repeat(2, axis=0).repeat(2, axis=1)
