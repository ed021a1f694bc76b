"""A run's best student as an int8 ONNX file with its card, behind a gate."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from acutance.lab.export.card import make_card
from acutance.lab.export.checked import write_checked
from acutance.lab.export.quantised_graph import build_quantised_graph
from acutance.lab.export.student import export_student
from acutance.lab.quantisation import Gate, Loss, QuantisedStudent, measure_loss
from acutance.lab.samples import CropSampler, PlanePair, TrainingPairs
from acutance.lab.training.recipe import Recipe, load_recipe
from acutance.lab.training.run import Run
from acutance.lab.training.tables import QuantisationTable
from acutance.lab.training.validation import validate
from acutance.runtime import Card, Sharpener

# Code values, root mean square over the plane. Where a sum lies all but halfway between two steps, its last bit decides
# which it becomes, and what a long chain makes of that can be several code values in a few pixels.
_TOLERANCE = 0.25
_PARITY_SIZE = (72, 104)
_CPU = torch.device("cpu")


def export_quantised(
    run: Run, pairs: TrainingPairs, path: Path, *, gate: Gate, gate_pairs: Sequence[PlanePair] | None = None
) -> tuple[Card, Loss]:
    """Write a run's best student in int8, where it loses little and computes what torch computes.

    A run with ``[quantisation]`` has learnt to round. Any other's student is rounded as it is, with the activations'
    steps chosen on training crops.

    Args:
        run: a run with at least one validation.
        pairs: the pictures that it was trained on.
        path: the ONNX file; it appears whole, after the gate and the check.
        gate: what may be lost, by comparison with the student in f32.
        gate_pairs: pictures to measure the loss on; None for those that the run held out.

    Raises:
        RunError: the run, or the one that it began from, has no validated checkpoint.
        QualityError: int8 loses more.
        ExportError: the file's output is off by more than a quarter of a code value, root mean square, or the file
            cannot be written.
        MetricError: a picture to measure on is too small.
        ModelError: this machine has no exact int8 products to check the file with.
    """
    recipe = load_recipe(run.folder / "recipe.toml")
    state = run.load_best()
    student = QuantisedStudent(recipe.model)
    in_f32 = run
    if recipe.quantisation is None:
        student.begin_as(state["average"], _calibration_crops(recipe, pairs))
        state["psnr"] = validate(student, pairs.held_out)
    else:
        student.load_state_dict(state["average"])
        in_f32 = Run(Path(recipe.init_from))
    chain = [(kernel.contiguous().numpy(), bias.numpy()) for kernel, bias in student.folded()]
    steps = np.array(student.activation_steps())
    content = b"".join(array.astype("<f4").tobytes() for array in (*(each for pair in chain for each in pair), steps))
    card = make_card(recipe, run, state, weights_sha256=hashlib.sha256(content).hexdigest(), precision="int8")
    model = build_quantised_graph(chain, steps.tolist(), card).SerializeToString()
    with TemporaryDirectory() as folder:
        f32, int8 = Path(folder) / "f32.onnx", Path(folder) / "int8.onnx"
        export_student(in_f32, f32)
        int8.write_bytes(model)
        loss = measure_loss(f32, int8, gate_pairs or pairs.held_out, card.scale)
    loss.refuse(gate)
    write_checked(path, model, lambda written: _difference_from_torch(student, written, card.scale), _TOLERANCE)
    return card, loss


def _calibration_crops(recipe: Recipe, pairs: TrainingPairs) -> torch.Tensor:
    sampler = CropSampler(pairs.training, crop=recipe.data.crop, phase=recipe.phase, seed=recipe.seed, device=_CPU)
    return sampler.draw(0, QuantisationTable().crops).displayed


@torch.no_grad()
def _difference_from_torch(student: QuantisedStudent, path: Path, scale: float) -> float:
    """Return the RMS difference in code values on noise, whose borders and extremes are as hard as pictures get."""
    height, width = (side * student.shape.unshuffle for side in _PARITY_SIZE)
    plane = np.random.default_rng(0).integers(0, 256, (height, width), dtype=np.uint8)
    expected = (student(torch.from_numpy(plane)[None, None] / 255)[0, 0] * 255).clamp(0, 255).round().numpy()
    return float(np.sqrt(np.mean((Sharpener.load(path, scale, precision="int8").luma(plane) - expected) ** 2)))
