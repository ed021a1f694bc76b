"""Does batch normalisation help a student this short? Same shape, pictures, crops and steps, with and without.

    python docs/experiments/batch_normalisation.py PICTURES docs/experiments/batch_normalisation.json

Writes the validation PSNR of both, at three seeds, after each quarter of the steps, and a page beside that file.
"""

import json
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from acutance.lab.losses import Objective
from acutance.lab.models import Student
from acutance.lab.samples import CropSampler, TrainingPairs, load_pairs, parse_mixture
from acutance.lab.training.average import WeightAverage
from acutance.lab.training.recipe import Recipe
from acutance.lab.training.schedule import learning_rate
from acutance.lab.training.validation import validate

STEPS = 2000
SEEDS = (1, 2, 3)


class NormalisedConvolution(nn.Module):
    """A convolution of the student, batch-normalised before its ReLU."""

    def __init__(self, convolution: nn.Module, channels: int) -> None:
        super().__init__()
        self.convolution = convolution
        self.normalisation = nn.BatchNorm2d(channels)

    def forward(self, features: Tensor) -> Tensor:
        """Convolve and normalise."""
        normalised: Tensor = self.normalisation(self.convolution(features))
        return normalised


def normalised(student: Student) -> Student:
    """Return the student with batch normalisation after each convolution but the last."""
    for index in range(len(student.chain) - 1):
        student.chain[index] = NormalisedConvolution(student.chain[index], student.shape.channels)
    return student


def psnr_of_a_run(recipe: Recipe, pairs: TrainingPairs, *, normalise: bool) -> list[float]:
    """Train and return the validation PSNR in dB after each quarter of the steps."""
    torch.manual_seed(recipe.seed)
    student = normalised(Student(recipe.model)) if normalise else Student(recipe.model)
    student.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.Adam(student.parameters(), lr=recipe.optimiser.learning_rate)
    average = WeightAverage(student, recipe.optimiser.ema)
    sampler = CropSampler(
        pairs.training, crop=recipe.data.crop, phase=recipe.phase, seed=recipe.seed, device=torch.device("cpu")
    )
    objective = Objective(recipe.objective)
    figures = []
    for step in range(STEPS):
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, recipe.optimiser)
        lesson = sampler.draw(step, recipe.data.batch)
        with torch.autocast("cpu", torch.bfloat16):
            loss, _ = objective(student(lesson.displayed), lesson, step + 1)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        average.update(student, step + 1)
        if (step + 1) % (STEPS // 4) == 0:
            average.learner.load_state_dict(
                {name: value for name, value in student.state_dict().items() if "running" in name}, strict=False
            )
            average.learner.eval()
            figures.append(round(validate(average.learner, pairs.held_out), 3))
    return figures


def page(record: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    steps = [record["steps"] * quarter // 4 for quarter in (1, 2, 3, 4)]
    lines = [
        "# Batch normalisation in the student",
        "",
        "Validation luma PSNR in dB on the pictures held out: `unshuffle 2, channels 32, convolutions 4`, L1, batches "
        "of 16 crops of 96, bf16, one thread; the same pictures, crops and steps with and without. Made by "
        "`docs/experiments/batch_normalisation.py`.",
        "",
        f"| | seed | {' | '.join(f'{step} steps' for step in steps)} |",
        f"|---|--:|{'--:|' * len(steps)}",
    ]
    for name, runs in record["validation_psnr"].items():
        for seed, figures in runs.items():
            lines.append(f"| {name} | {seed} | {' | '.join(f'{figure:.3f}' for figure in figures)} |")
    finals = {name: [figures[-1] for figures in runs.values()] for name, runs in record["validation_psnr"].items()}
    lost = [plain - other for plain, other in zip(*finals.values(), strict=True)]
    lines += [
        "",
        f"It costs {min(lost):.2f} to {max(lost):.2f} dB, at every seed: the student has none. "
        f"Pictures {record['data_sha256'][:12]}, torch {record['torch']}.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run all six trainings and write what came out."""
    pictures, target = Path(sys.argv[1]), Path(sys.argv[2])
    torch.set_num_threads(1)
    pairs = load_pairs(pictures, parse_mixture("bicubic-x2"), 8, 1)
    results: dict[str, dict[str, list[float]]] = {"plain": {}, "batch-normalised": {}}
    for seed in SEEDS:
        recipe = Recipe.model_validate(
            {"name": "batch-normalisation", "seed": seed, "objective": {"l1": 1.0}, "optimiser": {"steps": STEPS}}
        )
        for name, runs in results.items():
            runs[str(seed)] = psnr_of_a_run(recipe, pairs, normalise=name != "plain")
    record = {"steps": STEPS, "data_sha256": pairs.sha256, "torch": torch.__version__, "validation_psnr": results}
    target.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    target.with_suffix(".md").write_text(page(record), encoding="utf-8")


if __name__ == "__main__":
    main()
