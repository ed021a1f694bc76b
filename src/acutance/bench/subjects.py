"""What is timed at one displayed size, each thing as a call that does one frame."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import cycle

import av
import numpy as np
import openvino as ov
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from acutance.bench.networks import RIVALS, Shape, TimedNetwork, compile_shape, limit_chain
from acutance.bench.plan import Plan, Student
from acutance.bench.results import Kind, Latency, Row, Stage
from acutance.image.unshuffle import shuffle
from acutance.runtime import Card, Sharpener
from acutance.runtime.backends.compiling import read_model
from acutance.runtime.backends.expert import places
from acutance.runtime.backends.int8 import int8_grid
from acutance.video.frame import RESIZING

LARGEST_WHOLE = 2560 * 1600
"""Pixels: larger planes go through students in tiles, so that no network sees the whole of them."""

_PLANES = 3  # no frame is like the one before, in no part: nothing can be spared
_LIMIT_GMAC = 4.0  # small chains are repeated: one run alone would find the caches full of what ran before

Size = tuple[int, int]
"""(width, height) of the displayed frame."""


@dataclass(frozen=True)
class Subject:
    """One thing to be timed; the fields are those of `acutance.bench.results.Row`."""

    stage: Stage
    kind: Kind
    name: str
    runs_as: str
    precision: str
    run: Callable[[], object]
    gmac: float | None = None
    executed: dict[str, int] = field(default_factory=dict)

    def row(self, size: Size, milliseconds: list[float]) -> Row:
        """Return its row."""
        latency = Latency.of(milliseconds)
        return Row(
            stage=self.stage,
            kind=self.kind,
            name=self.name,
            width=size[0],
            height=size[1],
            runs_as=self.runs_as,
            precision=self.precision,
            executed=self.executed,
            gmac=self.gmac,
            latency=latency,
            frames_per_second=round(1000.0 / latency.p50, 3),
        )


def baseline_subjects(size: Size, plan: Plan) -> list[Subject]:
    """Return swscale's bicubic enlarging the luma from half the size, the unsharp mask, and CAS."""
    width, height = size
    received = [av.VideoFrame.from_ndarray(plane, format="gray") for plane in _noise(*_half(size))]
    frames, reformatter = cycle(received), VideoReformatter()

    def resize() -> object:
        return reformatter.reformat(
            next(frames), width, height, format="gray", interpolation=RESIZING, threads=plan.threads
        )

    return [
        Subject("frame", "baseline", "resize", "swscale on cpu", "integer", resize),
        *(_frame_path(Sharpener.load(name), "baseline", size) for name in ("unsharp", "cas")),
    ]


def student_subjects(student: Student, size: Size, plan: Plan) -> list[Subject]:
    """Return a student's frame path and, where OpenVINO runs it on a whole frame, its network alone."""
    frame = _frame_path(student.sharpener, "student", size)
    card = student.sharpener.card
    if card is None or not plan.openvino_device or size[0] * size[1] > LARGEST_WHOLE:
        return [frame]
    model = read_model(student.file, places(card)[0] if card.conditions else None)
    _fix_size(model, size, card)
    network = TimedNetwork(model, plan.openvino_device, student.precision, plan.threads)
    alone = Subject(
        stage="network",
        kind="student",
        name=frame.name,
        runs_as=frame.runs_as,
        precision=frame.precision,
        run=network.infer,
        gmac=frame.gmac,
        executed=network.executed,
    )
    return [alone, frame]


def network_subjects(shape: Shape, precision: str, size: Size, plan: Plan) -> list[Subject]:
    """Return the network of a shape with random weights; of a rival also its frame path, from the received plane."""
    network = compile_shape(shape, size, device=plan.openvino_device, precision=precision, threads=plan.threads)
    alone = Subject(
        stage="network",
        kind="rival" if shape.name in RIVALS else "student",
        name=shape.name,
        runs_as=f"OpenVINO on {plan.device}",
        precision=precision,
        run=network.infer,
        gmac=shape.mac_per_pixel * size[0] * size[1] / 1e9,
        executed=network.executed,
    )
    if alone.kind != "rival":
        return [alone]
    planes = cycle(_noise(*shape.grid(size)))

    def enlarge() -> object:
        network.input[0, 0] = next(planes)
        network.infer()
        rows, columns, _ = network.output.shape[1:]
        enlarged = np.empty((rows * shape.step, columns * shape.step), np.uint8)
        shuffle(network.output[0], shape.step, enlarged)
        return enlarged

    return [alone, replace(alone, stage="frame", run=enlarge)]


def limit_subject(chain_of: tuple[int, int, int], precision: str, plan: Plan) -> Subject:
    """Return a chain of square convolutions: of so many channels, over a grid so wide and so high."""
    channels, *grid = chain_of
    chain = limit_chain(channels)
    network = compile_shape(
        chain, (grid[0], grid[1]), device=plan.openvino_device, precision=precision, threads=plan.threads
    )
    gmac = chain.mac_per_pixel * grid[0] * grid[1] / 1e9
    times = max(1, round(_LIMIT_GMAC / gmac))

    def run() -> None:
        for _ in range(times):
            network.infer()

    return Subject(
        stage="network",
        kind="limit",
        name=f"{channels} channels on {grid[0]}x{grid[1]}",
        runs_as=f"OpenVINO on {plan.device}",
        precision=precision,
        run=run,
        gmac=times * gmac,
        executed=network.executed,
    )


def _frame_path(sharpener: Sharpener, kind: Kind, size: Size) -> Subject:
    info, card = sharpener.info, sharpener.card
    planes = cycle(_noise(*reversed(size)))
    return Subject(
        stage="frame",
        kind=kind,
        name=sharpener.name,
        runs_as=f"{info.backend} on {info.device}",
        precision=info.precision,
        run=lambda: sharpener.luma(next(planes)),
        gmac=None if card is None else card.mac_per_pixel * size[0] * size[1] / 1e9,
    )


def _fix_size(model: ov.Model, size: Size, card: Card) -> None:
    """Give a student's graph the size of frames; its ends are N×1×H×W, or of int8 models N×H/r×W/r×r²."""
    unshuffle = card.architecture.unshuffle
    is_int8 = card.precision == "int8"
    multiple = int8_grid(unshuffle) if is_int8 else unshuffle
    width, height = (-(-side // multiple) * multiple for side in size)
    model.reshape([1, height // unshuffle, width // unshuffle, unshuffle**2] if is_int8 else [1, 1, height, width])


def _noise(height: int, width: int) -> list[NDArray[np.uint8]]:
    draw = np.random.default_rng(2)
    return [draw.integers(16, 236, (height, width), dtype=np.uint8) for _ in range(_PLANES)]


def _half(size: Size) -> tuple[int, int]:
    """Return (height, width) of the received plane."""
    return -(-size[1] // 2), -(-size[0] // 2)
