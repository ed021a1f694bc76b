"""The training loop."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from lightning_fabric import Fabric

from acutance.lab.losses import Objective
from acutance.lab.models import Student
from acutance.lab.training.average import WeightAverage
from acutance.lab.training.crops import CropSampler
from acutance.lab.training.pairs import TrainingPairs
from acutance.lab.training.recipe import Recipe
from acutance.lab.training.run import Run
from acutance.lab.training.schedule import learning_rate
from acutance.lab.training.validation import validate


@dataclass
class Progress:
    """How far a training is.

    Attributes:
        step: optimiser steps done.
        steps: optimiser steps in all.
        loss: the objective at the last logged step.
        psnr: the last validation's, in dB; None before the first.
        pixels_per_second: displayed pixels seen a second, since this call began.
    """

    step: int
    steps: int
    loss: float | None = None
    psnr: float | None = None
    pixels_per_second: float = 0.0


def train(
    recipe: Recipe,
    pairs: TrainingPairs,
    run: Run,
    fabric: Fabric,
    *,
    should_stop: Callable[[], bool],
    report: Callable[[Progress], None],
) -> Progress:
    """Train a student from the run's last checkpoint, or from nothing, until it is done or told to stop.

    Every process of `fabric` calls this; the first one writes the run folder. A stop leaves a checkpoint from which the
    next call goes on as if there had been none.

    Args:
        recipe: what to train and how.
        pairs: the pictures.
        run: the folder; `Run.begin` or `Run.resume` has prepared it.
        fabric: launched.
        should_stop: asked after every step.
        report: told at every log step.
    """
    torch.manual_seed(recipe.seed)
    student = Student(recipe.model)
    student.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # the stubs leave it out
    optimiser = torch.optim.Adam(student.parameters(), lr=recipe.optimiser.learning_rate)
    average = WeightAverage(student, recipe.optimiser.ema)
    state = run.load()
    if state:
        student.load_state_dict(state["student"])
        average.student.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
    wrapped, optimiser = fabric.setup(student, optimiser)
    average.student.to(fabric.device)
    sampler = CropSampler(
        pairs.training, crop=recipe.data.crop, phase=recipe.phase, seed=recipe.seed, device=fabric.device
    )
    objective = Objective(recipe.objective)
    progress = Progress(step=state.get("step", 0), steps=recipe.optimiser.steps, psnr=state.get("psnr"))
    best: float = state.get("best", float("-inf"))
    seconds_before: float = state.get("seconds", 0.0)
    first_step, begun = progress.step, time.monotonic()
    pixels = recipe.data.batch * recipe.data.crop**2

    def snapshot() -> dict[str, Any]:
        return {
            "step": progress.step,
            "student": student.state_dict(),
            "average": average.student.state_dict(),
            "optimiser": optimiser.state_dict(),
            "psnr": progress.psnr,
            "best": best,
            "seconds": seconds_before + time.monotonic() - begun,
        }

    stopping = False
    while progress.step < recipe.optimiser.steps and not stopping:
        rate = learning_rate(progress.step, recipe.optimiser)
        for group in optimiser.param_groups:
            group["lr"] = rate
        displayed, clean = sampler.draw(progress.step, recipe.data.batch, fabric.global_rank, fabric.world_size)
        loss, terms = objective(wrapped(displayed), clean)
        optimiser.zero_grad()
        fabric.backward(loss)
        optimiser.step()
        progress.step += 1
        average.update(student, progress.step)

        done = progress.step == recipe.optimiser.steps
        if done or progress.step % recipe.journal.log == 0:
            elapsed = time.monotonic() - begun
            progress.loss = loss.item()
            progress.pixels_per_second = (progress.step - first_step) * pixels / max(elapsed, 1e-9)
            run.log(progress.step, seconds_before + elapsed, {name: term.item() for name, term in terms.items()}, rate)
        if done or progress.step % recipe.journal.validate_every == 0:
            progress.psnr = validate(average.student, pairs.held_out)
            run.log_validation(progress.step, seconds_before + time.monotonic() - begun, progress.psnr)
            if progress.psnr > best:
                best = progress.psnr
                run.save_best(snapshot())
        # Every process must stop at the same step, or the others wait for it for ever.
        stopping = bool(fabric.broadcast(should_stop())) if fabric.world_size > 1 else should_stop()
        if done or stopping or progress.step % recipe.journal.checkpoint == 0:
            run.save_last(snapshot())
        if done or stopping or progress.step % recipe.journal.log == 0:
            report(progress)
    return progress


def open_fabric(recipe: Recipe) -> Fabric:
    """Return Fabric, launched, as the recipe's ``[fabric]`` table says."""
    torch.set_num_threads(recipe.fabric.threads)
    fabric = Fabric(
        accelerator=recipe.fabric.accelerator,
        devices=recipe.fabric.devices,
        num_nodes=recipe.fabric.nodes,
        strategy=recipe.fabric.strategy,
        precision=recipe.fabric.precision,
    )
    fabric.launch()
    if recipe.data.batch % fabric.world_size:
        raise ValueError(f"data.batch: got {recipe.data.batch}, expected a multiple of {fabric.world_size} processes")
    return fabric
