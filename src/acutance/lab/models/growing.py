"""A wider or longer student that begins as a smaller one: what was learnt in a cheap chain is kept in a dear one."""

from collections.abc import Mapping

import torch
from torch import Tensor

from acutance.lab.models.student import Student, StudentShape


def can_grow(smaller: StudentShape, shape: StudentShape) -> bool:
    """Whether `grow` makes a student of one shape from one of another."""
    return (
        smaller.unshuffle == shape.unshuffle
        and smaller.expansion == shape.expansion == 0
        and smaller.channels <= shape.channels
        and smaller.convolutions <= shape.convolutions
    )


@torch.no_grad()
def grow(weights: Mapping[str, Tensor], smaller: StudentShape, shape: StudentShape) -> dict[str, Tensor]:
    """Return the weights of a larger student that computes what the smaller one does.

    In the manner of Chen et al., "Net2Net" (ICLR 2016), but new channels are drawn as in a new student, not copied:
    nothing reads them yet, and what they become is learnt. New convolutions stand before the last one and are
    identities, which a ReLU leaves alone as its input has passed one.

    Args:
        weights: a student's, of the shape `smaller`.
        smaller: `can_grow` holds for it and `shape`.
        shape: of the student that is returned.
    """
    grown = Student(shape).state_dict()
    for index in range(shape.convolutions):
        is_last = index == shape.convolutions - 1
        was = smaller.convolutions - 1 if is_last else index
        kernel, bias = grown[f"chain.{index}.weight"], grown[f"chain.{index}.bias"]
        old_out = len(bias) if is_last else smaller.channels
        kernel[:old_out] = 0.0
        bias[:old_out] = 0.0
        if is_last or index < smaller.convolutions - 1:
            old = weights[f"chain.{was}.weight"]
            kernel[:old_out, : old.shape[1]] = old
            bias[:old_out] = weights[f"chain.{was}.bias"]
    return grown
