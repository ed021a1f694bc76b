"""Files of rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from acutance.evaluate.rows import Row, RowError, append_rows, latest, read_rows

if TYPE_CHECKING:
    from tests.evaluate.conftest import NewRow


@pytest.fixture
def two(new_row: NewRow) -> list[Row]:
    return [new_row("bicubic", "a.png", 30.25), new_row("bicubic", "b.png", 31.5, edge_width=3.25, overshoot=0.01)]


def test_rows_come_back_as_they_were(two: list[Row], tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "rows.jsonl"
    append_rows(path, two[:1])
    append_rows(path, two[1:])
    assert read_rows(path) == two


def test_no_file_is_no_rows(tmp_path: Path) -> None:
    assert read_rows(tmp_path / "rows.jsonl") == []


@pytest.mark.parametrize("torn_off", [1, 2, 100, 400])
def test_a_torn_last_line_is_left_out(two: list[Row], tmp_path: Path, torn_off: int) -> None:
    path = tmp_path / "rows.jsonl"
    append_rows(path, two)
    path.write_bytes(path.read_bytes()[:-torn_off])
    assert read_rows(path) == two[:1]


def test_appending_cuts_a_torn_line_off(two: list[Row], tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    append_rows(path, two)
    path.write_bytes(path.read_bytes()[:-100])
    append_rows(path, two[1:])
    assert read_rows(path) == two


def test_a_file_of_something_else_is_refused(two: list[Row], tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    append_rows(path, two)
    path.write_text(path.read_text() + '{"step": 3}\n')
    with pytest.raises(RowError, match=r"rows\.jsonl:3: is no row"):
        read_rows(path)


def test_the_latest_row_counts(new_row: NewRow) -> None:
    rows = [new_row("m", "b.png", 30.0), new_row("m", "a.png", 31.0), new_row("m", "b.png", 32.0)]
    assert [(row.picture, row.psnr) for row in latest(rows)] == [("a.png", 31.0), ("b.png", 32.0)]


@pytest.mark.parametrize(
    "change",
    [
        {"data": "renamed"},
        {"data_sha256": "e" * 64},
        {"picture_sha256": "1" * 64},
        {"degradation": "bicubic-x3"},
        {"model_sha256": "baseline:other"},
        {"backend": "another"},
        {"versions": {"acutance": "1"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_figures_depend_on_makes_another_key(new_row: NewRow, change: dict[str, Any]) -> None:
    assert new_row("m", "a.png", 30.0, **change).key != new_row("m", "a.png", 30.0).key


def test_figures_do_not_make_another_key(new_row: NewRow) -> None:
    assert new_row("m", "a.png", 30.0).key == new_row("m", "a.png", 31.0, seconds=9.0).key
