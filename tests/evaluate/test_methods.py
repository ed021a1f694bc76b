"""What stands beside what, and under which name."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from acutance import ModelError
from acutance.evaluate.methods import method_names, open_method
from acutance.runtime.cards import Card


def test_bicubic_shows_what_is_displayed(picture: NDArray[np.uint8], doubled: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(open_method("bicubic", "bicubic", 1)(picture, doubled), doubled)


def test_lanczos_enlarges_the_received_picture(picture: NDArray[np.uint8], doubled: NDArray[np.uint8]) -> None:
    expected = Image.fromarray(picture).resize((60, 40), Image.Resampling.LANCZOS)
    np.testing.assert_array_equal(open_method("lanczos", "lanczos", 1)(picture, doubled), np.asarray(expected))


def test_a_file_with_a_card_is_known_by_its_weights(model_file: Path, card: Card) -> None:
    method = open_method("noise", str(model_file), 1)
    assert (method.sha256, method.card) == (card.weights_sha256, card)


def test_a_baseline_is_known_by_its_settings() -> None:
    assert open_method("unsharp", "unsharp", 1).sha256.startswith("baseline:unsharp(amount=")


def test_the_baselines_always_come_along() -> None:
    assert list(method_names([])) == ["bicubic", "lanczos", "unsharp", "cas"]
    assert method_names(["identity", "bicubic", "cas"]) == method_names([])


def test_beside_calls_only_what_is_asked_for_comes_along() -> None:
    assert list(method_names(["unsharp", "mine.onnx"], ("bicubic",))) == ["bicubic", "unsharp", "mine"]


def test_a_file_is_called_by_its_name(tmp_path: Path) -> None:
    assert method_names([str(tmp_path / "mine.onnx")])["mine"] == str(tmp_path / "mine.onnx")


def test_the_same_file_twice_is_one_method(tmp_path: Path) -> None:
    path = tmp_path / "mine.onnx"
    assert method_names([str(path), str(tmp_path / "sub" / ".." / "mine.onnx")]) == method_names([str(path)])


@pytest.mark.parametrize("second", ["elsewhere/mine.onnx", "cas.onnx"])
def test_two_files_of_one_name_are_refused(second: str) -> None:
    with pytest.raises(ModelError, match="rename a file"):
        method_names(["mine.onnx", second])


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(ModelError, match="got 'nothing'"):
        open_method("nothing", "nothing", 1)
