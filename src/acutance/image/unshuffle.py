"""Between a plane and its unshuffled form, in which each factor×factor pixels are the channels of one.

Channel ``factor · row_phase + column_phase`` holds the pixels that lie ``row_phase`` and ``column_phase`` beyond the
grid's (Shi et al., CVPR 2016, backwards). Of bytes that is a copy in runs of `factor`; where there is an integer as
wide as a run, NumPy moves a run at a time. By two, both runs of a cell fit in one integer and are taken apart by a
shift, which NumPy does in vectors; putting them together so takes longer where the plane is not in a cache.
"""

import numpy as np
from numpy.typing import NDArray

_RUNS: dict[int, np.dtype[np.unsignedinteger]] = {size: np.dtype(f"<u{size}") for size in (1, 2, 4, 8)}
_CELL: np.dtype[np.uint32] = np.dtype("<u4")  # 2×2 pixels: the upper two are its lower half
_RUN_BITS = 16
_BAND = 64  # rows of cells that stay in a core's cache until both their runs are out


def unshuffle(plane: NDArray[np.uint8], factor: int, out: NDArray[np.uint8]) -> None:
    """Write a plane's unshuffled form.

    Args:
        plane: H×W uint8, sides multiples of the factor.
        factor: of the unshuffling.
        out: H/factor × W/factor × factor² uint8, contiguous.

    Raises:
        ValueError: the shapes do not go together.
    """
    _refuse_shapes(plane, factor, out)
    if factor in _RUNS:
        # A ufunc goes along the rows of both; an assignment would sort its loops by the strides of one.
        np.positive(_in_runs(np.ascontiguousarray(plane), factor), out=out.view(_RUNS[factor]).transpose(0, 2, 1))
    else:
        for phase in range(factor**2):
            out[:, :, phase] = plane[phase // factor :: factor, phase % factor :: factor]


def shuffle(pixels: NDArray[np.uint8], factor: int, out: NDArray[np.uint8]) -> None:
    """Write the plane of an unshuffled form: `unshuffle` undone.

    Args:
        pixels: H/factor × W/factor × factor² uint8, contiguous.
        factor: of the unshuffling.
        out: H×W uint8, contiguous.

    Raises:
        ValueError: the shapes do not go together.
    """
    _refuse_shapes(out, factor, pixels)
    if factor == 2:
        cells, runs = pixels.view(_CELL)[..., 0], _in_runs(out, factor)
        for top in range(0, len(cells), _BAND):
            band = slice(top, top + _BAND)
            np.copyto(runs[band, 0], cells[band], casting="unsafe")
            np.right_shift(cells[band], _RUN_BITS, out=runs[band, 1], casting="unsafe")
    elif factor in _RUNS:
        np.positive(pixels.view(_RUNS[factor]).transpose(0, 2, 1), out=_in_runs(out, factor))
    else:
        for phase in range(factor**2):
            out[phase // factor :: factor, phase % factor :: factor] = pixels[:, :, phase]


def _in_runs(plane: NDArray[np.uint8], factor: int) -> NDArray[np.unsignedinteger]:
    """Return a view of a contiguous plane as H/factor × row phases × W/factor runs."""
    height, width = plane.shape
    return plane.view(_RUNS[factor]).reshape(height // factor, factor, width // factor)


def _refuse_shapes(plane: NDArray[np.uint8], factor: int, pixels: NDArray[np.uint8]) -> None:
    expected = (plane.shape[0] // factor, plane.shape[1] // factor, factor**2)
    if plane.shape[0] % factor or plane.shape[1] % factor or pixels.shape != expected:
        raise ValueError(
            f"unshuffling by {factor}: got a plane {plane.shape} and pixels {pixels.shape}, "
            f"expected sides that are multiples of {factor} and pixels (height/{factor}, width/{factor}, {factor**2})"
        )
