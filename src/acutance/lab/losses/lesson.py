"""One step's pictures."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Lesson:
    """What a student is shown and compared with: crops of studio-range luma / 255, N×1×S×S float32.

    Of calls the second half are the same places in the frames before.

    Attributes:
        displayed: what it gets.
        clean: what it should make of it.
        taught: what the teacher makes of it; None where no term needs it.
        received: before it was enlarged, N×3×s×s full-range RGB, 0..1, with s = S/scale; None where nothing needs it.
    """

    displayed: Tensor
    clean: Tensor
    taught: Tensor | None = None
    received: Tensor | None = None
