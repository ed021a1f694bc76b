"""Trains, exports and measures everything that ``distillation.toml`` asks for, one after another.

    python docs/experiments/distil.py --data PICTURES --runs RUNS --measure Set5,Set14,FIVECAT

What is finished is skipped and what was stopped (Ctrl-C, SIGTERM, ``--max-minutes``) is gone on with: the same command
until it says that all is done. A GPU is a setting: ``--set fabric.accelerator=cuda``. Several processes share the work
by ``--only``: ``--only '*-1'`` is the first seed. Leaves NAME/ (the run), NAME.onnx and NAME.jsonl (its rows) in RUNS.
"""

import argparse
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from math import inf
from pathlib import Path

import typer
from experiment import ExperimentError, Training, trainings

from acutance.cli.train import train
from acutance.data import PictureSet, open_set
from acutance.degrade import parse_degradation
from acutance.evaluate.rows import BICUBIC
from acutance.evaluate.run import Plan, evaluate
from acutance.lab.export import export_student
from acutance.lab.teachers import open_pretrained
from acutance.lab.training.recipe import Recipe, load_recipe
from acutance.lab.training.run import Run


@dataclass(frozen=True)
class Job:
    """A training with its run and what to set in its recipe."""

    training: Training
    run: Run
    settings: tuple[str, ...]
    recipe: Recipe

    @property
    def is_begun(self) -> bool:
        """Whether there is a run."""
        return (self.run.folder / "recipe.toml").exists()

    @property
    def is_finished(self) -> bool:
        """Whether the run has done all its steps."""
        return self.is_begun and self.run.load().get("step") == self.recipe.optimiser.steps


def plan(training: Training, runs: Path, overrides: Sequence[str]) -> Job:
    """Return the job of a training, after all that can be refused before hours of others has been.

    Raises:
        RecipeError: the recipe or a setting does not fit.
        WeightsError: a network to learn from is not there.
        TeacherError: it does not fit.
        ExperimentError: there is a run of another recipe.
    """
    settings = (*training.settings, *overrides)
    recipe = load_recipe(training.recipe, list(settings))
    job = Job(training, Run(runs / training.name), settings, recipe)
    if job.is_begun and load_recipe(job.run.folder / "recipe.toml") != recipe:
        raise ExperimentError(f"{job.run.folder}: was made from another recipe; give another --runs, or the same --set")
    if not job.is_finished:
        scale = parse_degradation(recipe.data.degradation).scale
        open_pretrained(recipe.objective.active, recipe.teacher, recipe.vgg, scale)
    return job


def finish(job: Job, data: Path, deadline: float) -> bool:
    """Train until the run has done all its steps or must stop, and return whether it has done them.

    Args:
        job: planned.
        data: the training pictures.
        deadline: by `time.monotonic`.

    Raises:
        typer.Exit: the training failed, with its line.
    """
    minutes = (deadline - time.monotonic()) / 60
    if job.is_finished or minutes <= 0:
        return job.is_finished
    with _own_signals():
        try:
            train(
                job.training.recipe,
                data,
                run=job.run.folder,
                overrides=list(job.settings),
                resume=job.is_begun,
                max_minutes=None if minutes == inf else minutes,
            )
        except typer.Exit:
            if time.monotonic() < deadline:  # else it is a stop before the first step
                raise
    return job.is_finished


def measure(job: Job, sets: Sequence[PictureSet]) -> list[str]:
    """Export a finished run and measure what has no row yet; return a line for each picture that cannot be measured."""
    model = job.run.folder.with_suffix(".onnx")
    if not model.exists():
        export_student(job.run, model)
    degradation = parse_degradation(job.recipe.data.degradation)
    failures: list[str] = []
    for pictures in sets:
        methods = {BICUBIC: BICUBIC, job.training.name: str(model)}
        failures += evaluate(Plan(pictures, [degradation], methods), model.with_suffix(".jsonl")).failures
    return failures


@contextmanager
def _own_signals() -> Iterator[None]:
    """Give back the signals that a training takes over."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main() -> None:
    """Do what is not done yet."""
    parser = argparse.ArgumentParser(description="Trains, exports and measures what distillation.toml asks for.")
    parser.add_argument("--data", type=Path, required=True, metavar="PICTURES", help="the folder of training pictures")
    parser.add_argument("--runs", type=Path, required=True, metavar="RUNS", help="the folder to fill")
    parser.add_argument("--measure", required=True, metavar="A,B,…", help="fetched sets' names, or folders of pictures")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="of all recipes alike")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="of STUDENT-VARIANT-SEED, such as '*-1'")
    parser.add_argument("--max-minutes", type=float, default=inf, metavar="M", help="begin and go on no training later")
    parser.add_argument("--experiment", type=Path, default=Path(__file__).with_name("distillation.toml"))
    asked = parser.parse_args()
    deadline = time.monotonic() + 60 * asked.max_minutes
    try:
        chosen = [training for training in trainings(asked.experiment) if fnmatch(training.name, asked.only)]
        jobs = [plan(training, asked.runs, asked.set) for training in chosen]
        sets = [open_set(name) for name in asked.measure.split(",")]
        asked.runs.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    failures: list[str] = []
    try:
        for done, job in enumerate(jobs):
            if not finish(job, asked.data, deadline):
                print(f"{done} of {len(jobs)} done; the same command goes on")
                break
            failures += measure(job, sets)
        else:
            print(f"all {len(jobs)} done")
    except typer.Exit as failed:
        sys.exit(failed.exit_code)
    except KeyboardInterrupt:
        sys.exit("stopped; the same command goes on")
    except (OSError, ValueError) as error:
        failures.append(str(error))
    sys.exit("\n".join(failures) or 0)


if __name__ == "__main__":
    main()
