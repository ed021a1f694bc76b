"""The sharpeners of a command, opened as its files need them, each of them once."""

import warnings
from functools import cache
from typing import TYPE_CHECKING

from acutance.cli.console import note
from acutance.cli.streams import ASSUMED_SCALE

if TYPE_CHECKING:
    from acutance.runtime import Sharpener


class Sharpeners:
    """One model, opened for pictures and for clips; what warns while it is opened is noted once.

    Attributes:
        has_card: whether anything is known of the model.
        is_bank: whether the model has weights for several conditions; one sharpener then serves every scale.
    """

    def __init__(
        self, model: str, *, scale: float | None, strength: float, device: str, precision: str, threads: int | None
    ) -> None:
        """Open the model for clips, so that what is wrong with it shows before any file is begun.

        Args:
            model: name or path.
            scale: what the user says, None where they say nothing.
            strength: 0..2.
            device: see `acutance.Sharpener.load`.
            precision: see `acutance.Sharpener.load`; ``auto`` is f32 for pictures, where the model has a file for it.
            threads: see `acutance.Sharpener.load`.

        Raises:
            ModelError: the model does not open.
            CardError: its card cannot be used.
            ValueError: scale or strength is out of range.
        """
        from acutance.runtime import ScaleWarning, Sharpener
        from acutance.runtime.models import shipped_models
        from acutance.video import split_threads

        shares = (threads, *split_threads(threads, device))  # of the one for pictures, and of those for clips
        noted: set[str] = set()

        @cache
        def sharpener(scale: float, precision: str, place: int) -> Sharpener:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", ScaleWarning)
                opened = Sharpener.load(model, scale, strength, device, precision, shares[place])
            for message in {str(warning.message) for warning in caught} - noted:
                noted.add(message)
                note(message)
            return opened

        self._sharpener = sharpener
        self._precision = precision
        # A picture has the time, and may have more than 8 bits.
        self._picture_precision = "f32" if precision == "auto" and model in shipped_models() else precision
        self._scale = scale or ASSUMED_SCALE
        self._places = range(1, len(shares))
        card = sharpener(self._scale, precision, self._places[0]).card
        self.has_card = card is not None
        self.is_bank = card is not None and bool(card.conditions)

    def for_picture(self, scale: float | None) -> "Sharpener":
        """Return the one for pictures that were enlarged so far, None where nothing says how far."""
        return self._sharpener(self._known(scale), self._picture_precision, 0)

    def for_clip(self, scale: float | None) -> list["Sharpener"]:
        """Return those that share a clip's frames, each with its part of the threads."""
        return [self._sharpener(self._known(scale), self._precision, place) for place in self._places]

    def for_frames_in_order(self, scale: float | None) -> "Sharpener":
        """Return one for all of a clip's frames, with all threads."""
        return self._sharpener(self._known(scale), self._precision, 0)

    def _known(self, scale: float | None) -> float:
        return self._scale if self.is_bank or scale is None else scale
