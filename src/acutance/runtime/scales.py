"""A student for one scale on frames that were enlarged by another."""

import warnings

from acutance.runtime.cards import Card

_TOLERANCE = 0.15


class ScaleWarning(UserWarning):
    """A frame was enlarged by another factor than the model was trained for."""


def warn_of_scale(card: Card, scale: float, stacklevel: int) -> None:
    """Warn where a model that is no bank, which has its choice, is used for another scale than its own.

    Args:
        card: the model's.
        scale: by how much frames were enlarged.
        stacklevel: as `warnings.warn` takes it, 1 being this function.

    Warns:
        ScaleWarning: it is.
    """
    if card.conditions or abs(scale / card.scale - 1.0) <= _TOLERANCE:
        return
    effect = "over-sharpens: try a lower strength" if scale < card.scale else "sharpens too little"
    warnings.warn(
        f"{card.name} is trained for frames enlarged by {card.scale:g}; on frames enlarged by {scale:g} it {effect}",
        ScaleWarning,
        stacklevel=stacklevel,
    )
