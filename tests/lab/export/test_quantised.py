"""int8 files: they compute what torch computes, in int8 from end to end, and pass the gate or are not written."""

from pathlib import Path

import numpy as np
import openvino as ov
import pytest
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from PIL import Image
from torch.nn import functional
from typer.testing import CliRunner

from acutance.cli.main import app
from acutance.lab.export import ExportError, export_quantised, export_student
from acutance.lab.export.quantised_graph import build_quantised_graph, widen
from acutance.lab.models import Student, StudentShape
from acutance.lab.quantisation import Gate, QuantisedStudent
from acutance.lab.samples import TrainingPairs, load_pairs, parse_mixture
from acutance.lab.training.loop import open_fabric, train
from acutance.lab.training.recipe import Recipe, load_recipe
from acutance.lab.training.run import Run
from acutance.runtime import Card, Sharpener
from acutance.runtime.backends.compiling import multiplies_int8
from acutance.runtime.cards import Architecture
from acutance.runtime.models import read_card

NAMES = ("f32", "int8")
pytestmark = pytest.mark.skipif(not multiplies_int8("CPU"), reason="this processor has no exact int8 products")

ANY_LOSS = Gate(mean=100.0, worst=100.0)
SHAPES = [
    StudentShape(unshuffle=2, channels=16, convolutions=4),
    StudentShape(unshuffle=4, channels=32, convolutions=3),
]


@pytest.fixture(scope="module", params=SHAPES, ids=str)
def student(request: pytest.FixtureRequest) -> QuantisedStudent:
    """One whose weights are noise; it changes every pixel, by some tens of code values."""
    torch.manual_seed(0)
    f32 = Student(request.param)
    with torch.no_grad():
        for parameter in f32.parameters():
            parameter.add_(0.03 * torch.randn_like(parameter))
    student = QuantisedStudent(request.param)
    student.begin_as(f32.state_dict(), torch.rand(4, 1, 64, 64))
    return student


@pytest.fixture(scope="module")
def file(student: QuantisedStudent, card: Card, tmp_path_factory: pytest.TempPathFactory) -> Path:
    card = card.model_copy(
        update={"precision": "int8", "architecture": Architecture(**student.shape.model_dump(exclude={"expansion"}))}
    )
    chain = [(kernel.numpy(), bias.numpy()) for kernel, bias in student.folded()]
    path = tmp_path_factory.mktemp("int8") / "noise.int8.onnx"
    path.write_bytes(build_quantised_graph(chain, student.activation_steps(), card).SerializeToString())
    return path


@torch.no_grad()
def _difference(student: QuantisedStudent, path: Path, device: str, change: float = 5.0) -> NDArray[np.float32]:
    """Return by how many code values a runtime's plane differs from torch's."""
    plane = np.random.default_rng(0).integers(0, 256, (160, 224), dtype=np.uint8)
    expected = (student(torch.from_numpy(plane)[None, None] / 255)[0, 0] * 255).clamp(0, 255).round().numpy()
    assert np.abs(expected - plane).mean() > change
    difference: NDArray[np.float32] = np.abs(
        Sharpener.load(path, precision="int8", device=device).luma(plane) - expected
    )
    return difference


def test_openvino_computes_what_torch_computes(student: QuantisedStudent, file: Path) -> None:
    difference = _difference(student, file, "cpu")
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.002


def test_onnx_runtime_does_so_but_for_biases_that_it_rounds(student: QuantisedStudent, file: Path) -> None:
    difference = _difference(student, file, "ort-cpu")
    assert difference.max() <= 2
    assert (difference > 0).mean() < 0.1


def test_every_convolution_is_executed_in_int8(student: QuantisedStudent, file: Path) -> None:
    executed = ov.Core().compile_model(file, "CPU", {"INFERENCE_PRECISION_HINT": "f32"}).get_runtime_model()
    layers = [operation.get_rt_info() for operation in executed.get_ordered_ops()]
    convolutions = [layer for layer in layers if layer["layerType"].astype(str) == "Convolution"]
    assert len(convolutions) == student.shape.convolutions
    assert {layer["runtimePrecision"].astype(str) for layer in convolutions} == {"u8"}
    assert all(layer["primitiveType"].astype(str).endswith("_I8") for layer in convolutions)


@pytest.mark.parametrize(("unshuffle", "at_once"), [(1, 16), (2, 4), (3, 1), (3, 2)])
def test_a_wide_convolution_computes_the_same_cells(unshuffle: int, at_once: int) -> None:
    generator = torch.Generator().manual_seed(0)
    kernel = torch.randn(unshuffle**2, 5, 3, 3, generator=generator)
    bias = torch.randn(unshuffle**2, generator=generator)
    features = torch.randn(1, 5, 6, 32, generator=generator)
    expected = functional.conv2d(features, kernel, bias, padding=1).permute(0, 2, 3, 1)
    wide, biases = (torch.from_numpy(array) for array in widen((kernel.numpy(), bias.numpy()), at_once))
    seen = functional.conv2d(features, wide, biases, stride=(1, at_once), padding=1).permute(0, 2, 3, 1)
    torch.testing.assert_close(seen.reshape(expected.shape), expected)


@pytest.mark.parametrize("student", [StudentShape(unshuffle=1, channels=16, convolutions=3)], indirect=True, ids=str)
def test_any_unshuffle_factor_is_computed(student: QuantisedStudent, file: Path) -> None:
    assert _difference(student, file, "cpu").max() <= 1


def test_a_channel_without_weights_is_written(card: Card) -> None:
    chain = [(np.zeros((16, 4, 3, 3), np.float32), np.zeros(16, np.float32))]
    chain.append((np.zeros((4, 16, 3, 3), np.float32), np.zeros(4, np.float32)))
    steps = [numpy_helper.to_array(each) for each in build_quantised_graph(chain, [1.0], card).graph.initializer]
    assert all(np.isfinite(step).all() for step in steps)


@pytest.fixture(scope="module")
def pairs(training_pictures: Path) -> TrainingPairs:
    return load_pairs(training_pictures, parse_mixture("bicubic-x2"), 2, 1)


def _train(recipe: Recipe, pairs: TrainingPairs, folder: Path) -> Run:
    run = Run(folder)
    run.begin(recipe, pairs.sha256)
    train(recipe, pairs, run, open_fabric(recipe), should_stop=lambda: False, report=lambda progress: None)
    return run


@pytest.fixture
def f32(recipe_file: Path, pairs: TrainingPairs, tmp_path: Path) -> Run:
    return _train(load_recipe(recipe_file, ["optimiser.steps=30"]), pairs, tmp_path / "f32")


@pytest.fixture
def int8(recipe_file: Path, f32: Run, pairs: TrainingPairs, tmp_path: Path) -> Run:
    overrides = [f"init_from={f32.folder}", "quantisation={crops=8}", "optimiser.steps=10"]
    return _train(load_recipe(recipe_file, overrides), pairs, tmp_path / "int8")


def test_the_file_is_the_best_student_of_an_int8_run(int8: Run, pairs: TrainingPairs, tmp_path: Path) -> None:
    export_quantised(int8, pairs, tmp_path / "tiny.int8.onnx", gate=ANY_LOSS)
    student = QuantisedStudent(load_recipe(int8.folder / "recipe.toml").model)
    student.load_state_dict(int8.load_best()["average"])
    assert _difference(student, tmp_path / "tiny.int8.onnx", "cpu", change=0.1).max() <= 1


def test_the_card_tells_what_the_file_is(f32: Run, int8: Run, pairs: TrainingPairs, tmp_path: Path) -> None:
    card, _ = export_quantised(int8, pairs, tmp_path / "tiny.int8.onnx", gate=ANY_LOSS)
    before, _ = export_student(f32, tmp_path / "tiny.onnx")
    assert read_card(tmp_path / "tiny.int8.onnx") == card
    assert (card.precision, before.precision) == ("int8", "f32")
    assert (card.name, card.parameters, card.margin) == (before.name, before.parameters, before.margin)
    assert card.training.steps == 30 + 10
    assert card.weights_sha256 != before.weights_sha256


def test_a_run_in_f32_is_rounded_as_it_is(f32: Run, pairs: TrainingPairs, tmp_path: Path) -> None:
    card, loss = export_quantised(f32, pairs, tmp_path / "tiny.int8.onnx", gate=Gate(mean=0.2, worst=0.5))
    assert (card.precision, card.training.steps) == ("int8", 30)
    assert card.training.validation_psnr == pytest.approx(f32.load_best()["psnr"] - loss.psnr, abs=0.1)


def test_loss_is_that_of_the_pictures_given(f32: Run, pairs: TrainingPairs, tmp_path: Path) -> None:
    paths = tmp_path / "f32.onnx", tmp_path / "int8.onnx"
    export_student(f32, paths[0])
    _, loss = export_quantised(f32, pairs, paths[1], gate=ANY_LOSS, gate_pairs=pairs.training[:2])
    losses = []
    for pair in pairs.training[:2]:
        inside = (slice(2, -2), slice(2, -2))
        shown = [
            Sharpener.load(path, precision=name).luma(pair.displayed) for path, name in zip(paths, NAMES, strict=True)
        ]
        errors = [np.square(each.astype(float) - pair.clean)[inside].mean() for each in shown]
        losses.append(10 * np.log10(errors[1] / errors[0]))
    assert loss.pictures == 2
    assert [loss.psnr, loss.worst_psnr] == pytest.approx([np.mean(losses), max(losses)])


def test_what_loses_too_much_is_not_written(
    f32: Run, pairs: TrainingPairs, training_pictures: Path, tmp_path: Path
) -> None:
    state = f32.load_best()
    state["average"]["chain.0.bias"][0] = -100.0  # a dead channel, whose weights mean nothing in f32
    state["average"]["chain.1.weight"][:, 0] = 1000.0  # and in int8 leave no steps for the others
    f32.save_best(state)
    command = ["quantize", str(f32.folder), str(tmp_path / "tiny.int8.onnx"), "--data", str(training_pictures)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "tiny.int8.onnx: not written: int8 loses" in result.stderr
    assert not list(tmp_path.glob("*.onnx"))


def test_the_command_says_what_it_wrote(int8: Run, training_pictures: Path, tmp_path: Path) -> None:
    target = tmp_path / "tiny.int8.onnx"
    limits = ["--gate-data", str(training_pictures), "--max-loss", "1", "--max-picture-loss", "2"]
    command = ["quantize", str(int8.folder), str(target), "--data", str(training_pictures), *limits]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "tiny in int8, validation" in result.stdout
    assert "on 6 pictures" in result.stdout
    assert read_card(target).precision == "int8"
    assert CliRunner().invoke(app, command).exit_code == 2  # the file is there already


def test_other_pictures_are_refused(int8: Run, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    for index in range(3):
        Image.fromarray(np.full((40, 40), index, np.uint8)).save(tmp_path / "other" / f"{index}.png")
    result = CliRunner().invoke(
        app, ["quantize", str(int8.folder), str(tmp_path / "x.onnx"), "--data", str(tmp_path / "other")]
    )
    assert result.exit_code == 2
    assert "was trained on other pictures" in result.stderr


def test_an_int8_run_is_not_exported_in_f32(int8: Run, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="write it by 'acutance quantize'"):
        export_student(int8, tmp_path / "tiny.onnx")
