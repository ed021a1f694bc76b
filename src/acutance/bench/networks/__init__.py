"""Networks to be timed with random weights: shapes, graphs, and the machine's limit."""

from acutance.bench.networks.graphs import PRECISIONS, TimedNetwork, compile_shape
from acutance.bench.networks.limit import LIMITS, limit_chain
from acutance.bench.networks.shapes import RIVALS, Convolution, Shape, parse_shape

__all__ = [
    "LIMITS",
    "PRECISIONS",
    "RIVALS",
    "Convolution",
    "Shape",
    "TimedNetwork",
    "compile_shape",
    "limit_chain",
    "parse_shape",
]
