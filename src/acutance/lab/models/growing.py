"""A larger student that begins as a smaller one: what was learnt in a cheap chain is kept in a dear one."""

from collections.abc import Mapping

import torch
from torch import Tensor

from acutance.lab.models.student import Student, StudentShape


def can_grow(smaller: StudentShape, shape: StudentShape) -> bool:
    """Whether `grow` makes a student of one shape from one of another."""
    coarser, rest = divmod(shape.unshuffle, smaller.unshuffle)
    return (
        rest == 0
        and smaller.expansion == shape.expansion == 0
        and smaller.channels * coarser**2 <= shape.channels
        and smaller.convolutions <= shape.convolutions
    )


@torch.no_grad()
def grow(weights: Mapping[str, Tensor], smaller: StudentShape, shape: StudentShape) -> dict[str, Tensor]:
    """Return the weights of a larger student that computes what the smaller one does.

    In the manner of Chen et al., "Net2Net" (ICLR 2016), but new channels are drawn as in a new student, not copied:
    nothing reads them yet, and what they become is learnt. New convolutions stand before the last one and are
    identities, which a ReLU leaves alone as its input has passed one. Where the larger student's unshuffle factor is
    k times the smaller one's, k×k places of a feature map become k² channels: the same few weights serve them all at
    first, which a student of the larger factor would have to learn for each place from nothing.

    Args:
        weights: a student's, of the shape `smaller`.
        smaller: `can_grow` holds for it and `shape`.
        shape: of the student that is returned.
    """
    coarser = shape.unshuffle // smaller.unshuffle
    grown = Student(shape).state_dict()
    for index in range(shape.convolutions):
        is_last = index == shape.convolutions - 1
        was = smaller.convolutions - 1 if is_last else index
        kernel, bias = grown[f"chain.{index}.weight"], grown[f"chain.{index}.bias"]
        old_out = len(bias) if is_last else smaller.channels * coarser**2
        kernel[:old_out] = 0.0
        bias[:old_out] = 0.0
        if is_last or index < smaller.convolutions - 1:
            first, last = (smaller.unshuffle if is_end else None for is_end in (index == 0, is_last))
            old, old_bias = _coarsen(
                weights[f"chain.{was}.weight"], weights[f"chain.{was}.bias"], coarser, pixels_in=first, pixels_out=last
            )
            kernel[:old_out, : old.shape[1]] = old
            bias[:old_out] = old_bias
    return grown


def _coarsen(
    kernel: Tensor, bias: Tensor, factor: int, *, pixels_in: int | None, pixels_out: int | None
) -> tuple[Tensor, Tensor]:
    """Return the 3×3 convolution that computes the same on maps whose factor×factor places are channels.

    Args:
        kernel: out×in×3×3.
        bias: out.
        factor: how many places a channel is cut into, in each direction.
        pixels_in: the unshuffle factor whose channels go in; None for features.
        pixels_out: likewise of those that come out.
    """
    outs, ins = _places(kernel.shape[0], factor, pixels_out), _places(kernel.shape[1], factor, pixels_in)
    coarse = kernel.new_zeros(kernel.shape[0] * factor**2, kernel.shape[1] * factor**2, 3, 3)
    for row in range(factor):
        for column in range(factor):
            for tap_row in range(3):
                for tap_column in range(3):
                    coarse_row, from_row = divmod(row + tap_row - 1, factor)
                    coarse_column, from_column = divmod(column + tap_column - 1, factor)
                    taps = coarse[:, :, coarse_row + 1, coarse_column + 1]
                    taps[outs[row, column][:, None], ins[from_row, from_column]] = kernel[:, :, tap_row, tap_column]
    coarse_bias = bias.new_zeros(len(coarse))
    coarse_bias[outs.reshape(factor**2, -1)] = bias
    return coarse, coarse_bias


def _places(channels: int, factor: int, unshuffle: int | None) -> Tensor:
    """Return, for each of factor×factor places, the channels in which each of a number of channels then lies.

    Pixels keep the order of a pixel unshuffle by the product of both factors; features may lie in any.
    """
    if unshuffle is None:
        return torch.arange(channels * factor**2).reshape(factor, factor, channels)
    rows_then_columns = torch.arange(channels * factor**2).reshape(factor, unshuffle, factor, unshuffle)
    return rows_then_columns.permute(0, 2, 1, 3).reshape(factor, factor, channels)
