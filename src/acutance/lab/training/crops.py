"""Training crops: whole planes in memory, every crop of a step gathered at once."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_DIHEDRAL = 8  # the flips and transpositions of a square


@dataclass(frozen=True)
class PlanePair:
    """A training picture: displayed and clean studio-range luma, H×W uint8 each."""

    displayed: NDArray[np.uint8]
    clean: NDArray[np.uint8]


class CropSampler:
    """Draws aligned random crops, all of a step's pixels in one gather.

    Crops start at multiples of `phase` (the least common multiple of scale and unshuffle factor), so that the student
    always meets the received grid in the same place; flips and transpositions of an even crop keep that place.
    Every start is equally likely over the whole set. What step n draws depends on seed and n alone, so that a resumed
    run draws what the uninterrupted one would have.
    """

    def __init__(self, pairs: list[PlanePair], *, crop: int, phase: int, seed: int, device: torch.device) -> None:
        usable = [pair for pair in pairs if min(pair.clean.shape) >= crop]
        if not usable:
            raise ValueError(f"no training picture is as large as a crop of {crop}x{crop}")
        self._crop = crop
        self._phase = phase
        self._seed = seed
        self._displayed = _flatten([pair.displayed for pair in usable], device)
        self._clean = _flatten([pair.clean for pair in usable], device)
        shapes = torch.tensor([pair.clean.shape for pair in usable], dtype=torch.int64)
        sizes = shapes.prod(dim=1)
        self._first = torch.cumsum(sizes, 0) - sizes
        self._width = shapes[:, 1]
        self._starts = (shapes - crop) // phase + 1
        self._last_start = torch.cumsum(self._starts.prod(dim=1), 0)

    def draw(self, step: int, batch: int, rank: int = 0, world: int = 1) -> tuple[Tensor, Tensor]:
        """Return this process's share of a step: displayed and clean, N×1×crop×crop float32 / 255 each.

        Args:
            step: which step.
            batch: crops over all processes; `world` divides it.
            rank: this process's number.
            world: how many processes there are.
        """
        generator = torch.Generator().manual_seed(self._seed * 1_000_003 + step)
        chosen = torch.randint(int(self._last_start[-1]), (batch,), generator=generator)
        turns = torch.randint(_DIHEDRAL, (batch,), generator=generator)
        share = slice(rank * batch // world, (rank + 1) * batch // world)
        index = self._pixels(chosen[share], turns[share]).to(self._clean.device)
        displayed, clean = (
            torch.take(plane, index).unsqueeze(1).to(torch.float32) / 255 for plane in (self._displayed, self._clean)
        )
        return displayed, clean

    def _pixels(self, chosen: Tensor, turns: Tensor) -> Tensor:
        """Return where in the flat planes each pixel of each crop lies, N×crop×crop."""
        picture = torch.searchsorted(self._last_start, chosen, right=True)
        within = chosen - (self._last_start - self._starts.prod(dim=1))[picture]
        columns = self._starts[picture, 1]
        top = within // columns * self._phase
        left = within % columns * self._phase
        width = self._width[picture]

        along = torch.arange(self._crop).expand(len(chosen), -1)
        rows = torch.where((turns & 1).bool()[:, None], self._crop - 1 - along, along)
        cols = torch.where((turns & 2).bool()[:, None], self._crop - 1 - along, along)
        offsets = rows[:, :, None] * width[:, None, None] + cols[:, None, :]
        offsets = torch.where((turns & 4).bool()[:, None, None], offsets.transpose(1, 2), offsets)
        return (self._first[picture] + top * width + left)[:, None, None] + offsets


def _flatten(planes: list[NDArray[np.uint8]], device: torch.device) -> Tensor:
    return torch.from_numpy(np.concatenate([plane.ravel() for plane in planes])).to(device)
