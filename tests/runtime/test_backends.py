"""One contract, swept over every backend."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from acutance.runtime.backends.backend import Backend, ModelError
from acutance.runtime.backends.baselines import ContrastAdaptiveSharpening, Identity, UnsharpMask
from acutance.runtime.backends.with_onnxruntime import OnnxRuntimeBackend, OnnxRuntimeInt8Backend
from acutance.runtime.backends.with_openvino import OpenVinoBackend, OpenVinoInt8Backend

BACKENDS: dict[str, Callable[[Path], Backend]] = {
    "openvino": lambda path: OpenVinoBackend(path, device="CPU", precision="f32", threads=1),
    "onnxruntime": lambda path: OnnxRuntimeBackend(path, device="ort-cpu", threads=1),
    "openvino int8": lambda path: OpenVinoInt8Backend(path, unshuffle=2, device="CPU", threads=1),
    "onnxruntime int8": lambda path: OnnxRuntimeInt8Backend(path, unshuffle=2, device="ort-cpu", threads=1),
    "identity": lambda path: Identity(),
    "unsharp": lambda path: UnsharpMask(),
    "cas": lambda path: ContrastAdaptiveSharpening(),
}
SIZES = [(8, 8), (8, 64), (64, 8), (16, 16), (44, 136), (128, 40)]


@pytest.fixture(params=BACKENDS, scope="module")
def backend(request: pytest.FixtureRequest) -> Backend:
    file = "int8_file" if "int8" in request.param else "model_file"
    return BACKENDS[request.param](request.getfixturevalue(file))


@pytest.fixture(params=["openvino", "onnxruntime"])
def float_backend(request: pytest.FixtureRequest, model_file: Path) -> Backend:
    """A model with float ends."""
    return BACKENDS[request.param](model_file)


def _plane(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(height * 1000 + width).integers(16, 236, (height, width), dtype=np.uint8)


@pytest.mark.parametrize("size", SIZES)
def test_shape_and_dtype_stay(backend: Backend, size: tuple[int, int]) -> None:
    plane = _plane(*size)
    sharp, sharp_float = backend.run_uint8(plane), backend.run(plane.astype(np.float32) / np.float32(255))
    assert (sharp.shape, sharp.dtype) == (size, np.dtype(np.uint8))
    assert (sharp_float.shape, sharp_float.dtype) == (size, np.dtype(np.float32))


@pytest.mark.parametrize("size", SIZES)
def test_uint8_equals_float_rounded(backend: Backend, size: tuple[int, int]) -> None:
    plane = _plane(*size)
    rounded = np.floor(backend.run(plane.astype(np.float32) / np.float32(255)) * 255 + 0.5)
    # CAS is integer arithmetic inside and rounds differently at 8 bits; the others may differ on a half only.
    tolerance = 2 if isinstance(backend, ContrastAdaptiveSharpening) else 1
    difference = abs(backend.run_uint8(plane).astype(int) - rounded)
    assert difference.max() <= tolerance
    if tolerance == 1:
        assert (difference > 0).mean() < 0.01


@pytest.mark.parametrize("size", [(2, 2), (2, 64), (46, 130), (128, 38)])
def test_float_models_take_every_multiple_of_their_unshuffle_factor(
    float_backend: Backend, size: tuple[int, int]
) -> None:
    assert float_backend.run_uint8(_plane(*size)).shape == size


def test_the_input_is_left_as_it_was(backend: Backend) -> None:
    plane = _plane(40, 64)
    before = plane.copy()
    result = backend.run_uint8(plane)
    result[:] = 0
    np.testing.assert_array_equal(plane, before)


def test_the_result_is_the_callers_own(backend: Backend) -> None:
    first = backend.run_uint8(_plane(40, 64))
    kept = first.copy()
    backend.run_uint8(255 - _plane(40, 64))
    np.testing.assert_array_equal(first, kept)


def test_the_same_input_gives_the_same_result(backend: Backend) -> None:
    first = backend.run_uint8(_plane(40, 64))
    backend.run_uint8(_plane(44, 136))
    np.testing.assert_array_equal(backend.run_uint8(_plane(40, 64)), first)


def test_views_of_larger_planes_are_taken(backend: Backend) -> None:
    large = _plane(60, 90)
    view = large[10:42, 20:84]
    np.testing.assert_array_equal(backend.run_uint8(view), backend.run_uint8(view.copy()))


def test_values_stay_in_range(backend: Backend) -> None:
    extremes = (np.indices((32, 32)).sum(axis=0) % 2).astype(np.float32)
    result = backend.run(extremes)
    assert (result.min() >= 0.0, result.max() <= 1.0) == (True, True)


def test_it_says_what_runs(backend: Backend) -> None:
    assert all((backend.info.backend, backend.info.device, backend.info.precision))


def test_openvino_and_onnx_runtime_agree_in_int8(int8_file: Path) -> None:
    plane = _plane(64, 88)
    first, second = (BACKENDS[f"{name} int8"](int8_file).run_uint8(plane) for name in ("openvino", "onnxruntime"))
    difference = abs(first.astype(int) - second)
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.01


def test_openvino_and_onnx_runtime_agree(model_file: Path) -> None:
    plane = _plane(66, 88).astype(np.float32) / np.float32(255)
    first, second = (BACKENDS[name](model_file).run(plane) for name in ("openvino", "onnxruntime"))
    np.testing.assert_allclose(first, second, atol=1e-5)


@pytest.mark.parametrize("name", ["openvino", "onnxruntime"])
@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x08" * 40])
def test_a_file_that_is_no_model_is_refused_in_one_line(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / "bad.onnx").write_bytes(content)
    with pytest.raises(ModelError) as refusal:
        BACKENDS[name](tmp_path / "bad.onnx").run_uint8(_plane(16, 16))
    assert "\n" not in str(refusal.value)


def test_a_device_that_is_not_there_is_named(model_file: Path) -> None:
    with pytest.raises(ModelError, match="device npu: OpenVINO finds cpu"):
        OpenVinoBackend(model_file, device="NPU", precision="f32", threads=None)


def test_a_provider_that_is_not_built_in_is_named(model_file: Path) -> None:
    with pytest.raises(ModelError, match="no DmlExecutionProvider"):
        OnnxRuntimeBackend(model_file, device="directml", threads=None)


def test_unsharp_leaves_flat_parts_and_steepens_edges() -> None:
    plane = np.full((20, 40), 0.3, dtype=np.float32)
    plane[:, 20:] = 0.6
    sharp = UnsharpMask(0.7).run(plane)
    np.testing.assert_allclose(sharp[:, :10], 0.3, atol=1e-6)
    assert sharp[10, 20] > 0.6
    assert sharp[10, 19] < 0.3
