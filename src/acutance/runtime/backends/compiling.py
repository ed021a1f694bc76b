"""OpenVINO's side of every model: read, compiled a frame size at a time, kept between calls and between runs."""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from acutance.cache import user_cache
from acutance.runtime.backends.backend import ModelError
from acutance.runtime.backends.expert import Place, file_for_expert

# The binding makes its table of types when it is first asked, and hangs for good where two threads ask at once.
ov.Type.f32.to_dtype()

# While it reads or compiles a model OpenVINO sets the process's locale to C and then back to what it was: where two
# threads do so at once it stays C, and Python's `open` then reads ASCII.
_LOCALE = threading.Lock()

_COMPILED_SIZES = 4  # frames of a clip have one size, a folder of pictures a few; each costs memory
_CACHED_MODELS = 64  # files of some 100 KB
_PRECISIONS = {"f32": ov.Type.f32, "bf16": ov.Type.bf16, "f16": ov.Type.f16, "int8": ov.Type.f32}

Ready = TypeVar("Ready")


class CompiledSizes(Generic[Ready]):
    """What a model was made into for each frame size that it met; the last few are kept."""

    def __init__(self, device: str, precision: str, threads: int | None) -> None:
        """Choose where and how models run.

        Args:
            device: OpenVINO's name, ``CPU``, ``GPU`` or ``NPU``.
            precision: ``f32``, ``bf16`` or ``f16``; always told to OpenVINO, which computes in bf16 on some processors
                unless it is. Of an ``int8`` model, what is not rounded to int8 runs in f32.
            threads: how many to use on a CPU, None for all.

        Raises:
            ModelError: there is no such device.
        """
        self._core = ov.Core()
        if not _is_there(self._core, device):
            raise ModelError(
                f"device {device.lower()}: OpenVINO finds {', '.join(self._core.available_devices).lower()} here; "
                "'acutance doctor' lists what opens"
            )
        self._device = device
        self._settings: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": _PRECISIONS[precision],
        }
        if device == "CPU":
            # Of several networks that run at the same time, each would tie its threads to the first cores.
            self._settings["ENABLE_CPU_PINNING"] = False
            if threads is not None:
                self._settings["INFERENCE_NUM_THREADS"] = threads
        self._kept: OrderedDict[Hashable, Ready] = OrderedDict()

    def get(
        self,
        key: tuple[tuple[int, ...], Hashable],
        model: Callable[[], ov.Model],
        ready: Callable[[ov.InferRequest], Ready],
    ) -> Ready:
        """Return what is kept under a key, or compile it; its compiled form stays on disk, for the next run.

        Args:
            key: (height, width) of the frame, and what else tells models apart.
            model: makes the model of that size.
            ready: makes what is kept of a request for it.

        Raises:
            ModelError: OpenVINO cannot compile it.
        """
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        folder = _cache_folder()
        settings = self._settings | ({} if folder is None else {"CACHE_DIR": str(folder)})
        try:
            self._kept[key] = ready(compile_model(self._core, model(), self._device, settings).create_infer_request())
        except RuntimeError as error:
            raise ModelError(
                f"OpenVINO cannot compile the model for {key[0][1]}x{key[0][0]} ({first_line(error)})"
            ) from error
        if len(self._kept) > _COMPILED_SIZES:
            self._kept.popitem(last=False)
        return self._kept[key]


def read_model(path: Path, place: Place | None = None) -> ov.Model:
    """Return a file's network.

    Args:
        path: the ONNX file.
        place: of a bank, where the expert lies that the network is, see `acutance.runtime.backends.expert`; None for
            all that the file has.

    Raises:
        ModelError: the file is no model that OpenVINO reads, or an expert is asked for and it is no bank.
    """
    source = path if place is None else file_for_expert(path, place)
    try:
        with _LOCALE:
            model = ov.Core().read_model(source)
    except (RuntimeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: is not a model that OpenVINO reads ({first_line(error)})") from error
    return model if place is None else one_chain(model, place.chain)


def one_chain(model: ov.Model, chain: int) -> ov.Model:
    """Return the network from one input of a graph to the output in the same place, without what else is in it.

    Args:
        model: a network whose chains share nothing but constants.
        chain: which, from 0, of those that it has.
    """
    return ov.Model([model.outputs[chain].node], [model.inputs[chain].node], model.friendly_name)


def compile_model(core: ov.Core, model: ov.Model, device: str, settings: Mapping[str, Any]) -> ov.CompiledModel:
    """Return a network compiled for an OpenVINO device.

    Raises:
        RuntimeError: OpenVINO cannot compile it.
    """
    with _LOCALE:
        return core.compile_model(model, device, dict(settings))


def first_line(error: Exception) -> str:
    """Return what OpenVINO says went wrong, without its source positions."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith(("Exception from", "Check "))]
    return (told or lines or ["no reason given"])[0]


@cache
def multiplies_int8(device: str) -> bool:
    """Whether an OpenVINO device multiplies int8 exactly, and so quickly, found by one small convolution.

    Processors without VNNI or its like add products in 16 bits, which overflow ("Nuances of int8 Computations" in
    oneDNN's developer guide): their results are wrong, and OpenVINO's list of capabilities has INT8 all the same.
    """
    core = ov.Core()
    if not _is_there(core, device) or "INT8" not in core.get_property(device, "OPTIMIZATION_CAPABILITIES"):
        return False
    channels = 32
    pixels = ops.parameter([1, channels, 4, 4], np.uint8)
    ends = [ops.constant(np.float32(end)) for end in (0.0, 255.0, -127.0, 127.0)]
    rounded = ops.fake_quantize(ops.convert(pixels, "f32"), *ends[:2], *ends[:2], 256)
    kernel = ops.constant(np.full((channels, channels, 3, 3), 127.0, np.float32))
    convolved = ops.convolution(
        rounded, ops.fake_quantize(kernel, *ends[2:], *ends[2:], 255), [1, 1], [0, 0], [0, 0], [1, 1]
    )
    settings = {"INFERENCE_PRECISION_HINT": ov.Type.f32}
    request = compile_model(core, ov.Model([convolved], [pixels], "int8"), device, settings).create_infer_request()
    request.infer([np.full((1, channels, 4, 4), 255, np.uint8)])
    return bool((request.get_output_tensor().data == 255 * 127 * 9 * channels).all())


def refuse_inexact_int8(device: str) -> None:
    """Refuse an OpenVINO device whose int8 products overflow.

    Raises:
        ModelError: it is one.
    """
    if not multiplies_int8(device):
        raise ModelError(
            f"precision int8: the {device.lower()} here has no exact int8 products (VNNI or its like); choose f32"
        )


def _is_there(core: ov.Core, device: str) -> bool:
    return device in {name.partition(".")[0] for name in core.available_devices}


def _cache_folder() -> Path | None:
    """Return the folder for compiled models, its oldest files removed, or None where there can be none.

    What OpenVINO cannot read there, it compiles anew.
    """
    try:
        folder = user_cache("compiled")
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            return None
        by_age = sorted(folder.glob("*.blob"), key=lambda file: file.stat().st_mtime)
        for file in by_age[: max(0, len(by_age) - _CACHED_MODELS)]:
            file.unlink(missing_ok=True)
    except (OSError, RuntimeError):  # RuntimeError: there is no home
        return None
    return folder
