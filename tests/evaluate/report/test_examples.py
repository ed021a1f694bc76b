from collections.abc import Callable

import numpy as np
import pytest

from acutance.evaluate.report import Example, ReportError, choose_examples
from acutance.evaluate.report.examples import picture_gains
from acutance.evaluate.rows import Row

MakeRows = Callable[..., list[Row]]


def example(**versions: tuple[int, ...]) -> Example:
    pictures = {label: np.zeros(shape, dtype=np.uint8) for label, shape in versions.items()}
    return Example("bicubic-x2", "", "best", "a.png", "m", 30.0, 0.9, 31.0, 0.91, pictures)


def test_best_median_and_worst_of_each_category_are_chosen(make_rows: MakeRows) -> None:
    rows = make_rows({"m": {"text": [0.1, 2.0, -1.0, 0.5, 0.4], "games": [3.0, 1.0, 2.0]}})
    assert choose_examples(rows, "m") == [
        ("games", "best", "games/0.png"),
        ("games", "median", "games/2.png"),
        ("games", "worst", "games/1.png"),
        ("text", "best", "text/1.png"),
        ("text", "median", "text/4.png"),
        ("text", "worst", "text/2.png"),
    ]


@pytest.mark.parametrize(
    ("gains", "expected"),
    [
        ([0.5], [("", "median", "0.png")]),
        ([0.5, 0.7], [("", "best", "1.png"), ("", "worst", "0.png")]),
        ([0.5, 0.5, 0.5], [("", "best", "0.png"), ("", "median", "1.png"), ("", "worst", "2.png")]),
    ],
)
def test_no_picture_is_chosen_twice(
    make_rows: MakeRows, gains: list[float], expected: list[tuple[str, str, str]]
) -> None:
    assert choose_examples(make_rows({"m": {"": gains}}), "m") == expected


def test_another_model_does_not_change_the_choice(make_rows: MakeRows) -> None:
    alone = make_rows({"m": {"": [0.1, 0.2, 0.3]}})
    beside = make_rows({"m": {"": [0.1, 0.2, 0.3]}, "other": {"": [9.0]}})
    assert choose_examples(beside, "m") == choose_examples(alone, "m")


def test_choosing_from_two_degradations_at_once_is_refused(make_rows: MakeRows) -> None:
    rows = [*make_rows({"m": {"": [0.1]}}), *make_rows({"m": {"": [0.1]}}, degradation="bicubic-x3")]
    with pytest.raises(ReportError, match="got set bicubic-x2, set bicubic-x3, expected one"):
        choose_examples(rows, "m")


def test_choosing_for_a_model_without_rows_is_refused(make_rows: MakeRows) -> None:
    with pytest.raises(ReportError, match="no picture has a row of 'other'"):
        choose_examples(make_rows({"m": {"": [0.1]}}), "other")


def test_gains_count_only_pictures_that_every_model_has(make_rows: MakeRows) -> None:
    gains = picture_gains(make_rows({"m": {"": [0.1, 0.2]}, "late": {"": [0.3]}}))
    assert {model: [gain.picture for gain in own] for model, own in gains.items()} == {
        "m": ["0.png"],
        "late": ["0.png"],
    }


def test_an_example_without_a_clean_picture_is_refused() -> None:
    with pytest.raises(ReportError, match=r"a\.png: got the versions .*, expected also \['clean'\]"):
        example(displayed=(8, 8, 3), sharpened=(8, 8, 3))


@pytest.mark.parametrize("shape", [(8, 9, 3), (8, 8), (8, 8, 4)])
def test_an_example_of_unlike_pictures_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ReportError, match=r"a\.png: got sharpened as .*, expected \(height, width, 3\) uint8"):
        example(displayed=(8, 8, 3), sharpened=shape, clean=(8, 8, 3))
