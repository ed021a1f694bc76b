"""Tables, chart and document."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from acutance.bench import BenchError, Results
from acutance.bench.report import fill_document, latency_chart, tables
from acutance.bench.report.tables import size_table, speed_table
from acutance.bench.results import Kind, Latency, Row, Stage

if TYPE_CHECKING:
    from acutance.evaluate.tables import Table

_PERFORMANCE = Path(__file__).parents[2] / "docs" / "performance.md"


def _row(stage: Stage, kind: Kind, name: str, milliseconds: float, gmac: float, height: int = 1080) -> Row:
    return Row(
        stage=stage,
        kind=kind,
        name=name,
        width=height * 16 // 9,
        height=height,
        runs_as="OpenVINO on cpu",
        precision="int8",
        gmac=gmac,
        latency=Latency.of([milliseconds] * 3),
        frames_per_second=1000.0 / milliseconds,
    )


@pytest.fixture
def known(results: Results) -> Results:
    """Results of which each figure can be worked out by hand."""
    rows = (
        _row("network", "limit", "64 channels", 10.0, 4.0),
        _row("network", "limit", "128 channels", 20.0, 6.0),
        _row("frame", "baseline", "resize", 1.0, 0.0),
        _row("network", "rival", "ecbsr-m4c16", 19.0, 5.0),
        _row("frame", "rival", "ecbsr-m4c16", 20.0, 5.0),
        _row("frame", "rival", "espcn", 50.0, 11.0),
        _row("network", "student", "fast", 14.4, 4.5),
        _row("frame", "student", "fast", 15.0, 4.5),
        _row("frame", "student", "fast", 7.5, 2.0, height=720),
    )
    return results.model_copy(update={"rows": rows})


def _line(table: Table, name: str) -> dict[str, str]:
    return next(dict(zip(table.headings, row, strict=True)) for row in table.rows if row[0] == name)


def test_shares_are_of_budgets_limit_and_rival(known: Results) -> None:
    line = _line(speed_table(known), "fast")
    assert (line["network ms"], line["frame path ms"], line["FPS"]) == ("14.4", "15.0", "66.7")
    assert (line["of 33.3 ms"], line["of 16.7 ms"]) == ("45%", "90%")
    assert (line["around the network"], line["GMAC/s"], line["of the limit"]) == ("4.0%", "300", "75%")
    assert (line["× ecbsr-m4c16"], line["× espcn"]) == ("0.75", "0.30")


def test_students_come_first(known: Results) -> None:
    assert [row[0] for row in speed_table(known).rows] == ["fast", "ecbsr-m4c16", "espcn", "resize"]


def test_sizes_are_compared_by_the_pixel(known: Results) -> None:
    assert _line(size_table(known), "fast") == {
        "what": "fast",
        "precision": "int8",
        "1280×720": "7.5 (8.1)",
        "1920×1080": "15.0 (7.2)",
    }


def test_every_table_has_cells_for_its_headings(results: Results) -> None:
    made = tables(results)
    assert len(made) == 4
    for table in made.values():
        assert {len(row) for row in table.rows} == {len(table.headings)}


def test_the_chart_is_svg_with_a_line_for_each_frame_path(results: Results) -> None:
    drawing = ElementTree.fromstring(latency_chart(results))
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    lines = drawing.findall("{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == 7
    assert {len((line.get("points") or "").split()) for line in lines} == {3}


def test_a_document_takes_the_results_of_its_folder(results: Results, tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text("before\n<!-- results -->\nold\n<!-- end of results -->\nafter\n")
    folder = tmp_path / "performance" / "results"
    folder.mkdir(parents=True)
    (folder / "this.json").write_text(results.model_dump_json())
    (folder / "this.svg").write_text(latency_chart(results))
    filled = fill_document(document)
    assert "old" not in filled
    assert filled.startswith("before\n<!-- results -->\n")
    assert filled.endswith("<!-- end of results -->\nafter\n")
    assert "(performance/results/this.svg)" in filled
    for table in tables(results).values():
        assert table.to_markdown() in filled
    document.write_text(filled)
    assert fill_document(document) == filled


def test_a_document_without_a_place_is_refused(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text("nothing\n")
    with pytest.raises(BenchError, match="has 0 places for results, expected one"):
        fill_document(document)


def test_the_performance_document_agrees_with_the_committed_results() -> None:
    """Where it fails: acutance bench --markdown docs/performance.md."""
    assert fill_document(_PERFORMANCE) == _PERFORMANCE.read_text(encoding="utf-8")
