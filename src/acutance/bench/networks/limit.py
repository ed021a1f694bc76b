"""The machine's limit: the most multiply-accumulates a second that the runtime's own convolutions reach here."""

from acutance.bench.networks.shapes import Convolution, Shape

_DEPTH = 6
LIMITS = ((64, 128, 128), (64, 480, 135), (128, 240, 68))
"""The chains that are tried, as (channels, width, height): one stays in the caches, the others do not."""


def limit_chain(channels: int) -> Shape:
    """Return six square convolutions, from so many channels to as many."""
    return Shape(f"{channels} channels", 1, (Convolution(channels, channels),) * _DEPTH, residual=False)
