"""`acutance train`: a student from a recipe."""

import signal
import time
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
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a key: optimiser.steps=1000.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the run's last checkpoint.")] = False,
    max_minutes: Annotated[
        float | None, typer.Option(min=0, help="Stop after so long, with a checkpoint to go on from.")
    ] = None,
) -> None:
    """Train a student.

    Writes recipe, journal and checkpoints into the run's folder. Stops cleanly at a deadline, on Ctrl-C and on SIGTERM;
    --resume goes on as if there had been no stop.
    """
    require_lab()
    from acutance.degrade import parse_degradation
    from acutance.lab.training import loop
    from acutance.lab.training.pairs import TrainingDataError, load_pairs
    from acutance.lab.training.recipe import RecipeError, load_recipe
    from acutance.lab.training.run import Run, RunError
    from acutance.pictures import PictureError

    begun = time.monotonic()
    stop = _StopRequest(None if max_minutes is None else begun + 60 * max_minutes)
    try:
        settings = load_recipe(recipe, overrides)
        fabric = loop.open_fabric(settings)
        folder = Run(run or Path("runs") / settings.name, writes=fabric.is_global_zero)
        with progress_bar("{task.fields[figures]}") as progress:
            task = progress.add_task("reading pictures", figures="")
            pairs = load_pairs(
                data,
                parse_degradation(settings.data.degradation),
                settings.data.held_out,
                settings.fabric.threads,
                lambda done, total: progress.update(task, completed=done, total=total),
            )
            (folder.resume if resume else folder.begin)(settings, pairs.sha256)
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

            end = loop.train(settings, pairs, folder, fabric, should_stop=stop, report=report)
    except (RecipeError, RunError, TrainingDataError, PictureError) as error:
        fail(error)
    if fabric.is_global_zero:
        psnr = "no validation yet" if end.psnr is None else f"validation {end.psnr:.3f} dB"
        stopped = "" if end.step == end.steps else f"; stopped ({stop.reason}), --resume goes on"
        print(f"{folder.folder}: step {end.step} of {end.steps}, {psnr}{stopped}")


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
