"""`acutance bench`."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from acutance.bench.results import read_results
from acutance.cli.main import app


def test_it_prints_writes_and_draws(tmp_path: Path) -> None:
    written, drawn = tmp_path / "this.json", tmp_path / "this.svg"
    words = ["bench", "--shapes", "2/16/3", "--sizes", "64x48,96x64", "--frames", "3", "--precision", "f32"]
    done = CliRunner().invoke(app, [*words, "--json", str(written), "--plot", str(drawn)])
    assert done.exit_code == 0, done.output
    assert "2/16/3" in done.stdout
    assert [row.size for row in read_results(written).rows] == [(64, 48), (96, 64)]
    assert ElementTree.parse(drawn).getroot().tag.endswith("svg")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--sizes", "huge"], "--size: got 'huge', expected WIDTHxHEIGHT"),
        (["--sizes", ","], "--sizes: got ',', expected"),
        (["--sizes", "63x48"], "got 63x48, expected even sides"),
        (["--models", "absent"], "model: got 'absent', expected one of"),
        (["--precision", "f8"], "precision: got 'f8', expected one of"),
        (["--device", "abacus"], "device: got 'abacus', expected one of"),
        (["--shapes", "2/16"], "--shapes: got '2/16', expected"),
        (["--json", "absent/results.json"], "there is no folder absent"),
        (["--markdown", "absent.md"], "absent.md: cannot be read"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["bench", *words])
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_results_are_put_into_a_document(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text("<!-- results -->\n<!-- end of results -->\n")
    assert CliRunner().invoke(app, ["bench", "--markdown", str(document)]).exit_code == 0
    assert document.read_text() == "<!-- results -->\nNone yet.\n<!-- end of results -->\n"
