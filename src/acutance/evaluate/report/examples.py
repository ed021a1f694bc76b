"""Which pictures the page shows, and what it needs of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from acutance.evaluate.rows import BICUBIC, Row, latest
from acutance.evaluate.summary import PictureGain

Kind = Literal["best", "median", "worst"]
KINDS: tuple[Kind, ...] = ("best", "median", "worst")
DISPLAYED, SHARPENED, CLEAN = "displayed", "sharpened", "clean"


class ReportError(ValueError):
    """A report that cannot be made of what was given."""


@dataclass(frozen=True, eq=False)
class Example:
    """A picture before and after a model.

    Attributes:
        degradation: the one it was displayed under.
        category: the picture's.
        kind: whether the model gains most, in the middle or least on it, among those of its category.
        picture: its name in the set.
        model: the model's name.
        displayed_psnr: luma PSNR in dB before the model.
        displayed_ssim: luma SSIM before it.
        sharpened_psnr: luma PSNR in dB after it.
        sharpened_ssim: luma SSIM after it.
        versions: H×W×3 uint8 RGB by label, in the order in which they are shown; ``displayed``, ``sharpened`` and
            ``clean`` are needed, others (``teacher``) welcome; all of one size.
    """

    degradation: str
    category: str
    kind: Kind
    picture: str
    model: str
    displayed_psnr: float
    displayed_ssim: float
    sharpened_psnr: float
    sharpened_ssim: float
    versions: Mapping[str, NDArray[np.uint8]]

    def __post_init__(self) -> None:
        missing = [label for label in (DISPLAYED, SHARPENED, CLEAN) if label not in self.versions]
        if missing:
            raise ReportError(f"{self.picture}: got the versions {list(self.versions)}, expected also {missing}")
        shape = self.versions[CLEAN].shape
        for label, pixels in self.versions.items():
            if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.shape != shape:
                raise ReportError(
                    f"{self.picture}: got {label} as {pixels.shape} {pixels.dtype}, expected (height, width, 3) uint8 "
                    f"RGB of the clean picture's size {shape[:2]}"
                )


def picture_gains(rows: Sequence[Row]) -> dict[str, list[PictureGain]]:
    """Return, for each model but bicubic, its gain on every picture that all the models have.

    Args:
        rows: of one set and degradation.
    """
    tables: dict[str, dict[str, Row]] = {BICUBIC: {}}
    for row in latest(rows):
        tables.setdefault(row.model, {})[row.picture] = row
    bicubic = tables.pop(BICUBIC)
    common = set(bicubic).intersection(*tables.values())
    return {
        model: [
            PictureGain(name, row.category, row.psnr - bicubic[name].psnr, row.ssim - bicubic[name].ssim)
            for name, row in table.items()
            if name in common
        ]
        for model, table in tables.items()
    }


def choose_examples(rows: Sequence[Row], model: str) -> list[tuple[str, Kind, str]]:
    """Return, for each category, the pictures on which a model gains most, in the middle and least luma PSNR.

    Args:
        rows: of one set and degradation, bicubic's among them.
        model: the name of one that has rows.

    Returns:
        (category, kind, picture's name), in the order of categories and of `KINDS`. A category of two pictures has no
        median, one of a single picture nothing else. Equal gains are taken in the order of names.

    Raises:
        ReportError: the rows are of several sets or degradations, or hold no picture of both the model and bicubic.
    """
    measured = {f"{row.data} {row.degradation}" for row in rows}
    if len(measured) > 1:
        raise ReportError(f"rows: got {', '.join(sorted(measured))}, expected one set and degradation at a time")
    pair = [row for row in rows if row.model in (model, BICUBIC)]
    categories: dict[str, list[PictureGain]] = {}
    for gain in picture_gains(pair).get(model, []):
        categories.setdefault(gain.category, []).append(gain)
    if not categories:
        raise ReportError(f"rows: no picture has a row of {model!r} and of {BICUBIC}; evaluate the model first")
    chosen: list[tuple[str, Kind, str]] = []
    for category in sorted(categories):
        ranked = sorted(categories[category], key=lambda gain: (-gain.psnr_gain, gain.picture))
        places: dict[int, Kind] = {len(ranked) // 2: "median", len(ranked) - 1: "worst", 0: "best"}
        if len(ranked) == 1:
            places = {0: "median"}
        chosen += [(category, places[place], ranked[place].picture) for place in sorted(places)]
    return chosen
