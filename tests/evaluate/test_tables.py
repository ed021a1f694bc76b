"""Tables, and the documents that carry them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from acutance.evaluate.summary import Summary, summarise
from acutance.evaluate.tables import (
    KINDS,
    Table,
    category_table,
    kept_table,
    overall_table,
    ranking_table,
    worst_table,
)

if TYPE_CHECKING:
    from tests.evaluate.conftest import NewRow


@pytest.fixture
def summary(new_row: NewRow) -> Summary:
    rows = []
    for category, base in (("people", 34.0), ("text", 26.0)):
        for number in range(4):
            name = f"{category}/{number}.png"
            rows.append(new_row("bicubic", name, base, category=category, edge_width=3.0, overshoot=0.01))
            gain = -1.0 if number == 3 else 3.0
            rows.append(new_row("m", name, base + gain, ssim=0.95, category=category, edge_width=2.0, overshoot=0.02))
    (summary,) = summarise(rows)
    return summary


def _line(table: Table, name: str) -> dict[str, str]:
    row = next(row for row in table.rows if row[0] == name)
    return dict(zip(table.headings, row, strict=True))


def test_the_overall_table_says_what_counts(summary: Summary) -> None:
    line = _line(overall_table(summary), "m")
    assert line["luma PSNR dB"].startswith("32.00 (")
    assert line["gain dB"].startswith("+2.00 (")
    assert line["made worse"] == "25%"
    assert (line["edge width px"], line["overshoot"]) == ("2.00", "2.0%")


def test_bicubic_has_no_gain_over_itself(summary: Summary) -> None:
    assert _line(overall_table(summary), "bicubic")["gain dB"] == "–"


def test_the_category_table_has_a_column_a_category(summary: Summary) -> None:
    assert _line(category_table(summary), "m") == {"method": "m", "people": "36.00 / 0.9500", "text": "28.00 / 0.9500"}


def test_the_worst_pictures_are_named(summary: Summary) -> None:
    assert worst_table(summary).rows[0] == ("m", "people/3.png", "-1.00", "+0.0500")


def test_the_ranking_gives_leads(summary: Summary) -> None:
    assert _line(ranking_table(summary), "m")["lead over the next, dB"].startswith("+2.00 (")


def test_markdown_keeps_its_columns_whatever_a_name_holds() -> None:
    assert Table(("method",), (("a|b",),)).to_markdown() == "| method |\n| --- |\n| a\\|b |\n"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_cells_for_its_headings(summary: Summary, kind: str) -> None:
    table = KINDS[kind](summary)
    assert {len(row) for row in table.rows} == {len(table.headings)}


def test_the_kept_table_says_how_far_from_clean(new_row: NewRow) -> None:
    rows = [new_row("bicubic", f"{number}.png", 100.0, degradation="clean") for number in range(4)]
    rows += [
        new_row("m", f"{number}.png", psnr, degradation="clean")
        for number, psnr in enumerate((100.0, 60.0, 46.0, 44.0))
    ]
    (summary,) = summarise(rows)
    assert kept_table(summary).rows == (("m", "53.0", "75%", "44.0", "0.9000"),)
