"""The contract of a teacher: the received picture in, the picture at display size out, features at named points."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from acutance.image.planes import FULL_SPAN
from acutance.image.resize import scaled_size
from acutance.lab.models import Backbone, EnlargingNetwork
from acutance.lab.models.luma import studio_luma


class TeacherError(ValueError):
    """A teacher that cannot do what is asked of it."""


@dataclass(frozen=True)
class Member:
    """One network of a teacher, and its share in the average."""

    network: EnlargingNetwork
    share: float


class Teacher(Backbone):
    """One network or the average of several, for one display scale.

    A network made for a larger scale serves a smaller one: its picture is shrunk to the display size by antialiased
    bicubic (Keys' kernel with a = −0.5, as `acutance.image.resize` has it; near borders the two differ, as torch cuts
    the kernel off there and does not mirror). So a ×2 network teaches scales from 1 to 2, a ×3 network up to 3.

    Attributes:
        name: of its networks, joined by ``+``.
        sha256: of the weights files, shares and flips.
        scale: displayed size over received size.
    """

    def __init__(self, name: str, sha256: str, members: Sequence[Member], *, flips: bool, scale: Fraction) -> None:
        """Join networks.

        Args:
            name: for people.
            sha256: identifies what comes out.
            members: the networks; shares need not add up to 1.
            flips: whether to average over the four flips too (Timofte et al., "Seven ways to improve example-based
                single image super resolution", CVPR 2016), at four times the cost.
            scale: displayed size over received size.

        Raises:
            TeacherError: a network is made for a smaller scale.
        """
        super().__init__()
        for member in members:
            if member.network.scale < scale:
                raise TeacherError(
                    f"teacher {name}: is made for x{member.network.scale}, expected x{scale} or more; choose one that "
                    "enlarges as far as the degradation shrinks"
                )
        self.name = name
        self.sha256 = sha256
        self.scale = scale
        self._flips: tuple[tuple[int, ...], ...] = ((), (-1,), (-2,), (-2, -1)) if flips else ((),)
        self._networks = nn.ModuleList(member.network for member in members)
        total = sum(member.share for member in members)
        self._shares = [member.share / total for member in members]

    @property
    def first(self) -> EnlargingNetwork:
        """The first of its networks."""
        return next(self._each())

    @property
    def smallest_side(self) -> int:
        """Of a received picture."""
        return max(network.smallest_side for network in self._each())

    def forward(self, received: Tensor) -> Tensor:
        """Return the pictures at display size: N×3×h×w to N×3×H×W, RGB 0..1, not clipped."""
        total = received.new_zeros(())
        for network, share in zip(self._each(), self._shares, strict=True):
            for flip in self._flips:
                shown = network(received.flip(flip)).flip(flip) if flip else network(received)
                if network.scale != self.scale:
                    size = [scaled_size(side, self.scale) for side in received.shape[-2:]]
                    shown = functional.interpolate(shown, size=size, mode="bicubic", antialias=True)
                total = total + share / len(self._flips) * shown
        return total

    def stages(self, rgb: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Yield name and features of each named point of the first network, for RGB of any size."""
        yield from self.first.stages(rgb)

    @torch.no_grad()
    def luma(self, received: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the unrounded studio-range luma (BT.601, 16..235) of the picture that it makes of a received one.

        Args:
            received: h×w×3 RGB, or h×w grey; uint8.

        Raises:
            TeacherError: the picture is smaller than its networks take.
        """
        if min(received.shape[:2]) < self.smallest_side:
            raise TeacherError(
                f"teacher {self.name}: got a received picture of {received.shape[1]}x{received.shape[0]}, expected at "
                f"least {self.smallest_side} pixels a side"
            )
        rgb = torch.from_numpy(np.array(np.broadcast_to(np.atleast_3d(received), (*received.shape[:2], 3))))
        parameter = next(self.parameters(), torch.empty(0))
        shown = self(rgb.to(parameter.device).movedim(-1, 0)[None].float() / FULL_SPAN).clamp(0.0, 1.0)
        plane: NDArray[np.float32] = (studio_luma(shown)[0, 0] * FULL_SPAN).cpu().numpy()
        return plane

    def _each(self) -> Iterator[EnlargingNetwork]:
        return (network for network in self._networks if isinstance(network, EnlargingNetwork))
