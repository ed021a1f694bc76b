"""`acutance models` and `acutance doctor`: what is shipped, and what runs here."""

import json

import pytest
from typer.testing import CliRunner

from acutance.cli import doctor
from acutance.cli.main import app
from acutance.runtime import Card
from acutance.runtime.models import read_card, shipped_files, shipped_models

PLAIN = [name for name in shipped_files() if name.startswith("bicubic-")]
BANKS = [name for name in shipped_files() if name not in PLAIN]


@pytest.mark.parametrize("name", shipped_files())
def test_every_file_is_named_as_its_card_says(name: str) -> None:
    card = read_card(shipped_files()[name])
    assert name == (f"{card.name}.int8" if card.precision == "int8" else card.name)


@pytest.mark.parametrize("name", BANKS)
def test_every_expert_tells_its_measured_quality(name: str) -> None:
    for condition in read_card(shipped_files()[name]).conditions:
        assert condition.measured
        gains = [row.psnr - row.bicubic_psnr for row in condition.measured]
        assert sum(gains) / len(gains) > 0, condition


@pytest.mark.parametrize("name", PLAIN)
def test_every_plain_student_tells_its_measured_quality(name: str) -> None:
    card = read_card(shipped_files()[name])
    assert {"Set5", "Set14", "fivecat", "fivecat1080"} <= {row.data for row in card.measured}
    assert all(row.psnr > row.bicubic_psnr and row.ssim > row.bicubic_ssim for row in card.measured)


def test_models_lists_the_shipped_ones() -> None:
    result = CliRunner().invoke(app, ["models"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert [name for name in shipped_models() if name not in result.stdout] == []


def test_models_prints_the_cards_as_json() -> None:
    cards = [Card.model_validate(card) for card in json.loads(CliRunner().invoke(app, ["models", "--json"]).stdout)]
    assert cards == [read_card(path) for path in shipped_files().values()]


def test_doctor_says_what_opens_and_what_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_SECONDS", 0.0)
    monkeypatch.setattr(doctor, "_SIZE", (72, 128))
    result = CliRunner().invoke(app, ["doctor"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert "OpenVINO on cpu in f32" in result.stdout
    assert "int8: " in result.stdout
    assert "no DmlExecutionProvider" in result.stdout
