"""From clips' rows to cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from acutance.evaluate.clips.cells import CellError, CellSummary, summarise_clips
from acutance.evaluate.clips.tables import CLIP_KINDS, means_table

if TYPE_CHECKING:
    from tests.evaluate.conftest import NewClipRow


@pytest.fixture
def summary(new_clip_row: NewClipRow) -> CellSummary:
    """Two clips through two calls, of which a model gains 1, 2, 3 and −2 dB."""
    rows = []
    gains = iter((1.0, 2.0, 3.0, -2.0))
    for clip in ("face", "room"):
        for degradation in ("call-x2-vp8-0.03bpp", "call-x2-vp8-0.1bpp"):
            rows.append(new_clip_row("bicubic", clip, 30.0, degradation=degradation))
            gain = next(gains)
            changed = {"flicker": 2.0 + 0.5 * gain, "still_flicker": 1.5, "degradation": degradation}
            rows.append(new_clip_row("m", clip, 30.0 + gain, ssim=0.92, **changed))
    (summary,) = summarise_clips(rows)
    return summary


def test_means_are_over_the_cells(summary: CellSummary) -> None:
    mean = summary.means["m"]
    assert (len(summary.cells), summary.sent) == (4, "call-x2")
    assert mean.psnr_gain == pytest.approx(1.0)
    assert mean.ssim_gain == pytest.approx(0.02)
    assert mean.flicker == pytest.approx((1.25 + 1.5 + 1.75 + 0.5) / 4)
    assert mean.still_flicker == pytest.approx(1.5)
    assert mean.warping is None


def test_the_worst_cell_is_named(summary: CellSummary) -> None:
    worst = summary.worst["m"]
    assert (worst.subject, worst.degradation) == ("room", "call-x2-vp8-0.1bpp")
    row = means_table(summary).rows[0]
    assert row == ("m", "+1.00", "+0.0200", "-2.00", "room vp8 0.1bpp", "1.25 (≤ 1.75)", "1.50 (≤ 1.50)")


def test_pictures_of_a_category_are_one_cell(new_clip_row: NewClipRow) -> None:
    rows = [
        new_clip_row(model, f"text/{number}.png", psnr, category="text")
        for number, gain in enumerate((1.0, 2.0))
        for model, psnr in (("bicubic", 30.0 + number), ("m", 30.0 + number + gain))
    ]
    (summary,) = summarise_clips(rows)
    (cell,) = summary.cells
    assert (cell.subject, cell.clips, cell.psnr) == ("text", 2, 30.5)
    assert cell.changes["m"].psnr_gain == pytest.approx(1.5)


def test_sizes_that_are_sent_are_kept_apart(new_clip_row: NewClipRow) -> None:
    rows = [
        new_clip_row(model, "face", 30.0, degradation=f"call-{sent}-h264-0.1bpp")
        for sent in ("x2", "x4/3", "540p")
        for model in ("bicubic", "m")
    ]
    assert [summary.sent for summary in summarise_clips(rows)] == ["call-x2", "call-x4/3", "call-540p"]


def test_only_clips_that_all_models_have_count(new_clip_row: NewClipRow) -> None:
    rows = [new_clip_row("bicubic", clip, 30.0) for clip in ("a", "b")] + [new_clip_row("m", "b", 31.0)]
    (summary,) = summarise_clips(rows)
    assert ([cell.subject for cell in summary.cells], summary.left_out) == (["b"], 1)


def test_a_displayed_clip_without_flicker_is_no_division_by_zero(new_clip_row: NewClipRow) -> None:
    rows = [new_clip_row(model, "a", 30.0, flicker=flicker) for model, flicker in (("bicubic", 0), ("m", 0), ("n", 1))]
    (summary,) = summarise_clips(rows)
    assert (summary.means["m"].flicker, summary.means["n"].flicker) == (1.0, float("inf"))


@pytest.mark.parametrize(
    ("rows", "message"),
    [([("m", "a")], "has no rows of bicubic"), ([("bicubic", "a"), ("m", "b")], "no clip has a row of every model")],
)
def test_rows_that_cannot_be_compared_are_refused(
    new_clip_row: NewClipRow, rows: list[tuple[str, str]], message: str
) -> None:
    with pytest.raises(CellError, match=message):
        summarise_clips([new_clip_row(model, clip, 30.0) for model, clip in rows])


@pytest.mark.parametrize("kind", CLIP_KINDS)
def test_every_kind_has_cells_for_its_headings(summary: CellSummary, kind: str) -> None:
    table = CLIP_KINDS[kind](summary)
    assert {len(row) for row in table.rows} == {len(table.headings)}
