"""What is compared: ways to show a received picture, each with a name and a hash of what it is."""

import hashlib
import inspect
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from PIL import Image

from acutance.evaluate.rows import BICUBIC
from acutance.image.planes import round_to_uint8
from acutance.runtime import BackendInfo, Card, ModelError, ScaleWarning, Sharpener
from acutance.runtime.backends.baselines import BASELINES
from acutance.runtime.backends.compiling import compile_model, read_model
from acutance.runtime.backends.fitness import card_text
from acutance.runtime.cards import CARD_KEY
from acutance.runtime.models import shipped_files

LANCZOS = "lanczos"
ALWAYS = (BICUBIC, LANCZOS, "unsharp", "cas")
"""The methods that stand beside every model."""


class Method(Protocol):
    """A way to show a received picture. One call at a time."""

    @property
    def name(self) -> str:
        """As rows name it."""
        ...

    @property
    def sha256(self) -> str:
        """Of the weights, or ``baseline:`` and the settings."""
        ...

    @property
    def info(self) -> BackendInfo:
        """What runs."""
        ...

    @property
    def card(self) -> Card | None:
        """The model's card, None where there is none."""
        ...

    def __call__(self, received: NDArray[np.uint8], displayed: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the picture to show, of the displayed picture's shape.

        Args:
            received: h×w×3 RGB or h×w grey, uint8.
            displayed: the same enlarged by bicubic, H×W×3 or H×W.
        """
        ...


class Lanczos:
    """Enlarges by Lanczos with three lobes, as Pillow does it, instead of bicubic."""

    name = LANCZOS
    sha256 = "baseline:lanczos(lobes=3)"
    info = BackendInfo("Pillow Lanczos", "cpu", "integer")
    card = None

    def __call__(self, received: NDArray[np.uint8], displayed: NDArray[np.uint8]) -> NDArray[np.uint8]:
        height, width = displayed.shape[:2]
        enlarged = Image.fromarray(received).resize((width, height), Image.Resampling.LANCZOS)
        return np.asarray(enlarged)


@dataclass(frozen=True)
class Sharpening:
    """Sharpens the displayed picture, as a user would."""

    name: str
    sha256: str
    sharpener: Sharpener

    @property
    def info(self) -> BackendInfo:
        return self.sharpener.info

    @property
    def card(self) -> Card | None:
        return self.sharpener.card

    def __call__(self, received: NDArray[np.uint8], displayed: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return self.sharpener(displayed)


class EnlargingNetwork:
    """Runs a network from N×3×h×w RGB, 0..1, to N×3×H×W RGB, 0..1, on OpenVINO in f32, whole pictures at a time."""

    info = BackendInfo("OpenVINO", "cpu", "f32")
    card = None

    def __init__(self, name: str, sha256: str, path: Path, threads: int) -> None:
        """Open a network.

        Args:
            name: of its rows.
            sha256: of the file.
            path: the ONNX file.
            threads: of the CPU.

        Raises:
            ModelError: the file is no network of that kind.
        """
        self.name = name
        self.sha256 = sha256
        self._path = path
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": threads,
        }
        try:
            model = read_model(path)
            shape = model.input().partial_shape
            if shape.rank.get_length() != 4 or not shape[1].compatible(ov.Dimension(3)):
                raise ModelError(f"{path}: has no card and takes {shape}, expected N×3×h×w RGB as a teacher takes it")
            self._request = compile_model(ov.Core(), model, "CPU", settings).create_infer_request()
        except RuntimeError as error:
            raise ModelError(f"{path}: is not a model that OpenVINO reads ({str(error).splitlines()[-1]})") from error

    def __call__(self, received: NDArray[np.uint8], displayed: NDArray[np.uint8]) -> NDArray[np.uint8]:
        colour = received if received.ndim == 3 else np.repeat(received[..., None], 3, axis=2)
        batch = np.ascontiguousarray(colour.transpose(2, 0, 1)[None], dtype=np.float32) / np.float32(255.0)
        try:
            self._request.infer([batch])
        except RuntimeError as error:
            raise ModelError(f"{self._path}: fails on {received.shape[1]}x{received.shape[0]}") from error
        enlarged = self._request.get_output_tensor().data[0].transpose(1, 2, 0) * np.float32(255.0)
        if enlarged.shape[:2] != displayed.shape[:2]:
            raise ModelError(
                f"{self._path}: enlarges {received.shape[1]}x{received.shape[0]} to "
                f"{enlarged.shape[1]}x{enlarged.shape[0]}, expected {displayed.shape[1]}x{displayed.shape[0]}; "
                "it is made for another scale"
            )
        return round_to_uint8(enlarged if received.ndim == 3 else enlarged.mean(axis=2))


def method_names(models: Sequence[str]) -> dict[str, str]:
    """Return what to open by the name of its rows: the methods of `ALWAYS`, then the models asked for, each once.

    Args:
        models: shipped files' names, ONNX files' paths (their rows bear the file's name without suffix), or baselines.

    Raises:
        ModelError: two files of one name.
    """
    named = {name: name for name in ALWAYS}
    shipped = shipped_files()
    for model in models:
        path = shipped.get(model, Path(model))
        name, source = (path.stem, str(path)) if path.suffix == ".onnx" else (model, model)
        if model == "identity" or model in ALWAYS:
            continue
        if name in named and Path(named[name]).resolve() != Path(source).resolve():
            raise ModelError(f"models: {named[name]} and {source} would both be called {name!r}; rename a file")
        named.setdefault(name, source)
    return named


def open_method(name: str, source: str, threads: int) -> Method:
    """Open a method.

    Args:
        name: of its rows.
        source: `ALWAYS`' names, or an ONNX file's path: with a card an Acutance model, without one a network that
            enlarges the received RGB picture (a teacher).
        threads: of the CPU.

    Raises:
        ModelError: there is no such model, or it does not open.
        CardError: the card does not fit.
    """
    if source == LANCZOS:
        return Lanczos()
    if source in ALWAYS:
        baseline = "identity" if source == BICUBIC else source
        return Sharpening(name, _settings(baseline), Sharpener.load(baseline))
    path = Path(source)
    if path.is_file() and card_text(path, CARD_KEY) is None:
        return EnlargingNetwork(name, hashlib.sha256(path.read_bytes()).hexdigest(), path, threads)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ScaleWarning)  # which scales a model meets is the benchmark's business
        sharpener = Sharpener.load(source, threads=threads)
    assert sharpener.card is not None
    return Sharpening(name, sharpener.card.weights_sha256, sharpener)


def _settings(baseline: str) -> str:
    """Return a baseline's settings, which are its constructor's defaults."""
    parameters = inspect.signature(BASELINES[baseline]).parameters.values()
    return f"baseline:{baseline}({', '.join(f'{one.name}={one.default}' for one in parameters)})"
