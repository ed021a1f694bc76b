"""Measured rows in a model's card."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from acutance import Sharpener
from acutance.evaluate.cards import CardUpdateError, update_card
from acutance.evaluate.clips.cells import summarise_clips
from acutance.evaluate.summary import Summary, summarise
from acutance.runtime.cards import Card
from acutance.runtime.models import read_card

if TYPE_CHECKING:
    from tests.evaluate.conftest import NewClipRow, NewRow


@pytest.fixture
def model(model_file: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(model_file, tmp_path / "model.onnx"))


def _summary(new_row: NewRow, card: Card, psnr: float, **changes: Any) -> Summary:
    rows = [
        new_row("bicubic", "a.png", 30.0, **changes),
        new_row("model", "a.png", psnr, ssim=0.95, **changes, model_sha256=card.weights_sha256),
    ]
    (summary,) = summarise(rows)
    return summary


def test_the_row_is_written(new_row: NewRow, card: Card, model: Path) -> None:
    update_card(model, [_summary(new_row, card, 33.0)])
    (row,) = read_card(model).measured
    assert (row.data, row.degradation, row.pictures) == ("invented", "bicubic-x2", 1)
    assert (row.psnr, row.ssim, row.bicubic_psnr, row.bicubic_ssim) == (33.0, 0.95, 30.0, 0.9)


def test_a_new_row_replaces_the_old_one_and_leaves_others(new_row: NewRow, card: Card, model: Path) -> None:
    update_card(model, [_summary(new_row, card, 33.0), _summary(new_row, card, 35.0, data="other")])
    update_card(model, [_summary(new_row, card, 34.0)])
    assert {row.data: row.psnr for row in read_card(model).measured} == {"invented": 34.0, "other": 35.0}


def test_the_model_computes_what_it_did(new_row: NewRow, card: Card, model: Path, model_file: Path) -> None:
    update_card(model, [_summary(new_row, card, 33.0)])
    frame = np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    np.testing.assert_array_equal(Sharpener.load(model)(frame), Sharpener.load(model_file)(frame))


def test_figures_of_other_weights_are_not_written(new_row: NewRow, card: Card, model: Path) -> None:
    other = card.model_copy(update={"weights_sha256": "1" * 64})
    before = model.read_bytes()
    with pytest.raises(CardUpdateError, match="nothing was measured of its weights"):
        update_card(model, [_summary(new_row, other, 33.0)])
    assert model.read_bytes() == before


def test_without_onnx_it_says_what_to_install(
    new_row: NewRow, card: Card, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(CardUpdateError, match=r"pip install 'acutance\[lab\]'"):
        update_card(model, [_summary(new_row, card, 33.0)])


def test_nothing_else_is_left_beside_it(new_row: NewRow, card: Card, model: Path) -> None:
    update_card(model, [_summary(new_row, card, 33.0)])
    assert [path.name for path in model.parent.iterdir()] == ["model.onnx"]


def test_a_bank_has_the_rows_of_its_experts(
    new_row: NewRow, new_clip_row: NewClipRow, bank_file: Path, tmp_path: Path
) -> None:
    bank = Path(shutil.copy(bank_file, tmp_path / "bank.onnx"))
    card = read_card(bank)
    rows, clip_rows = [], []
    for degradation in ("bicubic-x3", "clean"):
        rows.append(new_row("bicubic", "a.png", 30.0, degradation=degradation))
        for name, told, psnr in (("bank", "known", 33.0), ("bank.auto", "auto", 32.0)):
            own: dict[str, Any] = {"model_sha256": card.weights_sha256, "told": told, "degradation": degradation}
            rows.append(new_row(name, "a.png", psnr, **own))
    for clip, gain in (("face", 1.0), ("room", 2.0)):
        clip_rows.append(new_clip_row("bicubic", clip, 30.0))
        clip_rows.append(
            new_clip_row("bank", clip, 30.0 + gain, model_sha256=card.weights_sha256, told="known", ssim=0.95)
        )
    update_card(bank, summarise(rows), summarise_clips(clip_rows))
    written = read_card(bank)
    assert written.measured == ()
    measured = {
        str(condition): (row.degradation, row.pictures, row.psnr, row.ssim, row.bicubic_psnr)
        for condition in written.conditions
        for row in condition.measured
    }
    assert measured == {
        str(card.conditions[1]): ("bicubic-x3", 1, 33.0, 0.9, 30.0),
        str(card.conditions[2]): ("call-x2-vp8-0.1bpp", 2, 31.5, 0.95, 30.0),
    }
