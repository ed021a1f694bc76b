"""Finding a model by name or path, and opening it where and how the user asks."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path

from acutance.runtime.backend import Backend, ModelError
from acutance.runtime.baselines import BASELINES
from acutance.runtime.cards import CARD_KEY, Card, parse_card
from acutance.runtime.safety import refuse_unsafe
from acutance.runtime.with_onnxruntime import PROVIDERS, OnnxRuntimeBackend
from acutance.runtime.with_openvino import OpenVinoBackend, card_text, refuse_unfit

OPENVINO_DEVICES = {"cpu": "CPU", "gpu": "GPU", "npu": "NPU"}
DEVICES = (*OPENVINO_DEVICES, *PROVIDERS)
PRECISIONS = ("auto", "f32", "bf16", "f16")


@dataclass(frozen=True)
class OpenModel:
    """A model ready to run, with its card; a baseline has none."""

    name: str
    backend: Backend
    card: Card | None


def shipped_models() -> dict[str, Path]:
    """Return the path of each model in the package, by name."""
    folder = Path(str(resources.files("acutance.zoo")))
    return {path.stem: path for path in sorted(folder.glob("*.onnx"))}


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
        precision: one of `PRECISIONS`; ``auto`` is f32, which is exact everywhere.
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
        return OpenModel(str(name_or_path), BASELINES[str(name_or_path)](), None)
    path = _find(name_or_path)
    card = read_card(path)
    refuse_unfit(path, card.architecture.unshuffle)
    arithmetic = "f32" if precision == "auto" else precision
    opening: Callable[[], Backend]
    if device in OPENVINO_DEVICES:
        opening = partial(OpenVinoBackend, path, device=OPENVINO_DEVICES[device], precision=arithmetic, threads=threads)
    elif arithmetic == "f32":
        opening = partial(OnnxRuntimeBackend, path, device=device, threads=threads)
    else:
        raise ModelError(f"precision {precision}: on {device} this model runs in f32; choose auto or f32")
    return OpenModel(card.name, opening(), card)


def _find(name_or_path: str | Path) -> Path:
    shipped = shipped_models()
    if str(name_or_path) in shipped:
        return shipped[str(name_or_path)]
    path = Path(name_or_path)
    if path.is_file():
        return path
    if path.suffix == ".onnx":
        raise ModelError(f"model {path}: there is no such file")
    known = ", ".join([*shipped, *BASELINES])
    raise ModelError(f"model: got {str(name_or_path)!r}, expected one of {known}, or the path of an ONNX file")
