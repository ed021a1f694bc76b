"""Banks at the command line: the weights that suit each file, said with the reason."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from acutance import Sharpener
from acutance.cli.main import app
from acutance.pictures import Picture, read_picture, write_picture
from acutance.runtime import models
from acutance.video import coded_rate, read_luma, write_clip


def _run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "240"})


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of moving blocks."""
    path = tmp_path_factory.mktemp("clips") / "blocks.mp4"
    blocks = np.kron(np.random.default_rng(0).integers(60, 190, (6, 10, 3)), np.ones((12, 12, 1))).astype(np.uint8)
    write_clip(path, [np.roll(blocks, 3 * number, axis=1) for number in range(25)], Fraction(25))
    return path


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "in.png"
    write_picture(Picture(np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)), path)
    return path


def _selection(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.output
    (done,) = json.loads(result.stdout)["done"]
    assert isinstance(done["selection"], dict)
    return done["selection"] | {"line": done["scale_from"]}


def test_a_clip_s_packets_say_how_hard_it_was_coded(clip: Path) -> None:
    import av

    rate = coded_rate(clip)
    with av.open(str(clip)) as container:
        sizes = [(packet.is_keyframe, packet.size) for packet in container.demux(video=0) if packet.size]
    assert sizes[0][0]
    others = [size for is_key, size in sizes if not is_key]
    assert rate.codec == "h264"
    assert rate.bits_per_pixel == pytest.approx(8 * sum(others) / len(others) / (72 * 120))


def test_a_clip_that_is_enlarged_here_is_known(clip: Path, bank_file: Path, tmp_path: Path) -> None:
    words = ["--model", bank_file, "--size", "240x144", "--json"]
    selection = _selection(_run("sharpen", clip, tmp_path / "out.mp4", *words))
    bits = coded_rate(clip).bits_per_pixel
    assert (selection["scale"], selection["scale_from"], selection["line"]) == (2.0, "told", "from --size")
    assert (selection["bits_per_pixel"], selection["bits_from"]) == (pytest.approx(bits), "told")
    assert selection["trained_scale"] == 2.0


def test_bits_of_a_clip_that_was_enlarged_before_are_of_fewer_pixels(
    clip: Path, bank_file: Path, tmp_path: Path
) -> None:
    result = _run("sharpen", clip, tmp_path / "out.mp4", "--model", bank_file, "--scale", 3, "--json")
    bits = coded_rate(clip).bits_per_pixel
    assert bits is not None
    assert _selection(result)["bits_per_pixel"] == pytest.approx(9 * bits)


def test_what_was_chosen_is_said_in_one_line(clip: Path, bank_file: Path, tmp_path: Path) -> None:
    result = _run("sharpen", clip, tmp_path / "out.mp4", "--model", bank_file, "--scale", 1.05)
    assert result.exit_code == 0
    assert result.stdout.count("\n") == 1
    assert "noise, passed through, as ×1.05 (told)" in result.stdout
    assert "taken as 2" not in result.stderr


def test_a_clip_gets_the_weights_of_its_scale(clip: Path, bank_file: Path, tmp_path: Path) -> None:
    clips = []
    for scale in (2, 3):
        target = tmp_path / f"{scale}.mkv"
        assert _run("sharpen", clip, target, "--model", bank_file, "--scale", scale).exit_code == 0
        clips.append([plane.tobytes() for plane in read_luma(target)])
    assert clips[0] != clips[1]


def test_a_picture_gets_the_weights_of_its_scale(bank_file: Path, picture: Path, tmp_path: Path) -> None:
    for scale in (1.0, 3.0):
        target = tmp_path / f"{scale}.png"
        assert _run("sharpen", picture, target, "--model", bank_file, "--scale", scale).exit_code == 0
        expected = Sharpener.load(bank_file, scale)(read_picture(picture).pixels)
        np.testing.assert_array_equal(read_picture(target).pixels, expected)


def test_live_says_which_weights_it_plays_with(clip: Path, bank_file: Path) -> None:
    result = _run("live", clip, "--headless", "--json", "--model", bank_file, "--size", "240x144")
    assert result.exit_code == 0, result.output
    selection = json.loads(result.stdout)["selection"]
    assert (selection["trained_scale"], selection["scale"]) == (2.0, 2.0)
    assert "weights for ×2, " in result.stderr


def test_models_lists_what_a_bank_is_for(bank_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "shipped_files", lambda: {"noise": bank_file})
    lines = _run("models").stdout
    for condition in ("×2, no codec", "×3, no codec", "×2, 0.1 bits a pixel", "×1.33, 0.25 bits a pixel"):
        assert condition in lines


def test_the_default_is_the_shipped_bank(picture: Path, tmp_path: Path) -> None:
    result = _run("sharpen", picture, tmp_path / "out.png", "--scale", 2)
    assert result.exit_code == 0
    assert "balanced, weights for ×2" in result.stdout
