"""A folder of small pictures with edges to train on, and a tiny network to teach."""

import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from acutance.lab.models.span import Span

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
def own_signals() -> Iterator[None]:
    """For a training in this process: it takes over the process's signals."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def recipe_file(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture(scope="session")
def span_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weights of an untrained SPAN x2 of six channels and two blocks."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "tiny_span.safetensors"
    save_file(Span(channels=6, blocks=2, scale=2).state_dict(), path)
    return path
