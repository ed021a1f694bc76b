"""Clips on the page."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageSequence

from acutance.evaluate.clips.cells import summarise_clips
from acutance.evaluate.report import ClipExample, write_report
from acutance.evaluate.report.images import animation_uri
from acutance.evaluate.report.motion import clip_sections
from acutance.evaluate.rows import ClipRow, Curves

if TYPE_CHECKING:
    from tests.evaluate.conftest import NewClipRow


@pytest.fixture
def rows(new_clip_row: NewClipRow) -> list[ClipRow]:
    curves = Curves(psnr=(31.0, 33.0, 32.0), ssim=(0.9,), flicker=(1.0, 4.0))
    return [new_clip_row("bicubic", "face", 30.0), new_clip_row("m", "face", 32.0, curves=curves)]


@pytest.fixture
def example() -> ClipExample:
    noise = np.random.default_rng(0).integers(0, 256, (3, 4, 32, 40, 3)).astype(np.uint8)
    labels = ("displayed", "sharpened", "clean")
    frames = {label: list(own) for label, own in zip(labels, noise, strict=True)}
    return ClipExample("face", "call-x2-vp8-0.1bpp", "m", frames)


def test_an_animation_has_all_its_frames() -> None:
    frames = [np.full((16, 24, 3), 60 * number, np.uint8) for number in range(4)]
    encoded = base64.b64decode(animation_uri(frames).partition(",")[2])
    with Image.open(BytesIO(encoded)) as image:
        assert len(list(ImageSequence.Iterator(image))) == 4
        assert (image.size, image.info["loop"]) == ((24, 16), 0)


def test_a_section_has_tables_curves_and_the_clip(rows: list[ClipRow], example: ClipExample) -> None:
    (section,) = clip_sections(summarise_clips(rows), rows, [example], frozenset({"m"}))
    assert "invented, call-x2" in section
    assert "+2.00" in section
    assert 'width="120" height="32"' in section  # three beside each other
    assert "m: +2.00" in section  # the curve of gains is on average 1, 3, 2
    assert section.count("<svg") == 2


def test_curves_are_drawn_where_their_values_are(rows: list[ClipRow], example: ClipExample) -> None:
    (section,) = clip_sections(summarise_clips(rows), rows, [example], frozenset({"m"}))
    points = section.partition('points="')[2].partition('"')[0].split(" ")
    heights = [float(point.split(",")[1]) for point in points]
    assert heights[0] - heights[2] == pytest.approx((heights[0] - heights[1]) / 2, abs=0.2)  # gains of 1, 3, 2 dB


def test_a_page_of_clips_alone(rows: list[ClipRow], example: ClipExample, tmp_path: Path) -> None:
    write_report([], [], tmp_path / "page.html", clip_rows=rows, clip_examples=[example])
    text = (tmp_path / "page.html").read_text()
    assert "Acutance benchmark: invented" in text
    assert "data:image/webp;base64," in text
