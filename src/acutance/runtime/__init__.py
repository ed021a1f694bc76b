"""Models at work: backends, baselines, cards, and `Sharpener`."""

from acutance.runtime.backends.backend import Backend, BackendInfo, ModelError
from acutance.runtime.cards import Card, CardError
from acutance.runtime.sharpener import ScaleWarning, Sharpener

__all__ = ["Backend", "BackendInfo", "Card", "CardError", "ModelError", "ScaleWarning", "Sharpener"]
