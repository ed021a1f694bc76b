"""The student as it computes in int8: everything that a processor rounds is rounded in training too."""

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from acutance.lab.models import Student, StudentShape
from acutance.lab.models.convolution import FoldableConvolution

LARGEST_WEIGHT = 127
_LARGEST_ACTIVATION = 255
INPUT_CENTRE = 128

# Of the largest activation: what is tried as the largest that is not clipped.
_SHARES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5)
_SMALLEST_STEP = 1e-6


class QuantisedConvolution(FoldableConvolution):
    """A convolution whose kernel is rounded to int8: symmetric, −127..127, a step for each output channel."""

    def kernel(self) -> tuple[Tensor, Tensor]:
        """Return the one kernel (out×in×3×3), every value a multiple of its channel's step, and the bias (out).

        The gradient passes through the rounding as if there were none (Bengio et al., arXiv:1308.3432).
        """
        kernel, bias = super().kernel()
        steps = kernel_steps(kernel.detach())
        zeros = torch.zeros_like(steps, dtype=torch.int32)
        rounded = torch.fake_quantize_per_channel_affine(kernel, steps, zeros, 0, -LARGEST_WEIGHT, LARGEST_WEIGHT)
        return rounded, bias


class QuantisedStudent(Student):
    """A student with int8 kernels and uint8 activations; biases, and what a convolution sums up, are not rounded.

    The input is exact: code values, centred by one of them. An activation is rounded to a multiple of its tensor's
    step, which is learnt (Esser et al., "Learned step size quantization", ICLR 2020) as a logarithm, so that the
    optimiser moves it in proportion.
    """

    centre: ClassVar[float] = INPUT_CENTRE / 255
    _convolution: ClassVar[type[FoldableConvolution]] = QuantisedConvolution

    def __init__(self, shape: StudentShape) -> None:
        super().__init__(shape)
        self.log_steps = nn.Parameter(torch.zeros(shape.convolutions - 1))

    @torch.no_grad()
    def begin_as(self, weights: Mapping[str, Tensor], luma: Tensor) -> None:
        """Take over a student in f32 and choose each activation's step, of which the squared error is the least.

        Args:
            weights: the `Student`'s, of the same shape.
            luma: N×1×H×W pictures to calibrate on, studio-range luma / 255.
        """
        self.load_state_dict({**weights, "log_steps": self.log_steps})
        first = self.foldables()[0]
        kernel, _ = first.kernel()
        # Exact but at the borders, where zeros now stand for another grey, half a code value away.
        first.bias.add_(kernel.sum(dim=(1, 2, 3)), alpha=self.centre - Student.centre)
        features = functional.pixel_unshuffle(luma - self.centre, self.shape.unshuffle)
        for index, convolution in enumerate(self.foldables()[:-1]):
            features = convolution(features)
            self.log_steps[index] = best_step(features).log()
            features = self._activate(features, index)

    @torch.no_grad()
    def activation_steps(self) -> list[float]:
        """Return the step of what each convolution but the last gives, in order."""
        return [float(step) for step in self.log_steps.exp()]

    def _activate(self, features: Tensor, index: int) -> Tensor:
        return round_activations(features, self.log_steps[index].exp())


def kernel_steps(kernel: Tensor) -> Tensor:
    """Return each output channel's step (out): the largest weight of a kernel out×in×3×3 is 127 steps."""
    return (kernel.abs().amax(dim=(1, 2, 3)) / LARGEST_WEIGHT).clamp(min=_SMALLEST_STEP)


def round_activations(features: Tensor, step: Tensor) -> Tensor:
    """Return features rounded to 0, 1, …, 255 steps; what is negative becomes 0, as in a ReLU.

    The gradients are those of Esser et al.: the rounding is passed through, to the step too. Torch's own learnable
    rounding (``_fake_quantize_learnable_per_tensor_affine``) gives the same ones in more than twice the time.
    """
    scaled = (features / step).clamp(0, _LARGEST_ACTIVATION)
    return (scaled + (scaled.round() - scaled).detach()) * step


def best_step(features: Tensor) -> Tensor:
    """Return the step that loses the least in squares, as a scalar."""
    steps = [(share * features.amax() / _LARGEST_ACTIVATION).clamp(min=_SMALLEST_STEP) for share in _SHARES]
    exact = functional.relu(features)
    return min(steps, key=lambda step: float((round_activations(features, step) - exact).square().mean()))
