"""The student: a short chain of 3×3 convolutions on unshuffled luma, with a residual in the picture."""

from itertools import pairwise
from typing import ClassVar

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.nn import functional

from acutance.lab.models.convolution import FoldableConvolution


class StudentShape(BaseModel):
    """What a student is built like.

    Attributes:
        unshuffle: the factor r by which pixels become channels (r² channels at 1/r of the size).
        channels: the width of the chain; multiples of 16 use a processor's vectors fully.
        convolutions: the length of the chain, the first and the last convolution included.
        expansion: the width factor of a re-parameterised branch beside each 3×3 kernel, 0 for none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    unshuffle: int = Field(default=2, ge=1, le=8)
    channels: int = Field(default=32, ge=1, le=512)
    convolutions: int = Field(default=4, ge=2, le=64)
    expansion: int = Field(default=0, ge=0, le=8)

    @property
    def mac_per_pixel(self) -> float:
        """Multiply-accumulates per displayed pixel, after folding."""
        pixels = self.unshuffle**2
        ends = 2 * pixels * self.channels
        body = (self.convolutions - 2) * self.channels**2
        return 9 * (ends + body) / pixels

    @property
    def parameters(self) -> int:
        """Weights and biases after folding."""
        weights = self.mac_per_pixel * self.unshuffle**2
        return round(weights) + (self.convolutions - 1) * self.channels + self.unshuffle**2

    @property
    def margin(self) -> int:
        """How far, in displayed pixels, an output pixel can see in each direction."""
        return (self.convolutions + 1) * self.unshuffle


class Student(nn.Module):
    """Luma in, luma out: ``x + shuffle(chain(unshuffle(x − centre)))``.

    Every convolution between the first and the last carries an identity (a residual block of one convolution, which
    folds into its kernel). No batch normalisation: it costs a chain this short 0.3 dB and more
    (``docs/experiments/batch_normalisation.md``), as it costs deep ones (Lim et al., "EDSR", CVPRW 2017).

    Attributes:
        centre: taken from the input, so that zero padding is mid-grey and not black.
        sees_received: whether it is shown what is received; it is shown what is displayed.
    """

    centre: ClassVar[float] = 0.5
    sees_received: ClassVar[bool] = False
    _convolution: ClassVar[type[FoldableConvolution]] = FoldableConvolution

    def __init__(self, shape: StudentShape) -> None:
        super().__init__()
        self.shape = shape
        pixels = shape.unshuffle**2
        widths = [pixels, *[shape.channels] * (shape.convolutions - 1), pixels]
        self.chain = nn.ModuleList(
            self._convolution(
                fan_in,
                fan_out,
                expansion=shape.expansion,
                identity=0 < index < shape.convolutions - 1,
                gain=0.1 if index == shape.convolutions - 1 else 1.0,
            )
            for index, (fan_in, fan_out) in enumerate(pairwise(widths))
        )

    @property
    def multiple(self) -> int:
        """Sides of pictures must be a multiple of it."""
        return self.shape.unshuffle

    def forward(self, luma: Tensor) -> Tensor:
        """Sharpen studio-range luma / 255.

        Args:
            luma: N×1×H×W, H and W multiples of the unshuffle factor.

        Returns:
            N×1×H×W, not clipped.
        """
        features = functional.pixel_unshuffle(luma - self.centre, self.shape.unshuffle)
        for index, convolution in enumerate(self.chain):
            features = convolution(features)
            if index < self.shape.convolutions - 1:
                features = self._activate(features, index)
        return luma + functional.pixel_shuffle(features, self.shape.unshuffle)

    def _activate(self, features: Tensor, index: int) -> Tensor:
        """Return what the next convolution gets of convolution 0, 1, …'s output."""
        return functional.relu(features)

    @torch.no_grad()
    def folded(self) -> list[tuple[Tensor, Tensor]]:
        """Return (kernel, bias) of each plain 3×3 convolution that the chain amounts to."""
        return [
            (kernel.detach().clone(), bias.detach().clone())
            for kernel, bias in (convolution.kernel() for convolution in self.foldables())
        ]

    def foldables(self) -> list[FoldableConvolution]:
        """Return the convolutions of the chain, first to last."""
        return [module for module in self.chain if isinstance(module, FoldableConvolution)]
