"""The whole road, as recipes/smoke.toml walks it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from acutance.cli.main import app
from acutance.degrade import parse_degradation

RECIPE = Path(__file__).parents[2] / "recipes" / "smoke.toml"


def _run(*words: object) -> None:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output


@pytest.mark.usefixtures("own_signals")
def test_train_export_sharpen(training_pictures: Path, tmp_path: Path) -> None:
    clean = np.asarray(Image.open(training_pictures / "0.png"))
    clean = clean[: clean.shape[0] // 2 * 2, : clean.shape[1] // 2 * 2]
    displayed = parse_degradation("bicubic-x2")(clean)
    Image.fromarray(displayed).save(tmp_path / "soft.png")
    _run("train", RECIPE, "--data", training_pictures, "--run", tmp_path / "run")
    _run("export", tmp_path / "run", tmp_path / "smoke.onnx")
    _run("sharpen", tmp_path / "soft.png", tmp_path / "sharp.png", "--model", tmp_path / "smoke.onnx")
    sharp = np.asarray(Image.open(tmp_path / "sharp.png")).astype(float)
    errors = [np.square(picture - clean).mean() for picture in (sharp, displayed.astype(float))]
    assert errors[0] < 0.95 * errors[1]
