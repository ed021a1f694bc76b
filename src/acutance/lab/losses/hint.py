"""Feature distillation: the student's hidden features are drawn to the teacher's through a 1×1 adapter."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from acutance.lab.losses.lesson import Lesson
from acutance.lab.losses.perceptual import FeaturesOf, grey_rgb, mean_activations
from acutance.lab.models import Student
from acutance.lab.models.luma import studio_luma


class Hint(nn.Module):
    """The mean absolute difference of the teacher's features and the student's, as a learnt 1×1 convolution maps them.

    Romero et al., "FitNets: Hints for Thin Deep Nets", ICLR 2015, with L1. The teacher sees the received picture in
    grey, as the student knows no colours; its features are divided by their mean magnitude on a reference batch. Where
    the two differ in size (the unshuffle factor is not the scale), the student's are averaged or repeated to the
    teacher's.
    """

    def __init__(self, features_of: FeaturesOf, student: Student, reference: Tensor) -> None:
        """Make the adapter.

        Args:
            features_of: of the teacher, at one point.
            student: its last hidden features are taken.
            reference: N×3×h×w received pictures; every process and a resumed run give the same.
        """
        super().__init__()
        with torch.no_grad():
            (features,) = features_of(grey_rgb(studio_luma(reference[:1])))
        (scale,) = mean_activations(features_of, grey_rgb(studio_luma(reference)))
        self.adapter = nn.Conv2d(student.shape.channels, features.shape[1], 1)
        self._features_of = features_of
        self._scale = scale

    def forward(self, hidden: Tensor, received: Tensor) -> Tensor:
        """Return the distance, for hidden features N×C×… and received pictures, N×3×h×w."""
        with torch.no_grad():
            (expected,) = self._features_of(grey_rgb(studio_luma(received)))
        seen = functional.interpolate(self.adapter(hidden), size=expected.shape[-2:], mode="area")
        return (seen - expected / self._scale).abs().mean(dtype=torch.float32)


class HintTerm:
    """The distance as a term: it keeps what goes into the student's last convolution at every forward pass."""

    def __init__(self, hint: nn.Module, student: Student) -> None:
        """Watch the student.

        Args:
            hint: a `Hint`, as it is or wrapped for its device and processes.
            student: whose output the term is given.
        """
        self._hint = hint
        self._hidden: Tensor | None = None
        student.foldables()[-1].register_forward_pre_hook(self._keep)

    def __call__(self, output: Tensor, lesson: Lesson) -> Tensor:
        distance: Tensor = self._hint(self._hidden, lesson.received)
        return distance

    def _keep(self, module: nn.Module, inputs: tuple[Tensor]) -> None:
        (self._hidden,) = inputs
