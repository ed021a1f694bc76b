"""Training crops: whole planes in memory, every crop of a step gathered at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from acutance.lab.losses import Lesson

_DIHEDRAL = 8  # the flips and transpositions of a square


class TrainingDataError(ValueError):
    """Training pictures that cannot be used."""


@dataclass(frozen=True)
class PlanePair:
    """A training picture: studio-range luma, uint8, but for what is received.

    Attributes:
        displayed: H×W.
        clean: H×W.
        taught: what the teacher makes of the received picture, H×W; None where no term needs it.
        received: h×w×3 RGB, full range, h×w = H/scale × W/scale; None where nothing needs it.
        before: the frame before, all planes as large; None where the picture is not one of a call.
    """

    displayed: NDArray[np.uint8]
    clean: NDArray[np.uint8]
    taught: NDArray[np.uint8] | None = None
    received: NDArray[np.uint8] | None = None
    before: "PlanePair | None" = None


class CropSampler:
    """Draws aligned random crops, all of a step's pixels in one gather a plane.

    Crops start at multiples of `phase` (the least common multiple of scale and unshuffle factor), so that the student
    always meets the received grid in the same place; flips and transpositions of an even crop keep that place.
    Of two frames one place is drawn: half of a step's crops are of the later frames, then come the frames before them.
    Every start is equally likely over the whole set. What step n draws depends on seed and n alone, so that a resumed
    run draws what the uninterrupted one would have, on any device: only the few random numbers come from the CPU.
    """

    def __init__(self, pairs: list[PlanePair], *, crop: int, phase: int, seed: int, device: torch.device) -> None:
        usable = [pair for pair in pairs if min(pair.clean.shape) >= crop]
        if not usable:
            raise TrainingDataError(
                f"no training picture is as large as a crop of {crop}x{crop}; choose a smaller data.crop"
            )
        self._phase = phase
        self._seed = seed
        before = [pair.before for pair in usable if pair.before is not None]
        self._frames = [_Planes(pairs, device) for pairs in (usable, before) if len(pairs) == len(usable)]
        self._device = device
        shapes = torch.tensor([pair.clean.shape for pair in usable], dtype=torch.int64)
        self._grid = _Grid(shapes, crop, Fraction(1), device)
        self._received_grid = None
        if usable[0].received is not None:
            shrunk = Fraction(usable[0].received.shape[0], usable[0].clean.shape[0])
            self._received_grid = _Grid(shapes, crop, shrunk, device)
        starts = (shapes - crop) // phase + 1
        last_start = torch.cumsum(starts.prod(dim=1), 0)
        self._how_many_starts = int(last_start[-1])
        self._columns = starts[:, 1].to(device)
        self._first_start = (last_start - starts.prod(dim=1)).to(device)
        self._last_start = last_start.to(device)

    def draw(self, step: int, batch: int, rank: int = 0, world: int = 1) -> Lesson:
        """Return this process's share of a step's crops, N×1×crop×crop float32 / 255 a plane.

        Args:
            step: which step.
            batch: crops over all processes; `world` divides it, twice as many where there are two frames.
            rank: this process's number.
            world: how many processes there are.
        """
        generator = torch.Generator().manual_seed(self._seed * 1_000_003 + step)
        places = batch // len(self._frames)
        chosen = torch.randint(self._how_many_starts, (places,), generator=generator)
        turns = torch.randint(_DIHEDRAL, (places,), generator=generator)
        share = slice(rank * places // world, (rank + 1) * places // world)
        chosen, turns = _send(torch.stack([chosen[share], turns[share]]), self._device)

        picture = torch.searchsorted(self._last_start, chosen, right=True)
        within = chosen - self._first_start[picture]
        top = within // self._columns[picture] * self._phase
        left = within % self._columns[picture] * self._phase
        index = self._grid.index(picture, top, left, turns)
        received = None if self._received_grid is None else self._received_grid.index(picture, top, left, turns)
        return Lesson(
            displayed=_gather([frame.displayed for frame in self._frames], index),
            clean=_gather([frame.clean for frame in self._frames], index),
            taught=_gather_all([frame.taught for frame in self._frames], index),
            received=None if received is None else _gather_rgb([frame.received for frame in self._frames], received),
        )


def whole(pair: PlanePair, multiple: int, device: torch.device) -> Lesson:
    """Return a whole picture, cut at the right and at the bottom to sides of a multiple."""
    height, width = (side - side % multiple for side in pair.clean.shape)
    displayed, clean = (
        torch.from_numpy(plane[:height, :width]).to(device).float()[None, None] / 255
        for plane in (pair.displayed, pair.clean)
    )
    received = None
    if pair.received is not None:
        shrunk = Fraction(pair.received.shape[0], pair.clean.shape[0])
        pixels = pair.received[: int(height * shrunk), : int(width * shrunk)]
        received = torch.from_numpy(pixels).to(device).movedim(-1, 0).float()[None] / 255
    return Lesson(displayed, clean, received=received)


class _Planes:
    """The pictures' planes, one after another."""

    def __init__(self, pairs: Sequence[PlanePair], device: torch.device) -> None:
        self.displayed = _flatten([pair.displayed for pair in pairs], device)
        self.clean = _flatten([pair.clean for pair in pairs], device)
        self.taught = _flatten_all([pair.taught for pair in pairs], device)
        rgb = [pair.received.reshape(-1, 3) for pair in pairs if pair.received is not None]
        self.received = torch.from_numpy(np.concatenate(rgb)).to(device) if len(rgb) == len(pairs) else None


class _Grid:
    """Where the pixels of a crop lie in flat planes of one size relative to the displayed ones."""

    def __init__(self, shapes: Tensor, crop: int, ratio: Fraction, device: torch.device) -> None:
        shapes = shapes * ratio.numerator // ratio.denominator
        sizes = shapes.prod(dim=1)
        self._ratio = ratio
        self._first = (torch.cumsum(sizes, 0) - sizes).to(device)
        self._width = shapes[:, 1].to(device)
        self._along = torch.arange(int(crop * ratio), device=device)

    def index(self, picture: Tensor, top: Tensor, left: Tensor, turns: Tensor) -> Tensor:
        """Return N×side×side places, for crops whose corners are given in displayed pixels."""
        top, left = (start * self._ratio.numerator // self._ratio.denominator for start in (top, left))
        width = self._width[picture]
        along = self._along.expand(len(picture), -1)
        rows = torch.where((turns & 1).bool()[:, None], along.flip(1), along)
        cols = torch.where((turns & 2).bool()[:, None], along.flip(1), along)
        offsets = rows[:, :, None] * width[:, None, None] + cols[:, None, :]
        offsets = torch.where((turns & 4).bool()[:, None, None], offsets.transpose(1, 2), offsets)
        return (self._first[picture] + top * width + left)[:, None, None] + offsets


def _send(tensor: Tensor, device: torch.device) -> Tensor:
    """Copy to the device without waiting for what it is busy with, which a GPU allows from pinned memory only."""
    return (tensor.pin_memory() if device.type == "cuda" else tensor).to(device, non_blocking=True)


def _gather(frames: Sequence[Tensor], index: Tensor) -> Tensor:
    return torch.cat([torch.take(plane, index) for plane in frames]).unsqueeze(1).to(torch.float32) / 255


def _gather_all(frames: Sequence[Tensor | None], index: Tensor) -> Tensor | None:
    present = [plane for plane in frames if plane is not None]
    return _gather(present, index) if len(present) == len(frames) else None


def _gather_rgb(frames: Sequence[Tensor | None], index: Tensor) -> Tensor | None:
    present = [pixels for pixels in frames if pixels is not None]
    if len(present) < len(frames):
        return None
    return torch.cat([pixels[index] for pixels in present]).movedim(-1, 1).to(torch.float32) / 255


def _flatten(planes: list[NDArray[np.uint8]], device: torch.device) -> Tensor:
    return torch.from_numpy(np.concatenate([plane.ravel() for plane in planes])).to(device)


def _flatten_all(planes: list[NDArray[np.uint8] | None], device: torch.device) -> Tensor | None:
    present = [plane for plane in planes if plane is not None]
    return _flatten(present, device) if len(present) == len(planes) else None
