"""`acutance sharpen` and `acutance degrade`, as a newcomer types them."""

import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from acutance.cli.main import app
from acutance.pictures import Picture, read_picture, write_picture
from acutance.runtime import Card, models
from acutance.runtime.backends.compiling import multiplies_int8
from acutance.video import write_clip


def _run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def _one_line(result: Result) -> str:
    """The only line on standard error, which is what a fault must come to."""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("acutance: ")
    return lines[0]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "in.png"
    write_picture(Picture(np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)), path)
    return path


def test_a_picture_is_sharpened(picture: Path, model_file: Path, tmp_path: Path) -> None:
    before = picture.read_bytes()
    result = _run("sharpen", picture, tmp_path / "out.png", "--model", model_file)
    assert result.exit_code == 0
    assert "60x40" in result.stdout
    assert (read_picture(tmp_path / "out.png").pixels != read_picture(picture).pixels).any()
    assert picture.read_bytes() == before


def test_an_assumed_scale_is_said_with_what_to_do(picture: Path, model_file: Path, tmp_path: Path) -> None:
    result = _run("sharpen", picture, tmp_path / "out.png", "--model", model_file)
    assert "taken as 2" in result.stderr
    assert "--strength" in result.stderr
    assert "taken as 2" not in _run("sharpen", picture, tmp_path / "b.png", "--model", model_file, "--scale", 2).stderr


def test_strength_0_leaves_every_pixel(picture: Path, model_file: Path, tmp_path: Path) -> None:
    _run("sharpen", picture, tmp_path / "out.png", "--model", model_file, "--strength", 0)
    np.testing.assert_array_equal(read_picture(tmp_path / "out.png").pixels, read_picture(picture).pixels)


def test_size_enlarges_and_sets_the_scale(picture: Path, model_file: Path, tmp_path: Path) -> None:
    result = _run("sharpen", picture, tmp_path / "out.png", "--model", model_file, "--size", "180x120", "--json")
    assert read_picture(tmp_path / "out.png").pixels.shape == (120, 180, 3)
    (done,) = json.loads(result.stdout)["done"]
    assert (done["scale"], done["scale_from"], done["width"], done["height"]) == (3.0, "from --size", 180, 120)
    assert "trained for frames enlarged by 2" in result.stderr


@pytest.fixture
def zoo(model_file: Path, card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with one model, in f32 and in int8."""
    from acutance.lab.export.quantised_graph import build_quantised_graph

    if not multiplies_int8("CPU"):
        pytest.skip("this processor has no exact int8 products")
    widths = pairwise((4, 16, 16, 4))
    chain = [(np.full((b, a, 3, 3), 0.01, np.float32), np.zeros(b, np.float32)) for a, b in widths]
    int8 = build_quantised_graph(chain, [0.01, 0.01], card.model_copy(update={"precision": "int8"}))
    (tmp_path / "noise.int8.onnx").write_bytes(int8.SerializeToString())
    files = {"noise": model_file, "noise.int8": tmp_path / "noise.int8.onnx"}
    monkeypatch.setattr(models, "shipped_files", lambda: files)


@pytest.mark.usefixtures("zoo")
@pytest.mark.parametrize(
    ("precision", "of_picture", "of_clip"), [("auto", "f32", "int8"), ("int8", "int8", "int8"), ("f32", "f32", "f32")]
)
def test_pictures_are_sharpened_in_f32_and_clips_in_int8(
    picture: Path, tmp_path: Path, precision: str, of_picture: str, of_clip: str
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    picture.rename(folder / "a.png")
    frames = [np.full((40, 60, 3), 90, np.uint8)] * 2
    write_clip(folder / "b.mp4", frames, Fraction(30))
    words = ["--model", "noise", "--precision", precision, "--json"]
    done = json.loads(_run("sharpen", folder, tmp_path / "out", *words).stdout)["done"]
    expected = [f"OpenVINO on cpu in {each}" for each in (of_picture, of_clip)]
    assert [result["runs_as"] for result in done] == expected


def test_a_folder_keeps_its_sub_folders_and_one_bad_file_stops_no_other(
    picture: Path, model_file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.png").write_bytes(picture.read_bytes())
    (folder / "b.png").write_text("not a picture")
    (folder / "sub" / "c.png").write_bytes(picture.read_bytes())
    result = _run("sharpen", folder, tmp_path / "out", "--model", model_file, "--scale", 2, "--json")
    assert result.exit_code == 1
    assert sorted(path.name for path in (tmp_path / "out").rglob("*.png")) == ["a.png", "c.png"]
    assert "b.png: is not a picture that is handled" in result.stderr
    assert "1 of 3 files failed" in result.stderr
    assert [failure["input"] for failure in json.loads(result.stdout)["failed"]] == [str(folder / "b.png")]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["{dir}/none.png", "{dir}/out.png"], "there is no such file or folder"),
        (["{in}", "{dir}/out.gif"], "got the suffix '.gif', expected one of"),
        (["{in}", "{dir}/none/out.png"], "there is no folder"),
        (["{in}", "{in}"], "is the input itself"),
        (["{in}", "{dir}"], "is a folder; name the output file"),
        (["{in}", "{dir}/there.png"], "is there already; give another output, or --overwrite"),
        (["{in}", "{dir}/out.png", "--model", "none"], "model: got 'none', expected one of"),
        (["{in}", "{dir}/out.png", "--size", "big"], "--size: got 'big', expected WIDTHxHEIGHT"),
        (["{in}", "{dir}/out.png", "--strength", "9"], "strength: got 9.0, expected 0"),
        (["{in}", "{dir}/out.png", "--scale", "0.5"], "scale: got 0.5, expected 1 or more"),
        (["{in}", "{dir}/out.png", "--device", "toaster"], "device: got 'toaster', expected one of cpu"),
        (["{in}", "{dir}/out.png", "--encoder", "gif"], "encoder: got 'gif', expected one of auto, software"),
        (["{dir}/empty", "{dir}/out"], "holds no file with one of the suffixes"),
        (["{dir}/empty", "{dir}/empty/out"], "lies inside the input folder"),
    ],
)
def test_what_cannot_be_begun_is_one_line_and_exit_2(
    picture: Path, model_file: Path, tmp_path: Path, words: list[str], message: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "there.png").write_bytes(b"mine")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    filled = [word.replace("{in}", str(picture)).replace("{dir}", str(tmp_path)) for word in words]
    model = [] if "--model" in filled else ["--model", str(model_file)]
    result = _run("sharpen", *filled, *model)
    assert result.exit_code == 2
    assert message in _one_line(result)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_overwrite_replaces(picture: Path, model_file: Path, tmp_path: Path) -> None:
    (tmp_path / "there.png").write_bytes(b"old")
    words = ("sharpen", picture, tmp_path / "there.png", "--model", model_file, "--scale", 2, "--overwrite")
    assert _run(*words).exit_code == 0
    assert read_picture(tmp_path / "there.png").pixels.shape == (40, 60, 3)


def test_a_name_with_odd_characters_is_a_name(picture: Path, model_file: Path, tmp_path: Path) -> None:
    odd = tmp_path / 'it\'s "a" näme\nwith a line.png'
    odd.write_bytes(picture.read_bytes())
    assert _run("sharpen", odd, tmp_path / "out.png", "--model", model_file, "--scale", 2).exit_code == 0


def test_degrade_writes_displayed_and_received(tmp_path: Path) -> None:
    write_picture(Picture(np.random.default_rng(0).integers(0, 256, (41, 60, 3), dtype=np.uint8)), tmp_path / "in.png")
    result = _run("degrade", tmp_path / "in.png", tmp_path / "out.png", "--recipe", "bicubic-x2", "--received")
    assert result.exit_code == 0
    assert read_picture(tmp_path / "out.png").pixels.shape == (40, 60, 3)
    assert read_picture(tmp_path / "out.received.png").pixels.shape == (20, 30, 3)


@pytest.mark.parametrize("recipe", ["blur", "bicubic-x0"])
def test_an_unknown_degradation_is_one_line(picture: Path, tmp_path: Path, recipe: str) -> None:
    result = _run("degrade", picture, tmp_path / "out.png", "--recipe", recipe)
    assert result.exit_code == 2
    assert "degradation: got" in _one_line(result)


def test_a_picture_below_the_scale_is_one_line(tmp_path: Path) -> None:
    Image.new("RGB", (1, 1)).save(tmp_path / "in.png")
    result = _run("degrade", tmp_path / "in.png", tmp_path / "out.png", "--recipe", "bicubic-x2")
    assert result.exit_code == 1
    assert "in.png: a picture of 1x1 has no 2x2 pixels" in _one_line(result)


def test_resuming_a_folder_does_what_is_missing(picture: Path, model_file: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    for name in ("a.png", "b.png"):
        (tmp_path / "in" / name).write_bytes(picture.read_bytes())
    (tmp_path / "out" / "a.png").write_bytes(b"done before")
    words = ("sharpen", tmp_path / "in", tmp_path / "out", "--model", model_file, "--scale", 2, "--resume")
    result = _run(*words)
    assert result.exit_code == 0
    assert "1 of 2 outputs are there already" in result.stderr
    assert (tmp_path / "out" / "a.png").read_bytes() == b"done before"
    assert read_picture(tmp_path / "out" / "b.png").pixels.shape == (40, 60, 3)
    assert _run(*words).exit_code == 0
