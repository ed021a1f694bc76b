"""Models on OpenVINO: CPU, GPU, NPU."""

import math
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as ops

from acutance.runtime.backend import BackendInfo, ModelError

# The binding makes its table of types when it is first asked, and hangs for good where two threads ask at once.
ov.Type.f32.to_dtype()

_COMPILED_SIZES = 4  # frames of a clip have one size, a folder of pictures a few; each costs memory
_LARGEST_GROWTH = 64  # values a displayed pixel in any intermediate; the largest student of the design has 16
_PRECISIONS = {"f32": ov.Type.f32, "bf16": ov.Type.bf16, "f16": ov.Type.f16}


class OpenVinoBackend:
    """Compiles the model for each frame size that it meets and keeps the last few."""

    def __init__(self, path: Path, *, device: str, precision: str, threads: int | None) -> None:
        """Open a model.

        Args:
            path: the ONNX file.
            device: OpenVINO's name, ``CPU``, ``GPU`` or ``NPU``.
            precision: ``f32``, ``bf16`` or ``f16``; always told to OpenVINO, which computes in bf16 on some processors
                unless it is.
            threads: how many to use on a CPU, None for all.

        Raises:
            ModelError: the file is no model that OpenVINO reads, or there is no such device.
        """
        core = ov.Core()
        if device not in {name.partition(".")[0] for name in core.available_devices}:
            raise ModelError(
                f"device {device.lower()}: OpenVINO finds {', '.join(core.available_devices).lower()} here; "
                "'acutance doctor' lists what opens"
            )
        self._model = _read(core, path)
        self._core = core
        self._device = device
        self._settings: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": _PRECISIONS[precision],
        }
        if threads is not None and device == "CPU":
            self._settings["INFERENCE_NUM_THREADS"] = threads
        self._requests: OrderedDict[tuple[tuple[int, ...], type], ov.InferRequest] = OrderedDict()
        self._info = BackendInfo("OpenVINO", device.lower(), precision)

    @property
    def info(self) -> BackendInfo:
        return self._info

    def run(self, luma: NDArray[np.float32]) -> NDArray[np.float32]:
        result: NDArray[np.float32] = self._infer(luma)
        return result

    def run_uint8(self, luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
        result: NDArray[np.uint8] = self._infer(luma)
        return result

    def _infer(self, luma: NDArray[Any]) -> NDArray[Any]:
        request = self._request(luma.shape, luma.dtype.type)
        try:
            request.infer([np.ascontiguousarray(luma)[None, None]], share_inputs=True)
        except RuntimeError as error:
            raise ModelError(
                f"OpenVINO failed on a {luma.shape[1]}x{luma.shape[0]} plane ({_first_line(error)})"
            ) from error
        result: NDArray[Any] = request.get_output_tensor().data[0, 0].copy()
        return result

    def _request(self, shape: tuple[int, ...], dtype: type) -> ov.InferRequest:
        key = (shape, dtype)
        if key in self._requests:
            self._requests.move_to_end(key)
            return self._requests[key]
        model = self._model.clone()
        try:
            model.reshape([1, 1, *shape])
            if dtype is np.uint8:
                model = _with_uint8_ends(model)
            request = self._core.compile_model(model, self._device, self._settings).create_infer_request()
        except RuntimeError as error:
            raise ModelError(
                f"OpenVINO cannot compile the model for {shape[1]}x{shape[0]} ({_first_line(error)})"
            ) from error
        self._requests[key] = request
        if len(self._requests) > _COMPILED_SIZES:
            self._requests.popitem(last=False)
        return request


def card_text(path: Path, key: str) -> str | None:
    """Return an entry of an ONNX file's ``metadata_props``, None where there is none.

    Raises:
        ModelError: the file cannot be read.
    """
    information = _read(ov.Core(), path).get_rt_info()
    if "framework" not in information:
        return None
    try:
        framework = information["framework"]
        return str(framework[key].value) if key in framework else None
    except UnicodeDecodeError as error:
        raise ModelError(f"{path}: has metadata that are no text ({error.reason}); get a fresh copy of it") from error


def refuse_unfit(path: Path, unshuffle: int) -> None:
    """Refuse a network that does not turn one luma plane into another of its size, in little memory and finite numbers.

    Only shapes are worked out: nothing is compiled or run.

    Args:
        path: an ONNX file that `acutance.runtime.safety.refuse_unsafe` has passed.
        unshuffle: what a plane's sides are multiples of.

    Raises:
        ModelError: it does not.
    """
    model = _read(ov.Core(), path)
    ends = len(model.inputs), len(model.outputs)
    if ends != (1, 1):
        raise ModelError(f"{path}: has {ends[0]} inputs and {ends[1]} outputs, expected one luma plane in and one out")
    side = 32 * unshuffle
    plane = [1, 1, side, side]
    try:
        model.reshape(plane)
    except RuntimeError as error:
        raise ModelError(f"{path}: takes no {side}x{side} luma plane ({_first_line(error)})") from error
    for operation in model.get_ops():
        if operation.get_type_name() == "Constant":
            values = operation.get_data()
            if values.dtype.kind == "f" and not np.isfinite(values).all():
                raise ModelError(f"{path}: has weights that are not finite; export it again")
        elif max((math.prod(output.get_shape()) for output in operation.outputs()), default=0) > (
            _LARGEST_GROWTH * side**2
        ):
            raise ModelError(
                f"{path}: {operation.get_type_name()} makes more than {_LARGEST_GROWTH} values of a pixel; "
                "such a model would exhaust the memory"
            )
    if list(model.output().get_shape()) != plane:
        raise ModelError(f"{path}: turns {plane} into {list(model.output().get_shape())}, expected the same shape")


def _read(core: ov.Core, path: Path) -> ov.Model:
    try:
        return core.read_model(path)
    except (RuntimeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: is not a model that OpenVINO reads ({_first_line(error)})") from error


def _with_uint8_ends(model: ov.Model) -> ov.Model:
    """Put the conversions from and to uint8 into the graph, where the runtime fuses them."""
    processor = ov.preprocess.PrePostProcessor(model)
    processor.input().tensor().set_element_type(ov.Type.u8)
    processor.input().preprocess().convert_element_type(ov.Type.f32).scale(255.0)
    processor.output().tensor().set_element_type(ov.Type.u8)
    processor.output().postprocess().custom(_to_code_values)
    return processor.build()


def _to_code_values(output: ov.Output) -> ov.Output:
    scaled = ops.multiply(output, ops.constant(np.float32(255.0)))
    return ops.round(scaled, "half_away_from_zero").output(0)


def _first_line(error: Exception) -> str:
    """Return what OpenVINO says went wrong, without its source positions."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith(("Exception from", "Check "))]
    return (told or lines or ["no reason given"])[0]
