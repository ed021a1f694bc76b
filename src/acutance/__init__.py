"""Makes soft video calls and pictures sharp again.

>>> from acutance import Sharpener
>>> sharpener = Sharpener.load("bicubic-balanced")
>>> sharp = sharpener(frame)  # H×W×3 uint8 RGB
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from acutance.runtime import CardError, ModelError, ScaleWarning, Sharpener

__all__ = ["CardError", "ModelError", "ScaleWarning", "Sharpener"]


def __getattr__(name: str) -> object:
    """Import the runtime at its first use: ``acutance --help`` must not wait for OpenVINO."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from acutance import runtime

    return getattr(runtime, name)
