"""How good a student is on the pictures held out."""

import math

import torch

from acutance.lab.models import Student
from acutance.lab.samples import PlanePair

_BORDER = 2


@torch.no_grad()
def validate(student: Student, pairs: list[PlanePair]) -> float:
    """Return the mean luma PSNR in dB over whole pictures: f32, clipped, unrounded, without a border of 2 pixels."""
    parameter = next(student.parameters())
    unshuffle = student.shape.unshuffle
    figures = []
    for pair in pairs:
        height, width = (side - side % unshuffle for side in pair.clean.shape)
        displayed, clean = (
            torch.from_numpy(plane[:height, :width]).to(parameter.device).float()[None, None] / 255
            for plane in (pair.displayed, pair.clean)
        )
        error = (student(displayed).clamp(0.0, 1.0) - clean)[..., _BORDER:-_BORDER, _BORDER:-_BORDER]
        figures.append(-10 * math.log10(max(error.square().mean().item(), 1e-10)))
    return sum(figures) / len(figures)
