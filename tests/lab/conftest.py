"""A folder of small pictures with edges, to train on."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

RECIPE = """
name = "tiny"
seed = 3

[model]
unshuffle = 2
channels = 8
convolutions = 3

[data]
degradation = "bicubic-x2"
crop = 32
batch = 4
held_out = 2

[objective]
l1 = 1.0

[optimiser]
steps = 40
learning_rate = 2e-3
warmup = 5
ema = 0.9

[journal]
log = 5
validate = 10
checkpoint = 10

[fabric]
accelerator = "cpu"
threads = 1
"""


@pytest.fixture(scope="session")
def training_pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    generator = np.random.default_rng(0)
    for index in range(6):
        blocks = generator.integers(0, 256, (7, 9 + index, 3), dtype=np.uint8)
        Image.fromarray(np.kron(blocks, np.ones((10, 7, 1), dtype=np.uint8))).save(folder / f"{index}.png")
    return folder


@pytest.fixture
def recipe_file(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(RECIPE)
    return path
