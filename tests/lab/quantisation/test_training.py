"""Training in int8: the same loop, begun from a run in f32."""

from pathlib import Path

import pytest
import torch

from acutance.lab.quantisation import QuantisedStudent
from acutance.lab.samples import TrainingPairs, load_pairs, parse_mixture
from acutance.lab.training.loop import open_fabric, train
from acutance.lab.training.recipe import Recipe, RecipeError, load_recipe
from acutance.lab.training.run import Run, RunError
from acutance.lab.training.validation import validate


@pytest.fixture(scope="module")
def pairs(training_pictures: Path) -> TrainingPairs:
    return load_pairs(training_pictures, parse_mixture("bicubic-x2"), 2, 1)


def _train(recipe: Recipe, pairs: TrainingPairs, folder: Path, *, resume: bool = False, stop_after: int = 0) -> Run:
    run = Run(folder)
    (run.resume if resume else run.begin)(recipe, pairs.sha256)
    steps = iter(range(1, recipe.optimiser.steps + 1))
    train(
        recipe,
        pairs,
        run,
        open_fabric(recipe),
        should_stop=lambda: next(steps) == stop_after,
        report=lambda progress: None,
    )
    return run


@pytest.fixture
def f32(recipe_file: Path, pairs: TrainingPairs, tmp_path: Path) -> Run:
    return _train(load_recipe(recipe_file, ["optimiser.steps=100"]), pairs, tmp_path / "f32")


def _int8(recipe_file: Path, f32: Run, *overrides: str) -> Recipe:
    return load_recipe(recipe_file, [f"init_from={f32.folder}", "quantisation={crops=8}", *overrides])


def test_it_begins_about_as_good(recipe_file: Path, f32: Run, pairs: TrainingPairs, tmp_path: Path) -> None:
    run = _train(_int8(recipe_file, f32, "optimiser.steps=1"), pairs, tmp_path / "int8")
    assert run.load_best()["psnr"] > f32.load_best()["psnr"] - 0.1


def test_it_learns(recipe_file: Path, pairs: TrainingPairs, tmp_path: Path) -> None:
    untaught = _train(load_recipe(recipe_file, ["optimiser.steps=1"]), pairs, tmp_path / "untaught")
    run = _train(_int8(recipe_file, untaught, "optimiser.steps=120"), pairs, tmp_path / "int8")
    assert run.load_best()["psnr"] > untaught.load_best()["psnr"] + 1.0


def test_the_steps_learn_and_are_averaged(recipe_file: Path, f32: Run, pairs: TrainingPairs, tmp_path: Path) -> None:
    run = _train(_int8(recipe_file, f32), pairs, tmp_path / "int8", stop_after=1)
    first = run.load()["student"]["log_steps"]
    last = _train(_int8(recipe_file, f32), pairs, tmp_path / "int8", resume=True).load()
    assert (last["student"]["log_steps"] != first).all()
    lags = (last["average"]["log_steps"] - first).abs() < (last["student"]["log_steps"] - first).abs()
    assert lags.all()


def test_what_is_validated_is_the_rounded_average(
    recipe_file: Path, f32: Run, pairs: TrainingPairs, tmp_path: Path
) -> None:
    recipe = _int8(recipe_file, f32)
    best = _train(recipe, pairs, tmp_path / "int8").load_best()
    student = QuantisedStudent(recipe.model)
    student.load_state_dict(best["average"])
    assert validate(student, pairs.held_out) == pytest.approx(best["psnr"], abs=1e-3)


def test_a_resumed_run_ends_bit_identical(recipe_file: Path, f32: Run, pairs: TrainingPairs, tmp_path: Path) -> None:
    recipe = _int8(recipe_file, f32)
    whole = _train(recipe, pairs, tmp_path / "whole")
    _train(recipe, pairs, tmp_path / "parts", stop_after=17)
    parts = _train(recipe, pairs, tmp_path / "parts", resume=True)
    for key in ("student", "average"):
        expected, seen = whole.load()[key], parts.load()[key]
        assert all(torch.equal(expected[name], seen[name]) for name in expected)


def test_an_int8_run_is_no_beginning(recipe_file: Path, f32: Run, pairs: TrainingPairs, tmp_path: Path) -> None:
    int8 = _train(_int8(recipe_file, f32, "optimiser.steps=1"), pairs, tmp_path / "int8")
    with pytest.raises(RunError, match="is int8 already; begin from the run in f32"):
        _train(_int8(recipe_file, int8), pairs, tmp_path / "again")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["quantisation={}"], "quantisation: needs the key init_from"),
        (["quantisation={}", "init_from=x", "fabric.precision=bf16-mixed"], "got bf16-mixed, expected 32-true"),
        (["quantisation.crops=0", "init_from=x"], "quantisation.crops"),
        (["quantisation.bits=4", "init_from=x"], "quantisation.bits"),
    ],
)
def test_what_does_not_fit_is_refused(recipe_file: Path, overrides: list[str], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        load_recipe(recipe_file, overrides)
