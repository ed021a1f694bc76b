"""Finding a model by name or path, and opening it where and how the user asks."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Protocol

from acutance.runtime.backends.backend import Backend, ModelError
from acutance.runtime.backends.baselines import BASELINES
from acutance.runtime.backends.compiling import multiplies_int8
from acutance.runtime.backends.expert import Place, places
from acutance.runtime.backends.fitness import card_text, refuse_unfit
from acutance.runtime.backends.int8 import int8_grid
from acutance.runtime.backends.with_onnxruntime import PROVIDERS, OnnxRuntimeBackend, OnnxRuntimeInt8Backend
from acutance.runtime.backends.with_openvino import OpenVinoBackend, OpenVinoInt8Backend
from acutance.runtime.cards import CARD_KEY, Card, parse_card
from acutance.runtime.safety import refuse_unsafe

OPENVINO_DEVICES = {"cpu": "CPU", "gpu": "GPU", "npu": "NPU"}
DEVICES = (*OPENVINO_DEVICES, *PROVIDERS)
PRECISIONS = ("auto", "f32", "bf16", "f16", "int8")

_INT8 = ".int8"
TIERS = ("fast", "balanced", "quality")
"""The shipped models for a time budget, the cheapest first."""


class _Opening(Protocol):
    """What opens a model file, or one of a bank's experts."""

    def __call__(self, *, place: Place | None = None) -> Backend: ...


@dataclass(frozen=True)
class OpenModel:
    """A model ready to run.

    Attributes:
        backend: of a bank, that of its first expert.
        card: None of a baseline.
        grid: what the sides of the planes that it takes are multiples of.
        open_expert: of a bank, opens the expert of a number; None of what is none.
    """

    name: str
    backend: Backend
    card: Card | None
    grid: int
    open_expert: Callable[[int], Backend] | None = None


def shipped_files() -> dict[str, Path]:
    """Return the path of each model file in the package, by its name without suffix: ``NAME`` and ``NAME.int8``."""
    folder = Path(str(resources.files("acutance.zoo")))
    return {path.stem: path for path in sorted(folder.glob("*.onnx"))}


def shipped_models() -> dict[str, Path]:
    """Return the path of each model in the package, by name; where there is an int8 file beside, it has no own name."""
    return {name: path for name, path in shipped_files().items() if not name.endswith(_INT8)}


def read_card(path: Path) -> Card:
    """Return the card of a model file.

    Raises:
        ModelError: the file cannot be read, or is not safe to open.
        CardError: it has no card, or none that this version reads.
    """
    refuse_unsafe(path)
    return parse_card(card_text(path, CARD_KEY), str(path))


def open_model(name_or_path: str | Path, *, device: str, precision: str, threads: int | None) -> OpenModel:
    """Open a shipped model, a model file, or a baseline.

    Args:
        name_or_path: a shipped model's name, ``identity``, ``unsharp`` or ``cas``, or an ONNX file's path.
        device: one of `DEVICES`; baselines always run on the CPU.
        precision: one of `PRECISIONS`; ``auto`` is int8 where the file is an int8 one, or a shipped model has one and
            OpenVINO runs it on a device that multiplies int8 quickly, and f32 otherwise.
        threads: how many to use on a CPU, None for all.

    Raises:
        ModelError: there is no such model, device or precision, or it does not open or is not safe to.
        CardError: the file has no card, or none that this version reads.
    """
    if device not in DEVICES:
        raise ModelError(f"device: got {device!r}, expected one of {', '.join(DEVICES)}")
    if precision not in PRECISIONS:
        raise ModelError(f"precision: got {precision!r}, expected one of {', '.join(PRECISIONS)}")
    if threads is not None and threads < 1:
        raise ModelError(f"threads: got {threads}, expected 1 or more")
    if str(name_or_path) in BASELINES:
        return OpenModel(str(name_or_path), BASELINES[str(name_or_path)](), None, 1)
    path = _file_for(str(name_or_path), device, precision)
    card = read_card(path)
    refuse_unfit(path, card)
    if card.precision == "int8":
        return _open_int8(path, card, device, precision, threads)
    if precision == "int8":
        raise ModelError(f"precision int8: {path} is an f32 model; give its int8 file, or choose auto or f32")
    arithmetic = "f32" if precision == "auto" else precision
    opening: _Opening
    if device in OPENVINO_DEVICES:
        opening = partial(OpenVinoBackend, path, device=OPENVINO_DEVICES[device], precision=arithmetic, threads=threads)
    elif arithmetic == "f32":
        opening = partial(OnnxRuntimeBackend, path, device=device, threads=threads, grid=_grid(card))
    else:
        raise ModelError(f"precision {precision}: on {device} this model runs in f32; choose auto or f32")
    return _opened(opening, card)


def _open_int8(path: Path, card: Card, device: str, precision: str, threads: int | None) -> OpenModel:
    if precision not in ("auto", "int8"):
        raise ModelError(f"precision {precision}: {path} is an int8 model; give its f32 file, or choose auto or int8")

    def opening(*, place: Place | None = None) -> Backend:
        unshuffle = (card.architecture if place is None else place.architecture).unshuffle
        if device in OPENVINO_DEVICES:
            openvino_device = OPENVINO_DEVICES[device]
            return OpenVinoInt8Backend(path, unshuffle=unshuffle, device=openvino_device, threads=threads, place=place)
        return OnnxRuntimeInt8Backend(
            path, unshuffle=unshuffle, device=device, threads=threads, place=place, grid=_grid(card)
        )

    return _opened(opening, card)


def _grid(card: Card) -> int:
    """Return what the sides of planes are multiples of that all networks of a file take."""
    factors = [architecture.unshuffle for architecture in card.architectures]
    return math.lcm(*(map(int8_grid, factors) if card.precision == "int8" else factors))


def _opened(opening: _Opening, card: Card) -> OpenModel:
    grid = _grid(card)
    if not card.conditions:
        return OpenModel(card.name, opening(), card, grid)
    where = places(card)
    return OpenModel(card.name, opening(place=where[0]), card, grid, lambda expert: opening(place=where[expert]))


def _is_quick_in_int8(device: str) -> bool:
    return device in OPENVINO_DEVICES and multiplies_int8(OPENVINO_DEVICES[device])


def _file_for(name_or_path: str, device: str, precision: str) -> Path:
    """Return the file to open: of a shipped model that has two, the one that the precision asks for."""
    shipped = shipped_files()
    int8 = shipped.get(name_or_path + _INT8)
    if int8 is not None and (precision == "int8" or (precision == "auto" and _is_quick_in_int8(device))):
        return int8
    if name_or_path in shipped:
        return shipped[name_or_path]
    path = Path(name_or_path)
    if path.is_file():
        return path
    if path.suffix == ".onnx":
        raise ModelError(f"model {path}: there is no such file")
    known = ", ".join([*shipped_models(), *BASELINES])
    raise ModelError(f"model: got {name_or_path!r}, expected one of {known}, or the path of an ONNX file")
