"""From clips' rows to cells: what each model gains over the displayed clip, call by call, and where it does worst.

A *cell* is one clip, or the pictures of one category (means of their gains), through one call. Cells whose clips were
sent at the same size stand together. All comparisons are paired: gains are differences from the displayed clip, flicker
and warping error are shares of the displayed clip's, over the clips that all the models have.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from acutance.evaluate.rows import BICUBIC, ClipRow, latest


class CellError(ValueError):
    """Rows of clips that cannot be compared."""


@dataclass(frozen=True)
class Change:
    """What a model makes of displayed clips.

    Attributes:
        psnr_gain: in dB.
        ssim_gain: of SSIM.
        flicker: as a share of the displayed clip's.
        still_flicker: likewise, where the clean clip stands still; None where too little does.
        warping: likewise, of the warping error; None where it was not measured.
    """

    psnr_gain: float
    ssim_gain: float
    flicker: float
    still_flicker: float | None
    warping: float | None


@dataclass(frozen=True)
class Cell:
    """One clip, or the pictures of one category, through one call.

    Attributes:
        subject: the clip's or the category's name; empty where pictures have no categories.
        degradation: the call's name.
        clips: how many.
        bits_per_pixel: mean of the frames after the key frame.
        psnr: of the displayed clips, in dB.
        ssim: of the displayed clips.
        changes: by model, without the displayed clip itself.
    """

    subject: str
    degradation: str
    clips: int
    bits_per_pixel: float
    psnr: float
    ssim: float
    changes: Mapping[str, Change]


@dataclass(frozen=True)
class CellSummary:
    """Cells of one set whose clips were sent at the same size.

    Attributes:
        sent: the calls' names up to the size, ``call-x2``.
        cells: in the order of subjects and calls.
        left_out: clips through calls that only some of the models have.
        means: over the cells, by model, from the best gain of PSNR down.
        worst: the cell in which a model gains least PSNR, by model.
        hashes: of the models' weights, by model; without those that were told nothing of the stream.
    """

    data: str
    data_sha256: str
    sent: str
    cells: tuple[Cell, ...]
    left_out: int
    means: Mapping[str, Change]
    worst: Mapping[str, Cell]
    hashes: Mapping[str, str]


def summarise_clips(rows: Sequence[ClipRow]) -> tuple[CellSummary, ...]:
    """Return a summary a (set, sent size), in the order in which they first appear.

    Raises:
        CellError: the displayed clip's rows are missing, or no clip has a row of every model.
    """
    order = dict.fromkeys((row.data, row.data_sha256, sent_as(row.degradation)) for row in rows)
    unique = latest(rows)
    return tuple(
        _summarise([row for row in unique if (row.data, row.data_sha256, sent_as(row.degradation)) == key], key[2])
        for key in order
    )


def sent_as(degradation: str) -> str:
    """Return a call's name up to the size that is sent."""
    return "-".join(degradation.split("-")[:2])


def _summarise(rows: list[ClipRow], sent: str) -> CellSummary:
    where = f"{rows[0].data} {sent}"
    models = dict.fromkeys(row.model for row in rows)
    if BICUBIC not in models:
        raise CellError(f"{where}: has no rows of {BICUBIC}, which is the displayed clip; evaluate it too")
    by_clip: dict[tuple[str, str, str], dict[str, ClipRow]] = {}
    for row in rows:
        by_clip.setdefault((row.category, row.degradation, row.picture), {})[row.model] = row
    whole = {key: shown for key, shown in by_clip.items() if len(shown) == len(models)}
    if not whole:
        raise CellError(f"{where}: no clip has a row of every model; finish the evaluation first")
    groups: dict[tuple[str, str], list[dict[str, ClipRow]]] = {}
    for (subject, degradation, _), shown in whole.items():
        groups.setdefault((subject, degradation), []).append(shown)
    cells = tuple(_cell(*key, groups[key]) for key in sorted(groups))
    means = {model: _mean([cell.changes[model] for cell in cells]) for model in models if model != BICUBIC}
    best_first = sorted(means, key=lambda model: (-means[model].psnr_gain, model))
    return CellSummary(
        data=rows[0].data,
        data_sha256=rows[0].data_sha256,
        sent=sent,
        cells=cells,
        left_out=len(by_clip) - len(whole),
        means={model: means[model] for model in best_first},
        hashes={row.model: row.model_sha256 for row in rows if row.told != "auto"},
        worst={model: min(cells, key=lambda cell: cell.changes[model].psnr_gain) for model in best_first},
    )


def _cell(subject: str, degradation: str, clips: list[dict[str, ClipRow]]) -> Cell:
    displayed = [shown[BICUBIC] for shown in clips]
    return Cell(
        subject=subject,
        degradation=degradation,
        clips=len(clips),
        bits_per_pixel=float(np.mean([row.bits_per_pixel for row in displayed])),
        psnr=float(np.mean([row.psnr for row in displayed])),
        ssim=float(np.mean([row.ssim for row in displayed])),
        changes={
            model: _mean([_change(shown[model], shown[BICUBIC]) for shown in clips])
            for model in clips[0]
            if model != BICUBIC
        },
    )


def _change(row: ClipRow, displayed: ClipRow) -> Change:
    return Change(
        psnr_gain=row.psnr - displayed.psnr,
        ssim_gain=row.ssim - displayed.ssim,
        flicker=_share(row.flicker, displayed.flicker),
        still_flicker=_optional(row, displayed, lambda of: of.still_flicker),
        warping=_optional(row, displayed, lambda of: of.warping),
    )


def _optional(row: ClipRow, displayed: ClipRow, figure: Callable[[ClipRow], float | None]) -> float | None:
    ours, theirs = figure(row), figure(displayed)
    return None if ours is None or theirs is None else _share(ours, theirs)


def _share(ours: float, theirs: float) -> float:
    if theirs > 0.0:
        return ours / theirs
    return 1.0 if ours == 0.0 else float("inf")


def _mean(changes: Sequence[Change]) -> Change:
    """Return the mean of each figure, over those that have it."""
    return Change(
        psnr_gain=float(np.mean([change.psnr_gain for change in changes])),
        ssim_gain=float(np.mean([change.ssim_gain for change in changes])),
        flicker=float(np.mean([change.flicker for change in changes])),
        still_flicker=_mean_of_some([change.still_flicker for change in changes]),
        warping=_mean_of_some([change.warping for change in changes]),
    )


def _mean_of_some(values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else None
