"""What rows say, on rows whose meaning is known."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from acutance.evaluate.rows import Row
from acutance.evaluate.summary import Estimate, ModelSummary, Summary, SummaryError, summarise

if TYPE_CHECKING:
    from tests.evaluate.conftest import NewRow

_CATEGORIES = {"people": 4, "text": 10, "nature": 6}


def _rows(new_row: NewRow, **gains: float) -> list[Row]:
    """Bicubic and models with these gains, each picture of its own difficulty."""
    generator = np.random.default_rng(5)
    rows = []
    for place, (category, count) in enumerate(_CATEGORIES.items()):
        for number in range(count):
            base = 25.0 + 4 * place + generator.normal(0, 2)
            name = f"{category}/{number}.png"
            rows.append(new_row("bicubic", name, base, category=category))
            rows += [
                new_row(model, name, base + gain + generator.normal(0, 0.1), category=category)
                for model, gain in gains.items()
            ]
    return rows


def _one(rows: list[Row]) -> Summary:
    (summary,) = summarise(rows)
    return summary


def _model(summary: Summary, name: str) -> ModelSummary:
    return next(model for model in summary.models if model.model == name)


def test_overall_is_the_mean_of_the_category_means(new_row: NewRow) -> None:
    rows = _rows(new_row)
    means = [np.mean([row.psnr for row in rows if row.category == category]) for category in _CATEGORIES]
    overall = _one(rows).models[0].overall
    assert overall.figures["psnr"].mean == pytest.approx(np.mean(means))
    assert overall.figures["psnr"].median == pytest.approx(np.median([row.psnr for row in rows]))
    assert overall.pictures == 20


def test_the_order_of_rows_does_not_matter(new_row: NewRow) -> None:
    rows = _rows(new_row, a=1.0, b=0.5)
    shuffled = rows.copy()
    random.Random(3).shuffle(shuffled)
    assert _one(shuffled) == _one(rows)


def test_gains_are_paired(new_row: NewRow) -> None:
    model = _model(_one(_rows(new_row, a=0.5)), "a").overall
    figure, gain = model.figures["psnr"], model.gains["psnr"]
    # the pictures' spread is 2 dB, that of the differences 0.1
    assert gain.mean == pytest.approx(0.5, abs=0.1)
    assert gain.high - gain.low < 0.1 * (figure.high - figure.low)


def test_the_interval_is_that_of_a_mean(new_row: NewRow) -> None:
    generator = np.random.default_rng(0)
    values = generator.normal(30.0, 3.0, 400)
    rows = [new_row("bicubic", f"{number}.png", value) for number, value in enumerate(values)]
    estimate = _one(rows).models[0].overall.figures["psnr"]
    error = values.std() / 20
    assert estimate.low == pytest.approx(values.mean() - 1.96 * error, abs=0.15 * error)
    assert estimate.high == pytest.approx(values.mean() + 1.96 * error, abs=0.15 * error)


def test_the_overall_interval_is_drawn_within_categories(new_row: NewRow) -> None:
    rows = [
        new_row("bicubic", f"{category}/{number}", 20.0 if category == "a" else 40.0, category=category)
        for category in "ab"
        for number in range(5)
    ]
    assert _one(rows).models[0].overall.figures["psnr"] == Estimate(30.0, 30.0, 30.0, 30.0)


def test_a_third_made_worse(new_row: NewRow) -> None:
    rows = []
    for category in "abc":
        for number in range(3):
            rows.append(new_row("bicubic", f"{category}/{number}", 30.0, category=category))
            rows.append(new_row("m", f"{category}/{number}", 29.0 if number == 2 else 33.0, category=category))
    group = _model(_one(rows), "m").overall
    assert group.worse == pytest.approx(1 / 3)
    assert [gain.psnr_gain for gain in group.worst] == [-1.0, -1.0, -1.0, 3.0, 3.0]
    assert [gain.picture for gain in group.worst[:3]] == ["a/2", "b/2", "c/2"]


@pytest.mark.parametrize(("gain", "worse"), [(-0.004, 0.0), (-0.006, 1.0), (0.0, 0.0), (0.1, 0.0)])
def test_worse_begins_at_five_thousandths_of_a_decibel(new_row: NewRow, gain: float, worse: float) -> None:
    rows = [new_row("bicubic", "a", 30.0), new_row("m", "a", 30.0 + gain)]
    assert _model(_one(rows), "m").overall.worse == worse


def test_the_ranking_knows_ties(new_row: NewRow) -> None:
    ranking = _one(_rows(new_row, best=2.0, twin=1.0, other_twin=1.0)).ranking
    assert (ranking[0].place, ranking[0].model) == (1, "best")
    assert {(rank.place, rank.model) for rank in ranking[1:3]} == {(2, "twin"), (2, "other_twin")}
    assert (ranking[3].place, ranking[3].model) == (4, "bicubic")
    assert ranking[3].lead is None


def test_bicubic_comes_first_and_then_the_best(new_row: NewRow) -> None:
    models = _one(_rows(new_row, weak=0.5, strong=2.0, harmful=-1.0)).models
    assert [model.model for model in models] == ["bicubic", "strong", "weak", "harmful"]


def test_only_pictures_that_all_models_have_count(new_row: NewRow) -> None:
    rows = _rows(new_row, a=1.0)
    cut = [row for row in rows if not (row.model == "a" and row.picture == "text/3.png")]
    summary = _one(cut)
    assert (summary.pictures, summary.left_out) == (19, 1)
    assert summary.models[0].overall.pictures == 19


def test_a_figure_that_some_pictures_lack_is_that_of_the_others(new_row: NewRow) -> None:
    rows = [new_row("bicubic", "a", 30.0, edge_width=3.0), new_row("bicubic", "b", 30.0)]
    assert _one(rows).models[0].overall.figures["edge_width"].mean == 3.0


def test_a_figure_that_no_picture_has_is_absent(new_row: NewRow) -> None:
    assert "characters" not in _one([new_row("bicubic", "a", 30.0)]).models[0].overall.figures


def test_sets_and_degradations_are_kept_apart(new_row: NewRow) -> None:
    rows = [
        new_row("bicubic", "a", 30.0),
        new_row("bicubic", "a", 28.0, degradation="bicubic-x3"),
        new_row("bicubic", "a", 29.0, data="other", data_sha256="e" * 64),
    ]
    assert [summary.models[0].overall.figures["psnr"].mean for summary in summarise(rows)] == [30.0, 28.0, 29.0]


def test_without_bicubic_there_is_no_summary(new_row: NewRow) -> None:
    with pytest.raises(SummaryError, match="has no rows of bicubic"):
        summarise([new_row("m", "a", 30.0)])


def test_two_models_of_one_name_are_refused(new_row: NewRow) -> None:
    rows = [new_row("bicubic", "a", 30.0), new_row("bicubic", "b", 30.0)]
    rows += [new_row("m", "a", 31.0), new_row("m", "b", 31.0, model_sha256="f" * 64)]
    with pytest.raises(SummaryError, match="two models called m"):
        summarise(rows)


def test_models_without_a_common_picture_are_refused(new_row: NewRow) -> None:
    with pytest.raises(SummaryError, match="no picture has a row of every model"):
        summarise([new_row("bicubic", "a", 30.0), new_row("m", "b", 31.0)])
