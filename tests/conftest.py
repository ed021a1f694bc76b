"""What several rooms' tests share: a model file made on the spot."""

import signal
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from acutance.runtime.cards import Architecture, Card, Training

WriteNoise = Callable[[Path, Card, int], Path]

EXPERTS = [
    (2.0, "bicubic-x2"),
    (3.0, "bicubic-x3"),
    (2.0, "call-x2-h264-0.1bpp,call-x2-vp8-0.1bpp"),
    (4 / 3, "call-x4/3-vp9-0.25bpp"),
]

# Whoever starts the tests in the background leaves Ctrl-C ignored, which the commands that are sent one would inherit.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep compiled models out of the user's cache; where they go instead."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "acutance" / "compiled"


@pytest.fixture(scope="session")
def card() -> Card:
    """The card of a student of 16 channels whose weights are noise."""
    return Card(
        name="noise",
        degradation="bicubic-x2",
        scale=2.0,
        architecture=Architecture(unshuffle=2, channels=16, convolutions=3),
        margin=8,
        parameters=3508,
        mac_per_pixel=864,
        weights_sha256="0" * 64,
        licence="Apache-2.0",
        training=Training(
            data_sha256="0" * 64,
            recipe_sha256="0" * 64,
            objective={"l1": 1.0},
            steps=0,
            gigapixels=0.0,
            hours=0.0,
            validation_psnr=0.0,
            torch="none",
        ),
    )


@pytest.fixture(scope="session")
def write_noise() -> WriteNoise:
    """Writes the file of a student of a card's architecture and precision; a seed draws its weights."""
    from acutance.lab.export.graph import build_graph
    from acutance.lab.export.quantised_graph import build_quantised_graph

    def write(path: Path, card: Card, seed: int) -> Path:
        generator = np.random.default_rng(seed)
        unshuffle, channels = card.architecture.unshuffle, card.architecture.channels
        chain = [
            (
                (generator.standard_normal((fan_out, fan_in, 3, 3)) / (9 * fan_in) ** 0.5).astype(np.float32),
                (generator.standard_normal(fan_out) * 0.05).astype(np.float32),
            )
            for fan_in, fan_out in pairwise([unshuffle**2, channels, channels, unshuffle**2])
        ]
        if card.precision == "int8":
            model = build_quantised_graph(chain, [0.010 + 0.002 * seed, 0.012], card)
        else:
            model = build_graph(chain, unshuffle, card)
        path.write_bytes(model.SerializeToString())
        return path

    return write


@pytest.fixture(scope="session")
def model_file(tmp_path_factory: pytest.TempPathFactory, card: Card, write_noise: WriteNoise) -> Path:
    """An ONNX file of that student: it changes every pixel, by some tens of code values."""
    return write_noise(tmp_path_factory.mktemp("models") / "noise.onnx", card, 7)


@pytest.fixture(scope="session")
def expert_files(tmp_path_factory: pytest.TempPathFactory, card: Card, write_noise: WriteNoise) -> list[Path]:
    """Files of four such students: for ×2 and ×3 without a codec, and for ×2 and ×4/3 with one."""
    folder = tmp_path_factory.mktemp("experts")
    files = []
    for seed, (scale, degradation) in enumerate(EXPERTS):
        own = card.model_copy(update={"degradation": degradation, "scale": scale, "weights_sha256": f"{seed:064}"})
        files.append(write_noise(folder / f"{seed}.onnx", own, seed))
    return files


@pytest.fixture(scope="session")
def bank_file(tmp_path_factory: pytest.TempPathFactory, expert_files: list[Path]) -> Path:
    """The four as one file."""
    from acutance.lab.export import export_bank

    path = tmp_path_factory.mktemp("banks") / "noise.onnx"
    export_bank(expert_files, path)
    return path
