"""Measuring for real: planted faults are told, interruptions change nothing, bad pictures are named."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from acutance.data import open_set
from acutance.degrade import parse_degradation
from acutance.evaluate.degradations import parse_degradations
from acutance.evaluate.methods import method_names
from acutance.evaluate.plan import Plan
from acutance.evaluate.rows import read_rows
from acutance.evaluate.run import Outcome, evaluate
from acutance.evaluate.summary import ModelSummary, summarise
from acutance.evaluate.tables import overall_table

if TYPE_CHECKING:
    from tests.evaluate.conftest import FaultyModel


def _plan(pictures: Path, *models: Path | str, degradations: str = "bicubic-x2") -> Plan:
    names = [parse_degradation(name) for name in degradations.split(",")]
    return Plan(open_set(pictures), names, method_names([str(model) for model in models]))


def _model(outcome: Outcome, name: str) -> ModelSummary:
    (summary,) = summarise(outcome.rows)
    return next(model for model in summary.models if model.model == name)


@pytest.fixture(scope="module")
def outcome(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return evaluate(_plan(pictures), tmp_path_factory.mktemp("rows") / "rows.jsonl", workers=2)


def test_a_row_for_every_picture_and_method(outcome: Outcome) -> None:
    assert len(outcome.rows) == 9 * 4
    assert {row.model for row in outcome.rows} == {"bicubic", "lanczos", "unsharp", "cas"}
    assert outcome.failures == ()


def test_planted_identity_gains_nothing(pictures: Path, faulty_model: FaultyModel, tmp_path: Path) -> None:
    model = _model(evaluate(_plan(pictures, faulty_model("still", 0.0)), tmp_path / "rows.jsonl"), "still")
    gain = model.overall.gains["psnr"]
    assert (gain.mean, gain.low, gain.high) == (0.0, 0.0, 0.0)
    assert model.overall.worse == 0.0


def test_planted_brightness_shift_is_worse_everywhere(
    pictures: Path, faulty_model: FaultyModel, tmp_path: Path
) -> None:
    outcome = evaluate(_plan(pictures, faulty_model("bright", 6.0)), tmp_path / "rows.jsonl")
    group = _model(outcome, "bright").overall
    assert group.worse == 1.0
    assert group.gains["psnr"].high < -0.3
    (summary,) = summarise(outcome.rows)
    cells = next(row for row in overall_table(summary).rows if row[0] == "bright")
    assert "100%" in cells


def test_a_model_that_is_worse_on_a_third_of_the_pictures(outcome: Outcome) -> None:
    group = _model(outcome, "unsharp").overall
    assert group.worse == pytest.approx(1 / 3)
    assert {gain.picture for gain in group.worst[:3]} == {"games/fog.png", "people/fog.png", "text/fog.png"}
    assert group.gains["psnr"].median > 0.3  # and better on the others: a mean alone would not tell


def test_begun_again_it_gives_the_same_table(pictures: Path, outcome: Outcome, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    plan = _plan(pictures)

    def stop(done: int, total: int) -> None:
        if done >= total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(plan, path, workers=1, report=stop)
    before = read_rows(path)
    path.write_bytes(path.read_bytes()[:-40])
    assert 0 < len(before) < 36

    whole = evaluate(plan, path, workers=2)
    assert read_rows(path)[: len(before) - 1] == before[:-1]
    assert len(read_rows(path)) == 36
    (ours,), (theirs,) = summarise(whole.rows), summarise(outcome.rows)
    assert ours == theirs


def test_what_has_rows_is_not_measured_again(pictures: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    first = evaluate(_plan(pictures), path)
    content = path.read_bytes()
    assert evaluate(_plan(pictures), path) == first
    assert path.read_bytes() == content


def test_a_model_of_the_same_name_with_other_weights_is_measured(
    pictures: Path, faulty_model: FaultyModel, tmp_path: Path
) -> None:
    path = tmp_path / "rows.jsonl"
    for number, shift in enumerate((1.0, 9.0)):
        changed = faulty_model(f"m{number}", shift).replace(tmp_path / "m.onnx")
        outcome = evaluate(_plan(pictures, changed), path)
    assert _model(outcome, "m").overall.gains["psnr"].mean < -2.0


def test_bad_pictures_are_named_and_the_others_measured(pictures: Path, tmp_path: Path) -> None:
    root = tmp_path / "set"
    shutil.copytree(pictures, root)
    (root / "text" / "broken.png").write_bytes(b"no picture at all")
    cut = (root / "games" / "a.png").read_bytes()
    (root / "people" / "cut.png").write_bytes(cut[: len(cut) // 2])
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(root / "text" / "tiny.png")
    outcome = evaluate(_plan(root), tmp_path / "rows.jsonl")
    assert len(outcome.rows) == 36
    assert [line.partition(":")[0] for line in outcome.failures] == [
        "people/cut.png",
        "text/broken.png",
        "text/tiny.png",
    ]


def test_several_degradations_at_once(pictures: Path, tmp_path: Path) -> None:
    outcome = evaluate(_plan(pictures, degradations="bicubic-x2,bicubic-x1.5"), tmp_path / "rows.jsonl")
    twice, less = (summary.models[0].overall.figures["psnr"].mean for summary in summarise(outcome.rows))
    assert twice < less


def test_clean_pictures_are_compared_with_themselves(pictures: Path, tmp_path: Path) -> None:
    plan = Plan(open_set(pictures), parse_degradations("clean"), method_names([]))
    (summary,) = summarise(evaluate(plan, tmp_path / "rows.jsonl").rows)
    kept = {model.model: model.overall for model in summary.models}
    assert (kept["bicubic"].least, kept["bicubic"].faithful) == (100.0, 1.0)
    assert kept["unsharp"].worse == 1.0
    assert kept["unsharp"].faithful == pytest.approx(1 / 3)  # fog hardly changes


def test_a_bank_is_measured_by_what_it_is_told(
    pictures: Path, bank_file: Path, expert_files: list[Path], tmp_path: Path
) -> None:
    expert = Path(shutil.copy(expert_files[1], tmp_path / "expert.onnx"))  # for a scale of 3, without a codec
    bank = Path(shutil.copy(bank_file, tmp_path / "bank.onnx"))
    names = method_names([str(bank), str(expert)])
    plan = Plan(open_set(pictures / "text"), parse_degradations("bicubic-x3,clean"), names, told=("known", "auto"))
    outcome = evaluate(plan, tmp_path / "rows.jsonl")
    by_model = {(row.degradation, row.model): row for row in outcome.rows if row.picture == "a.png"}
    known, auto = by_model["bicubic-x3", "bank"], by_model["bicubic-x3", "bank.auto"]
    assert (known.told, auto.told, by_model["bicubic-x3", "expert"].told) == ("known", "auto", None)
    assert known.psnr == by_model["bicubic-x3", "expert"].psnr
    assert "(told)" in (known.chose or "")
    assert "(seen)" in (auto.chose or "")
    assert by_model["clean", "bank"].psnr == 100.0  # passed through


def test_a_grey_picture_is_measured_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    grey = np.random.default_rng(0).integers(0, 256, (40, 50)).astype(np.uint8)
    Image.fromarray(grey).save(tmp_path / "set" / "grey.png")
    outcome = evaluate(_plan(tmp_path / "set"), tmp_path / "rows.jsonl")
    assert len(outcome.rows) == 4
    assert all(row.rgb_psnr == row.psnr for row in outcome.rows)


_WITHOUT_TORCH = """
import sys

class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "lightning_fabric"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, NoTorch())
from pathlib import Path
from acutance.data import open_set
from acutance.degrade import parse_degradation
from acutance.evaluate.degradations import parse_degradations
from acutance.evaluate.methods import method_names
from acutance.evaluate.plan import Plan
from acutance.evaluate.run import evaluate

folder, model, rows = sys.argv[1:]
plan = Plan(open_set(folder), [parse_degradation("bicubic-x2")], method_names([model]))
assert len(evaluate(plan, Path(rows)).rows) == 3 * 5
"""


def test_measuring_needs_no_torch(pictures: Path, model_file: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-c", _WITHOUT_TORCH, pictures / "text", model_file, tmp_path / "rows.jsonl"], check=True
    )
