"""What pre-trained networks have in common: features at named points; a scale, where they enlarge."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Self

from torch import Tensor, nn


class Backbone(nn.Module, ABC):
    """A network of RGB pictures (N×3×h×w, 0..1) with features at named points."""

    @abstractmethod
    def stages(self, rgb: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Yield name and features (N×C×…) of each named point, shallow to deep, each computed when asked for."""

    def features(self, rgb: Tensor, points: Sequence[str]) -> list[Tensor]:
        """Return the features at some named points, in the order asked for; nothing beyond the deepest is computed.

        Raises:
            KeyError: the network has no such point.
        """
        missing, found = set(points), {}
        for name, features in self.stages(rgb):
            if name in missing:
                found[name] = features
                missing.remove(name)
            if not missing:
                break
        return [found[point] for point in points]


class EnlargingNetwork(Backbone):
    """RGB in, RGB out at `scale` times the size: N×3×h×w to N×3×sh×sw, 0..1, not clipped.

    Attributes:
        scale: the factor.
        smallest_side: of a picture that it takes, in received pixels.
    """

    scale: int
    smallest_side: int = 1

    @classmethod
    @abstractmethod
    def shaped_like(cls, weights: Mapping[str, Tensor]) -> Self:
        """Return a network, untrained, of the widths, depth and scale that these weights have.

        Raises:
            KeyError: they are another architecture's.
        """

    @abstractmethod
    def forward(self, rgb: Tensor) -> Tensor:
        """Enlarge a batch of pictures of one size."""


def count_numbered(weights: Mapping[str, Tensor], before: str, after: str) -> int:
    """Return how many of the keys ``{before}0{after}``, ``{before}1{after}``, … there are in a row."""
    number = 0
    while f"{before}{number}{after}" in weights:
        number += 1
    return number


def shuffle_factor(kernel: Tensor) -> int:
    """Return the factor of a pixel shuffle to RGB, from the kernel of the convolution before it."""
    return math.isqrt(len(kernel) // 3)
