"""From rows to what they say: means, medians and intervals per category and overall, gains, losses and a ranking.

Every comparison is paired: gains are differences on the same picture, over the pictures that all models have. *Overall*
is the mean of the category means. Intervals are 95 % percentile bootstraps (B. Efron, R. Tibshirani, "An Introduction
to the Bootstrap", 1993, ch. 13) over pictures, drawn within each category; the draws are seeded, hence repeatable.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from acutance.evaluate.rows import BICUBIC, Row, Told, latest

METRICS = ("psnr", "ssim", "rgb_psnr", "rgb_ssim", "edge_width", "overshoot", "characters")
WORSE_BELOW = -0.005
"""A picture counts as made worse where its luma PSNR falls below bicubic's by more than this many dB."""

FAITHFUL_FROM = 45.0
"""The luma PSNR in dB from which on a picture hardly differs from the clean one."""

_WORST = 5
_RESAMPLES = 2000
_SEED = 20260101

Samples = Mapping[str, NDArray[np.float64]]
"""Values by category, a value a picture."""


class SummaryError(ValueError):
    """Rows that cannot be compared."""


@dataclass(frozen=True)
class Estimate:
    """A mean (overall: of the category means), the median of the pictures, and the mean's 95 % interval."""

    mean: float
    median: float
    low: float
    high: float


@dataclass(frozen=True)
class PictureGain:
    """A model's change of one picture's luma PSNR (dB) and SSIM over bicubic."""

    picture: str
    category: str
    psnr_gain: float
    ssim_gain: float


@dataclass(frozen=True)
class Group:
    """One model over the pictures of one category, or of all.

    Attributes:
        pictures: how many.
        figures: by name from `METRICS`; a metric that no picture has is absent.
        gains: the same, as differences from bicubic on the same picture.
        worse: share of pictures made worse, see `WORSE_BELOW` (overall: mean of the categories' shares).
        faithful: share of all pictures that hardly differ from the clean ones, see `FAITHFUL_FROM`.
        least: the smallest luma PSNR of any picture, in dB.
        worst: up to five pictures, the smallest gain of luma PSNR first.
    """

    pictures: int
    figures: Mapping[str, Estimate]
    gains: Mapping[str, Estimate]
    worse: float
    faithful: float
    least: float
    worst: tuple[PictureGain, ...]


@dataclass(frozen=True)
class ModelSummary:
    """One model: overall and by category; what it was told, as `acutance.evaluate.rows.Case` has it."""

    model: str
    model_sha256: str
    told: Told | None
    backend: str
    overall: Group
    categories: Mapping[str, Group]


@dataclass(frozen=True)
class Rank:
    """A place in the order of overall luma PSNR.

    Attributes:
        place: from 1; tied neighbours share it.
        model: the model's name.
        lead: luma PSNR over the next model in dB, paired per picture; None for the last one. A lead whose interval
            holds zero is a tie.
    """

    place: int
    model: str
    lead: Estimate | None


@dataclass(frozen=True)
class Summary:
    """What was measured on one set under one degradation.

    Attributes:
        pictures: that all the models have, which are the ones that count.
        left_out: that only some of the models have.
        models: bicubic first, then from the best overall luma PSNR down.
        ranking: all of them, the best first.
    """

    data: str
    data_sha256: str
    degradation: str
    pictures: int
    left_out: int
    models: tuple[ModelSummary, ...]
    ranking: tuple[Rank, ...]


def summarise(rows: Sequence[Row]) -> tuple[Summary, ...]:
    """Return a summary a (set, degradation), in the order in which they first appear.

    Raises:
        SummaryError: a model has two settings, bicubic's rows are missing, or no picture has a row of every model.
    """
    order = dict.fromkeys((row.data, row.data_sha256, row.degradation) for row in rows)
    unique = latest(rows)
    return tuple(
        _summarise([row for row in unique if (row.data, row.data_sha256, row.degradation) == key]) for key in order
    )


def _summarise(rows: list[Row]) -> Summary:
    where = f"{rows[0].data} {rows[0].degradation}"
    tables: dict[str, dict[str, Row]] = {}
    for row in rows:
        tables.setdefault(row.model, {})[row.picture] = row
    if BICUBIC not in tables:
        raise SummaryError(f"{where}: has no rows of {BICUBIC}, beside which every model is shown; evaluate it too")
    for model, table in tables.items():
        if len({row.model_sha256 for row in table.values()}) > 1:
            raise SummaryError(f"{where}: has rows of two models called {model}; keep their rows in two files")
    common = set.intersection(*(set(table) for table in tables.values()))
    if not common:
        raise SummaryError(f"{where}: no picture has a row of every model; finish the evaluation first")
    bicubic = _kept(tables[BICUBIC], common)
    summaries = {model: _summarise_model(_kept(table, common), bicubic) for model, table in tables.items()}
    best_first = sorted(summaries, key=lambda model: (-summaries[model].overall.figures["psnr"].mean, model))
    return Summary(
        data=rows[0].data,
        data_sha256=rows[0].data_sha256,
        degradation=rows[0].degradation,
        pictures=len(common),
        left_out=len(set.union(*(set(table) for table in tables.values())) - common),
        models=tuple(summaries[model] for model in sorted(best_first, key=lambda model: model != BICUBIC)),
        ranking=_rank(best_first, {model: _samples(_kept(table, common), "psnr") for model, table in tables.items()}),
    )


def _kept(table: dict[str, Row], pictures: set[str]) -> list[Row]:
    return [row for row in table.values() if row.picture in pictures]


def _summarise_model(rows: list[Row], bicubic: list[Row]) -> ModelSummary:
    categories = dict.fromkeys(row.category for row in rows)
    pairs = list(zip(rows, bicubic, strict=True))
    return ModelSummary(
        model=rows[0].model,
        model_sha256=rows[0].model_sha256,
        told=rows[0].told,
        backend=rows[0].backend,
        overall=_group(pairs),
        categories={name: _group([pair for pair in pairs if pair[0].category == name]) for name in categories},
    )


def _group(pairs: list[tuple[Row, Row]]) -> Group:
    figures, gains = {}, {}
    for metric in METRICS:
        measured = [pair for pair in pairs if all(getattr(row, metric) is not None for row in pair)]
        if measured:
            ours, theirs = (_samples(side, metric) for side in zip(*measured, strict=True))
            figures[metric] = estimate(ours)
            gains[metric] = estimate({name: ours[name] - theirs[name] for name in ours})
    change = [PictureGain(row.picture, row.category, row.psnr - base.psnr, row.ssim - base.ssim) for row, base in pairs]
    is_worse: dict[str, list[bool]] = {}
    for gain in change:
        is_worse.setdefault(gain.category, []).append(gain.psnr_gain < WORSE_BELOW)
    return Group(
        pictures=len(pairs),
        figures=figures,
        gains=gains,
        worse=float(np.mean([np.mean(flags) for flags in is_worse.values()])),
        faithful=float(np.mean([row.psnr >= FAITHFUL_FROM for row, _ in pairs])),
        least=min(row.psnr for row, _ in pairs),
        worst=tuple(sorted(change, key=lambda gain: (gain.psnr_gain, gain.picture))[:_WORST]),
    )


def _rank(best_first: list[str], psnr: Mapping[str, Samples]) -> tuple[Rank, ...]:
    ranks: list[Rank] = []
    place = 1
    for position, model in enumerate(best_first):
        lead = None
        if position + 1 < len(best_first):
            after = psnr[best_first[position + 1]]
            lead = estimate({name: values - after[name] for name, values in psnr[model].items()})
        ranks.append(Rank(place, model, lead))
        if lead is not None and lead.low > 0.0:
            place = position + 2
    return tuple(ranks)


def _samples(rows: Sequence[Row], metric: str) -> Samples:
    values: dict[str, list[float]] = {}
    for row in rows:
        values.setdefault(row.category, []).append(getattr(row, metric))
    return {name: np.asarray(values[name]) for name in sorted(values)}


def estimate(samples: Samples) -> Estimate:
    """Return the mean of the category means of values by category (a value a picture), with its interval."""
    generator = np.random.default_rng(_SEED)
    means = np.zeros(_RESAMPLES)
    for values in samples.values():
        draws = generator.integers(len(values), size=(_RESAMPLES, len(values)))
        means += values[draws].mean(axis=1)
    low, high = np.percentile(means / len(samples), (2.5, 97.5))
    return Estimate(
        mean=float(np.mean([values.mean() for values in samples.values()])),
        median=float(np.median(np.concatenate(list(samples.values())))),
        low=float(low),
        high=float(high),
    )
