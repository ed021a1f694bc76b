"""The demo: what it shows is what it measured."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from acutance.cli.main import app
from acutance.demo import demonstrate_clip, demonstrate_picture, portrait
from acutance.demo.comparison import busiest, comparison
from acutance.demo.portrait import portrait_clip
from acutance.metrics import fidelity
from acutance.pictures import read_picture
from acutance.runtime import Sharpener
from acutance.video import probe_clip, read_luma, write_clip


def _no_stage(name: str, frames: int | None) -> Callable[[int], None]:
    return lambda done: None


@pytest.fixture(scope="module")
def short_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    generator = np.random.default_rng(0)
    blocks = generator.integers(40, 216, (25, 45, 3), dtype=np.uint8)
    still = np.kron(blocks, np.ones((4, 4, 1), dtype=np.uint8))[:98, :178]
    path = tmp_path_factory.mktemp("clips") / "mine.mp4"
    write_clip(path, [np.roll(still, 2 * shift, axis=1) for shift in range(6)], Fraction(25))
    return path


def test_the_portrait_is_512_pixels_square_and_the_files_say_whose_it_is() -> None:
    assert read_picture(portrait()).pixels.shape == (512, 512, 3)
    assert "Public domain" in portrait().with_suffix(".txt").read_text()


def test_the_camera_moves_smoothly_over_the_portrait(tmp_path: Path) -> None:
    portrait_clip(tmp_path / "portrait.mp4")
    frames = [plane.astype(float) for plane in read_luma(tmp_path / "portrait.mp4")]
    steps = [abs(second - first).mean() for first, second in pairwise(frames)]
    assert len(frames) == 100
    assert min(steps) > 0
    assert max(steps) < 12  # of 255: no jump


def test_a_picture_is_shown_as_it_was_measured(tmp_path: Path) -> None:
    figures, sheet = demonstrate_picture(portrait(), tmp_path, Sharpener.load("unsharp"))
    before, after, original = (
        read_picture(tmp_path / f"{portrait().stem}-{name}.png").pixels for name in ("before", "after", "original")
    )
    assert figures.psnr_before == fidelity(original, before, 2).psnr
    assert figures.psnr_after == fidelity(original, after, 2).psnr
    assert figures.psnr_after > figures.psnr_before
    assert sheet.exists()


def test_a_clip_is_made_soft_sharp_and_side_by_side(short_clip: Path, tmp_path: Path) -> None:
    shown = demonstrate_clip(short_clip, tmp_path, Sharpener.load("identity"), _no_stage)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "mine-after.mp4",
        "mine-before.mp4",
        "mine-side-by-side.mp4",
    ]
    # 178x98 does not halve evenly into even sides: all are of the size that does.
    sizes = {
        (info.width, info.height) for info in (probe_clip(tmp_path / f"mine-{p}.mp4") for p in ("before", "after"))
    }
    assert sizes == {(176, 96)}
    assert shown.figures.psnr_after == shown.figures.psnr_before < 45
    assert probe_clip(shown.side_by_side).width > 2 * 176


def test_the_busiest_block_is_found() -> None:
    change = np.zeros((1000, 1200), dtype=np.float32)
    change[600:800, 900:1100] = 1
    row, column = busiest(change)
    assert abs(row - 700) <= 80
    assert abs(column - 1000) <= 80


@pytest.mark.parametrize("size", [(64, 48), (900, 1500)])
def test_a_comparison_shows_every_panel_twice(size: tuple[int, int]) -> None:
    values = (60, 120, 180)
    panels: dict[str, NDArray[np.uint8]] = {str(value): np.full((*size, 3), value, dtype=np.uint8) for value in values}
    sheet = comparison(panels, (0, 0))
    upper, lower = np.array_split(sheet, 2)
    for half in (upper, lower):
        assert [bool((half == value).all(axis=2).mean() > 0.1) for value in values] == [True] * 3


def test_the_command_takes_ones_own_picture(model_file: Path, tmp_path: Path) -> None:
    words = ["demo", str(portrait()), "--to", str(tmp_path / "out"), "--model", str(model_file)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert "look at: " in result.stdout
    assert "FPS on 1920x1080 luma alone" in result.stdout


@pytest.mark.parametrize(
    ("name", "message"), [("none.png", "there is no such file"), ("a.txt", "got the suffix '.txt'")]
)
def test_what_cannot_be_shown_is_one_line_and_exit_2(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "a.txt").write_text("not a picture")
    result = CliRunner().invoke(app, ["demo", str(tmp_path / name), "--to", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()
