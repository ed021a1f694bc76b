"""A pre-trained network that is trained on: from received pictures, to a teacher's weights file."""

from fractions import Fraction
from pathlib import Path

import pytest
import torch
from skimage.data import astronaut

from acutance.lab.export import ExportError, export_student
from acutance.lab.models import load_network
from acutance.lab.samples import load_pairs, parse_mixture
from acutance.lab.teachers import TeacherChoice, TunedNetwork, open_teacher
from acutance.lab.training.loop import open_fabric, train
from acutance.lab.training.recipe import RecipeError, load_recipe
from acutance.lab.training.run import Run


@pytest.mark.parametrize("scale", [Fraction(2), Fraction(4, 3)])
@torch.no_grad()
def test_it_shows_the_luma_that_its_teacher_shows(span_file: Path, scale: Fraction) -> None:
    rgb = torch.from_numpy(astronaut()[:48, :60]).movedim(-1, 0)[None].float() / 255
    shown = TunedNetwork(str(span_file), scale)(rgb)
    red, green, blue = open_teacher(TeacherChoice(weights=(str(span_file),)), scale)(rgb).unbind(1)
    luma = (16 + 219 * (0.299 * red + 0.587 * green + 0.114 * blue)) / 255
    torch.testing.assert_close(shown[:, 0], luma, rtol=1e-5, atol=1e-5)


def test_a_network_that_is_trained_on_becomes_a_better_teacher(
    recipe_file: Path, training_pictures: Path, span_file: Path, tmp_path: Path
) -> None:
    recipe = load_recipe(recipe_file, [f"network={span_file}", "optimiser.learning_rate=1e-3", "optimiser.steps=60"])
    pairs = load_pairs(training_pictures, parse_mixture("bicubic-x2"), 2, 1, with_received=recipe.needs_received)
    run = Run(tmp_path / "run")
    run.begin(recipe, pairs.sha256)
    train(recipe, pairs, run, open_fabric(recipe), should_stop=lambda: False, report=lambda progress: None)
    psnr = [line["validation_psnr"] for line in run.journal() if "validation_psnr" in line]
    assert psnr[-1] > psnr[0] + 1.0
    weights = load_network(run.folder / "best.safetensors").state_dict()
    kept = run.load_best()["average"]
    assert all(torch.equal(weights[name], kept[f"teacher._networks.0.{name}"]) for name in weights)
    with pytest.raises(ExportError, match="is a teacher's; write it by 'acutance export --teacher"):
        export_student(run, tmp_path / "student.onnx")


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("init_from=runs/other", "init_from: is a student's"),
        ("objective={l1=1.0, hint=1.0}", "objective.hint: compares a student's features"),
    ],
)
def test_what_is_a_students_is_refused(recipe_file: Path, span_file: Path, override: str, words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        load_recipe(recipe_file, [f"network={span_file}", 'teacher.weights=["a"]', override])
