"""`acutance train`: a student from a recipe."""

import signal
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from acutance.cli.console import fail, progress_bar
from acutance.cli.lab import require_lab


def train(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE.toml", help="What to train, and how.")],
    data: Annotated[Path, typer.Option(help="The folder of training pictures.")],
    run: Annotated[
        Path | None, typer.Option(help="The run's folder.  [default: runs/NAME]", show_default=False)
    ] = None,
    teacher_cache: Annotated[
        Path | None,
        typer.Option(
            help="Where the teacher's pictures are kept.  [default: teacher-targets beside the run]", show_default=False
        ),
    ] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a key: optimiser.steps=1000.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the run's last checkpoint.")] = False,
    max_minutes: Annotated[
        float | None, typer.Option(min=0, help="Stop after so long, with a checkpoint to go on from.")
    ] = None,
) -> None:
    """Train a student, or a teacher for calls.

    Writes recipe, journal and checkpoints into the run's folder. Stops cleanly at a deadline, on Ctrl-C and on SIGTERM;
    --resume goes on as if there had been no stop. Where the recipe names a teacher, its pictures of all training
    pictures are made first, once for all runs.
    """
    require_lab()
    from acutance.lab.losses import NEED_TARGETS
    from acutance.lab.models import WeightsError
    from acutance.lab.samples import TrainingDataError, load_pairs
    from acutance.lab.teachers import TargetCache, TeacherError, open_pretrained
    from acutance.lab.training import loop
    from acutance.lab.training.recipe import RecipeError, load_recipe
    from acutance.lab.training.run import Run, RunError
    from acutance.pictures import PictureError

    begun = time.monotonic()
    stop = _StopRequest(None if max_minutes is None else begun + 60 * max_minutes)
    try:
        settings = load_recipe(recipe, overrides)
        degradation = settings.data.mixture
        terms = settings.objective.active
        pretrained = open_pretrained(terms, settings.teacher, settings.vgg, degradation.scale)
        fabric = loop.open_fabric(settings)
        folder = Run(run or Path("runs") / settings.name, writes=fabric.is_global_zero)
        if not resume:
            folder.refuse_begun()
        fabric.barrier()  # or a process that comes late takes what the first one has begun for another run
        targets = None
        if pretrained.teacher is not None and not terms.keys().isdisjoint(NEED_TARGETS):
            pretrained.to(fabric.device)
            cache = teacher_cache or folder.folder.parent / "teacher-targets"
            targets = TargetCache(cache, pretrained.teacher, degradation.name)
        with progress_bar("{task.fields[figures]}") as progress:
            task = progress.add_task("reading pictures", figures="")

            def advance(done: int, total: int) -> None:
                progress.update(task, completed=done, total=total)
                if stop():
                    raise _StoppedError(
                        f"{folder.folder}: stopped ({stop.reason}) before the first step; what the teacher has made is "
                        "kept, give the same command again"
                    )

            # With targets, the first process computes what is missing and the others then find it.
            with fabric.rank_zero_first() if targets else nullcontext():
                pairs = load_pairs(
                    data,
                    degradation,
                    settings.data.held_out,
                    settings.fabric.threads,
                    advance,
                    shrinks=settings.data.shrinks,
                    targets=targets,
                    with_received=settings.needs_received,
                )
            (folder.resume if resume else folder.begin)(settings, pairs.sha256, pretrained.sha256)
            fabric.barrier()
            progress.reset(task, description="training", total=settings.optimiser.steps)

            def report(state: loop.Progress) -> None:
                loss = "" if state.loss is None else f"loss {state.loss:.5f}"
                psnr = "" if state.psnr is None else f"validation {state.psnr:.3f} dB"
                progress.update(
                    task,
                    completed=state.step,
                    figures=f"{loss}  {psnr}  {state.pixels_per_second / 1e6:.1f} MP/s",
                )

            end = loop.train(settings, pairs, folder, fabric, pretrained=pretrained, should_stop=stop, report=report)
    except (RecipeError, RunError, TrainingDataError, PictureError, TeacherError, WeightsError, _StoppedError) as error:
        fail(error)
    if fabric.is_global_zero:
        psnr = "no validation yet" if end.psnr is None else f"validation {end.psnr:.3f} dB"
        stopped = "" if end.step == end.steps else f"; stopped ({stop.reason}), --resume goes on"
        print(f"{folder.folder}: step {end.step} of {end.steps}, {psnr}{stopped}")


class _StoppedError(Exception):
    """A training that was told to stop before it began."""


class _StopRequest:
    """Whether a training should stop: at a deadline, or since a signal came."""

    def __init__(self, deadline: float | None) -> None:
        self._deadline = deadline
        self.reason = ""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._remember)

    def _remember(self, number: int, frame: object) -> None:
        self.reason = signal.Signals(number).name

    def __call__(self) -> bool:
        if self._deadline is not None and time.monotonic() >= self._deadline:
            self.reason = "--max-minutes"
        return bool(self.reason)
