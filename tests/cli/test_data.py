import functools
import hashlib
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from acutance.cli.data import data_app


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A catalogue of one picture that is served, under the name "mine", and of one that is not."""
    monkeypatch.setenv("ACUTANCE_DATA", str(tmp_path / "home"))
    served = picture(tmp_path / "site" / "a.png")
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(QuietHandler, directory=served.parent))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    path = tmp_path / "mine.toml"
    sha256 = hashlib.sha256(served.read_bytes()).hexdigest()
    path.write_text(
        "".join(
            f"""
            [[sources]]
            name = "{name}"
            what = "a picture of noise"
            licence = "CC0 1.0"
            kind = "picture"
            size = {served.stat().st_size}
            pictures = 1
            files = [{{ url = "http://127.0.0.1:{server.server_port}/{file}"{known} }}]
            """
            for name, file, known in (
                ("mine", "a.png", f', sha256 = "{sha256}"'),
                ("unhashed", "a.png", ""),
                ("gone", "b.png", ""),
            )
        )
    )
    yield path
    server.shutdown()
    thread.join()
    server.server_close()


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (32, 32, 3), dtype=np.uint8)).save(path)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(data_app, [str(argument) for argument in arguments])


def assert_one_line(text: str) -> None:
    assert text.startswith("acutance: ")
    assert text.count("\n") == 1


def test_the_list_names_every_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACUTANCE_DATA", str(tmp_path))
    listed = run("list")
    assert listed.exit_code == 0
    assert all(name in listed.stdout for name in ("Set5", "Set14", "B100", "Urban100", "DIV2K-valid", "Kodak"))


def test_the_list_tells_what_is_here(catalogue: Path) -> None:
    run("fetch", "mine", "--catalogue", catalogue)
    lines = run("list", "--catalogue", catalogue).stdout.splitlines()
    assert [line.split()[-1] for line in lines if line.strip().startswith(("mine", "gone"))] == ["yes", "no"]


def test_a_fetch_says_where_and_a_second_that_it_is_there(catalogue: Path, tmp_path: Path) -> None:
    first = run("fetch", "mine", "--catalogue", catalogue)
    second = run("fetch", "mine", "--catalogue", catalogue)
    assert first.stdout.startswith(f"{tmp_path / 'home' / 'mine'}: fetched, 1 pictures, set hash ")
    assert second.stdout == first.stdout.replace("fetched", "is there already")
    assert first.stderr == second.stderr == ""
    assert first.exit_code == second.exit_code == 0


def test_a_fetch_goes_where_it_is_told(catalogue: Path, tmp_path: Path) -> None:
    run("fetch", "mine", "--catalogue", catalogue, "--to", tmp_path / "there")
    assert (tmp_path / "there" / "mine" / "a.png").exists()


def test_a_pin_is_told_in_one_line(catalogue: Path) -> None:
    told = run("fetch", "unhashed", "--catalogue", catalogue).stderr
    assert told.startswith("note: nobody has published a SHA-256 of http://127.0.0.1")
    assert told.count("\n") == 1


@pytest.mark.parametrize(("name", "says"), [("gone", "answers 404"), ("nothing", "expected one of mine, unhashed")])
def test_a_fetch_that_fails_is_one_line_and_code_2(catalogue: Path, name: str, says: str) -> None:
    failed = run("fetch", name, "--catalogue", catalogue)
    assert failed.exit_code == 2
    assert says in failed.stderr
    assert_one_line(failed.stderr)


@pytest.mark.parametrize("command", [("list",), ("fetch", "mine")])
def test_a_catalogue_that_is_missing_is_one_line_and_code_2(tmp_path: Path, command: tuple[str, ...]) -> None:
    failed = run(*command, "--catalogue", tmp_path / "none.toml")
    assert failed.exit_code == 2
    assert_one_line(failed.stderr)


def test_a_check_counts_and_hashes(tmp_path: Path) -> None:
    picture(tmp_path / "text" / "a.png")
    picture(tmp_path / "text" / "b.png")
    picture(tmp_path / "people" / "c.png")
    checked = run("check", tmp_path)
    lines = checked.stdout.splitlines()
    assert checked.exit_code == 0
    assert lines[:2] == ["people: 1", "text: 2"]
    assert lines[2].startswith(f"{tmp_path}: 3 pictures, all readable, set hash ")


def test_a_check_names_each_bad_picture_and_ends_with_code_1(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    (tmp_path / "b.png").write_text("no picture")
    checked = run("check", tmp_path)
    assert checked.exit_code == 1
    assert checked.stderr == f"acutance: {tmp_path / 'b.png'}: is no PNG, JPEG, WEBP, BMP, TIFF picture\n"
    assert "2 pictures, 1 of them bad" in checked.stdout


def test_a_check_of_nothing_is_one_line_and_code_2(tmp_path: Path) -> None:
    failed = run("check", tmp_path)
    assert failed.exit_code == 2
    assert_one_line(failed.stderr)
