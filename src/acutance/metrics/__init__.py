"""How close a shown picture or clip is to the clean one: PSNR and SSIM, edges, characters, flicker, warping error."""

from acutance.metrics.edges import EdgeFigures, Edges, find_edges
from acutance.metrics.fidelity import Fidelity, MetricError, check_size, fidelity, plane_psnr, plane_ssim
from acutance.metrics.flicker import Flicker, find_still, flicker
from acutance.metrics.warping import Warp, find_warps, warping_error

__all__ = [
    "EdgeFigures",
    "Edges",
    "Fidelity",
    "Flicker",
    "MetricError",
    "Warp",
    "check_size",
    "fidelity",
    "find_edges",
    "find_still",
    "find_warps",
    "flicker",
    "plane_psnr",
    "plane_ssim",
    "warping_error",
]
