"""SMFANet and SMFANet+: a local branch beside a gate that looks at the whole picture."""

from collections.abc import Iterator, Mapping
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from acutance.lab.models.network import EnlargingNetwork, count_numbered, shuffle_factor

_CELL = 8  # the gate's grid: one cell for so many pixels a side
_LARGEST_WINDOW = 15  # of a side of 15, which is one cell; longer sides have smaller ones


class SmfaNet(EnlargingNetwork):
    """Zheng et al., "SMFANet: A Lightweight Self-Modulation Feature Aggregation Network", ECCV 2024.

    What it makes of a pixel depends on the whole picture (the variance and the pooled gate), so that a crop's result is
    not a crop of the result. Module names are those of the published checkpoints.

    Named points: ``head``, ``block1``, ``block2`` and so on.
    """

    smallest_side = _CELL

    def __init__(self, channels: int, blocks: int, hidden: int, convolved: int, scale: int) -> None:
        super().__init__()
        self.scale = scale
        self.to_feat = nn.Conv2d(3, channels, 3, padding=1)
        self.feats = nn.ModuleList(_Block(channels, hidden, convolved) for _ in range(blocks))
        self.to_img = nn.Sequential(nn.Conv2d(channels, 3 * scale**2, 3, padding=1), nn.PixelShuffle(scale))

    @classmethod
    def shaped_like(cls, weights: Mapping[str, Tensor]) -> Self:
        return cls(
            channels=len(weights["to_feat.weight"]),
            blocks=count_numbered(weights, "feats.", ".smfa.alpha"),
            hidden=len(weights["feats.0.pcfn.conv_0.weight"]),
            convolved=len(weights["feats.0.pcfn.conv_1.weight"]),
            scale=shuffle_factor(weights["to_img.0.weight"]),
        )

    def stages(self, rgb: Tensor) -> Iterator[tuple[str, Tensor]]:
        features = self.to_feat(rgb)
        yield "head", features
        for number, block in enumerate(self.feats, start=1):
            features = block(features)
            yield f"block{number}", features

    def forward(self, rgb: Tensor) -> Tensor:
        (_, head), *_, (_, last) = self.stages(rgb)
        enlarged: Tensor = self.to_img(head + last)
        return enlarged


class _Block(nn.Module):
    def __init__(self, channels: int, hidden: int, convolved: int) -> None:
        super().__init__()
        self.smfa = _SelfModulation(channels)
        self.pcfn = _PartialFeedForward(channels, hidden, convolved)

    def forward(self, features: Tensor) -> Tensor:
        features = features + self.smfa(functional.normalize(features))
        modulated: Tensor = features + self.pcfn(functional.normalize(features))
        return modulated


class _SelfModulation(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.linear_0 = nn.Conv2d(channels, 2 * channels, 1)
        self.linear_1 = nn.Conv2d(channels, channels, 1)
        self.linear_2 = nn.Conv2d(channels, channels, 1)
        self.dw_conv = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.alpha = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.belt = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.lde = _LocalDetail(channels)

    def forward(self, features: Tensor) -> Tensor:
        height, width = features.shape[-2:]
        detail, spread = self.linear_0(features).chunk(2, dim=1)
        pooled = self.dw_conv(_pool(_pool(spread, 2), 3))
        variance = spread.var(dim=(2, 3), keepdim=True)
        gate = functional.gelu(self.linear_1(pooled * self.alpha + variance * self.belt))
        gated = spread * functional.interpolate(gate, size=(height, width), mode="nearest")
        mixed: Tensor = self.linear_2(gated + self.lde(detail))
        return mixed


class _LocalDetail(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv_0 = nn.Sequential(
            nn.Conv2d(channels, 2 * channels, 3, padding=1, groups=channels), nn.Conv2d(2 * channels, 2 * channels, 1)
        )
        self.conv_1 = nn.Conv2d(2 * channels, channels, 1)

    def forward(self, features: Tensor) -> Tensor:
        detail: Tensor = self.conv_1(functional.gelu(self.conv_0(features)))
        return detail


class _PartialFeedForward(nn.Module):
    def __init__(self, channels: int, hidden: int, convolved: int) -> None:
        super().__init__()
        self._parts = [convolved, hidden - convolved]
        self.conv_0 = nn.Conv2d(channels, hidden, 1)
        self.conv_1 = nn.Conv2d(convolved, convolved, 3, padding=1)
        self.conv_2 = nn.Conv2d(hidden, channels, 1)

    def forward(self, features: Tensor) -> Tensor:
        convolved, passed = torch.split(functional.gelu(self.conv_0(features)), self._parts, dim=1)
        fed: Tensor = self.conv_2(torch.cat([functional.gelu(self.conv_1(convolved)), passed], dim=1))
        return fed


def _pool(features: Tensor, dim: int) -> Tensor:
    """Return adaptive max pooling of a dimension to its cells: cell i of n covers ⌊iL/n⌋ to ⌈(i+1)L/n⌉ − 1.

    As torch's own, but written out in operations that ONNX has for any size.
    """
    length = features.shape[dim]
    cells = length // _CELL
    first = torch.arange(cells, device=features.device) * length // cells
    last = ((torch.arange(cells, device=features.device) + 1) * length + cells - 1) // cells - 1
    window = torch.minimum(first[:, None] + torch.arange(_LARGEST_WINDOW, device=features.device), last[:, None])
    gathered = features.index_select(dim, window.flatten())
    return torch.unflatten(gathered, dim, (cells, _LARGEST_WINDOW)).amax(dim + 1)
