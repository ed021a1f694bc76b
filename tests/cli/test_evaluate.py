"""`acutance evaluate` from the outside."""

import re
import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter
from typer.testing import CliRunner, Result

from acutance.cli.main import app
from acutance.evaluate.rows import read_clip_rows, read_rows
from acutance.runtime.models import read_card
from acutance.video import write_clip


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two categories of one picture each."""
    root = tmp_path_factory.mktemp("little")
    for seed, category in enumerate(("people", "text")):
        noise = gaussian_filter(np.random.default_rng(seed).normal(size=(48, 64, 3)), (1.5, 1.5, 0))
        (root / category).mkdir()
        Image.fromarray(np.clip(128 + 300 * noise, 0, 255).astype(np.uint8)).save(root / category / "a.png")
    return root


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)])


def test_a_table_and_rows(pictures: Path, here: Path) -> None:
    result = _run("--data", pictures, "--models", "bicubic")
    assert result.exit_code == 0, result.output
    for text in ("bicubic", "unsharp", "cas", "lanczos", "people", "Ranking"):
        assert text in result.stdout
    assert len(read_rows(here / "results" / f"{pictures.name}.jsonl")) == 2 * 4


def test_what_is_written_to_a_file_is_not_folded(pictures: Path, here: Path) -> None:
    line = next(line for line in _run("--data", pictures, "--models", "bicubic").stdout.splitlines() if "cas" in line)
    assert "…" in line
    assert line.count("(") == line.count(")") == 4


@pytest.mark.parametrize("width", [80, 100, 130])
def test_nothing_is_cut_in_a_narrow_window(
    pictures: Path, here: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(width))
    table = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", _run("--data", pictures, "--models", "bicubic").stdout)
    lines = table.partition("means of")[0].splitlines()
    assert {"method", "luma", "PSNR", "dB", "worse"} <= set(" ".join(lines[2:5]).split())
    figures = re.findall(r"\([-+\d].*?(?:\s|$)", "\n".join(lines[4:]), re.MULTILINE)
    assert len(figures) >= 4 + 3
    assert all(re.fullmatch(r"\([-+\d.]+…[-+\d.]+\)\s*", figure) for figure in figures)


def test_twice_is_the_same(pictures: Path, here: Path) -> None:
    first, second = (_run("--data", pictures, "--models", "bicubic", "--json", "rows.jsonl") for _ in range(2))
    assert first.stdout == second.stdout
    assert len((here / "rows.jsonl").read_text().splitlines()) == 2 * 4


def test_a_report_tables_and_a_card(pictures: Path, model_file: Path, here: Path) -> None:
    model = Path(shutil.copy(model_file, here / "mine.onnx"))
    document = here / "page.md"
    document.write_text(f"<!-- table: overall {pictures.name} bicubic-x2 -->\n<!-- end of table -->\n")
    result = _run("--data", pictures, "--html", "page.html", "--markdown", document, "--update-card", model)
    assert result.exit_code == 0, result.output
    assert "<svg" in (here / "page.html").read_text()
    assert "| mine | " in document.read_text()
    (row,) = read_card(model).measured
    assert (row.data, row.pictures) == (pictures.name, 2)


def test_bad_pictures_get_a_line_and_exit_1(pictures: Path, here: Path) -> None:
    root = Path(shutil.copytree(pictures, here / "set"))
    (root / "text" / "broken.png").write_bytes(b"nothing")
    result = _run("--data", root, "--models", "bicubic")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [line for line in result.stderr.splitlines() if "text/broken.png" in line]
    assert "2 pictures" in result.stdout


def test_clips_have_cells_tables_and_a_report(here: Path) -> None:
    noise = np.random.default_rng(0).normal(size=(64, 90, 3))
    wide = np.clip(128 + 300 * gaussian_filter(noise, (1.5, 1.5, 0)), 0, 255).astype(np.uint8)
    write_clip(here / "moves.mp4", (wide[:, number : number + 80] for number in range(6)), Fraction(30))
    (here / "call.toml").write_text('[[clip]]\nfile = "moves.mp4"\nframes = 6\n')
    document = here / "page.md"
    document.write_text("<!-- table: means call call-x2 -->\n<!-- end of table -->\n")
    calls = "call-x2-h264-qp30,call-x2-vp8-qp30"
    asked = ("--models", "unsharp", "--html", "page.html", "--markdown", document)
    result = _run("--data", "call.toml", "--degradation", calls, *asked)
    assert result.exit_code == 0, result.output
    for text in ("call, call-x2, 2 cells", "vp8 qp30", "Over the cells", "flicker"):
        assert text in result.stdout
    assert len(read_clip_rows(here / "results" / "call.jsonl")) == 2 * 2
    assert "| unsharp | " in document.read_text()
    assert (here / "page.html").read_text().count('class="clip"') == 2


def test_what_is_kept_of_clean_pictures_is_said(pictures: Path, here: Path) -> None:
    result = _run("--data", pictures, "--models", "bicubic", "--degradation", "clean", "--html", "page.html")
    assert result.exit_code == 0, result.output
    assert "45 dB or more" in result.stdout
    assert "45 dB or more" in (here / "page.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--data", "nowhere"), "nowhere"),
        (("--data", "{set}", "--degradation", "fog-x2"), "degradation: got 'fog-x2'"),
        (("--data", "{set}", "--models", "nothing"), "model: got 'nothing'"),
        (("--data", "{set}", "--models", "missing.onnx"), "missing.onnx: there is no such file"),
        (("--data", "{set}", "--metrics", "beauty"), "--metrics: got 'beauty'"),
        (("--data", "{set}", "--told", "lies"), "--told: got 'lies'"),
    ],
    ids=["data", "degradation", "model", "file", "metric", "told"],
)
def test_what_cannot_begin_is_one_line_and_exit_2(
    pictures: Path, here: Path, arguments: tuple[str, ...], message: str
) -> None:
    result = _run(*(argument.format(set=pictures) for argument in arguments))
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert message in result.stderr
    assert not (here / "results").exists()
