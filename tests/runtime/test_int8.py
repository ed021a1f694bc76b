"""int8 models: what they compute, and when they are chosen."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx.reference import ReferenceEvaluator

from acutance import ModelError, Sharpener
from acutance.runtime import models, running
from acutance.runtime.models import shipped_models


def _plane(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(height * 1000 + width).integers(16, 236, (height, width), dtype=np.uint8)


def _unshuffled(plane: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    height, width = plane.shape
    blocks = plane.reshape(height // factor, factor, width // factor, factor).transpose(0, 2, 1, 3)
    return blocks.reshape(1, height // factor, width // factor, factor**2)


@pytest.mark.parametrize(("name", "factor"), [("int8_file", 2), ("int8_file_of_single_cells", 4)])
def test_it_computes_what_onnx_says(request: pytest.FixtureRequest, name: str, factor: int) -> None:
    path: Path = request.getfixturevalue(name)
    plane = _plane(24, 40)
    model = onnx.load(path)
    outputs = ReferenceEvaluator(model).run(None, {model.graph.input[0].name: _unshuffled(plane, factor)})
    assert isinstance(outputs, list)
    cells = outputs[0][0].reshape(24 // factor, 40 // factor, factor, factor)
    expected = cells.transpose(0, 2, 1, 3).reshape(plane.shape)
    difference = abs(Sharpener.load(path).luma(plane).astype(int) - expected)
    assert abs(expected.astype(int) - plane).mean() > 5  # the network does something
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.01


@pytest.mark.parametrize("size", [(211, 307), (212, 308), (64, 130)])
def test_tiles_are_identical_to_the_whole(
    int8_file: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    plane = _plane(*size)
    int8 = Sharpener.load(int8_file)
    whole = int8.luma(plane)
    monkeypatch.setattr(running, "_LARGEST_PLANE", 1000)
    monkeypatch.setattr(running, "_TILE", 64)
    np.testing.assert_array_equal(int8.luma(plane), whole)


def test_what_lies_between_two_code_values_stays(int8_file: Path) -> None:
    codes = np.random.default_rng(0).integers(64, 192, (40, 64)).astype(np.float32)
    between = np.random.default_rng(1).uniform(-0.49, 0.49, codes.shape).astype(np.float32)
    backend = Sharpener.load(int8_file)._model.backend
    exact, moved = (backend.run(values / np.float32(255)) * 255 for values in (codes, codes + between))
    unclipped = (exact > 1) & (exact < 254)
    assert unclipped.mean() > 0.9
    np.testing.assert_allclose((moved - exact)[unclipped], between[unclipped], atol=1e-3)


def test_calls_from_several_threads_do_not_mix(int8_file: Path) -> None:
    int8 = Sharpener.load(int8_file)
    planes = [np.roll(_plane(40, 60), shift) for shift in range(4)]
    expected = [int8.luma(plane) for plane in planes]
    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(int8.luma, planes * 20))
    np.testing.assert_array_equal(seen, expected * 20)


@pytest.fixture
def zoo(model_file: Path, int8_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with one model, in f32 and in int8."""
    monkeypatch.setattr(models, "shipped_files", lambda: {"noise": model_file, "noise.int8": int8_file})


@pytest.mark.usefixtures("zoo")
@pytest.mark.parametrize(
    ("name", "device", "precision", "runs_as"),
    [
        ("noise", "cpu", "auto", "OpenVINO on cpu in int8"),
        ("noise", "cpu", "int8", "OpenVINO on cpu in int8"),
        ("noise", "cpu", "f32", "OpenVINO on cpu in f32"),
        ("noise", "cpu", "bf16", "OpenVINO on cpu in bf16"),
        ("noise.int8", "cpu", "auto", "OpenVINO on cpu in int8"),
        ("noise", "ort-cpu", "auto", "ONNX Runtime on ort-cpu in f32"),
        ("noise", "ort-cpu", "int8", "ONNX Runtime on ort-cpu in int8"),
    ],
)
def test_the_precision_chooses_the_file(name: str, device: str, precision: str, runs_as: str) -> None:
    assert str(Sharpener.load(name, device=device, precision=precision).info) == runs_as


@pytest.mark.usefixtures("zoo")
def test_an_int8_file_is_no_model_of_its_own() -> None:
    assert list(shipped_models()) == ["noise"]


@pytest.mark.parametrize(
    ("file", "precision", "runs_as"), [("int8_file", "auto", "int8"), ("model_file", "auto", "f32")]
)
def test_a_path_is_opened_as_its_card_says(
    request: pytest.FixtureRequest, file: str, precision: str, runs_as: str
) -> None:
    path = request.getfixturevalue(file)
    assert Sharpener.load(path, precision=precision).info.precision == runs_as


@pytest.mark.parametrize(
    ("file", "precision", "message"),
    [
        ("int8_file", "f32", "is an int8 model; give its f32 file, or choose auto or int8"),
        ("model_file", "int8", "is an f32 model; give its int8 file, or choose auto or f32"),
    ],
)
def test_a_path_in_another_precision_is_refused(
    request: pytest.FixtureRequest, file: str, precision: str, message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        Sharpener.load(request.getfixturevalue(file), precision=precision)


def test_int8_that_overflows_is_neither_chosen_nor_opened(model_file: Path, int8_file: Path) -> None:
    script = f"""
from pathlib import Path
from acutance import ModelError, Sharpener
from acutance.runtime import models
models.shipped_files = lambda: {{"noise": Path({str(model_file)!r}), "noise.int8": Path({str(int8_file)!r})}}
print(Sharpener.load("noise").info.precision)
try:
    Sharpener.load("noise", precision="int8")
except ModelError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"ONEDNN_MAX_CPU_ISA": "AVX2"},  # as on a processor without VNNI
        capture_output=True,
        text=True,
        check=True,
    )
    refusal = "precision int8: the cpu here has no exact int8 products (VNNI or its like); choose f32"
    assert done.stdout.splitlines() == ["f32", refusal]
