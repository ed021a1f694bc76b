"""Several students in one file, and which of them works on a stream's next frame."""

from acutance.runtime.bank.choice import AUTO, PASS_BELOW, UNCODED, Scale, Selection, Told, choose
from acutance.runtime.bank.following import Following

__all__ = ["AUTO", "PASS_BELOW", "UNCODED", "Following", "Scale", "Selection", "Told", "choose"]
