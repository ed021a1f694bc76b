"""Perceptual distance: how far apart two pictures are in the features of a network that has seen many."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from acutance.image.planes import FULL_SPAN, STUDIO_BLACK, STUDIO_SPAN
from acutance.lab.losses.lesson import Lesson

FeaturesOf = Callable[[Tensor], Sequence[Tensor]]
"""Features of N×3×H×W RGB pictures, 0..1, at some points."""


class FeatureDistance:
    """The mean absolute difference of features of the student's and of the clean picture.

    Johnson et al., "Perceptual Losses for Real-Time Style Transfer and Super-Resolution", ECCV 2016; L1 as in Wang et
    al., "ESRGAN", ECCVW 2018. Each point's distance is divided by the mean activation there on a reference batch, so
    that points and networks whose activations differ by orders of magnitude weigh alike.
    """

    def __init__(self, features_of: FeaturesOf, reference: Tensor) -> None:
        """Measure the activations.

        Args:
            features_of: of a network whose weights do not learn.
            reference: N×1×H×W luma; every process and a resumed run give the same.
        """
        self._features_of = features_of
        self._scales = mean_activations(features_of, grey_rgb(reference))

    def __call__(self, output: Tensor, lesson: Lesson) -> Tensor:
        with torch.no_grad():
            expected = self._features_of(grey_rgb(lesson.clean))
        seen = self._features_of(grey_rgb(output))
        distances = [
            (one - other).abs().mean(dtype=torch.float32) / scale
            for one, other, scale in zip(seen, expected, self._scales, strict=True)
        ]
        return torch.stack(distances).mean()


@torch.no_grad()
def mean_activations(features_of: FeaturesOf, rgb: Tensor) -> list[Tensor]:
    """Return the mean magnitude of the features of pictures at each point."""
    return [features.abs().mean(dtype=torch.float32) for features in features_of(rgb)]


def grey_rgb(luma: Tensor) -> Tensor:
    """Return studio-range luma / 255 (N×1×H×W, 16/255 is black) as grey full-range RGB (N×3×H×W, 0..1), not clipped."""
    return ((luma * FULL_SPAN - STUDIO_BLACK) / STUDIO_SPAN).expand(-1, 3, -1, -1)
