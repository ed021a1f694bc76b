"""The training loop."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from acutance.lab.losses import FeatureDistance, Hint, HintTerm, Objective, Term
from acutance.lab.models import Student
from acutance.lab.quantisation import QuantisedStudent
from acutance.lab.samples import CropSampler, TrainingPairs
from acutance.lab.teachers import Pretrained, TunedNetwork
from acutance.lab.training.average import WeightAverage
from acutance.lab.training.optimiser import open_optimiser
from acutance.lab.training.recipe import Recipe, RecipeError
from acutance.lab.training.run import Run
from acutance.lab.training.schedule import learning_rate
from acutance.lab.training.validation import Learner, look, validate

_AGREE_EVERY = 10  # steps between the processes' agreements whether to stop: each costs as much as a small step


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
    pretrained: Pretrained | None = None,
    should_stop: Callable[[], bool],
    report: Callable[[Progress], None],
) -> Progress:
    """Train a student, or a network on, from the run's last checkpoint or from its start, until done or told to stop.

    Every process of `fabric` calls this; the first one writes the run folder. A stop leaves a checkpoint from which the
    next call goes on as if there had been none.

    Args:
        recipe: what to train and how.
        pairs: the pictures.
        run: the folder; `Run.begin` or `Run.resume` has prepared it.
        fabric: launched.
        pretrained: the networks that the objective's terms need.
        should_stop: asked after every step, of several processes after every tenth.
        report: told at every log step.

    Raises:
        TrainingDataError: no picture is as large as a crop.
        RunError: the run to begin from has no validated student, or one of another shape.
        WeightsError: the network that is trained on cannot be found or does not fit.
        TeacherError: it does not enlarge that far.
    """
    torch.manual_seed(recipe.seed)
    learner = _new_learner(recipe)
    learner.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # the stubs leave it out
    state = run.load()
    sampler = CropSampler(
        pairs.training, crop=recipe.data.crop, phase=recipe.phase, seed=recipe.seed, device=fabric.device
    )
    if recipe.init_from and not state:
        weights = _beginning(recipe)
        if isinstance(learner, QuantisedStudent) and recipe.quantisation is not None:
            learner.begin_as(weights, sampler.draw(0, recipe.quantisation.crops).displayed.cpu())
        else:
            learner.load_state_dict(weights)
    average = WeightAverage(learner, recipe.optimiser.ema)
    pretrained = pretrained or Pretrained()
    pretrained.to(fabric.device)
    reference = sampler.draw(0, recipe.data.batch)
    terms: dict[str, Term] = {
        name: FeatureDistance(features_of, reference.clean) for name, features_of in pretrained.perceptual.items()
    }
    adapters = nn.ModuleDict()
    if pretrained.hint is not None and reference.received is not None and isinstance(learner, Student):
        adapters["hint"] = Hint(pretrained.hint, learner, reference.received)
    optimiser = open_optimiser([*learner.parameters(), *adapters.parameters()], recipe.optimiser)
    if state:
        learner.load_state_dict(state["student"])
        average.learner.load_state_dict(state["average"])
        adapters.load_state_dict(state.get("adapters", {}))
    wrapped, optimiser = fabric.setup(learner, optimiser)
    if "hint" in adapters and isinstance(learner, Student):
        terms["hint"] = HintTerm(fabric.setup_module(adapters["hint"]), learner)
    if state:
        optimiser.load_state_dict(state["optimiser"])  # on the device where the weights are by now
    average.learner.to(fabric.device)
    objective = Objective(recipe.objective, terms)
    progress = Progress(step=state.get("step", 0), steps=recipe.optimiser.steps, psnr=state.get("psnr"))
    best: float = state.get("best", float("-inf"))
    seconds_before: float = state.get("seconds", 0.0)
    first_step, begun = progress.step, time.monotonic()
    pixels = recipe.data.batch * recipe.data.crop**2

    def snapshot() -> dict[str, Any]:
        return {
            "step": progress.step,
            "student": learner.state_dict(),
            "average": average.learner.state_dict(),
            "adapters": adapters.state_dict(),
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
        lesson = sampler.draw(progress.step, recipe.data.batch, fabric.global_rank, fabric.world_size)
        progress.step += 1
        output = wrapped(look(learner, lesson))
        with fabric.autocast():
            loss, values = objective(output, lesson, progress.step)
        optimiser.zero_grad()
        fabric.backward(loss)
        optimiser.step()
        average.update(learner, progress.step)

        done = progress.step == recipe.optimiser.steps
        if done or progress.step % recipe.journal.log == 0:
            elapsed = time.monotonic() - begun
            progress.loss = loss.item()
            progress.pixels_per_second = (progress.step - first_step) * pixels / max(elapsed, 1e-9)
            figures = {name: value.item() for name, value in values.items()}
            run.log(progress.step, seconds_before + elapsed, figures, rate)
        if done or progress.step % recipe.journal.validate_every == 0:
            progress.psnr = validate(average.learner, pairs.held_out)
            run.log_validation(progress.step, seconds_before + time.monotonic() - begun, progress.psnr)
            if progress.psnr > best:
                best = progress.psnr
                run.save_best(snapshot())
                if isinstance(average.learner, TunedNetwork):
                    run.save_weights(average.learner.network.state_dict())
        if fabric.world_size == 1:
            stopping = should_stop()
        elif progress.step % _AGREE_EVERY == 0:
            # Every process must stop at the same step, or the others wait for it for ever.
            stopping = bool(fabric.broadcast(should_stop()))
        if done or stopping or progress.step % recipe.journal.checkpoint == 0:
            run.save_last(snapshot())
        if done or stopping or progress.step % recipe.journal.log == 0:
            report(progress)
    return progress


def _beginning(recipe: Recipe) -> dict[str, Tensor]:
    """Return the weights of the student that the recipe's begins as."""
    weights = Run(Path(recipe.init_from)).load_best_student(recipe.model)
    if recipe.mix is None:
        return weights
    others = Run(Path(recipe.mix.run)).load_best_student(recipe.model)
    return {name: torch.lerp(value, others[name], recipe.mix.share) for name, value in weights.items()}


def _new_learner(recipe: Recipe) -> Learner:
    if recipe.network:
        return TunedNetwork(recipe.network, recipe.data.mixture.scale)
    return Student(recipe.model) if recipe.quantisation is None else QuantisedStudent(recipe.model)


def open_fabric(recipe: Recipe) -> Fabric:
    """Return Fabric, launched, as the recipe's ``[fabric]`` table says.

    Raises:
        RecipeError: the processes cannot share a batch evenly.
    """
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
        raise RecipeError(f"data.batch: got {recipe.data.batch}, expected a multiple of {fabric.world_size} processes")
    return fabric
