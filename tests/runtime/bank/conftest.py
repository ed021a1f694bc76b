"""Banks in int8, and of students of two architectures, whose weights are noise."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from acutance.runtime.backends.compiling import multiplies_int8
from acutance.runtime.cards import Architecture, Card

WriteNoise = Callable[[Path, Card, int], Path]

_OTHER = Architecture(unshuffle=4, channels=32, convolutions=3)


@dataclass(frozen=True)
class Bank:
    """A bank, and the files of its experts, in order."""

    file: Path
    experts: list[Path]


@pytest.fixture(scope="session")
def int8_expert_files(tmp_path_factory: pytest.TempPathFactory, card: Card, write_noise: WriteNoise) -> list[Path]:
    """Files of two students: for ×2 without a codec, and with one."""
    if not multiplies_int8("CPU"):
        pytest.skip("this processor has no exact int8 products")
    folder = tmp_path_factory.mktemp("experts8")
    return [
        write_noise(
            folder / f"{seed}.onnx", card.model_copy(update={"degradation": degradation, "precision": "int8"}), seed
        )
        for seed, degradation in enumerate(("bicubic-x2", "call-x2-h264-0.1bpp"))
    ]


@pytest.fixture(scope="session", params=["f32", "int8"])
def bank_of_two_architectures(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, card: Card, write_noise: WriteNoise
) -> Bank:
    """One of two students of the usual architecture and, between and after them, two of another."""
    from acutance.lab.export import export_bank

    if request.param == "int8" and not multiplies_int8("CPU"):
        pytest.skip("this processor has no exact int8 products")
    folder = tmp_path_factory.mktemp("two")
    files = []
    for seed, (scale, architecture) in enumerate(
        [(2, card.architecture), (4, _OTHER), (3, card.architecture), (6, _OTHER)]
    ):
        update = {"degradation": f"bicubic-x{scale}", "scale": scale, "precision": request.param}
        update |= {"architecture": architecture, "margin": 4 * architecture.unshuffle, "weights_sha256": f"{seed:064}"}
        files.append(write_noise(folder / f"{seed}.onnx", card.model_copy(update=update), seed))
    export_bank(files, folder / "bank.onnx")
    return Bank(folder / "bank.onnx", files)


@pytest.fixture(scope="session")
def int8_bank_file(tmp_path_factory: pytest.TempPathFactory, int8_expert_files: list[Path]) -> Path:
    """The two as one file."""
    from acutance.lab.export import export_bank

    path = tmp_path_factory.mktemp("banks8") / "noise.int8.onnx"
    export_bank(int8_expert_files, path)
    return path
