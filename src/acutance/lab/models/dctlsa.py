"""DCTLSA, the strongest teacher at hand: densely connected groups of linear attention in windows."""

from collections.abc import Iterator, Mapping
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from acutance.lab.models.network import EnlargingNetwork, shuffle_factor

_GROUPS = 6
_HEADS = 5
_WINDOW = 16
_SLOPE = 0.05


class Dctlsa(EnlargingNetwork):
    """Zeng et al., "Densely Connected Transformer With Linear Self-Attention", IEEE TIM 2023.

    Module names are those of the published checkpoint. Batch normalisation runs on its stored statistics: call
    ``eval()``.

    Named points: ``head``, ``group1`` … ``group6``.
    """

    smallest_side = 9  # reflection fills at most the side less one, up to a multiple of 16

    def __init__(self, channels: int, hidden: int, scale: int) -> None:
        super().__init__()
        self.scale = scale
        self.fea_conv = nn.Conv2d(3, channels, 3, padding=1)
        for number in range(1, _GROUPS + 1):
            self.add_module(f"B{number}", _Group(channels, hidden))
        for number in range(1, _GROUPS):
            self.add_module(f"c{number}", _squeeze((number + 1) * channels, channels))
        self.c = _squeeze(_GROUPS * channels, channels)
        self.LR_conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.upsampler = nn.Sequential(nn.Conv2d(channels, 3 * scale**2, 3, padding=1), nn.PixelShuffle(scale))

    @classmethod
    def shaped_like(cls, weights: Mapping[str, Tensor]) -> Self:
        return cls(
            channels=len(weights["fea_conv.weight"]),
            hidden=len(weights["B1.body.0.transformer_body.0.blocks.0.mlp.fc1.weight"]),
            scale=shuffle_factor(weights["upsampler.0.weight"]),
        )

    def stages(self, rgb: Tensor) -> Iterator[tuple[str, Tensor]]:
        known = [self.fea_conv(rgb)]
        yield "head", known[0]
        for number in range(1, _GROUPS + 1):
            squeezed = known[0] if number == 1 else self.get_submodule(f"c{number - 1}")(torch.cat(known, dim=1))
            known.append(self.get_submodule(f"B{number}")(squeezed))
            yield f"group{number}", known[-1]

    def forward(self, rgb: Tensor) -> Tensor:
        head, *groups = (features for _, features in self.stages(rgb))
        enlarged: Tensor = self.upsampler(self.LR_conv(self.c(torch.cat(groups, dim=1))) + head)
        return enlarged


def _squeeze(fan_in: int, fan_out: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(fan_in, fan_out, 1), nn.LeakyReLU(_SLOPE))


class _Group(nn.Module):
    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.body = nn.Sequential(*(_Body(channels, hidden) for _ in range(2)))

    def forward(self, features: Tensor) -> Tensor:
        grouped: Tensor = self.body(features)
        return grouped


class _Body(nn.Module):
    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.transformer_body = nn.Sequential(_Stage(channels, hidden))

    def forward(self, features: Tensor) -> Tensor:
        staged: Tensor = self.transformer_body(features)
        return staged


class _Stage(nn.Module):
    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.patch_embed = _Normalisation(channels)
        self.blocks = nn.ModuleList(_Block(channels, hidden, shift) for shift in (0, _WINDOW // 2))

    def forward(self, features: Tensor) -> Tensor:
        height, width = features.shape[-2:]
        features = functional.pad(features, (0, -width % _WINDOW, 0, -height % _WINDOW), mode="reflect")
        features = self.patch_embed(features)
        for block in self.blocks:
            features = block(features)
        return features[..., :height, :width]


class _Normalisation(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)

    def forward(self, features: Tensor) -> Tensor:
        normalised: Tensor = self.norm(features.movedim(1, -1)).movedim(-1, 1)
        return normalised


class _Block(nn.Module):
    def __init__(self, channels: int, hidden: int, shift: int) -> None:
        super().__init__()
        self._shift = shift
        self.attn = _LinearAttention(channels)
        self.mlp = _FeedForward(channels, hidden)

    def forward(self, features: Tensor) -> Tensor:
        rolled = torch.roll(features, (-self._shift, -self._shift), dims=(2, 3)) if self._shift else features
        attended = self.attn(rolled)
        if self._shift:
            attended = torch.roll(attended, (self._shift, self._shift), dims=(2, 3))
        fed: Tensor = attended + self.mlp(attended)
        return fed


class _LinearAttention(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.local = _Local(channels)
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj = nn.Linear(channels, channels)

    def forward(self, features: Tensor) -> Tensor:
        local = features + self.local(features)
        batch, channels, height, width = local.shape
        each = channels // _HEADS
        rows, columns = height // _WINDOW, width // _WINDOW
        # To (windows, 3, heads, positions, channels of a head).
        windows = self.qkv(local.movedim(1, -1)).reshape(batch, rows, _WINDOW, columns, _WINDOW, 3, _HEADS, each)
        windows = windows.permute(0, 1, 3, 5, 6, 2, 4, 7).reshape(-1, 3, _HEADS, _WINDOW**2, each)
        query, key, value = windows.unbind(dim=1)
        summary = key.softmax(dim=-2).transpose(-1, -2) @ value
        mixed = (query * each**-0.5) @ summary
        mixed = mixed.reshape(batch, rows, columns, _HEADS, _WINDOW, _WINDOW, each)
        mixed = mixed.permute(0, 1, 4, 2, 5, 3, 6).reshape(batch, height, width, channels)
        attended: Tensor = local + self.proj(mixed).movedim(-1, 1)
        return attended


class _Local(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.pointwise_prenorm_0 = nn.BatchNorm2d(channels)
        self.pointwise_conv_0 = nn.Conv2d(channels, channels, 1, bias=False)
        self.depthwise_conv = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.pointwise_prenorm_1 = nn.BatchNorm2d(channels)
        self.pointwise_conv_1 = nn.Conv2d(channels, channels, 1, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        spread = self.depthwise_conv(self.pointwise_conv_0(self.pointwise_prenorm_0(features)))
        local: Tensor = self.pointwise_conv_1(self.pointwise_prenorm_1(spread))
        return local


class _FeedForward(nn.Module):
    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(channels, hidden)
        self.fc2 = nn.Linear(hidden, channels)

    def forward(self, features: Tensor) -> Tensor:
        fed: Tensor = self.fc2(functional.gelu(self.fc1(features.movedim(1, -1)))).movedim(-1, 1)
        return fed
