"""A pre-trained network that is trained on, for what it was not made for: a teacher for calls."""

from fractions import Fraction
from typing import ClassVar

from torch import Tensor, nn

from acutance.lab.models import EnlargingNetwork
from acutance.lab.models.luma import studio_luma
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

    def forward(self, received: Tensor) -> Tensor:
        """Return studio-range luma / 255, N×1×H×W, not clipped, for full-range RGB N×3×h×w, 0..1."""
        return studio_luma(self.teacher(received))

    @property
    def network(self) -> EnlargingNetwork:
        """The network itself, whose weights make a teacher."""
        return self.teacher.first
