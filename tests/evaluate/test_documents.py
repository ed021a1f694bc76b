"""Documents and the tables that they carry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from acutance.evaluate.clips.cells import CellSummary, summarise_clips
from acutance.evaluate.clips.tables import cells_table, means_table
from acutance.evaluate.documents import TableError, fill_tables, marked_tables
from acutance.evaluate.rows import read_clip_rows, read_rows
from acutance.evaluate.summary import Summary, summarise
from acutance.evaluate.tables import overall_table

if TYPE_CHECKING:
    from tests.evaluate.conftest import NewClipRow, NewRow

_PROJECT = Path(__file__).parents[2]
_DOCUMENTS = [_PROJECT / "README.md", *sorted((_PROJECT / "docs" / "benchmark").glob("*.md"))]


@pytest.fixture
def summary(new_row: NewRow) -> Summary:
    (summary,) = summarise([new_row("bicubic", "a.png", 30.0), new_row("m", "a.png", 31.0)])
    return summary


def test_only_what_stands_between_the_markers_changes(summary: Summary) -> None:
    text = "before\n<!-- table: overall invented bicubic-x2 -->\nold\n<!-- end of table -->\nafter\n"
    filled = fill_tables(text, [summary])
    assert overall_table(summary).to_markdown() in filled
    assert "old" not in filled
    assert filled.startswith("before\n<!-- table: overall invented bicubic-x2 -->\n")
    assert filled.endswith("<!-- end of table -->\nafter\n")
    assert fill_tables(filled, [summary]) == filled


def test_tables_of_other_sets_stay(summary: Summary) -> None:
    text = "<!-- table: overall other bicubic-x2 -->\nold\n<!-- end of table -->\n"
    assert fill_tables(text, [summary]) == text


def test_a_marker_of_no_kind_is_refused(summary: Summary) -> None:
    with pytest.raises(TableError, match="got 'average', expected overall"):
        fill_tables("<!-- table: average invented bicubic-x2 -->\n<!-- end of table -->\n", [summary])


def test_clips_have_tables_by_the_size_that_is_sent(new_clip_row: NewClipRow) -> None:
    (group,) = summarise_clips([new_clip_row("bicubic", "face", 30.0), new_clip_row("m", "face", 31.0)])
    text = "".join(f"<!-- table: {kind} invented call-x2 -->\n<!-- end of table -->\n" for kind in ("means", "cells"))
    filled = fill_tables(text, (), [group])
    assert means_table(group).to_markdown() in filled
    assert cells_table(group).to_markdown() in filled


@pytest.fixture(scope="module")
def committed() -> tuple[list[Summary], list[CellSummary]]:
    files = sorted((_PROJECT / "docs" / "benchmark" / "results").glob("*.jsonl"))
    summaries = [summary for path in files for summary in summarise(read_rows(path))]
    return summaries, [group for path in files for group in summarise_clips(read_clip_rows(path))]


@pytest.mark.parametrize("document", _DOCUMENTS, ids=lambda path: path.relative_to(_PROJECT).as_posix())
def test_documents_agree_with_the_committed_rows(
    document: Path, committed: tuple[list[Summary], list[CellSummary]]
) -> None:
    """Where it fails: acutance evaluate … --json docs/benchmark/results/SET.jsonl --markdown DOCUMENT."""
    summaries, cells = committed
    text = document.read_text(encoding="utf-8")
    there = {(summary.data, summary.degradation) for summary in summaries}
    assert marked_tables(text) <= there | {(group.data, group.sent) for group in cells}
    assert fill_tables(text, summaries, cells) == text
