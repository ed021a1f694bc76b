"""The first layers of VGG-19, as a measure of how alike two pictures look."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal, Self

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.nn import functional

from acutance.lab.models.network import Backbone

_WIDTHS = (3, 64, 64, 128, 128, 256)
_NAMES = ("1_1", "1_2", "2_1", "2_2", "3_1")
_POOLED_BEFORE = ("2_1", "3_1")
_TORCHVISION = dict(zip(_NAMES, (0, 2, 5, 7, 10), strict=True))  # the numbers of the same layers in its file
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_DEVIATION = (0.229, 0.224, 0.225)


class VggChoice(BaseModel):
    """The network of the term ``vgg``.

    Attributes:
        weights: a file, or a name in `acutance.lab.models.weights.weights_home`.
        layers: the points whose features are compared.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    weights: str = "vgg19_relu3_1"
    layers: tuple[str, ...] = Field(default=("relu1_2", "relu2_2"), min_length=1)


class Vgg(Backbone):
    """Simonyan and Zisserman, "Very Deep Convolutional Networks", ICLR 2015, up to relu3_1; RGB 0..1 in.

    Takes two files: torchvision's published ``vgg19-dcbb9e9d.pth`` (zero padding, ImageNet's mean and deviation), and
    the variant whose channels are scaled to a mean activation of 1 (Gatys et al., "Image Style Transfer", CVPR 2016)
    with its input step folded into the first kernel (keys ``conv1_1.weight`` …; padded by reflection).

    Named points: ``relu1_1``, ``relu1_2``, ``relu2_1``, ``relu2_2``, ``relu3_1``.
    """

    def __init__(
        self, *, padding: Literal["zeros", "reflect"], mean: Sequence[float], deviation: Sequence[float]
    ) -> None:
        super().__init__()
        for name, (fan_in, fan_out) in zip(_NAMES, pairwise(_WIDTHS), strict=True):
            convolution = nn.Conv2d(fan_in, fan_out, 3, padding=1, padding_mode=padding)
            self.add_module(f"conv{name}", convolution)
        self.mean = nn.Buffer(torch.tensor(mean)[:, None, None], persistent=False)
        self.deviation = nn.Buffer(torch.tensor(deviation)[:, None, None], persistent=False)

    @classmethod
    def loaded(cls, weights: Mapping[str, Tensor]) -> Self:
        """Return the network with these weights, of either kind.

        Raises:
            KeyError: a layer is missing.
            RuntimeError: a layer has another shape.
        """
        if "features.0.weight" in weights:
            network = cls(padding="zeros", mean=_IMAGENET_MEAN, deviation=_IMAGENET_DEVIATION)
            prefixes = {name: f"features.{number}" for name, number in _TORCHVISION.items()}
        else:
            network = cls(padding="reflect", mean=(0.0,) * 3, deviation=(1.0,) * 3)
            prefixes = {name: f"conv{name}" for name in _NAMES}
        network.load_state_dict(
            {
                f"conv{name}.{kind}": weights[f"{prefix}.{kind}"]
                for name, prefix in prefixes.items()
                for kind in ("weight", "bias")
            }
        )
        return network.eval().requires_grad_(False)

    def stages(self, rgb: Tensor) -> Iterator[tuple[str, Tensor]]:
        features = (rgb - self.mean) / self.deviation
        for name in _NAMES:
            if name in _POOLED_BEFORE:
                features = functional.max_pool2d(features, 2, ceil_mode=True)
            features = functional.relu(self.get_submodule(f"conv{name}")(features))
            yield f"relu{name}", features
