"""The road from an experiment to its page, with a few steps: trained, exported, measured, stopped, gone on with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from acutance.lab.samples import load_pairs, parse_mixture
from acutance.lab.training.loop import open_fabric, train
from acutance.lab.training.recipe import load_recipe
from acutance.lab.training.run import Run

if TYPE_CHECKING:
    from tests.lab.experiments.conftest import Script

STEPS = 20
NAMES = [f"tiny-{variant}-{seed}" for seed in (1, 2) for variant in ("clean", "taught")]

Distil = Callable[..., int | str | None]


@pytest.fixture
def experiment_file(recipe_file: Path, span_file: Path) -> Path:
    """Two variants from two seeds, of a tiny student and a tiny teacher."""
    path = recipe_file.with_name("experiment.toml")
    path.write_text(
        f"""
seeds = [1, 2]
control = "clean"
[students.tiny]
recipe = "{recipe_file.name}"
variants = ["clean", "taught"]
[variants.clean]
title = "control"
[variants.taught]
title = "+ teacher"
set = ['teacher.weights=["{span_file}"]', "objective.teacher=0.5", "objective.hint={{weight=0.01, every=5}}"]
"""
    )
    return path


@pytest.fixture
def sets(training_pictures: Path, tmp_path: Path) -> list[Path]:
    """Two folders of pictures to measure on, one of them with categories."""
    for index, name in enumerate(("mixed/games/a", "mixed/games/b", "mixed/text/a", "plain/a")):
        path = tmp_path / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(training_pictures / f"{index}.png", path)
    return [tmp_path / "mixed", tmp_path / "plain"]


@pytest.fixture
def distil(
    run_script: Script, experiment_file: Path, training_pictures: Path, sets: list[Path], tmp_path: Path
) -> Distil:
    """Runs the script with these further words and returns its exit status."""

    def run(*words: object) -> int | str | None:
        places = ["--data", training_pictures, "--runs", tmp_path / "runs", "--experiment", experiment_file]
        measured = ["--measure", ",".join(map(str, sets)), "--set", f"optimiser.steps={STEPS}"]
        with pytest.raises(SystemExit) as end:
            run_script("distil", *places, *measured, *words)
        return end.value.code

    return run


def _written(runs: Path) -> dict[str, int]:
    return {path.relative_to(runs).as_posix(): path.stat().st_mtime_ns for path in runs.rglob("*") if path.is_file()}


def test_the_whole_road(
    distil: Distil, run_script: Script, experiment_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = tmp_path / "runs"
    assert distil() == 0
    assert "all 4 done" in capsys.readouterr().out
    assert {path.stem for path in runs.glob("*.onnx")} == set(NAMES)

    first = _written(runs)
    assert distil() == 0
    assert _written(runs) == first  # what is finished is skipped

    page, results = tmp_path / "page.md", tmp_path / "results.jsonl"
    page.write_text("<!-- table: tiny -->\n<!-- end of table -->\n")
    words = ["--experiment", experiment_file, "--page", page, "--results", results]
    run_script("distillation", runs, *words)
    lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    assert [f"{line['student']}-{line['variant']}-{line['seed']}" for line in lines] == NAMES
    assert {name: sorted(figures["psnr"]) for name, figures in lines[0]["sets"].items()} == {
        "mixed": ["games", "text"],
        "plain": [""],
    }
    text = page.read_text(encoding="utf-8")
    assert "mixed, 3 pictures:" in text
    assert "plain, 1 pictures:" in text
    assert "| + teacher |" in text

    run_script("distillation", *words)
    assert page.read_text(encoding="utf-8") == text  # the results alone make the same page


def test_a_stopped_training_is_gone_on_with(
    distil: Distil, scripts: Callable[[str], ModuleType], experiment_file: Path, training_pictures: Path, tmp_path: Path
) -> None:
    (training,) = [one for one in scripts("experiment").trainings(experiment_file) if one.name == "tiny-clean-2"]
    recipe = load_recipe(training.recipe, [*training.settings, f"optimiser.steps={STEPS}"])
    run = Run(tmp_path / "runs" / training.name)
    pairs = load_pairs(training_pictures, parse_mixture("bicubic-x2"), 2, 1)
    run.begin(recipe, pairs.sha256)
    steps = iter(range(1, STEPS))
    train(recipe, pairs, run, open_fabric(recipe), should_stop=lambda: next(steps) == 7, report=lambda progress: None)
    assert run.load()["step"] == 7
    assert distil("--only", training.name) == 0
    assert run.load()["step"] == STEPS
    assert (tmp_path / "runs" / f"{training.name}.jsonl").exists()


def test_when_the_time_is_up_no_training_begins(
    distil: Distil, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert distil("--max-minutes", 0) == 0
    assert "0 of 4 done; the same command goes on" in capsys.readouterr().out
    assert _written(tmp_path / "runs") == {}


def test_a_training_that_time_stops_before_its_first_step_is_no_failure(
    distil: Distil, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert distil("--max-minutes", 1e-6, "--only", "tiny-taught-1") == 0
    assert "0 of 1 done; the same command goes on" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("optimiser.steps=0", "optimiser.steps"),
        ('teacher.weights=["nobody"]', "weights nobody"),
        ("objective.l1=2", "was made from another recipe"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_anything_is(
    distil: Distil,
    scripts: Callable[[str], ModuleType],
    experiment_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    setting: str,
    message: str,
) -> None:
    last = scripts("experiment").trainings(experiment_file)[-1]
    Run(tmp_path / "runs" / last.name).begin(
        load_recipe(last.recipe, [*last.settings, f"optimiser.steps={STEPS}"]), "pictures"
    )
    before = _written(tmp_path / "runs")
    assert distil("--set", setting) == 2
    assert message in capsys.readouterr().err
    assert _written(tmp_path / "runs") == before


def test_pictures_that_cannot_be_measured_are_said(distil: Distil, sets: list[Path], tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(sets[1] / "small.png")
    status = distil("--only", "tiny-clean-1")
    assert "small.png: left out" in str(status)
    rows = (tmp_path / "runs" / "tiny-clean-1.jsonl").read_text().splitlines()
    assert len(rows) == 4
