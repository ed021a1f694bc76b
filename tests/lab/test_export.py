"""`acutance export`: what was trained is what runs."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from typer.testing import CliRunner

from acutance.cli.main import app
from acutance.evaluate.methods import open_method
from acutance.lab.export import ExportError, export_student
from acutance.lab.models import Student, load_network
from acutance.lab.samples import load_pairs
from acutance.lab.training.loop import open_fabric, train
from acutance.lab.training.recipe import load_recipe
from acutance.lab.training.run import Run, RunError
from acutance.runtime import Sharpener
from acutance.runtime.models import read_card


@pytest.fixture
def run(training_pictures: Path, recipe_file: Path, tmp_path: Path) -> Run:
    recipe = load_recipe(recipe_file, ["optimiser.steps=10", "model.expansion=2"])
    pairs = load_pairs(training_pictures, recipe.data.mixture, 2, 1)
    run = Run(tmp_path / "run")
    run.begin(recipe, pairs.sha256)
    train(recipe, pairs, run, open_fabric(recipe), should_stop=lambda: False, report=lambda progress: None)
    return run


@torch.no_grad()
def test_the_file_computes_what_torch_computes(run: Run, tmp_path: Path) -> None:
    _, difference = export_student(run, tmp_path / "tiny.onnx")
    student = Student(load_recipe(run.folder / "recipe.toml").model)
    student.load_state_dict(run.load_best()["average"])
    luma = np.random.default_rng(5).random((50, 34), dtype=np.float32)
    expected = student(torch.from_numpy(luma)[None, None]).clamp(0, 1)[0, 0].numpy()
    seen = Sharpener.load(tmp_path / "tiny.onnx")._model.backend.run(luma)
    assert difference <= 1e-4
    np.testing.assert_allclose(seen, expected, atol=1e-4)


def test_weights_are_stored_in_half_precision(run: Run, tmp_path: Path) -> None:
    export_student(run, tmp_path / "tiny.onnx")
    stored = onnx.load(tmp_path / "tiny.onnx").graph.initializer
    weights = [each.data_type for each in stored if each.name.startswith(("kernel", "bias"))]
    assert weights
    assert set(weights) == {onnx.TensorProto.FLOAT16}


def test_the_card_tells_where_it_comes_from(run: Run, tmp_path: Path) -> None:
    card, _ = export_student(run, tmp_path / "tiny.onnx")
    assert read_card(tmp_path / "tiny.onnx") == card
    assert (card.name, card.scale, card.training.steps) == ("tiny", 2.0, 10)
    assert card.training.data_sha256 == run.environment()["data_sha256"]
    assert card.training.gigapixels == pytest.approx(10 * 4 * 32 * 32 / 1e9, abs=5e-4)


def test_the_card_counts_the_run_that_this_one_began_from(run: Run, training_pictures: Path, tmp_path: Path) -> None:
    settings = [f"init_from={run.folder}", "optimiser.steps=5", "model.expansion=2", "data.batch=2"]
    recipe = load_recipe(tmp_path / "tiny.toml", settings)
    pairs = load_pairs(training_pictures, recipe.data.mixture, 2, 1)
    later = Run(tmp_path / "later")
    later.begin(recipe, pairs.sha256)
    train(recipe, pairs, later, open_fabric(recipe), should_stop=lambda: False, report=lambda progress: None)
    card, _ = export_student(later, tmp_path / "later.onnx")
    assert card.training.steps == 10 + 5


def test_other_weights_have_another_hash(run: Run, tmp_path: Path) -> None:
    first, _ = export_student(run, tmp_path / "first.onnx")
    state = run.load_best()
    state["average"]["chain.0.weight"] += 0.01
    run.save_best(state)
    second, _ = export_student(run, tmp_path / "second.onnx")
    assert first.weights_sha256 != second.weights_sha256


def test_a_run_before_its_first_validation_is_refused(run: Run, tmp_path: Path) -> None:
    (run.folder / "best.ckpt").unlink()
    with pytest.raises(RunError, match=r"has no best\.ckpt"):
        export_student(run, tmp_path / "tiny.onnx")


def test_a_folder_that_is_not_there_is_refused(run: Run, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="cannot be written"):
        export_student(run, tmp_path / "none" / "tiny.onnx")


@pytest.fixture(scope="module")
def teacher_file(span_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("teacher") / "teacher.onnx"
    result = CliRunner().invoke(app, ["export", "--teacher", str(span_file), str(path)])
    assert result.exit_code == 0, result.output
    return path


@torch.no_grad()
def test_a_teachers_file_is_measured_as_what_torch_computes(teacher_file: Path, span_file: Path) -> None:
    soft = np.kron(np.random.default_rng(0).integers(60, 190, (4, 5, 3)), np.ones((5, 5, 1))).astype(np.uint8)
    rgb = torch.from_numpy(soft).movedim(-1, 0)[None] / 255
    expected = load_network(span_file)(rgb)[0].movedim(0, -1).clamp(0, 1).numpy() * 255
    shown = open_method("teacher", str(teacher_file), 1)(soft, np.zeros((40, 50, 3), np.uint8))
    np.testing.assert_allclose(shown, expected, atol=0.51)


def test_a_teachers_file_names_its_weights(teacher_file: Path, span_file: Path) -> None:
    properties = {entry.key: entry.value for entry in onnx.load(teacher_file).metadata_props}
    assert properties["acutance.weights_sha256"] == hashlib.sha256(span_file.read_bytes()).hexdigest()
    assert properties["acutance.scale"] == "2"


@pytest.mark.parametrize("words", [["run"], ["run", "a.onnx", "--teacher", "span"], ["run", "more", "a.onnx"]])
def test_the_wrong_number_of_paths_is_refused(words: list[str]) -> None:
    result = CliRunner().invoke(app, ["export", *words])
    assert result.exit_code == 2
    assert "expected RUN and OUT.onnx, or with --teacher OUT.onnx alone" in result.stderr


def test_the_command_says_what_it_wrote(run: Run, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["export", str(run.folder), str(tmp_path / "tiny.onnx")])
    assert result.exit_code == 0
    assert "differs from torch by at most" in result.stdout
    assert sorted(path.name for path in tmp_path.glob("*.onnx")) == ["tiny.onnx"]
