"""How close a shown picture is to the clean one: PSNR and SSIM, edges, readable characters."""

from acutance.metrics.edges import EdgeFigures, Edges, find_edges
from acutance.metrics.fidelity import Fidelity, MetricError, check_size, fidelity

__all__ = ["EdgeFigures", "Edges", "Fidelity", "MetricError", "check_size", "fidelity", "find_edges"]
