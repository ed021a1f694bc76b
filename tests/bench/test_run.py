"""Whole runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from acutance.bench import BenchError, Results, bench, sizes
from acutance.bench.apart.parent import Task, run_apart
from acutance.bench.networks import RIVALS, parse_shape
from acutance.bench.results import Latency, Row, read_results
from acutance.runtime import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.conftest import NewPlan


def _find(results: Results, **fields: object) -> list[Row]:
    return [row for row in results.rows if all(getattr(row, name) == value for name, value in fields.items())]


@pytest.mark.parametrize("size", [(64, 48), (96, 64)])
def test_each_size_has_the_frame_path_of_everything(results: Results, size: tuple[int, int]) -> None:
    names = {row.name for row in _find(results, stage="frame", width=size[0], height=size[1])}
    assert names == {"noise", *RIVALS, "resize", "unsharp", "cas"}


def test_a_student_is_timed_alone_and_on_its_way(results: Results) -> None:
    (network,) = _find(results, stage="network", kind="student", width=96)
    (frame,) = _find(results, stage="frame", kind="student", width=96)
    assert network.gmac == frame.gmac == 864 * 96 * 64 / 1e9
    assert len(network.latency.series) == len(frame.latency.series) == 3


def test_the_rivals_precisions_that_lost_are_kept_beside(results: Results) -> None:
    for name in RIVALS:
        tried = {row.precision for row in _find(results, stage="network", name=name, width=96)}
        chosen = {row.precision for row in _find(results, stage="frame", name=name)}
        assert "f32" in tried
        assert len(tried) > len(chosen) == 1


def test_a_process_of_its_own_tells_its_start_and_its_memory(results: Results) -> None:
    rows = _find(results, stage="apart")
    assert [row.runs_as for row in rows] == ["OpenVINO on cpu", "ONNX Runtime on ort-cpu"]
    assert all(row.first_frame_ms > 50.0 and row.peak_memory_mb > 30.0 for row in rows)  # type: ignore[operator]


def test_clips_go_three_ways_without_and_with_the_student(results: Results) -> None:
    ways = [(row.name, row.stage, row.received) for row in results.rows if row.stage in ("clip", "discard")]
    assert ways == [
        (name, stage, received)
        for name in ("identity", "noise")
        for stage, received in (("clip", None), ("clip", (48, 32)), ("discard", None))
    ]


def test_a_clips_rate_counts_its_start(results: Results) -> None:
    for row in _find(results, stage="clip"):
        assert row.frames_per_second < 6 / (row.first_frame_ms or 0.0) * 1000.0


def test_results_come_back_from_their_file(results: Results, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(results.model_dump_json(exclude_none=True))
    assert read_results(path) == results


def test_a_file_of_another_kind_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text('{"version": 2}')
    with pytest.raises(BenchError, match=r"results\.json: is no result of this version \(version: .*measure again"):
        read_results(path)


def test_shapes_are_timed_alone(new_plan: NewPlan) -> None:
    found = bench(new_plan(shapes=(parse_shape("2/16/3"), parse_shape("espcn")), precisions=("f32",)))
    assert {(row.name, row.precision) for row in _find(found, stage="network")} == {("2/16/3", "f32"), ("espcn", "f32")}
    assert {row.name for row in _find(found, stage="frame")} == {"espcn"}


def test_the_limit_is_the_fastest_chain_beside_a_size(new_plan: NewPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "LIMITS", ((32, 16, 16), (64, 16, 16)))
    found = bench(new_plan(shapes=(parse_shape("2/16/3"),), sizes=((64, 48),), limit=True))
    rows = _find(found, kind="limit", width=64, precision="int8")
    assert len(rows) == 2
    assert found.limit((64, 48), "int8") == max(row.gmac_per_second or 0.0 for row in rows)


@pytest.mark.parametrize("fields", [{"shapes": (parse_shape("2/16/3"),)}, {"limit": True}])
def test_what_needs_openvino_is_refused_elsewhere(new_plan: NewPlan, fields: dict[str, object]) -> None:
    with pytest.raises(BenchError, match="got the device ort-cpu"):
        bench(new_plan(device="ort-cpu", **fields))


def test_a_precision_that_no_network_is_built_in_is_refused(new_plan: NewPlan) -> None:
    with pytest.raises(BenchError, match="--precision: got 'int4'"):
        bench(new_plan(shapes=(parse_shape("2/16/3"),), precisions=("int4",)))


def test_a_model_that_is_not_there_is_refused_before_anything_is_timed(new_plan: NewPlan) -> None:
    with pytest.raises(ModelError, match="expected one of"):
        bench(new_plan(models=("absent",)))


def test_a_process_that_fails_says_why(model_file: Path) -> None:
    task = Task(stage="apart", model=str(model_file), device="cpu", precision="f32", threads=1, size=(64, 48), frames=1)
    with pytest.raises(BenchError, match="fewer than two frames were finished"):
        run_apart(task)


def test_percentiles_are_those_of_the_series() -> None:
    latency = Latency.of([float(value) for value in range(101)])
    assert (latency.p50, latency.p95, latency.p99) == (50.0, 95.0, 99.0)
