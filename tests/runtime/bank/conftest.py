"""A bank in int8, of students whose weights are noise."""

from pathlib import Path

import numpy as np
import pytest

from acutance.runtime.backends.compiling import multiplies_int8
from acutance.runtime.cards import Card


@pytest.fixture(scope="session")
def int8_expert_files(tmp_path_factory: pytest.TempPathFactory, card: Card) -> list[Path]:
    """Files of two students: for ×2 without a codec, and with one."""
    from acutance.lab.export.quantised_graph import build_quantised_graph

    if not multiplies_int8("CPU"):
        pytest.skip("this processor has no exact int8 products")
    folder = tmp_path_factory.mktemp("experts8")
    files = []
    for seed, degradation in enumerate(("bicubic-x2", "call-x2-h264-0.1bpp")):
        generator = np.random.default_rng(seed)
        chain = [
            (
                (generator.standard_normal((fan_out, fan_in, 3, 3)) / (9 * fan_in) ** 0.5).astype(np.float32),
                (generator.standard_normal(fan_out) * 0.05).astype(np.float32),
            )
            for fan_in, fan_out in [(4, 16), (16, 16), (16, 4)]
        ]
        own = card.model_copy(update={"degradation": degradation, "precision": "int8"})
        files.append(folder / f"{seed}.int8.onnx")
        steps = [0.010 + 0.002 * seed, 0.012]
        files[-1].write_bytes(build_quantised_graph(chain, steps, own).SerializeToString())
    return files


@pytest.fixture(scope="session")
def int8_bank_file(tmp_path_factory: pytest.TempPathFactory, int8_expert_files: list[Path]) -> Path:
    """The two as one file."""
    from acutance.lab.export import export_bank

    path = tmp_path_factory.mktemp("banks8") / "noise.int8.onnx"
    export_bank(int8_expert_files, path)
    return path
