"""The card that an exported student gets."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from acutance.lab.training.recipe import Recipe, load_recipe
from acutance.lab.training.run import Run
from acutance.runtime.cards import Architecture, Card, Training


def make_card(
    recipe: Recipe, run: Run, state: Mapping[str, Any], *, weights_sha256: str, precision: Literal["f32", "int8"]
) -> Card:
    """Return the card of a run's student.

    Args:
        recipe: the run's.
        run: the run.
        state: of it, the checkpoint that is exported.
        weights_sha256: as the card says it.
        precision: of the file.

    Raises:
        RunError: a run that this one began from is there no more.
    """
    effort = _effort(recipe, state)
    environment = run.environment()
    return Card(
        name=recipe.name,
        degradation=recipe.data.degradation,
        scale=float(recipe.data.mixture.scale),
        architecture=Architecture(
            unshuffle=recipe.model.unshuffle, channels=recipe.model.channels, convolutions=recipe.model.convolutions
        ),
        margin=recipe.model.margin,
        precision=precision,
        parameters=recipe.model.parameters,
        mac_per_pixel=recipe.model.mac_per_pixel,
        weights_sha256=weights_sha256,
        licence="Apache-2.0",
        training=Training(
            data_sha256=environment["data_sha256"],
            recipe_sha256=hashlib.sha256(recipe.to_toml().encode()).hexdigest(),
            objective={name: weight.weight for name, weight in recipe.objective.active.items()},
            steps=effort.steps,
            gigapixels=round(effort.pixels / 1e9, 3),
            hours=round(effort.seconds / 3600, 2),
            validation_psnr=round(state["psnr"], 3),
            torch=environment["packages"]["torch"],
        ),
    )


@dataclass(frozen=True)
class _Effort:
    """What a student's weights have cost: steps, displayed pixels seen, seconds."""

    steps: int
    pixels: int
    seconds: float


def _effort(recipe: Recipe, state: Mapping[str, Any]) -> _Effort:
    """Return what a run's checkpoint has cost, with what the run cost that it began from.

    Raises:
        RunError: that other run is there no more.
    """
    before = _Effort(0, 0, 0.0)
    if recipe.init_from:
        earlier = Run(Path(recipe.init_from))
        before = _effort(load_recipe(earlier.folder / "recipe.toml"), earlier.load_best())
    return _Effort(
        steps=before.steps + int(state["step"]),
        pixels=before.pixels + int(state["step"]) * recipe.data.batch * recipe.data.crop**2,
        seconds=before.seconds + state["seconds"],
    )
