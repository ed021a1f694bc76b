"""What is compared: ways to show a received picture or frame, each with a name and a hash of what it is."""

import hashlib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from acutance.degrade import PlanarFrame
from acutance.evaluate.networks import EnlargingNetwork
from acutance.evaluate.rows import BICUBIC, Told
from acutance.runtime import BackendInfo, Card, ModelError, Sharpener
from acutance.runtime.backends.baselines import BASELINES
from acutance.runtime.backends.fitness import card_text
from acutance.runtime.bank import UNCODED
from acutance.runtime.cards import CARD_KEY
from acutance.runtime.models import shipped_files

LANCZOS = "lanczos"
ALWAYS = (BICUBIC, LANCZOS, "unsharp", "cas")
"""The methods that stand beside every model."""
AUTO_SUFFIX = ".auto"
"""What the names of rows end with where a model with several conditions is told nothing."""


@dataclass(frozen=True)
class Stream:
    """What a receiver knows of what comes in.

    Attributes:
        scale: displayed size over received size.
        codec: FFmpeg's name of it, None where there is none.
        bits_per_pixel: of a coded frame, bits a received pixel; None without a codec.
    """

    scale: Fraction
    codec: str | None = None
    bits_per_pixel: float | None = None


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

    @property
    def told(self) -> Told | None:
        """Whether it is told of the stream, None where it does not ask."""
        ...

    @property
    def chose(self) -> str | None:
        """Which of several weights it took for the last frame, and why; None where it has no choice."""
        ...

    def serves(self, scale: Fraction) -> bool:
        """Say whether it is meant for pictures that are enlarged by this."""
        ...

    def begin(self, stream: Stream) -> None:
        """Begin with a stream: what was seen of others plays no part any more."""
        ...

    def __call__(self, received: NDArray[np.uint8], displayed: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the picture to show, of the displayed picture's shape.

        Args:
            received: h×w×3 RGB or h×w grey, uint8.
            displayed: the same enlarged by bicubic, H×W×3 or H×W.
        """
        ...

    def luma(self, received: PlanarFrame, displayed: PlanarFrame) -> NDArray[np.uint8]:
        """Return the luma plane to show of a clip's next frame, H×W uint8 in studio range."""
        ...


class Lanczos:
    """Enlarges by Lanczos with three lobes, as Pillow does it, instead of bicubic."""

    name = LANCZOS
    sha256 = "baseline:lanczos(lobes=3)"
    info = BackendInfo("Pillow Lanczos", "cpu", "integer")
    card = None
    told = None
    chose = None

    def serves(self, scale: Fraction) -> bool:
        return True

    def begin(self, stream: Stream) -> None:
        pass

    def __call__(self, received: NDArray[np.uint8], displayed: NDArray[np.uint8]) -> NDArray[np.uint8]:
        height, width = displayed.shape[:2]
        enlarged = Image.fromarray(received).resize((width, height), Image.Resampling.LANCZOS)
        return np.asarray(enlarged)

    def luma(self, received: PlanarFrame, displayed: PlanarFrame) -> NDArray[np.uint8]:
        return self(received.luma, displayed.luma)


@dataclass(frozen=True)
class Sharpening:
    """Sharpens the displayed picture, as a user would."""

    name: str
    sha256: str
    sharpener: Sharpener
    told: Told | None = None

    @property
    def info(self) -> BackendInfo:
        return self.sharpener.info

    @property
    def card(self) -> Card | None:
        return self.sharpener.card

    @property
    def chose(self) -> str | None:
        selection = self.sharpener.selection
        return None if selection is None else str(selection)

    def serves(self, scale: Fraction) -> bool:
        return True

    def begin(self, stream: Stream) -> None:
        if self.told is None:
            return
        if self.told == "known":
            codec = stream.codec or UNCODED
            self.sharpener.follow(scale=float(stream.scale), codec=codec, bits_per_pixel=stream.bits_per_pixel)
        self.sharpener.restart()

    def __call__(self, received: NDArray[np.uint8], displayed: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return self.sharpener(displayed)

    def luma(self, received: PlanarFrame, displayed: PlanarFrame) -> NDArray[np.uint8]:
        return self.sharpener.luma(displayed.luma)


def method_names(models: Sequence[str], always: Sequence[str] = ALWAYS) -> dict[str, str]:
    """Return what to open by the name of its rows: those that come along, then the models asked for, each once.

    Args:
        models: shipped files' names, ONNX files' paths (their rows bear the file's name without suffix), or baselines.
        always: those of `ALWAYS` that come along.

    Raises:
        ModelError: two files of one name.
    """
    named = {name: name for name in always}
    shipped = shipped_files()
    for model in models:
        path = shipped.get(model, Path(model))
        name, source = (path.stem, str(path)) if path.suffix == ".onnx" else (model, model)
        if model == "identity":
            continue
        if name in named and Path(named[name]).resolve() != Path(source).resolve():
            raise ModelError(f"models: {named[name]} and {source} would both be called {name!r}; rename a file")
        named.setdefault(name, source)
    return named


def open_method(name: str, source: str, threads: int) -> Method:
    """Open a method; one with several conditions is told of the stream.

    Args:
        name: of its rows.
        source: `ALWAYS`' names, or an ONNX file's path: with a card an Acutance model, without one a network that
            enlarges the received RGB picture (a teacher).
        threads: of the CPU.

    Raises:
        ModelError: there is no such model, or it does not open.
        CardError: the card does not fit.
    """
    return open_methods(name, source, threads, ("known",))[0]


def open_methods(name: str, source: str, threads: int, told: Sequence[Told]) -> list[Method]:
    """Open a method as `open_method` does; one with several conditions once for each way to be told of the stream.

    Args:
        name: of its rows; where it is told nothing they end with `AUTO_SUFFIX`.
        source: see `open_method`.
        threads: of the CPU.
        told: the ways, at least one.

    Raises:
        ModelError: there is no such model, or it does not open.
        CardError: the card does not fit.
    """
    if source == LANCZOS:
        return [Lanczos()]
    if source in ALWAYS:
        baseline = "identity" if source == BICUBIC else source
        return [Sharpening(name, _settings(baseline), Sharpener.load(baseline))]
    path = Path(source)
    if path.is_file() and card_text(path, CARD_KEY) is None:
        return [EnlargingNetwork(name, hashlib.sha256(path.read_bytes()).hexdigest(), path, threads)]
    first = Sharpener.load(source, threads=threads)
    card = first.card
    assert card is not None
    if not card.conditions:
        return [Sharpening(name, card.weights_sha256, first)]
    sharpeners = (first, *(Sharpener.load(source, threads=threads) for _ in told[1:]))
    return [
        Sharpening(name + AUTO_SUFFIX * (way == "auto"), card.weights_sha256, sharpener, way)
        for way, sharpener in zip(told, sharpeners, strict=True)
    ]


def _settings(baseline: str) -> str:
    """Return a baseline's settings, which are its constructor's defaults."""
    parameters = inspect.signature(BASELINES[baseline]).parameters.values()
    return f"baseline:{baseline}({', '.join(f'{one.name}={one.default}' for one in parameters)})"
