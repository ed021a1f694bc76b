"""The public API."""

import re
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from acutance import ModelError, Sharpener
from acutance.image.planes import luma
from acutance.runtime import CardError, ScaleWarning, running
from acutance.runtime.cards import Card, parse_card


@pytest.fixture(scope="module")
def noise(model_file: Path) -> Sharpener:
    return Sharpener.load(model_file)


def _frame(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(64, 192, (height, width, 3), dtype=np.uint8)


@settings(max_examples=25, deadline=None)
@given(height=st.integers(1, 40), width=st.integers(1, 40))
def test_any_size_comes_back(noise: Sharpener, height: int, width: int) -> None:
    frame = _frame(height, width)
    assert noise(frame).shape == frame.shape
    assert noise.luma(frame[..., 0]).shape == (height, width)


def test_strength_0_is_bit_identical(model_file: Path) -> None:
    still = Sharpener.load(model_file, strength=0.0)
    frame = np.random.default_rng(1).integers(0, 256, (33, 47, 3), dtype=np.uint8)
    np.testing.assert_array_equal(still(frame), frame)
    np.testing.assert_array_equal(still.luma(frame[..., 1]), frame[..., 1])


def test_identity_is_bit_identical() -> None:
    frame = np.random.default_rng(1).integers(0, 256, (33, 47, 3), dtype=np.uint8)
    np.testing.assert_array_equal(Sharpener.load("identity")(frame), frame)


def test_half_the_strength_is_half_the_change(model_file: Path, noise: Sharpener) -> None:
    plane = _frame(40, 60)[..., 0]
    half = Sharpener.load(model_file, strength=0.5).luma(plane).astype(float)
    full = noise.luma(plane).astype(float)
    np.testing.assert_allclose(half - plane, (full - plane) / 2, atol=0.51)


def test_a_frame_changes_by_the_change_of_its_luma(noise: Sharpener) -> None:
    frame = np.random.default_rng(2).integers(110, 146, (40, 60, 3), dtype=np.uint8)
    changed = luma(noise(frame)) - luma(frame)
    expected = noise._model.backend.run(luma(frame) / np.float32(255)) * 255 - luma(frame)
    inside = abs(expected) < 80  # further out a component clips
    assert inside.mean() > 0.5
    np.testing.assert_allclose(changed[inside], expected[inside], atol=0.5)


@pytest.mark.parametrize("size", [(40, 60), (41, 61), (1, 1)])
def test_16_bits_change_as_8_bits_do_and_finer(noise: Sharpener, size: tuple[int, int]) -> None:
    frame = _frame(*size)
    deep = noise(frame.astype(np.uint16) * 257)
    assert deep.dtype == np.uint16
    assert abs(deep / 257 - noise(frame)).max() <= 0.5 + 1e-3
    assert len(np.unique(deep)) > len(np.unique(noise(frame))) or size == (1, 1)


def test_16_bits_at_identity_are_bit_identical() -> None:
    frame = np.random.default_rng(1).integers(0, 65536, (33, 47, 3), dtype=np.uint16)
    np.testing.assert_array_equal(Sharpener.load("identity")(frame), frame)


def test_frames_in_tiles_show_no_seam(noise: Sharpener, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = _frame(211, 307)
    whole = noise(frame)
    monkeypatch.setattr(running, "_LARGEST_PLANE", 1000)
    monkeypatch.setattr(running, "_TILE", 64)
    assert abs(noise(frame).astype(int) - whole).max() <= 1


def test_values_that_are_not_finite_are_an_error(model_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = Sharpener.load(model_file)
    monkeypatch.setattr(loaded._model.backend, "run", lambda luma: np.full_like(luma, np.inf))
    with pytest.raises(ModelError, match="not finite on a 12x10 plane"):
        loaded(_frame(10, 12))


@pytest.mark.parametrize(("key", "value"), [("margin", 10**9), ("unshuffle", 10**9), ("scale", "Infinity")])
def test_a_card_with_absurd_figures_is_refused(card: Card, key: str, value: object) -> None:
    text = re.sub(rf'"{key}":[\d.]+', f'"{key}":{value}', card.model_dump_json())
    with pytest.raises(CardError, match=f"its card does not fit .*{key}"):
        parse_card(text, "a.onnx")


def test_hue_stays_where_colour_does_not_vary(noise: Sharpener) -> None:
    grey = np.random.default_rng(2).integers(110, 146, (40, 60, 1), dtype=np.uint8)
    frame = grey + np.array([20, 0, 9], dtype=np.uint8)
    sharp = noise(frame).astype(int)
    unrounded = noise(frame.astype(np.uint16) * 257) / 257
    rounds_alike = (np.abs(unrounded % 1 - 0.5) > 0.01).all(axis=2)  # halfway between two values the last bit decides
    measured = (sharp.min(axis=2) > 0) & (sharp.max(axis=2) < 255) & rounds_alike
    assert measured.mean() > 0.5
    np.testing.assert_array_equal(np.diff(sharp, axis=2)[measured], np.diff(frame.astype(int), axis=2)[measured])


def test_tiles_show_no_seam(noise: Sharpener, monkeypatch: pytest.MonkeyPatch) -> None:
    plane = np.random.default_rng(3).integers(16, 236, (211, 307), dtype=np.uint8)
    whole = noise.luma(plane)
    monkeypatch.setattr(running, "_LARGEST_PLANE", 1000)
    monkeypatch.setattr(running, "_TILE", 64)
    assert abs(noise.luma(plane).astype(int) - whole).max() <= 1


def test_calls_from_several_threads_do_not_mix(noise: Sharpener) -> None:
    planes = [_frame(40, 60, seed)[..., 0] for seed in range(4)]
    expected = [noise.luma(plane) for plane in planes]
    wrong: list[int] = []

    def work(index: int) -> None:
        wrong.extend(index for _ in range(20) if (noise.luma(planes[index]) != expected[index]).any())

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize(
    "frame", [np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3), np.float32), np.zeros(4, np.uint8)]
)
def test_other_frames_are_refused(noise: Sharpener, frame: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="expected \\(height, width, 3\\) uint8 RGB"):
        noise(frame)


def test_an_rgb_frame_is_no_luma_plane(noise: Sharpener) -> None:
    with pytest.raises(ValueError, match="expected \\(height, width\\) uint8"):
        noise.luma(_frame(4, 4))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name_or_path": "no-such-model"}, "expected one of"),
        ({"name_or_path": "no-such-file.onnx"}, "there is no such file"),
        ({"name_or_path": "identity", "device": "toaster"}, "device: got 'toaster', expected one of cpu"),
        ({"name_or_path": "identity", "precision": "int3"}, "precision: got 'int3', expected one of auto"),
        ({"name_or_path": "identity", "threads": 0}, "threads: got 0"),
        ({"name_or_path": "identity", "strength": 3.0}, "strength: got 3.0"),
        ({"name_or_path": "identity", "scale": 0.5}, "scale: got 0.5"),
        ({"name_or_path": "identity", "scale": float("nan")}, "scale: got nan"),
    ],
)
def test_what_cannot_be_loaded_says_why(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Sharpener.load(**arguments)  # type: ignore[arg-type]


def test_a_model_without_a_card_is_refused(model_file: Path, tmp_path: Path) -> None:
    import onnx

    model = onnx.load(model_file)
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "bare.onnx")
    with pytest.raises(CardError, match="has no card"):
        Sharpener.load(tmp_path / "bare.onnx")


def test_a_card_of_a_newer_version_is_refused(card: Card) -> None:
    with pytest.raises(CardError, match="card of version 2, expected 1; update acutance"):
        parse_card(card.model_dump_json().replace('"version":1', '"version":2'), "a.onnx")


def test_the_card_survives_the_file(noise: Sharpener, card: Card) -> None:
    assert noise.card == card


@pytest.mark.parametrize(("scale", "warned"), [(1.0, True), (1.5, True), (2.0, False), (2.2, False), (3.0, True)])
def test_another_scale_is_warned_of(model_file: Path, scale: float, warned: bool) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Sharpener.load(model_file, scale=scale)
    assert [warning.category for warning in caught] == [ScaleWarning] * warned


def test_an_error_is_a_value_error() -> None:
    assert issubclass(ModelError, ValueError)


def test_tiled_baselines_equal_whole_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    plane = np.random.default_rng(4).integers(16, 236, (90, 200), dtype=np.uint8)
    for name in ("unsharp", "cas"):
        whole = Sharpener.load(name).luma(plane)
        with monkeypatch.context() as patch:
            patch.setattr(running, "_LARGEST_PLANE", 1000)
            patch.setattr(running, "_TILE", 64)
            np.testing.assert_array_equal(Sharpener.load(name).luma(plane), whole)
