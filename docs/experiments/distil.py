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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from math import inf
from pathlib import Path

from experiment import ExperimentError, Training, trainings

from acutance.data import PictureSet, open_set
from acutance.degrade import parse_degradation
from acutance.evaluate.plan import Plan
from acutance.evaluate.run import evaluate
from acutance.lab.export import export_student
from acutance.lab.losses import NEED_TARGETS
from acutance.lab.samples import TrainingPairs, load_pairs
from acutance.lab.teachers import TargetCache, open_pretrained, open_teacher
from acutance.lab.training.loop import Progress, open_fabric, train
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
        scale = recipe.data.mixture.scale
        open_pretrained(recipe.objective.active, recipe.teacher, recipe.vgg, scale)
    return job


class Pictures:
    """The training pictures, read once with all that any of the trainings needs of them."""

    def __init__(self, folder: Path, jobs: Sequence[Job], targets: Path) -> None:
        """Choose the pictures, and the folder that keeps what teachers make of them."""
        self._folder = folder
        self._targets = targets
        self._with_received = any(job.recipe.needs_received for job in jobs)
        self._taught_by = {
            teacher.model_dump_json(): teacher
            for job in jobs
            if not job.recipe.objective.active.keys().isdisjoint(NEED_TARGETS)
            and (teacher := job.recipe.teacher) is not None
        }
        self._read: dict[tuple[str, ...], TrainingPairs] = {}

    def pairs(self, recipe: Recipe, should_stop: Callable[[], bool]) -> TrainingPairs:
        """Return what a recipe trains on.

        Raises:
            _StoppedError: there was no time to read them all.
            ValueError: they cannot be read or taught.
        """
        choice = recipe.teacher
        if choice is None and len(self._taught_by) == 1:  # read with the targets at once, for those that want them
            (choice,) = self._taught_by.values()
        key = (recipe.data.model_dump_json(), "" if choice is None else choice.model_dump_json())
        if key not in self._read:
            degradation = recipe.data.mixture
            targets = None
            if choice is not None and key[1] in self._taught_by:
                targets = TargetCache(self._targets, open_teacher(choice, degradation.scale), degradation.name)

            def advance(done: int, total: int) -> None:
                if should_stop():
                    raise _StoppedError

            self._read[key] = load_pairs(
                self._folder,
                degradation,
                recipe.data.held_out,
                recipe.fabric.threads,
                advance,
                shrinks=recipe.data.shrinks,
                targets=targets,
                with_received=self._with_received,
            )
        return self._read[key]


def finish(job: Job, pictures: Pictures, deadline: float) -> bool:
    """Train until the run has done all its steps or must stop, and return whether it has done them.

    Args:
        job: planned.
        pictures: to train on.
        deadline: by `time.monotonic`.

    Raises:
        KeyboardInterrupt: it was interrupted; what is done is kept.
        ValueError: the training cannot be begun or gone on with.
    """
    if job.is_finished or time.monotonic() >= deadline:
        return job.is_finished
    recipe = job.recipe
    with _told_to_stop() as told:

        def should_stop() -> bool:
            return bool(told) or time.monotonic() >= deadline

        scale = recipe.data.mixture.scale
        pretrained = open_pretrained(recipe.objective.active, recipe.teacher, recipe.vgg, scale)
        try:
            pairs = pictures.pairs(recipe, should_stop)
            (job.run.resume if job.is_begun else job.run.begin)(recipe, pairs.sha256, pretrained.sha256)
            train(
                recipe,
                pairs,
                job.run,
                open_fabric(recipe),
                pretrained=pretrained,
                should_stop=should_stop,
                report=lambda progress: _say(job, progress),
            )
        except _StoppedError:
            pass
    if told:
        raise KeyboardInterrupt
    return job.is_finished


def measure(job: Job, sets: Sequence[PictureSet]) -> list[str]:
    """Export a finished run and measure what has no row yet; return a line for each picture that cannot be measured."""
    model = job.run.folder.with_suffix(".onnx")
    if not model.exists():
        export_student(job.run, model)
    degradation = parse_degradation(job.recipe.data.degradation)
    failures: list[str] = []
    for pictures in sets:
        methods = {job.training.name: str(model)}
        failures += evaluate(Plan(pictures, [degradation], methods), model.with_suffix(".jsonl")).failures
    return failures


class _StoppedError(Exception):
    """Told to stop before a training began."""


@contextmanager
def _told_to_stop() -> Iterator[list[int]]:
    """Collect signals that ask for an end, instead of ending at once."""
    told: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda number, frame: told.append(number)) for number in numbers}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(job: Job, progress: Progress) -> None:
    psnr = "" if progress.psnr is None else f", validation {progress.psnr:.3f} dB"
    print(f"{job.training.name}: step {progress.step} of {progress.steps}{psnr}", flush=True)


def main() -> None:
    """Do what is not done yet."""
    parser = argparse.ArgumentParser(description="Trains, exports and measures what distillation.toml asks for.")
    parser.add_argument("--data", type=Path, required=True, metavar="PICTURES", help="the folder of training pictures")
    parser.add_argument("--runs", type=Path, required=True, metavar="RUNS", help="the folder to fill")
    parser.add_argument("--measure", required=True, metavar="A,B,…", help="fetched sets' names, or folders of pictures")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="of all recipes alike")
    parser.add_argument("--teacher-cache", type=Path, metavar="FOLDER", help="what teachers made; else below RUNS")
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
    pictures = Pictures(asked.data, jobs, asked.teacher_cache or asked.runs / "teacher-targets")
    failures: list[str] = []
    try:
        for done, job in enumerate(jobs):
            if not finish(job, pictures, deadline):
                print(f"{done} of {len(jobs)} done; the same command goes on")
                break
            failures += measure(job, sets)
        else:
            print(f"all {len(jobs)} done")
    except KeyboardInterrupt:
        sys.exit("stopped; the same command goes on")
    except (OSError, ValueError) as error:
        failures.append(str(error))
    sys.exit("\n".join(failures) or 0)


if __name__ == "__main__":
    main()
