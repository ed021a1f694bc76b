"""Models on OpenVINO: CPU, GPU, NPU."""

from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as ops

from acutance.runtime.backends.backend import BackendInfo, ModelError
from acutance.runtime.backends.compiling import CompiledSizes, first_line, read_model, refuse_inexact_int8
from acutance.runtime.backends.expert import Place
from acutance.runtime.backends.int8 import Int8Backend, Int8Frame


class OpenVinoBackend:
    """Runs a model with float ends; where planes are uint8, conversions are compiled into it."""

    def __init__(
        self, path: Path, *, device: str, precision: str, threads: int | None, place: Place | None = None
    ) -> None:
        """Open a model.

        Args:
            path: the ONNX file.
            device: OpenVINO's name, ``CPU``, ``GPU`` or ``NPU``.
            precision: ``f32``, ``bf16`` or ``f16``.
            threads: how many to use on a CPU, None for all.
            place: of a bank, where the expert lies that runs; None for a plain student.

        Raises:
            ModelError: the file is no model that OpenVINO reads, or there is no such device.
        """
        self._requests: CompiledSizes[ov.InferRequest] = CompiledSizes(device, precision, threads)
        self._model = read_model(path, place)
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
        def model() -> ov.Model:
            sized = self._model.clone()
            sized.reshape([1, 1, *luma.shape])
            return _with_uint8_ends(sized) if luma.dtype == np.uint8 else sized

        request = self._requests.get((luma.shape, luma.dtype), model, lambda request: request)
        _run(request, luma.shape, [np.ascontiguousarray(luma)[None, None]])
        result: NDArray[Any] = request.get_output_tensor().data[0, 0].copy()
        return result


class OpenVinoInt8Backend(Int8Backend):
    """Runs an int8 model; its input and output are made once a size and read and written where they lie."""

    def __init__(
        self, path: Path, *, unshuffle: int, device: str, threads: int | None, place: Place | None = None
    ) -> None:
        """Open a model.

        Args:
            path: the ONNX file.
            unshuffle: the student's factor.
            device: see `OpenVinoBackend`.
            threads: see `OpenVinoBackend`.
            place: see `OpenVinoBackend`.

        Raises:
            ModelError: the file is no model that OpenVINO reads, there is no such device, or its int8 is not exact.
        """
        super().__init__(BackendInfo("OpenVINO", device.lower(), "int8"), unshuffle)
        self._frames: CompiledSizes[Int8Frame] = CompiledSizes(device, "int8", threads)
        refuse_inexact_int8(device)
        self._model = read_model(path, place)

    def _frame(self, height: int, width: int) -> Int8Frame:
        shape = 1, height // self._unshuffle, width // self._unshuffle, self._unshuffle**2

        def model() -> ov.Model:
            sized = self._model.clone()
            sized.reshape(list(shape))
            return sized

        def ready(request: ov.InferRequest) -> Int8Frame:
            displayed, output = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
            request.set_input_tensor(ov.Tensor(displayed, shared_memory=True))
            request.set_output_tensor(ov.Tensor(output, shared_memory=True))

            def infer() -> NDArray[np.uint8]:
                _run(request, (height, width))
                pixels: NDArray[np.uint8] = output[0]
                return pixels

            return Int8Frame(displayed[0], infer)

        return self._frames.get(((height, width), None), model, ready)


def _run(request: ov.InferRequest, shape: tuple[int, ...], inputs: list[NDArray[Any]] | None = None) -> None:
    try:
        request.infer(inputs, share_inputs=True, share_outputs=True)
    except RuntimeError as error:
        raise ModelError(f"OpenVINO failed on a {shape[1]}x{shape[0]} plane ({first_line(error)})") from error


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
