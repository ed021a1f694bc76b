"""The table of everything tried, on a run of a few steps."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from acutance.bench.results import Latency, Machine, Results, Row, Settings
from acutance.cli.main import app

if TYPE_CHECKING:
    from tests.lab.experiments.conftest import Script

DOCUMENTS = Path(__file__).parents[3] / "docs" / "experiments"
PAGE = "before\n<!-- table: runs -->\nold\n<!-- end of table -->\nafter\n"


@pytest.fixture(scope="module")
def architecture(scripts: Callable[[str], ModuleType]) -> ModuleType:
    return scripts("architecture")


@pytest.fixture
def run(training_pictures: Path, recipe_file: Path, tmp_path: Path, own_signals: None) -> Path:
    command = ["train", str(recipe_file), "--data", str(training_pictures), "--run", str(tmp_path / "tried")]
    assert CliRunner().invoke(app, command).exit_code == 0
    return tmp_path / "tried"


def _validations(run: Path) -> dict[int, float]:
    lines = [json.loads(line) for line in (run / "journal.jsonl").read_text().splitlines()]
    return {line["step"]: line["validation_psnr"] for line in lines if "validation_psnr" in line}


def _stop_at(run: Path, step: int) -> None:
    """Leave of the journal what a run that was stopped then would have."""
    journal = run / "journal.jsonl"
    kept = [line for line in journal.read_text().splitlines(keepends=True) if json.loads(line)["step"] <= step]
    journal.write_text("".join(kept))


def _bench(path: Path, milliseconds: dict[str, float]) -> Path:
    rows = tuple(
        Row(
            stage="network",
            kind="student",
            name=shape,
            width=1920,
            height=1080,
            runs_as="OpenVINO on cpu",
            precision=precision,
            latency=Latency.of([factor * time] * 3),
            frames_per_second=1.0,
        )
        for shape, time in milliseconds.items()
        for precision, factor in (("int8", 1), ("f32", 3))
    )
    machine = Machine(processor="any", instruction_sets=(), cores=2, memory_gb=None, system="any", versions={})
    settings = Settings(
        device="cpu", precisions=("int8",), threads=2, frames=3, seconds=1, clip_seconds=0, load_average=None
    )
    path.write_text(Results(made="now", machine=machine, settings=settings, rows=rows).model_dump_json())
    return path


def test_a_record_says_what_the_run_was_and_what_came_of_it(architecture: ModuleType, run: Path) -> None:
    record = architecture.record_run(run)
    psnr = _validations(run)
    assert (record.run, record.name, record.shape) == ("tried", "tiny", "2/8/3")
    assert (record.mac_per_pixel, record.parameters) == (9 * (2 * 4 * 8 + 64) / 4, 9 * (2 * 4 * 8 + 64) + 8 + 8 + 4)
    assert (record.optimiser, record.learning_rate) == ("adam", 2e-3)
    assert (record.steps, record.done, record.precision) == (40, 40, "32-true")
    assert record.gigapixels == round(40 * 4 * 32 * 32 / 1e9, 3)
    assert record.validation_psnr == pytest.approx([psnr[10], psnr[20], psnr[30], psnr[40]], abs=5e-4)
    assert record.best == pytest.approx(max(psnr.values()), abs=5e-4)
    assert record.recipe_sha256 == hashlib.sha256((run / "recipe.toml").read_bytes()).hexdigest()


def test_what_a_run_has_not_reached_has_no_figure(architecture: ModuleType, run: Path) -> None:
    _stop_at(run, 25)
    record = architecture.record_run(run)
    assert [psnr is None for psnr in record.validation_psnr] == [False, False, True, True]
    assert record.done == 25
    assert "25 of 40" in architecture.runs_table([record]).rows[0]


def test_a_quarter_has_the_last_validation_until_then(architecture: ModuleType, run: Path) -> None:
    journal = run / "journal.jsonl"
    psnr = _validations(run)
    lines = [line for line in journal.read_text().splitlines(keepends=True) if json.loads(line)["step"] != 20]
    journal.write_text("".join(lines))
    assert architecture.record_run(run).validation_psnr[1] == pytest.approx(psnr[10], abs=5e-4)


def test_an_int8_run_says_so(architecture: ModuleType, run: Path) -> None:
    recipe = run / "recipe.toml"
    recipe.write_text(recipe.read_text().replace('init_from = ""', 'init_from = "runs/first"') + "[quantisation]\n")
    record = architecture.record_run(run)
    assert (record.precision, record.init_from) == ("int8", "first")


def test_an_objective_is_kept_as_the_recipe_says_it(architecture: ModuleType, run: Path) -> None:
    recipe = run / "recipe.toml"
    recipe.write_text(recipe.read_text().replace("vgg = 0.0", "vgg = {weight = 0.1, every = 5, start = 9}"))
    record = architecture.record_run(run)
    assert architecture.RunRecord.model_validate_json(record.model_dump_json()) == record
    assert "1 l1, 0.1 vgg every 5 after 9" in architecture.runs_table([record]).rows[0]


def test_a_run_without_a_line_is_refused(architecture: ModuleType, run: Path) -> None:
    (run / "journal.jsonl").unlink()
    with pytest.raises(architecture.RecordError, match="its journal is empty"):
        architecture.record_run(run)


class TestScript:
    """The command: a row a run, old rows of other runs kept."""

    @pytest.fixture
    def place(self, tmp_path: Path) -> list[object]:
        (tmp_path / "page.md").write_text(PAGE)
        return ["--page", tmp_path / "page.md", "--records", tmp_path / "runs.jsonl"]

    def _records(self, tmp_path: Path) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (tmp_path / "runs.jsonl").read_text().splitlines()]

    def test_a_run_is_replaced_and_others_stay(
        self, run_script: Script, run: Path, place: list[object], tmp_path: Path
    ) -> None:
        shutil.copytree(run, tmp_path / "other")
        whole = (run / "journal.jsonl").read_text()
        _stop_at(run, 25)
        run_script("architecture", run, tmp_path / "other", *place)
        (run / "journal.jsonl").write_text(whole)
        run_script("architecture", run, *place)
        assert {(record["run"], record["done"]) for record in self._records(tmp_path)} == {("tried", 40), ("other", 40)}

    def test_a_run_made_anew_from_another_recipe_is_another(
        self, run_script: Script, run: Path, place: list[object], tmp_path: Path
    ) -> None:
        run_script("architecture", run, *place)
        recipe = run / "recipe.toml"
        recipe.write_text(recipe.read_text().replace("seed = 3", "seed = 4"))
        run_script("architecture", run, *place)
        assert {record["seed"] for record in self._records(tmp_path)} == {3, 4}

    def test_only_the_marked_place_of_the_page_changes(
        self, run_script: Script, run: Path, place: list[object], tmp_path: Path
    ) -> None:
        run_script("architecture", run, *place)
        page = (tmp_path / "page.md").read_text(encoding="utf-8")
        assert page.startswith("before\n<!-- table: runs -->\n| run |")
        assert page.endswith("<!-- end of table -->\nafter\n")
        assert "| tried | 2/8/3 |" in page
        assert "old" not in page

    def test_times_are_those_of_the_int8_network_and_stay(
        self, run_script: Script, run: Path, place: list[object], tmp_path: Path
    ) -> None:
        run_script("architecture", run, "--times", _bench(tmp_path / "b.json", {"2/8/3": 4.2, "2/8/4": 9.0}), *place)
        run_script("architecture", run, *place)
        assert [record["int8_ms"] for record in self._records(tmp_path)] == [4.2]

    def test_a_folder_without_a_run_is_refused_and_nothing_written(
        self, run_script: Script, place: list[object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as refusal:
            run_script("architecture", tmp_path / "none", *place)
        assert refusal.value.code == 2
        assert "recipe.toml: cannot be read" in capsys.readouterr().err
        assert not (tmp_path / "runs.jsonl").exists()


def test_a_marker_of_no_table_is_refused(architecture: ModuleType) -> None:
    with pytest.raises(architecture.RecordError, match="got walks, expected runs"):
        architecture.page(PAGE.replace("runs", "walks"), [])


def test_the_page_agrees_with_the_committed_records(architecture: ModuleType) -> None:
    """Where it fails: python docs/experiments/architecture.py."""
    records = architecture.read_records(DOCUMENTS / "results" / "runs.jsonl")
    text = (DOCUMENTS / "architecture.md").read_text(encoding="utf-8")
    assert architecture.merged(records, {}) == records
    assert architecture.page(text, records) == text
