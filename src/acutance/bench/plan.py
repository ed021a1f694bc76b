"""What to measure, and the models of it opened."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from acutance.bench.networks import Shape
from acutance.runtime import Sharpener
from acutance.runtime.models import OPENVINO_DEVICES, shipped_files

_FULL_HD = 1920 * 1080

Advance = Callable[[str], None]
"""Told what is being timed, again and again."""


@dataclass(frozen=True)
class Plan:
    """What to measure.

    Attributes:
        models: shipped models' names, or ONNX files.
        shapes: networks with random weights; where there are any, only they are timed, and the limit.
        sizes: (width, height) of displayed frames.
        device: one of `acutance.runtime.models.DEVICES`.
        precisions: as `acutance.Sharpener.load` takes them; each model is timed in each.
        threads: the same for all.
        frames: how many at most of each thing and size.
        seconds: how long at most a size.
        clip_seconds: how long the clips are; 0 leaves out clips and processes of their own.
        limit: whether to time the machine's fastest convolutions between the frames of each size.
    """

    models: tuple[str, ...]
    shapes: tuple[Shape, ...]
    sizes: tuple[tuple[int, int], ...]
    device: str
    precisions: tuple[str, ...]
    threads: int
    frames: int
    seconds: float
    clip_seconds: float
    limit: bool

    @property
    def main_size(self) -> tuple[int, int]:
        """The size nearest to 1920×1080: that of the clips, and at which rivals' precisions are chosen."""
        return min(self.sizes, key=lambda size: abs(size[0] * size[1] - _FULL_HD))

    @property
    def openvino_device(self) -> str:
        """OpenVINO's name of the device, empty where it is not OpenVINO's."""
        return OPENVINO_DEVICES.get(self.device, "")


@dataclass(frozen=True)
class Student:
    """A model that was opened.

    Attributes:
        asked: the name or path that it was opened by.
        file: what it runs from.
    """

    sharpener: Sharpener
    asked: str
    file: Path

    @property
    def precision(self) -> str:
        """That in which it runs."""
        return self.sharpener.info.precision


def open_students(plan: Plan) -> list[Student]:
    """Open each model in each precision; where two precisions turn out to be the same, once.

    Raises:
        ModelError: a model does not open, or there is no such device or precision.
        CardError: a model's card cannot be used.
    """
    found: dict[tuple[str, str], Student] = {}
    for asked in plan.models:
        for precision in plan.precisions:
            # Told everything, a bank runs one expert on every frame.
            sharpener = Sharpener.load(
                asked, 2.0, device=plan.device, precision=precision, threads=plan.threads, codec="none"
            )
            runs_in = sharpener.info.precision
            found.setdefault((asked, runs_in), Student(sharpener, asked, _file(asked, runs_in)))
    return list(found.values())


def _file(asked: str, precision: str) -> Path:
    name = f"{asked}.int8" if precision == "int8" else asked
    return shipped_files().get(name, Path(asked))
