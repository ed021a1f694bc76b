"""A 3×3 convolution that is over-parameterised in training and plain afterwards."""

import torch
from torch import Tensor, nn
from torch.nn import functional

_BESIDE_IDENTITY = 0.3  # He's gain is for a kernel alone: beside an identity it doubles the variance at every layer


class FoldableConvolution(nn.Module):
    """A zero-padded 3×3 convolution whose kernel is the sum of a 3×3, an expanded branch and an identity.

    The branches are added as *kernels*, at every step, so that training costs one convolution whatever the branches
    (Zhang et al., "Edge-oriented convolution block", ACM MM 2021, for the expanded branch: 1×1 to a wider space, then
    3×3; Ding et al., "RepVGG", CVPR 2021, for the identity). The fold is exact at borders too, as there is no inner
    picture to pad.
    """

    def __init__(self, fan_in: int, fan_out: int, *, expansion: int, identity: bool, gain: float) -> None:
        super().__init__()
        if identity and fan_in != fan_out:
            raise ValueError(f"an identity needs as many channels out as in, got {fan_in} and {fan_out}")
        self.weight = nn.Parameter(torch.empty(fan_out, fan_in, 3, 3))
        self.bias = nn.Parameter(torch.zeros(fan_out))
        nn.init.kaiming_normal_(self.weight, nonlinearity="relu")
        with torch.no_grad():
            self.weight.mul_(gain * _BESIDE_IDENTITY if identity else gain)
        self.widen: nn.Parameter | None = None
        self.spread: nn.Parameter | None = None
        if expansion:
            self.widen = nn.Parameter(torch.empty(fan_out * expansion, fan_in))
            self.spread = nn.Parameter(torch.empty(fan_out, fan_out * expansion, 3, 3))
            nn.init.kaiming_normal_(self.widen, nonlinearity="linear")
            nn.init.kaiming_normal_(self.spread, nonlinearity="relu")
            with torch.no_grad():
                self.spread.mul_(0.1 * gain)  # the branch starts small, so that the sum starts as He's
        self.identity = identity

    def kernel(self) -> tuple[Tensor, Tensor]:
        """Return the one kernel (out×in×3×3) and bias (out) that this convolution amounts to."""
        weight: Tensor = self.weight
        if self.widen is not None and self.spread is not None:
            weight = weight + torch.einsum("omyx,mi->oiyx", self.spread, self.widen)
        if self.identity:
            eye = torch.eye(weight.shape[0], dtype=weight.dtype, device=weight.device)
            weight = weight + functional.pad(eye[..., None, None], (1, 1, 1, 1))
        return weight, self.bias

    def forward(self, features: Tensor) -> Tensor:
        """Convolve N×in×H×W to N×out×H×W."""
        weight, bias = self.kernel()
        return functional.conv2d(features, weight, bias, padding=1)
