"""The moving average of a student's weights."""

import copy

import torch

from acutance.lab.models import Student


class WeightAverage:
    """An exponential moving average of weights (Polyak and Juditsky, SIAM J. Control Optim. 30(4), 1992).

    The decay rises with the steps, (1 + n) / (10 + n) until it reaches its setting, so that the start is forgotten.
    """

    def __init__(self, student: Student, decay: float) -> None:
        self.student = copy.deepcopy(student).requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def update(self, student: Student, step: int) -> None:
        """Take in the weights after a step."""
        decay = min(self._decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(list(self.student.parameters()), list(student.parameters()), 1 - decay)
