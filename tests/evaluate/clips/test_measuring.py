"""Clips measured for real: through a codec, by models with known faults."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from acutance.data import open_clips, open_set
from acutance.degrade import CallDegradation, DegradationError
from acutance.evaluate.clips.cells import summarise_clips
from acutance.evaluate.clips.clean import CleanClip, CleanClips
from acutance.evaluate.clips.examples import make_clip_examples
from acutance.evaluate.degradations import parse_degradations
from acutance.evaluate.methods import method_names
from acutance.evaluate.plan import Plan
from acutance.evaluate.rows import ClipRow, read_clip_rows
from acutance.evaluate.run import Outcome, evaluate
from acutance.metrics import fidelity, find_still, flicker

if TYPE_CHECKING:
    from tests.evaluate.conftest import FaultyModel

_CALLS = "call-x2-h264-qp30,call-x2-vp8-qp30"


def _plan(listed: Path, *models: Path | str, degradations: str = _CALLS, warping: bool = False) -> Plan:
    methods = method_names([str(model) for model in models], ("bicubic",))
    return Plan(open_clips(listed), parse_degradations(degradations), methods, warping=warping)


def _by_model(outcome: Outcome, codec: str = "h264") -> dict[str, ClipRow]:
    return {row.model: row for row in outcome.clip_rows if codec in row.degradation}


def test_figures_are_those_of_the_frames_that_are_displayed(clip_list: Path, tmp_path: Path) -> None:
    plan = _plan(clip_list, warping=True)
    outcome = evaluate(plan, tmp_path / "rows.jsonl", workers=1)
    assert (outcome.failures, outcome.rows) == ((), ())
    row = _by_model(outcome)["bicubic"]

    call = plan.degradations[0]
    assert isinstance(call, CallDegradation)
    frames = list(call.send(CleanClips(1).load(plan.subjects[0]).frames))
    clean, shown = [frame.clean.luma for frame in frames], [frame.displayed.luma for frame in frames]
    close = [fidelity(*pair, 2) for pair in zip(clean, shown, strict=True)]
    changes = flicker(clean, shown, find_still(clean), 2)
    assert row.psnr == pytest.approx(np.mean([one.psnr for one in close]), abs=1e-3)
    assert row.ssim == pytest.approx(np.mean([one.ssim for one in close[::5]]), abs=1e-5)
    assert (row.flicker, row.still_flicker) == (round(changes.overall, 4), round(changes.still or 0.0, 4))
    assert row.bits_per_pixel == pytest.approx(np.mean([frame.bits_per_pixel for frame in frames[1:]]), abs=1e-4)
    assert (row.frames, row.width, row.height) == (8, 96, 80)
    assert (len(row.curves.psnr), len(row.curves.ssim), len(row.curves.flicker)) == (8, 2, 7)
    assert row.warping is not None


def test_planted_identity_is_the_displayed_clip(clip_list: Path, faulty_model: FaultyModel, tmp_path: Path) -> None:
    outcome = evaluate(_plan(clip_list, faulty_model("still", 0.0)), tmp_path / "rows.jsonl")
    rows = _by_model(outcome)
    same = ("psnr", "ssim", "flicker", "still_flicker", "curves")
    assert {name: getattr(rows["still"], name) for name in same} == {
        name: getattr(rows["bicubic"], name) for name in same
    }
    (summary,) = summarise_clips(outcome.clip_rows)
    assert (summary.means["still"].psnr_gain, summary.means["still"].flicker) == (0.0, 1.0)


def test_planted_shift_costs_fidelity_and_does_not_flicker(
    clip_list: Path, faulty_model: FaultyModel, tmp_path: Path
) -> None:
    outcome = evaluate(_plan(clip_list, faulty_model("bright", 12.0)), tmp_path / "rows.jsonl")
    rows = _by_model(outcome)
    assert rows["bright"].psnr < rows["bicubic"].psnr - 1.0
    assert rows["bright"].flicker == pytest.approx(rows["bicubic"].flicker, rel=0.05)


def test_a_bank_is_told_of_the_call(clip_list: Path, bank_file: Path, expert_files: list[Path], tmp_path: Path) -> None:
    expert = Path(shutil.copy(expert_files[2], tmp_path / "expert.onnx"))  # for half the size, coded
    bank = Path(shutil.copy(bank_file, tmp_path / "bank.onnx"))
    outcome = evaluate(_plan(clip_list, bank, expert), tmp_path / "rows.jsonl")
    rows = _by_model(outcome)
    assert rows["bank"].told == "known"
    assert (rows["bank"].psnr, rows["bank"].curves) == (rows["expert"].psnr, rows["expert"].curves)


def test_begun_again_only_what_is_missing_is_measured(clip_list: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    first = evaluate(_plan(clip_list), path)
    content = path.read_bytes()
    assert evaluate(_plan(clip_list), path) == first
    assert path.read_bytes() == content
    evaluate(_plan(clip_list, "unsharp"), path)
    assert [row.model for row in read_clip_rows(path)[2:]] == ["unsharp", "unsharp"]
    clip_list.write_text(clip_list.read_text().replace("frames = 8", "frames = 6"))
    evaluate(_plan(clip_list), path)
    assert [row.frames for row in read_clip_rows(path)[4:]] == [6, 6]


def test_a_picture_through_a_call_is_a_clip(pictures: Path, tmp_path: Path) -> None:
    degradations = parse_degradations("bicubic-x2,call-x2-h264-qp30")
    plan = Plan(open_set(pictures / "text"), degradations, method_names([], ("bicubic",)))
    outcome = evaluate(plan, tmp_path / "rows.jsonl")
    assert outcome.failures == ()
    assert [row.degradation for row in outcome.rows] == ["bicubic-x2"] * 3
    assert [(row.degradation, row.frames) for row in outcome.clip_rows] == [("call-x2-h264-qp30", 60)] * 3


def test_clips_that_fail_are_named(clip_list: Path, tmp_path: Path) -> None:
    (clip_list.parent / "none.mp4").write_bytes(b"no clip at all")
    clip_list.write_text(clip_list.read_text() + '[[clip]]\nfile = "none.mp4"\n')
    outcome = evaluate(_plan(clip_list), tmp_path / "rows.jsonl")
    assert len(outcome.clip_rows) == 2
    assert [line.partition(":")[0] for line in outcome.failures] == ["none", "none"]


def test_clips_need_calls(clip_list: Path) -> None:
    with pytest.raises(DegradationError, match="got 'bicubic-x2' for clips, expected calls"):
        _plan(clip_list, degradations="bicubic-x2")


def test_a_report_shows_the_best_and_the_worst_cell(clip_list: Path, tmp_path: Path) -> None:
    plan = _plan(clip_list, "unsharp")
    rows = evaluate(plan, tmp_path / "rows.jsonl").clip_rows
    best, worst = make_clip_examples(plan, rows, "unsharp")
    assert {best.degradation, worst.degradation} == set(_CALLS.split(","))
    for label, frames in worst.frames.items():
        assert (label, len(frames)) in {("displayed", 8), ("sharpened", 8), ("clean", 8)}
    assert not np.array_equal(worst.frames["displayed"], worst.frames["sharpened"])


def test_odd_sides_are_cut_before_anything_is_measured() -> None:
    frames = [np.zeros((65, 81, 3), np.uint8)] * 2
    assert [plane.shape for plane in CleanClip(iter(frames)).luma] == [(64, 80)] * 2
