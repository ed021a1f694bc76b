"""A pre-trained network that is trained on, for what it was not made for: a teacher for calls."""

from fractions import Fraction
from typing import ClassVar

import torch
from torch import Tensor, nn

from acutance.image.planes import FULL_SPAN, STUDIO_BLACK, STUDIO_SPAN, Matrix
from acutance.lab.models import EnlargingNetwork
from acutance.lab.teachers.opening import TeacherChoice, open_teacher
from acutance.lab.teachers.teacher import Teacher


class TunedNetwork(nn.Module):
    """The received picture in, as a teacher gets it, and the luma of what it makes of it out, as a student gives it.

    It learns from the same crops by the same objective as a student; its colours go where its luma takes them.

    Attributes:
        sees_received: it does, where a student sees what is displayed.
        multiple: sides of clean pictures must be a multiple of it.
    """

    sees_received: ClassVar[bool] = True

    def __init__(self, weights: str, scale: Fraction) -> None:
        """Open the network.

        Args:
            weights: where it begins, by a path or a name in `acutance.lab.models.weights.weights_home`.
            scale: displayed size over received size.

        Raises:
            WeightsError: weights cannot be found or do not fit.
            TeacherError: the network does not enlarge that far.
        """
        super().__init__()
        self.teacher: Teacher = open_teacher(TeacherChoice(weights=(weights,)), scale).requires_grad_(True)
        self.multiple = scale.numerator
        self._luma = nn.Buffer(torch.tensor(Matrix.BT601.value), persistent=False)

    def forward(self, received: Tensor) -> Tensor:
        """Return studio-range luma / 255, N×1×H×W, not clipped, for full-range RGB N×3×h×w, 0..1."""
        grey = torch.einsum("nchw,c->nhw", self.teacher(received), self._luma)[:, None]
        return (STUDIO_BLACK + STUDIO_SPAN * grey) / FULL_SPAN

    @property
    def network(self) -> EnlargingNetwork:
        """The network itself, whose weights make a teacher."""
        return self.teacher.first
