"""A run's best student as an ONNX file with its card."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from acutance.degrade import parse_degradation
from acutance.lab.export.checked import write_checked
from acutance.lab.export.graph import build_graph
from acutance.lab.models import Student
from acutance.lab.training.recipe import Recipe, load_recipe
from acutance.lab.training.run import Run
from acutance.runtime.cards import Architecture, Card, Training
from acutance.runtime.with_openvino import OpenVinoBackend

_TOLERANCE = 1e-4
_PARITY_SIZE = (72, 104)


def export_student(run: Run, path: Path) -> tuple[Card, float]:
    """Write a run's best student, folded, with its card, and check that it computes what torch computes.

    Args:
        run: a run with at least one validation.
        path: the ONNX file; it appears whole, after the check.

    Returns:
        The card, and the largest difference seen from torch (code values / 255).

    Raises:
        RunError: the run has no validated checkpoint.
        ExportError: the file's output is off by more than 1e-4, or the file cannot be written.
    """
    recipe = load_recipe(run.folder / "recipe.toml")
    state = run.load_best()
    student = Student(recipe.model)
    student.load_state_dict(state["average"])
    chain = [(kernel.contiguous().numpy(), bias.numpy()) for kernel, bias in student.folded()]
    digest = hashlib.sha256(b"".join(array.astype("<f4").tobytes() for pair in chain for array in pair))
    card = _card(recipe, run, state, digest.hexdigest())
    content = build_graph(chain, recipe.model.unshuffle, card).SerializeToString()
    difference = write_checked(path, content, lambda written: _difference_from_torch(student, written), _TOLERANCE)
    return card, difference


def _card(recipe: Recipe, run: Run, state: dict[str, Any], weights_sha256: str) -> Card:
    effort = _effort(recipe, state)
    environment = run.environment()
    return Card(
        name=recipe.name,
        degradation=recipe.data.degradation,
        scale=float(parse_degradation(recipe.data.degradation).scale),
        architecture=Architecture(
            unshuffle=recipe.model.unshuffle, channels=recipe.model.channels, convolutions=recipe.model.convolutions
        ),
        margin=recipe.model.margin,
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


def _effort(recipe: Recipe, state: dict[str, Any]) -> _Effort:
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


@torch.no_grad()
def _difference_from_torch(student: Student, path: Path) -> float:
    """Return the largest difference on noise, whose borders and extremes are as hard as pictures get."""
    generator = np.random.default_rng(0)
    height, width = (side * student.shape.unshuffle for side in _PARITY_SIZE)
    luma = generator.random((height, width), dtype=np.float32)
    expected = student(torch.from_numpy(luma)[None, None]).clamp(0.0, 1.0)[0, 0].numpy()
    backend = OpenVinoBackend(path, device="CPU", precision="f32", threads=None)
    return float(np.abs(backend.run(luma) - expected).max())
