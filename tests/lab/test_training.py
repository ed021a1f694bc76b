"""The loop: it learns, it stops, and a resumed run is the uninterrupted one."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

from acutance.cli.main import app
from acutance.lab.samples import TrainingDataError, TrainingPairs, load_pairs, parse_mixture
from acutance.lab.teachers import Pretrained, TargetCache, open_pretrained
from acutance.lab.training.journal import Journal
from acutance.lab.training.loop import Progress, open_fabric, train
from acutance.lab.training.recipe import Recipe, RecipeError, load_recipe
from acutance.lab.training.run import Run, RunError

BICUBIC = parse_mixture("bicubic-x2")


@pytest.fixture(scope="module")
def pairs(training_pictures: Path) -> TrainingPairs:
    return load_pairs(training_pictures, BICUBIC, 2, 1)


def _train(
    recipe: Recipe,
    pairs: TrainingPairs,
    folder: Path,
    *,
    resume: bool = False,
    stop_after: int | None = None,
    pretrained: Pretrained | None = None,
) -> Run:
    run = Run(folder)
    (run.resume if resume else run.begin)(recipe, pairs.sha256)
    steps = 0

    def should_stop() -> bool:
        nonlocal steps
        steps += 1
        return steps == stop_after

    def ignore(progress: Progress) -> None:
        pass

    fabric = open_fabric(recipe)
    train(recipe, pairs, run, fabric, pretrained=pretrained, should_stop=should_stop, report=ignore)
    return run


def test_it_learns(recipe_file: Path, pairs: TrainingPairs, tmp_path: Path) -> None:
    run = _train(load_recipe(recipe_file, ["optimiser.steps=120"]), pairs, tmp_path / "run")
    psnr = [line["validation_psnr"] for line in run.journal() if "validation_psnr" in line]
    assert len(psnr) == 12
    assert psnr[-1] > psnr[0] + 0.5
    assert run.load_best()["psnr"] == max(psnr)


@pytest.mark.parametrize(("method", "stop"), [("adam", 10), ("adam", 17), ("soap", 17)])
def test_a_resumed_run_ends_bit_identical(
    recipe_file: Path, pairs: TrainingPairs, tmp_path: Path, method: str, stop: int
) -> None:
    recipe = load_recipe(recipe_file, [f"optimiser.method={method}"])
    whole = _train(recipe, pairs, tmp_path / "whole")
    _train(recipe, pairs, tmp_path / "parts", stop_after=stop)
    parts = _train(recipe, pairs, tmp_path / "parts", resume=True)
    for key in ("student", "average"):
        expected, seen = whole.load()[key], parts.load()[key]
        assert all(torch.equal(expected[name], seen[name]) for name in expected)
    losses = [[line.get("loss") for line in run.journal()] for run in (whole, parts)]
    assert losses[0] == losses[1]


@pytest.fixture
def taught_recipe(recipe_file: Path, span_file: Path) -> Recipe:
    objective = ["teacher=0.5", "teacher_features=0.1", "hint={weight=0.1, every=5, start=10}"]
    return load_recipe(
        recipe_file, [f'teacher.weights=["{span_file}"]', *(f"objective.{weight}" for weight in objective)]
    )


def _taught(recipe: Recipe, pictures: Path, folder: Path, **how: Any) -> Run:
    """Train as the command does it: with the networks, the teacher's targets and the received planes."""
    pretrained = open_pretrained(recipe.objective.active, recipe.teacher, recipe.vgg, BICUBIC.scale)
    assert pretrained.teacher is not None
    targets = TargetCache(folder.parent / "targets", pretrained.teacher, BICUBIC.name)
    pairs = load_pairs(pictures, BICUBIC, 2, 1, targets=targets, with_received=True)
    return _train(recipe, pairs, folder, pretrained=pretrained, **how)


def test_a_taught_run_resumes_bit_identical_adapters_included(
    taught_recipe: Recipe, training_pictures: Path, tmp_path: Path
) -> None:
    whole = _taught(taught_recipe, training_pictures, tmp_path / "whole")
    _taught(taught_recipe, training_pictures, tmp_path / "parts", stop_after=17)
    parts = _taught(taught_recipe, training_pictures, tmp_path / "parts", resume=True)
    for key in ("student", "average", "adapters"):
        expected, seen = whole.load()[key], parts.load()[key]
        assert expected
        assert all(torch.equal(expected[name], seen[name]) for name in expected)
    losses = [[line.get("loss") for line in run.journal()] for run in (whole, parts)]
    assert losses[0] == losses[1]


def test_every_term_is_in_the_journal_once_it_begins(
    taught_recipe: Recipe, training_pictures: Path, tmp_path: Path
) -> None:
    lines = _taught(taught_recipe, training_pictures, tmp_path / "run").journal()
    terms = {line["step"]: set(line["loss"]) for line in lines if "loss" in line}
    assert terms[10] == {"l1", "teacher", "teacher_features"}
    assert terms[15] == {"l1", "teacher", "teacher_features", "hint"}


def test_the_adapter_learns(taught_recipe: Recipe, training_pictures: Path, tmp_path: Path) -> None:
    lines = _taught(taught_recipe, training_pictures, tmp_path / "run").journal()
    hints = [line["loss"]["hint"] for line in lines if "hint" in line.get("loss", {})]
    assert hints[-1] < hints[0]


def test_resuming_with_another_teacher_is_refused(recipe_file: Path, pairs: TrainingPairs, tmp_path: Path) -> None:
    recipe = load_recipe(recipe_file)
    Run(tmp_path / "run").begin(recipe, pairs.sha256, {"teacher": "one"})
    with pytest.raises(RunError, match="learnt from other weights"):
        Run(tmp_path / "run").resume(recipe, pairs.sha256, {"teacher": "other"})


def test_a_run_may_begin_as_another_ended(recipe_file: Path, pairs: TrainingPairs, tmp_path: Path) -> None:
    first = _train(load_recipe(recipe_file), pairs, tmp_path / "first")
    recipe = load_recipe(recipe_file, [f"init_from={first.folder}", "optimiser.steps=1", "optimiser.learning_rate=0"])
    second = _train(recipe, pairs, tmp_path / "second")
    for name, expected in first.load_best()["average"].items():
        torch.testing.assert_close(second.load()["student"][name], expected, rtol=0, atol=1e-6)


def test_another_runs_student_is_mixed_into_the_beginning(
    recipe_file: Path, pairs: TrainingPairs, tmp_path: Path
) -> None:
    first = _train(load_recipe(recipe_file, ["optimiser.steps=5"]), pairs, tmp_path / "first")
    other = _train(load_recipe(recipe_file, ["optimiser.steps=10"]), pairs, tmp_path / "other")
    settings = [f"init_from={first.folder}", f"mix.run={other.folder}", "mix.share=0.25"]
    recipe = load_recipe(recipe_file, [*settings, "optimiser.steps=1", "optimiser.learning_rate=0"])
    mixed = _train(recipe, pairs, tmp_path / "mixed").load()["student"]
    others = other.load_best()["average"]
    for name, own in first.load_best()["average"].items():
        torch.testing.assert_close(mixed[name], 0.75 * own + 0.25 * others[name], rtol=0, atol=1e-6)


def test_nothing_is_mixed_into_a_new_student(recipe_file: Path) -> None:
    with pytest.raises(RecipeError, match="mix: needs the key init_from"):
        load_recipe(recipe_file, ["mix.run=runs/other", "mix.share=0.25"])


def test_a_run_of_another_shape_is_no_beginning(recipe_file: Path, pairs: TrainingPairs, tmp_path: Path) -> None:
    first = _train(load_recipe(recipe_file, ["optimiser.steps=1"]), pairs, tmp_path / "first")
    recipe = load_recipe(recipe_file, [f"init_from={first.folder}", "model.unshuffle=4"])
    with pytest.raises(RunError, match=r"does not grow to .* begin from a run of the same shape"):
        _train(recipe, pairs, tmp_path / "second")


def test_lines_after_the_checkpoint_are_taken_back(recipe_file: Path, pairs: TrainingPairs, tmp_path: Path) -> None:
    recipe = load_recipe(recipe_file)
    run = _train(recipe, pairs, tmp_path / "run", stop_after=10)
    Journal(run.folder / "journal.jsonl").append({"step": 15, "loss": {"l1": 99.0}})
    with (run.folder / "journal.jsonl").open("a") as file:
        file.write('{"step": 16, "lo')  # a line that a crash cut off
    resumed = _train(recipe, pairs, tmp_path / "run", resume=True)
    steps = [line["step"] for line in resumed.journal() if "loss" in line]
    assert steps == list(range(5, 41, 5))


def test_a_begun_folder_is_not_begun_again(recipe_file: Path, pairs: TrainingPairs, tmp_path: Path) -> None:
    recipe = load_recipe(recipe_file)
    _train(recipe, pairs, tmp_path / "run", stop_after=1)
    with pytest.raises(RunError, match="holds a run already"):
        _train(recipe, pairs, tmp_path / "run")


def test_a_process_that_comes_late_does_not_take_the_first_ones_run_for_another(
    recipe_file: Path, tmp_path: Path
) -> None:
    recipe = load_recipe(recipe_file)
    Run(tmp_path / "run").begin(recipe, "pictures")
    Run(tmp_path / "run", writes=False).begin(recipe, "pictures")


@pytest.mark.parametrize(
    ("override", "sha256", "message"),
    [("seed=4", None, "made from another recipe"), ("seed=3", "other", "trained on other pictures")],
)
def test_resuming_something_else_is_refused(
    recipe_file: Path, pairs: TrainingPairs, tmp_path: Path, override: str, sha256: str | None, message: str
) -> None:
    run = _train(load_recipe(recipe_file), pairs, tmp_path / "run", stop_after=1)
    with pytest.raises(RunError, match=message):
        run.resume(load_recipe(recipe_file, [override]), sha256 or pairs.sha256)


def test_nothing_to_resume_is_refused(recipe_file: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="holds no run to resume"):
        Run(tmp_path / "none").resume(load_recipe(recipe_file), "")


def test_validation_pictures_are_not_trained_on(training_pictures: Path) -> None:
    pairs = load_pairs(training_pictures, BICUBIC, 2, 1)
    assert (len(pairs.training), len(pairs.held_out)) == (4, 2)


def test_too_few_pictures_are_refused(training_pictures: Path) -> None:
    with pytest.raises(TrainingDataError, match="got 6 pictures, expected more than the 6 held out"):
        load_pairs(training_pictures, BICUBIC, 6, 1)


def _command(recipe_file: Path, pictures: Path, run: Path, *more: str) -> list[str]:
    module = [sys.executable, "-c", "from acutance.cli import main; main()", "train", str(recipe_file)]
    return [*module, "--data", str(pictures), "--run", str(run), *more]


def _wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_sigterm_stops_with_a_checkpoint(recipe_file: Path, training_pictures: Path, tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    process = subprocess.Popen(
        _command(recipe_file, training_pictures, run.folder, "--set", "optimiser.steps=1000000"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    _wait_for(lambda: bool(run.journal()))
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "stopped (SIGTERM), --resume goes on" in out
    assert run.load()["step"] >= run.journal()[-1]["step"]


@pytest.mark.usefixtures("own_signals")
def test_a_training_stops_while_its_teacher_works(
    taught_recipe: Recipe, training_pictures: Path, tmp_path: Path
) -> None:
    (tmp_path / "taught.toml").write_text(taught_recipe.to_toml())
    command = _command(tmp_path / "taught.toml", training_pictures, tmp_path / "run", "--max-minutes", "0")[3:]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 2
    assert "stopped (--max-minutes) before the first step" in result.stderr
    assert not (tmp_path / "run").exists()


def test_two_processes_train_as_one_does_with_the_whole_batch(
    recipe_file: Path, training_pictures: Path, tmp_path: Path
) -> None:
    weights = {}
    for processes in (1, 2):
        run = Run(tmp_path / f"run{processes}")
        settings = ["optimiser.steps=1", f"fabric.devices={processes}"]
        strategy = ["fabric.strategy=ddp"] if processes > 1 else []
        overrides = [word for setting in [*settings, *strategy] for word in ("--set", setting)]
        command = _command(recipe_file, training_pictures, run.folder, *overrides)
        if processes > 1:
            script = tmp_path / "train.py"  # Fabric starts the other process by running the script again
            script.write_text("from acutance.cli import main\nmain()\n")
            command = [sys.executable, str(script), *command[3:]]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        weights[processes] = run.load()["student"]
    for name, expected in weights[1].items():
        torch.testing.assert_close(weights[2][name], expected, rtol=0, atol=1e-5)
