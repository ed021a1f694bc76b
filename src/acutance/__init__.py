"""Makes soft video calls and pictures sharp again.

>>> from acutance import Sharpener
>>> sharpener = Sharpener.load("bicubic-balanced")
>>> sharp = sharpener(frame)  # H×W×3 uint8 RGB
"""

from acutance.runtime import ModelError, Sharpener

__all__ = ["ModelError", "Sharpener"]
