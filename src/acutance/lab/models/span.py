"""SPAN, a quick teacher: six blocks of plain 3×3 convolutions whose own output weighs them."""

from collections.abc import Iterator, Mapping
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from acutance.lab.models.network import EnlargingNetwork, count_numbered, shuffle_factor

_MEAN = (0.4488, 0.4371, 0.4040)  # of R, G and B over the pictures that it was trained on
_SPAN = 255.0


class Span(EnlargingNetwork):
    """Wan et al., "Swift Parameter-free Attention Network", CVPRW 2024, with its training branches folded.

    Named points: ``head``, ``block1`` … ``block6``, and ``inner``, the last block's first activation.
    """

    def __init__(self, channels: int, blocks: int, scale: int) -> None:
        super().__init__()
        self.scale = scale
        self.head = nn.Conv2d(3, channels, 3, padding=1)
        self.blocks = nn.ModuleList(_Block(channels) for _ in range(blocks))
        self.tail = nn.Conv2d(channels, channels, 3, padding=1)
        self.merge = nn.Conv2d(4 * channels, channels, 1)
        self.up = nn.Conv2d(channels, 3 * scale**2, 3, padding=1)
        self.mean = nn.Buffer(torch.tensor(_MEAN)[:, None, None], persistent=False)

    @classmethod
    def shaped_like(cls, weights: Mapping[str, Tensor]) -> Self:
        return cls(
            channels=len(weights["head.weight"]),
            blocks=count_numbered(weights, "blocks.", ".c1.weight"),
            scale=shuffle_factor(weights["up.weight"]),
        )

    def stages(self, rgb: Tensor) -> Iterator[tuple[str, Tensor]]:
        features = self.head((rgb - self.mean) * _SPAN)
        yield "head", features
        inner = features
        for number, block in enumerate(self.blocks, start=1):
            features, inner = block(features)
            yield f"block{number}", features
        yield "inner", inner

    def forward(self, rgb: Tensor) -> Tensor:
        (_, head), (_, first), *_, (_, last), (_, inner) = self.stages(rgb)
        merged = self.merge(torch.cat([head, self.tail(last), first, inner], dim=1))
        return functional.pixel_shuffle(self.up(merged), self.scale)


class _Block(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.c1, self.c2, self.c3 = (nn.Conv2d(channels, channels, 3, padding=1) for _ in range(3))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return the block's output and its first activation."""
        inner = functional.silu(self.c1(features))
        out = self.c3(functional.silu(self.c2(inner)))
        return (out + features) * (torch.sigmoid(out) - 0.5), inner
