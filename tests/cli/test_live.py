"""`acutance live`, as a newcomer types it; the window has tests of its own."""

import json
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from acutance.cli.main import app
from acutance.video import write_clip


def _run(*words: object) -> Result:
    return CliRunner().invoke(app, ["live", *map(str, words)])


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "noise.mp4"
    noise = np.random.default_rng(0).integers(60, 190, (6, 48, 64, 3), dtype=np.uint8)
    write_clip(path, noise, Fraction(25))
    return path


def test_headless_plays_once_and_says_what_it_did(clip: Path) -> None:
    result = _run(clip, "--headless")
    assert result.exit_code == 0
    assert "64x48 at 25 FPS allows 32.0 ms a frame" in result.stderr
    first, second, *rest = result.stdout.splitlines()
    assert first.startswith("6 frames in 0.")
    assert second.startswith("from decoded to sharpened: p95 ")
    assert rest[0].startswith("tier changes: ")


def test_json_accounts_for_every_frame(clip: Path) -> None:
    result = _run(clip, "--headless", "--json", "--seconds", 1, "--fps", 50, "--size", "128x96")
    report = json.loads(result.stdout)
    assert report["choice"]["size"] == [128, 96]
    assert report["decoded"] == 50
    assert sum(report["sharpened"].values()) + report["passed"] + report["halved"] + report["dropped"] == 50


def test_a_named_model_stays(clip: Path, model_file: Path) -> None:
    report = json.loads(_run(clip, "--headless", "--json", "--model", model_file).stdout)
    assert report["choice"] is None
    assert set(report["sharpened"]) == {"noise"}


def test_another_scale_is_warned_of_once(clip: Path, model_file: Path) -> None:
    result = _run(clip, "--headless", "--size", "256x192", "--model", model_file)
    assert result.stderr.count("is trained for frames enlarged by 2") == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["none.mp4"], "none.mp4: there is no such file"),
        (["{clip}", "--model", "none"], "model: got 'none', expected one of"),
        (["{clip}", "--size", "big"], "--size: got 'big', expected WIDTHxHEIGHT"),
        (["{clip}", "--strength", "9"], "strength: got 9.0, expected 0"),
        (["{clip}", "--device", "toaster"], "device: got 'toaster', expected one of cpu"),
    ],
)
def test_what_cannot_be_begun_is_one_line_and_exit_2(clip: Path, words: list[str], message: str) -> None:
    result = _run("--headless", *(word.replace("{clip}", str(clip)) for word in words))
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert message in line


def test_a_clip_that_changes_on_the_way_is_one_line_and_exit_1(clip: Path, tmp_path: Path) -> None:
    """As MPEG-TS files of another size may simply be appended."""
    import av

    joined = tmp_path / "joined.ts"
    parts = []
    for width in (64, 96):
        part = tmp_path / f"{width}.ts"
        with av.open(str(part), "w") as container:
            stream = container.add_stream("mpeg2video", rate=25)
            stream.width, stream.height, stream.pix_fmt = width, 48, "yuv420p"
            for _ in range(5):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((48, width, 3), np.uint8))))
            container.mux(stream.encode(None))
        parts.append(part.read_bytes())
    joined.write_bytes(b"".join(parts))
    result = _run(joined, "--headless", "--model", "unsharp")
    assert result.exit_code == 1
    assert "cut the clip there first" in result.stderr.splitlines()[-1]


def test_ctrl_c_ends_it_with_the_report(clip: Path) -> None:
    code = "from acutance.cli import main; main()"
    words = [sys.executable, "-c", code, "live", str(clip), "--headless", "--seconds", "60"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as playing:
        assert playing.stderr is not None
        playing.stderr.readline()  # the choice, after which it begins to play
        time.sleep(0.5)
        playing.send_signal(signal.SIGINT)
        out, err = playing.communicate(timeout=20)
    assert playing.returncode == 0
    assert err.splitlines()[-1] == "acutance: stopped"
    assert "frames in" in out


def test_without_tkinter_it_says_what_to_install(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "tkinter.py").write_text("raise ImportError('tkinter is absent')")
    words = ["live", str(clip), "--model", "identity"]
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); sys.argv[1:] = {words!r}\n"
    code += "from acutance.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "this Python has no tkinter, which the window is made with: install python3-tk" in done.stderr
