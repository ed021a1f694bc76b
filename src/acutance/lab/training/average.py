"""The moving average of what is trained."""

import copy
from typing import Generic, TypeVar

import torch
from torch import nn

Module = TypeVar("Module", bound=nn.Module)


class WeightAverage(Generic[Module]):
    """An exponential moving average of weights (Polyak and Juditsky, SIAM J. Control Optim. 30(4), 1992).

    The decay rises with the steps, (1 + n) / (10 + n) until it reaches its setting, so that the start is forgotten.
    """

    def __init__(self, learner: Module, decay: float) -> None:
        self.learner = copy.deepcopy(learner).requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def update(self, learner: Module, step: int) -> None:
        """Take in the weights after a step."""
        decay = min(self._decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(list(self.learner.parameters()), list(learner.parameters()), 1 - decay)
