"""A model file that appears only when it computes what torch computes."""

import os
from collections.abc import Callable
from pathlib import Path


class ExportError(ValueError):
    """An export that cannot be made or does not compute what torch computes."""


def write_checked(path: Path, content: bytes, difference_of: Callable[[Path], float], tolerance: float) -> float:
    """Write an ONNX file under a temporary name, compare it with torch, and rename it.

    Args:
        path: the file's name; it appears whole, after the check.
        content: its bytes.
        difference_of: runs the file that it is given and returns the largest difference from torch.
        tolerance: the largest difference that passes.

    Returns:
        The difference.

    Raises:
        ExportError: the difference is larger, or the file cannot be written.
    """
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.part.onnx")
    try:
        temporary.write_bytes(content)
        difference = difference_of(temporary)
        if difference > tolerance:
            raise ExportError(f"{path}: the file differs from torch by {difference:.2g}, expected at most {tolerance}")
        temporary.replace(path)
    except OSError as error:
        raise ExportError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        temporary.unlink(missing_ok=True)
    return difference
