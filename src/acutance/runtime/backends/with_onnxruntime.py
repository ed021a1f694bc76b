"""Models on ONNX Runtime: its CPU kernels, and CUDA, DirectML or CoreML where its build has them."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from acutance.image.planes import round_to_uint8
from acutance.runtime.backends.backend import BackendInfo, ModelError
from acutance.runtime.backends.compiling import refuse_inexact_int8
from acutance.runtime.backends.expert import Place, file_for_expert
from acutance.runtime.backends.int8 import Int8Backend, Int8Frame

PROVIDERS = {
    "ort-cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
}


class OnnxRuntimeBackend:
    """One session for every frame size; conversions from and to uint8 are NumPy's."""

    def __init__(
        self, path: Path, *, device: str, threads: int | None, place: Place | None = None, grid: int = 1
    ) -> None:
        """Open a model in f32.

        Args:
            path: the ONNX file.
            device: a key of `PROVIDERS`.
            threads: how many to use on a CPU, None for all.
            place: of a bank, where the expert lies that runs; None for a plain student.
            grid: of a bank, what the sides of planes that all its experts take are multiples of.

        Raises:
            ModelError: ONNX Runtime is not installed, its build lacks the provider, or it does not read the file.
        """
        self._chain = _Chain(path, device, threads, place, grid)
        self._info = BackendInfo("ONNX Runtime", device, "f32")

    @property
    def info(self) -> BackendInfo:
        return self._info

    def run(self, luma: NDArray[np.float32]) -> NDArray[np.float32]:
        result: NDArray[np.float32] = self._chain.run(luma[None, None])[0, 0]
        return result

    def run_uint8(self, luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return round_to_uint8(self.run(luma.astype(np.float32) / np.float32(255.0)) * np.float32(255.0))


class OnnxRuntimeInt8Backend(Int8Backend):
    """Runs an int8 model, one session for every frame size."""

    def __init__(
        self, path: Path, *, unshuffle: int, device: str, threads: int | None, place: Place | None = None, grid: int = 1
    ) -> None:
        """Open a model.

        Args:
            path: the ONNX file.
            unshuffle: the student's factor.
            device: see `OnnxRuntimeBackend`.
            threads: see `OnnxRuntimeBackend`.
            place: see `OnnxRuntimeBackend`.
            grid: see `OnnxRuntimeBackend`.

        Raises:
            ModelError: as `OnnxRuntimeBackend` has it, or int8 is not exact on this CPU.
        """
        super().__init__(BackendInfo("ONNX Runtime", device, "int8"), unshuffle)
        if device == "ort-cpu":
            refuse_inexact_int8("CPU")
        self._chain = _Chain(path, device, threads, place, grid)

    def _frame(self, height: int, width: int) -> Int8Frame:
        shape = 1, height // self._unshuffle, width // self._unshuffle, self._unshuffle**2
        displayed = np.empty(shape, np.uint8)

        def infer() -> NDArray[np.uint8]:
            output: NDArray[np.uint8] = self._chain.run(displayed)[0]
            return output

        return Int8Frame(displayed[0], infer)


class _Chain:
    """The network from one input of a file to the output in the same place; of a plain student there is one."""

    def __init__(self, path: Path, device: str, threads: int | None, place: Place | None, grid: int) -> None:
        self._session = _open_session(path, device, threads, place)
        chain = 0 if place is None else place.chain
        inputs = self._session.get_inputs()
        self._input = inputs.pop(chain).name
        self._output = self._session.get_outputs()[chain].name
        self._others = {each.name: _small(each, grid) for each in inputs}  # ONNX Runtime runs all that is there

    def run(self, displayed: NDArray[Any]) -> NDArray[Any]:
        output: NDArray[Any]
        (output,) = self._session.run([self._output], {self._input: displayed} | self._others)
        return output


def _small(end: Any, grid: int) -> NDArray[Any]:
    """Return a small array that an input takes."""
    kind = np.uint8 if end.type == "tensor(uint8)" else np.float32
    sides = [length if isinstance(length, int) else grid for length in end.shape[1:]]
    return np.zeros([1, *sides], kind)


def _open_session(path: Path, device: str, threads: int | None, place: Place | None) -> Any:
    try:
        import onnxruntime as ort
    except ImportError as error:
        raise ModelError(f"device {device}: needs ONNX Runtime: pip install 'acutance[onnxruntime]'") from error
    provider = PROVIDERS[device]
    if provider not in ort.get_available_providers():
        raise ModelError(
            f"device {device}: this build of ONNX Runtime has no {provider}; 'acutance doctor' lists what opens"
        )
    options = ort.SessionOptions()
    options.log_severity_level = 4
    if threads is not None:
        options.intra_op_num_threads = threads
    source = str(path) if place is None else file_for_expert(path, place)
    try:
        session = ort.InferenceSession(source, options, providers=[provider], enable_fallback=0)
    except Exception as error:  # ONNX Runtime's errors have no common base of their own
        raise ModelError(f"{path}: ONNX Runtime does not open it on {device} ({str(error).splitlines()[0]})") from error
    if session.get_providers()[0] != provider:
        raise ModelError(f"device {device}: {provider} does not open here; 'acutance doctor' lists what opens")
    return session
