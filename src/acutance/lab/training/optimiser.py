"""What turns gradients into steps."""

from collections.abc import Iterable

import torch
from torch import nn

from acutance.lab.training.tables import OptimiserTable

_SOAP_BETAS = (0.95, 0.95)  # its paper's: the second moment lives in a basis that turns, and must follow it


def open_optimiser(weights: Iterable[nn.Parameter], table: OptimiserTable) -> torch.optim.Optimizer:
    """Return the recipe's optimiser.

    ``adam``: Kingma and Ba, ICLR 2015. ``soap``: Vyas et al., "SOAP: Improving and stabilizing Shampoo using Adam",
    ICLR 2025: Adam in the eigenbasis of Shampoo's preconditioner, one small matrix for each axis of a kernel. A
    student's chain is so badly conditioned, and its kernels are so small, that this needs a fraction of Adam's steps
    at nearly Adam's time a step (``docs/experiments/optimiser.md``).
    """
    if table.method == "adam":
        return torch.optim.Adam(weights, lr=table.learning_rate)
    from pytorch_optimizer import SOAP  # seconds to import, for all the optimisers that it holds

    return SOAP(weights, lr=table.learning_rate, betas=_SOAP_BETAS, weight_decay=0.0)
