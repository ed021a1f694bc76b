"""A run's best student as an ONNX file with its card."""

import hashlib
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from acutance.lab.export.card import make_card
from acutance.lab.export.checked import ExportError, write_checked
from acutance.lab.export.graph import build_graph
from acutance.lab.models import Student
from acutance.lab.training.recipe import load_recipe
from acutance.lab.training.run import Run
from acutance.runtime.backends.with_openvino import OpenVinoBackend
from acutance.runtime.cards import Card

_TOLERANCE = 1e-4
_PARITY_SIZE = (72, 104)


def export_student(run: Run, path: Path) -> tuple[Card, float]:
    """Write a run's best student, folded, with its card, and check that it computes what torch computes.

    Kernels and biases are rounded to half precision, in which they are stored: what comes out differs by some 0.01 code
    values, root mean square, and the file takes half the room.

    Args:
        run: a run with at least one validation.
        path: the ONNX file; it appears whole, after the check.

    Returns:
        The card, and the largest difference seen from torch (code values / 255).

    Raises:
        RunError: the run has no validated checkpoint.
        ExportError: the run is of a network or of an int8 student, the file's output is off by more than 1e-4, or the
            file cannot be written.
    """
    recipe = load_recipe(run.folder / "recipe.toml")
    if recipe.network:
        raise ExportError(
            f"{run.folder}: is a teacher's; write it by 'acutance export --teacher {run.folder / 'best.safetensors'}'"
        )
    if recipe.quantisation is not None:
        raise ExportError(f"{run.folder}: its student is an int8 one; write it by 'acutance quantize'")
    state = run.load_best()
    student = Student(recipe.model)
    student.load_state_dict(state["average"])
    chain = _rounded_chain(student)
    digest = hashlib.sha256(b"".join(array.astype("<f4").tobytes() for pair in chain for array in pair))
    card = make_card(recipe, run, state, weights_sha256=digest.hexdigest(), precision="f32")
    content = build_graph(chain, recipe.model.unshuffle, card).SerializeToString()
    difference = write_checked(path, content, lambda written: _difference_from_torch(student, written), _TOLERANCE)
    return card, difference


@torch.no_grad()
def _rounded_chain(student: Student) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Return the rounded kernel and bias of each convolution, which the student folds to from then on."""
    chain = []
    for convolution in student.foldables():
        kernel, bias = convolution.kernel()
        rounded = kernel.half().float()
        convolution.weight.add_(rounded - kernel)
        bias.copy_(bias.half().float())
        chain.append((rounded.contiguous().numpy(), bias.numpy()))
    return chain


@torch.no_grad()
def _difference_from_torch(student: Student, path: Path) -> float:
    """Return the largest difference on noise, whose borders and extremes are as hard as pictures get."""
    generator = np.random.default_rng(0)
    height, width = (side * student.shape.unshuffle for side in _PARITY_SIZE)
    luma = generator.random((height, width), dtype=np.float32)
    expected = student(torch.from_numpy(luma)[None, None]).clamp(0.0, 1.0)[0, 0].numpy()
    backend = OpenVinoBackend(path, device="CPU", precision="f32", threads=None)
    return float(np.abs(backend.run(luma) - expected).max())
