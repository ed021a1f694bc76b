"""Banks: several finished students as one file, or none where they do not go together."""

from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner, Result

from acutance.cli.main import app
from acutance.lab.export import ExportError, export_bank
from acutance.lab.models import Student, StudentShape
from acutance.lab.training.recipe import load_recipe
from acutance.lab.training.run import Run
from acutance.runtime import Card, Sharpener
from acutance.runtime.models import open_model, read_card


def _run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_the_card_says_what_each_expert_is_for(bank_file: Path, expert_files: list[Path]) -> None:
    card, cards = read_card(bank_file), [read_card(path) for path in expert_files]
    assert [(condition.scale, condition.bits_per_pixel) for condition in card.conditions] == [
        (2.0, None),
        (3.0, None),
        (2.0, 0.1),
        (pytest.approx(4 / 3), 0.25),
    ]
    assert (card.name, card.scale, card.degradation) == ("noise", 2.0, "bicubic-x2")
    assert (card.architecture, card.margin) == (cards[0].architecture, cards[0].margin)
    assert card.weights_sha256 not in {each.weights_sha256 for each in cards}


@pytest.fixture
def finished(recipe_file: Path, tmp_path: Path) -> list[Run]:
    """Two runs whose students are noise, as training leaves them."""
    runs = []
    for seed, degradation in enumerate(("bicubic-x2", "bicubic-x4")):
        recipe = load_recipe(recipe_file, [f"data.degradation={degradation}", f"name=tiny{seed}"])
        torch.manual_seed(seed)
        student = Student(recipe.model)
        with torch.no_grad():
            for parameter in student.parameters():
                parameter.add_(0.03 * torch.randn_like(parameter))
        run = Run(tmp_path / f"run{seed}")
        run.begin(recipe, "0" * 64)
        run.save_best({"step": 5, "seconds": 1.0, "psnr": 30.0, "average": student.state_dict()})
        runs.append(run)
    return runs


@torch.no_grad()
def test_each_expert_computes_what_torch_computes(finished: list[Run], tmp_path: Path) -> None:
    result = _run("export", *(run.folder for run in finished), tmp_path / "tiny.onnx", "--bank")
    assert result.exit_code == 0, result.output
    assert "tiny in f32, 2 experts" in result.stdout
    assert "×2, no codec; ×4, no codec" in result.stdout
    luma = np.random.default_rng(5).random((50, 34), dtype=np.float32)
    opened = open_model(tmp_path / "tiny.onnx", device="cpu", precision="auto", threads=None)
    assert opened.open_expert is not None
    for number, run in enumerate(finished):
        student = Student(load_recipe(run.folder / "recipe.toml").model)
        student.load_state_dict(run.load_best()["average"])
        for convolution in student.foldables():  # weights are stored in half precision
            kernel, bias = convolution.kernel()
            convolution.weight.add_(kernel.half().float() - kernel)
            bias.copy_(bias.half().float())
        expected = student(torch.from_numpy(luma)[None, None]).clamp(0, 1)[0, 0].numpy()
        np.testing.assert_allclose(opened.open_expert(number).run(luma), expected, atol=1e-4)


def test_files_and_runs_go_together(finished: list[Run], tmp_path: Path) -> None:
    assert _run("export", finished[0].folder, tmp_path / "a.onnx").exit_code == 0
    result = _run("export", tmp_path / "a.onnx", finished[1].folder, tmp_path / "tiny.onnx", "--bank")
    assert result.exit_code == 0, result.output
    plane = np.random.default_rng(0).integers(16, 236, (24, 36), dtype=np.uint8)
    alone = Sharpener.load(tmp_path / "a.onnx").luma(plane)
    np.testing.assert_array_equal(Sharpener.load(tmp_path / "tiny.onnx", scale=2.0, codec="none").luma(plane), alone)
    training = read_card(tmp_path / "tiny.onnx").training
    assert training.steps == 10


def _renamed(source: Path, target: Path, **update: object) -> Path:
    import onnx

    from acutance.runtime.cards import CARD_KEY

    model = onnx.load(source)
    card = Card.model_validate(read_card(source).model_dump() | update)
    onnx.helper.set_model_props(model, {CARD_KEY: card.model_dump_json()})
    onnx.save(model, target)
    return target


def test_what_does_not_go_together_is_refused_in_one_line(
    bank_file: Path, expert_files: list[Path], tmp_path: Path
) -> None:
    first = expert_files[0]
    cases = {
        "is a bank already": [bank_file, first],
        "two students are for bicubic-x2": [first, expert_files[1], first],
        "a bank has one precision": [first, _renamed(first, tmp_path / "b.onnx", precision="int8")],
        "a bank needs at least one student": [],
    }
    for message, files in cases.items():
        with pytest.raises(ExportError, match=message) as error:
            export_bank(files, tmp_path / "out.onnx")
        assert "\n" not in str(error.value)
    assert not (tmp_path / "out.onnx").exists()


def test_a_student_of_another_network_is_refused(expert_files: list[Path], tmp_path: Path, card: Card) -> None:
    """One whose card says what its file is not."""
    from acutance.lab.export.graph import build_graph

    shape = StudentShape(unshuffle=2, channels=8, convolutions=3)
    chain = [(kernel.contiguous().detach().numpy(), bias.detach().numpy()) for kernel, bias in Student(shape).folded()]
    liar = tmp_path / "liar.onnx"
    own = card.model_copy(update={"degradation": "bicubic-x4", "scale": 4.0})
    liar.write_bytes(build_graph(chain, 2, own).SerializeToString())
    result = _run("export", expert_files[0], liar, tmp_path / "out.onnx", "--bank")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "liar.onnx: has other weights than" in result.stderr


@pytest.mark.parametrize("words", [["--bank"], ["--bank", "--teacher", "span-x2", "RUN"]])
def test_a_bank_of_nothing_or_of_teachers_is_refused(words: list[str], tmp_path: Path) -> None:
    assert _run("export", *words, tmp_path / "out.onnx").exit_code == 2
