"""Odd places, models and moments: one clear line, nothing half-written, nothing overwritten."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner, Result

from acutance.cli.main import app
from acutance.pictures import Picture, read_picture, write_picture
from acutance.runtime.backends.with_openvino import OpenVinoBackend


def _run(*words: object) -> Result:
    return CliRunner().invoke(app, ["sharpen", "--scale", "2", *(str(word) for word in words)])


def _refused_in_one_line(result: Result, code: int) -> str:
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("acutance: ")
    return line


def _picture(folder: Path, name: str = "a.png", height: int = 17, width: int = 31) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    write_picture(Picture(pixels), folder / name)
    return folder / name


def _hard_link(folder: Path) -> tuple[Path, Path]:
    source = _picture(folder)
    (folder / "b.png").hardlink_to(source)
    return source, folder / "b.png"


def _symbolic_link(folder: Path) -> tuple[Path, Path]:
    source = _picture(folder)
    (folder / "b.png").symlink_to(source)
    return source, folder / "b.png"


def _dangling_link(folder: Path) -> tuple[Path, Path]:
    (folder / "b.png").symlink_to(folder / "elsewhere.png")
    return _picture(folder), folder / "b.png"


def _link_out_of_the_output(folder: Path) -> tuple[Path, Path]:
    for name in ("in/sub", "out", "elsewhere"):
        (folder / name).mkdir(parents=True)
    _picture(folder / "in/sub")
    (folder / "out/sub").symlink_to(folder / "elsewhere")
    return folder / "in", folder / "out"


def _pipe(folder: Path) -> tuple[Path, Path]:
    os.mkfifo(folder / "a.png")
    return folder / "a.png", folder / "b.png"


def _to(name: str) -> Callable[[Path], tuple[Path, Path]]:
    return lambda folder: (_picture(folder), folder / name)


def _from(name: str) -> Callable[[Path], tuple[Path, Path]]:
    return lambda folder: (folder / name, folder / "b.png")


PLACES: dict[str, tuple[Callable[[Path], tuple[Path, Path]], list[str], str]] = {
    "no input": (_from("none.png"), [], "there is no such file or folder"),
    "a name that is too long": (_from("n" * 300 + ".png"), [], "cannot be looked at (File name too long)"),
    "a pipe": (_pipe, [], "is no regular file"),
    "no output folder": (_to("none/b.png"), [], "there is no folder"),
    "a file as the output's folder": (_to("a.png/b.png"), [], "there is no folder"),
    "an unknown suffix": (_to("b.gif"), [], "got the suffix '.gif', expected one of"),
    "output is input": (_to("a.png"), ["--overwrite"], "is the input itself"),
    "output is input by another path": (_to("../{}/a.png"), ["--overwrite"], "is the input itself"),
    "output is input by a hard link": (_hard_link, ["--overwrite"], "is the input itself"),
    "output is input by a symbolic link": (_symbolic_link, ["--overwrite"], "is the input itself"),
    "output is a dangling link": (_dangling_link, [], "is there already"),
    "a link out of the output folder": (_link_out_of_the_output, [], "lies outside"),
    "an enormous size": (_to("b.png"), ["--size", "99999x99999"], "expected at most 134217728 pixels"),
    "a shape that is none": (_to("b.png"), ["--size", "0x9"], "--size: got '0x9', expected WIDTHxHEIGHT"),
}


@pytest.mark.parametrize(("make", "words", "message"), PLACES.values(), ids=PLACES)
def test_a_bad_place_is_one_line_and_exit_2(
    tmp_path: Path, make: Callable[[Path], tuple[Path, Path]], words: list[str], message: str
) -> None:
    source, target = make(tmp_path)
    target = Path(str(target).replace("{}", tmp_path.name))
    before = {path: path.lstat().st_mtime_ns for path in tmp_path.rglob("*")}
    line = _refused_in_one_line(_run(source, target, "--model", "identity", *words), 2)
    assert message in line
    assert {path: path.lstat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_name_with_a_leading_dash_is_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _picture(tmp_path, "-a.png")
    taken_for_an_option = _run("--model", "identity", "-a.png", "b.png")
    assert (taken_for_an_option.exit_code, "No such option" in taken_for_an_option.stderr) == (2, True)
    assert _run("--model", "identity", "--", "-a.png", "-b.png").exit_code == 0
    assert (tmp_path / "-b.png").is_file()


def test_a_dangling_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    source, target = _dangling_link(tmp_path)
    assert _run(source, target, "--model", "identity", "--overwrite").exit_code == 0
    assert not target.is_symlink()
    assert not (tmp_path / "elsewhere.png").exists()


@pytest.fixture
def nobodys_folder() -> Iterator[Path]:
    """A folder to work in as a user without rights, whom root becomes for a while."""
    is_root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        _picture(folder)
        _run(folder / "a.png", folder / "warm.png", "--model", "identity")  # nobody may not read the package
        (folder / "closed").mkdir(mode=0o555)
        (folder / "secret.png").write_bytes((folder / "a.png").read_bytes())
        (folder / "secret.png").chmod(0)
        if is_root:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if is_root:
                os.seteuid(0)


@pytest.mark.parametrize(("source", "target"), [("secret.png", "b.png"), ("a.png", "closed/b.png")])
def test_no_permission_is_one_line(nobodys_folder: Path, source: str, target: str) -> None:
    result = _run(nobodys_folder / source, nobodys_folder / target, "--model", "identity")
    assert "(Permission denied)" in _refused_in_one_line(result, 1)
    assert not (nobodys_folder / target).exists()


def test_no_permission_to_make_a_sub_folder_is_a_line_for_each_file(nobodys_folder: Path) -> None:
    (nobodys_folder / "in/sub").mkdir(parents=True)
    (nobodys_folder / "in/sub/a.png").write_bytes((nobodys_folder / "a.png").read_bytes())
    result = _run(nobodys_folder / "in", nobodys_folder / "closed", "--model", "identity")
    assert "closed/sub: Permission denied" in _refused_in_one_line(result, 1)


_LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
from acutance.cli import main
main()
"""


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_full_disk_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    source = _picture(tmp_path, f"a{suffix}", 60, 90)
    words = ["sharpen", source, tmp_path / f"b{suffix}", "--model", "identity", "--scale", "2"]
    result = subprocess.run([sys.executable, "-c", _LIMITED, *map(str, words)], capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"acutance: {tmp_path / f'b{suffix}'}: cannot be written (File too large)\n"
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_between_whole_files(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "in").mkdir()
    first = _picture(tmp_path / "in", "000.png", 300, 400)
    for index in range(1, 400):  # seconds of work, however late the signal comes
        (tmp_path / "in" / f"{index:03}.png").hardlink_to(first)
    words = ["sharpen", tmp_path / "in", tmp_path / "out", "--model", "unsharp", "--scale", "2"]
    process = subprocess.Popen(
        [sys.executable, "-c", "from acutance.cli import main; main()", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()  # the first is done
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    (line,) = errors.splitlines()
    done = sorted((tmp_path / "out").iterdir())
    assert process.returncode == 1
    counted = re.search(r"(\d+) of 400 files are done, nothing is half-written", line)
    assert counted
    assert len(done) - int(counted[1]) in (0, 1)  # one may be finished in the very moment
    assert 0 < len(done) < 400
    assert all(read_picture(path).pixels.shape == (300, 400, 3) for path in done)


def _edited(edit: Callable[[onnx.ModelProto], None]) -> Callable[[bytes], bytes]:
    def make(data: bytes) -> bytes:
        model = onnx.load_from_string(data)
        edit(model)
        return bytes(model.SerializeToString())

    return make


def _newer_card(model: onnx.ModelProto) -> None:
    model.metadata_props[0].value = model.metadata_props[0].value.replace('"version":1', '"version":2')


def _weights_elsewhere(model: onnx.ModelProto) -> None:
    weights = model.graph.initializer[-1]
    weights.ClearField("raw_data")
    weights.data_location = onnx.TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="weights.bin")


MODELS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda data: b"", "is not an ONNX model, or is damaged"),
    "text": (lambda data: b"<net name='no'/>" * 9, "is not an ONNX model, or is damaged"),
    "cut": (lambda data: data[: len(data) // 2], "is not an ONNX model, or is damaged (it ends too early)"),
    "no card": (_edited(lambda model: model.ClearField("metadata_props")), "has no card"),
    "a newer card": (_edited(_newer_card), "card of version 2, expected 1; update acutance"),
    "weights elsewhere": (_edited(_weights_elsewhere), "takes weights from another file"),
}


@pytest.mark.parametrize(("make", "message"), MODELS.values(), ids=MODELS)
def test_a_bad_model_is_one_line_and_exit_2(
    tmp_path: Path, model_file: Path, make: Callable[[bytes], bytes], message: str
) -> None:
    (tmp_path / "bad.onnx").write_bytes(make(model_file.read_bytes()))
    source = _picture(tmp_path)
    line = _refused_in_one_line(_run(source, tmp_path / "b.png", "--model", tmp_path / "bad.onnx"), 2)
    assert message in line
    assert not (tmp_path / "b.png").exists()


def test_a_picture_on_which_the_model_fails_is_written_as_it_was(
    tmp_path: Path, model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overflow(self: OpenVinoBackend, luma: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.full_like(luma, np.nan)

    monkeypatch.setattr(OpenVinoBackend, "run", overflow)  # no card-bearing file gives such values of itself
    source = _picture(tmp_path)
    result = _run(source, tmp_path / "b.png", "--model", model_file, "--json")
    assert result.exit_code == 0
    (note,) = json.loads(result.stdout)["done"][0]["notes"]
    assert note == "not sharpened, written as it was (noise: gave values that are not finite on a 31x17 plane)"
    assert note in result.stderr
    np.testing.assert_array_equal(read_picture(tmp_path / "b.png").pixels, read_picture(source).pixels)
