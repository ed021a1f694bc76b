"""The luma of pictures that a network makes."""

import torch
from torch import Tensor

from acutance.image.planes import FULL_SPAN, STUDIO_BLACK, STUDIO_SPAN, Matrix


def studio_luma(rgb: Tensor) -> Tensor:
    """Return studio-range luma / 255 (BT.601; N×1×H×W) of full-range RGB (N×3×H×W, 0..1), not clipped."""
    grey = torch.einsum("nchw,c->nhw", rgb, rgb.new_tensor(Matrix.BT601.value))
    return ((STUDIO_BLACK + STUDIO_SPAN * grey) / FULL_SPAN)[:, None]
