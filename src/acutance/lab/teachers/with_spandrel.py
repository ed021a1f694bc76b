"""Any other network that spandrel recognises (the extra ``spandrel``, which brings torchvision)."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Self

from torch import Tensor

from acutance.lab.models import EnlargingNetwork, WeightsError


class SpandrelNetwork(EnlargingNetwork):
    """A network as spandrel describes it; it has no named points."""

    def __init__(self, descriptor: Any) -> None:
        super().__init__()
        self.scale = descriptor.scale
        self.smallest_side = max(1, descriptor.size_requirements.minimum)
        self.model = descriptor.model  # registered, so that it moves with the teacher
        self._descriptor = descriptor  # pads to what the model takes, and crops and clips what it gives

    @classmethod
    def shaped_like(cls, weights: Mapping[str, Tensor]) -> Self:
        raise KeyError("spandrel reads files, not tensors")

    def stages(self, rgb: Tensor) -> Iterator[tuple[str, Tensor]]:
        return iter(())

    def forward(self, rgb: Tensor) -> Tensor:
        enlarged: Tensor = self._descriptor(rgb)
        return enlarged


def load_with_spandrel(path: Path, refusal: WeightsError) -> SpandrelNetwork:
    """Return what spandrel makes of a weights file, for inference.

    Args:
        path: the file.
        refusal: why none of our own networks took it.

    Raises:
        WeightsError: spandrel is not installed, does not start, does not know the file, or it is no RGB network.
    """
    try:
        spandrel = import_module("spandrel")
    except (ImportError, RuntimeError) as error:  # torchvision built for another torch raises RuntimeError
        raise WeightsError(
            f"{refusal}; for other networks: pip install 'acutance[spandrel]' (spandrel: {error})"
        ) from refusal
    try:
        descriptor = spandrel.ModelLoader().load_from_file(path)
    except (spandrel.UnsupportedModelError, OSError, RuntimeError, ValueError) as error:
        raise WeightsError(f"{refusal}; spandrel does not know it either ({error})") from error
    if not isinstance(descriptor, spandrel.ImageModelDescriptor) or descriptor.input_channels != 3:
        raise WeightsError(f"weights {path}: spandrel finds {descriptor.architecture.name}, expected an RGB network")
    descriptor.eval()
    return SpandrelNetwork(descriptor).requires_grad_(False)
