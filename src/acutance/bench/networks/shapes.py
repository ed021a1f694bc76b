"""What networks are built like: our students' shapes, and those of others."""

from dataclasses import dataclass
from itertools import pairwise

from acutance.bench.results import BenchError

_MOST_CHANNELS, _MOST_CONVOLUTIONS = 512, 64


@dataclass(frozen=True)
class Convolution:
    """A square convolution of stride 1 with its bias."""

    fan_in: int
    fan_out: int
    kernel: int = 3

    @property
    def mac(self) -> int:
        """Multiply-accumulates a place of the grid."""
        return self.fan_in * self.fan_out * self.kernel**2


@dataclass(frozen=True)
class Shape:
    """A chain of convolutions with a ReLU between each two.

    Attributes:
        name: what it is called.
        step: displayed pixels a place of its grid, across and down; the output is shuffled by it.
        chain: its convolutions; the first takes the unshuffled displayed plane, or the received plane (one channel).
        residual: whether the input is added to the output.
    """

    name: str
    step: int
    chain: tuple[Convolution, ...]
    residual: bool

    @property
    def mac_per_pixel(self) -> float:
        """Multiply-accumulates a displayed pixel."""
        return sum(convolution.mac for convolution in self.chain) / self.step**2

    def grid(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return (height, width) of its grid for a displayed (width, height)."""
        width, height = size
        return -(-height // self.step), -(-width // self.step)


def parse_shape(text: str) -> Shape:
    """Return the shape of a student (UNSHUFFLE/CHANNELS/CONVOLUTIONS, such as ``2/16/6``), or of a rival by its name.

    Raises:
        BenchError: the text is neither.
    """
    if text in RIVALS:
        return RIVALS[text]
    parts = text.split("/")
    if len(parts) == 3 and all(part.isdecimal() for part in parts):
        unshuffle, channels, convolutions = (int(part) for part in parts)
        if unshuffle in (1, 2, 4) and 1 <= channels <= _MOST_CHANNELS and 2 <= convolutions <= _MOST_CONVOLUTIONS:
            return student_shape(text, unshuffle, channels, convolutions)
    raise BenchError(
        f"--shapes: got {text!r}, expected UNSHUFFLE/CHANNELS/CONVOLUTIONS such as 2/16/6 (unshuffle 1, 2 or 4), "
        f"or {', '.join(RIVALS)}"
    )


def student_shape(name: str, unshuffle: int, channels: int, convolutions: int) -> Shape:
    """Return the shape of one of our students."""
    widths = (unshuffle**2, *(channels,) * (convolutions - 1), unshuffle**2)
    return Shape(name, unshuffle, _chain(*widths), residual=True)


def _chain(*widths: int) -> tuple[Convolution, ...]:
    return tuple(Convolution(fan_in, fan_out) for fan_in, fan_out in pairwise(widths))


RIVALS = {
    shape.name: shape
    for shape in (
        # Zhang, Zeng and Zhang 2021, "Edge-oriented Convolution Block for Real-time Super Resolution", folded.
        Shape("ecbsr-m4c16", 2, _chain(1, *(16,) * 5, 4), residual=False),
        # Shi et al. 2016, "Real-Time Single Image and Video Super-Resolution Using an … Sub-Pixel … Network".
        Shape("espcn", 2, (Convolution(1, 64, kernel=5), Convolution(64, 32), Convolution(32, 4)), residual=False),
        # Dong, Loy and Tang 2016, "Accelerating the Super-Resolution Convolutional Neural Network", d 56, s 12, m 4.
        # Its transposed 9×9 convolution of stride 2 is the 5×5 convolution to its four phases (of 81 taps 100, some
        # zero), which takes half the time on a CPU.
        Shape(
            "fsrcnn",
            2,
            (
                Convolution(1, 56, kernel=5),
                Convolution(56, 12, kernel=1),
                *_chain(*(12,) * 5),
                Convolution(12, 56, kernel=1),
                Convolution(56, 4, kernel=5),
            ),
            residual=False,
        ),
    )
}
"""Rivals by name. They take the received plane, so that they enlarge it as well; theirs is the scale 2."""
