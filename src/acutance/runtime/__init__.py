"""Models at work: backends, baselines, cards, and `Sharpener`."""

from acutance.runtime.backends.backend import Backend, BackendInfo, ModelError
from acutance.runtime.bank import Selection
from acutance.runtime.cards import Card, CardError
from acutance.runtime.scales import ScaleWarning
from acutance.runtime.sharpener import Sharpener

__all__ = ["Backend", "BackendInfo", "Card", "CardError", "ModelError", "ScaleWarning", "Selection", "Sharpener"]
