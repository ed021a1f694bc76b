"""How good what is trained is on the pictures held out."""

import math

import torch

from acutance.lab.losses import Lesson
from acutance.lab.models import Student
from acutance.lab.samples import PlanePair, whole
from acutance.lab.teachers import TunedNetwork

_BORDER = 2

Learner = Student | TunedNetwork
"""What can be trained."""


def look(learner: Learner, lesson: Lesson) -> torch.Tensor:
    """Return what a learner sees of a lesson."""
    if not learner.sees_received:
        return lesson.displayed
    assert lesson.received is not None
    return lesson.received


@torch.no_grad()
def validate(learner: Learner, pairs: list[PlanePair]) -> float:
    """Return the mean luma PSNR in dB over whole pictures: f32, clipped, unrounded, without a border of 2 pixels."""
    device = next(learner.parameters()).device
    figures = []
    for pair in pairs:
        lesson = whole(pair, learner.multiple, device)
        error = (learner(look(learner, lesson)).clamp(0.0, 1.0) - lesson.clean)[..., _BORDER:-_BORDER, _BORDER:-_BORDER]
        figures.append(-10 * math.log10(max(error.square().mean().item(), 1e-10)))
    return sum(figures) / len(figures)
