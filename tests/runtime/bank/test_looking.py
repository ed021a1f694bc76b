"""A sharpener that is told nothing: it looks at its frames, settles, and does not pump."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from acutance import Sharpener
from acutance.estimate import Estimate
from acutance.image.resize import resize_bicubic
from acutance.runtime.bank import following
from acutance.runtime.bank.experts import FADE
from acutance.runtime.bank.following import FIRST_LOOKS, LOOK_EVERY

_PLANE = np.random.default_rng(0).integers(16, 236, (48, 72), dtype=np.uint8)
_SECOND = 5 * LOOK_EVERY  # by when a lasting change is followed


class Looks:
    """What the frames are said to look like, and how many were looked at."""

    scale = 1.0
    count = 0

    def __call__(self, plane: NDArray[np.uint8]) -> Estimate:
        self.count += 1
        return Estimate(self.scale, self.scale, is_sure=True, bits_per_pixel=None)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    looks = Looks()
    monkeypatch.setattr(following, "estimate", looks)
    return looks


@pytest.fixture(scope="module")
def by_expert(expert_files: list[Path]) -> list[NDArray[np.uint8]]:
    return [Sharpener.load(path).luma(_PLANE) for path in expert_files]


def _changes(sharpener: Sharpener, until: Callable[[NDArray[np.uint8]], bool]) -> list[float]:
    """Return by how much each frame was changed, on average, until one is as it should be."""
    changes: list[float] = []
    end = time.monotonic() + 30.0
    while time.monotonic() < end:
        sharp = sharpener.luma(_PLANE)
        changes.append(float(np.abs(sharp.astype(float) - _PLANE).mean()))
        if until(sharp):
            return changes
        time.sleep(0.001)
    raise AssertionError("it never came")


def test_the_first_look_counts(bank_file: Path, looks: Looks, by_expert: list[NDArray[np.uint8]]) -> None:
    looks.scale = 3.0
    sharpener = Sharpener.load(bank_file)
    np.testing.assert_array_equal(sharpener.luma(_PLANE), by_expert[1])
    assert str(sharpener.selection) == "weights for ×3, no codec, as ×3 (seen), no codec (seen)"


def test_the_first_frames_and_every_sixth_are_looked_at_and_none_where_all_is_told(
    bank_file: Path, looks: Looks
) -> None:
    sharpener = Sharpener.load(bank_file)
    for _ in range(FIRST_LOOKS + 4 * LOOK_EVERY):
        sharpener.luma(_PLANE)
    assert looks.count == FIRST_LOOKS + 4
    sharpener.follow(scale=2.0, codec="h264", bits_per_pixel=0.1)
    for _ in range(2 * LOOK_EVERY):
        sharpener.luma(_PLANE)
    assert looks.count == FIRST_LOOKS + 4


def test_a_first_look_that_was_wrong_is_put_right_at_once(bank_file: Path, looks: Looks) -> None:
    looks.scale = 3.0
    sharpener = Sharpener.load(bank_file)
    assert (sharpener.luma(_PLANE) != _PLANE).any()
    looks.scale = 1.0
    sharpener.luma(_PLANE)
    np.testing.assert_array_equal(sharpener.luma(_PLANE), _PLANE)


def test_an_odd_look_changes_nothing(bank_file: Path, looks: Looks) -> None:
    sharpener = Sharpener.load(bank_file)
    for number in range(3 * _SECOND):
        looks.scale = 4.0 if number // LOOK_EVERY == 5 else 1.0
        np.testing.assert_array_equal(sharpener.luma(_PLANE), _PLANE)
    assert looks.count == FIRST_LOOKS + (3 * _SECOND - FIRST_LOOKS) // LOOK_EVERY


def test_sharpening_comes_and_goes_little_by_little(
    bank_file: Path, looks: Looks, by_expert: list[NDArray[np.uint8]]
) -> None:
    sharpener = Sharpener.load(bank_file)
    sharpener.luma(_PLANE)
    whole = float(np.abs(by_expert[0].astype(float) - _PLANE).mean())
    for scale, settled in ((2.0, by_expert[0]), (1.0, _PLANE)):
        looks.scale = scale
        changes = _changes(sharpener, partial(np.array_equal, settled))
        steps = np.diff(np.array(changes))
        moving = steps[np.abs(steps) > 0]
        assert len(moving) == FADE
        assert np.abs(moving).max() < 1.5 * whole / FADE


def test_between_experts_both_changes_mix(bank_file: Path, looks: Looks, by_expert: list[NDArray[np.uint8]]) -> None:
    looks.scale = 3.0
    sharpener = Sharpener.load(bank_file)
    for _ in range(FIRST_LOOKS):
        sharpener.luma(_PLANE)
    looks.scale = 2.0
    seen: list[NDArray[np.uint8]] = []
    while not seen or (seen[-1] != by_expert[0]).any():
        seen.append(sharpener.luma(_PLANE))
        time.sleep(0.001)
    mixed = [frame for frame in seen if (frame != by_expert[1]).any()]
    assert len(mixed) == FADE
    halfway = (by_expert[0].astype(float) + by_expert[1]) / 2
    np.testing.assert_allclose(mixed[FADE // 2 - 1], halfway, atol=0.51)


def test_a_picture_that_begins_anew_is_looked_at_on_its_own(bank_file: Path, looks: Looks) -> None:
    sharpener = Sharpener.load(bank_file)
    frame = np.repeat(_PLANE[..., None], 3, axis=2)
    for scale in (2.0, 1.0, 3.0):
        looks.scale = scale
        sharpener.restart()
        assert (sharpener(frame) == frame).all() == (scale == 1.0)
        assert sharpener.selection is not None
        assert sharpener.selection.scale == scale


def test_a_frame_too_small_to_see_anything_in_stays(bank_file: Path) -> None:
    np.testing.assert_array_equal(Sharpener.load(bank_file).luma(_PLANE), _PLANE)


@pytest.fixture(scope="module")
def texture() -> NDArray[np.uint8]:
    """A sharp picture: edges at all places, and fine noise."""
    random = np.random.default_rng(1)
    rows, columns = np.mgrid[0:384, 0:512]
    plane = np.full(rows.shape, 120.0)
    for _ in range(400):
        top, left = random.integers(0, 384), random.integers(0, 512)
        inside = (rows - top) ** 2 / random.uniform(20, 900) + (columns - left) ** 2 / random.uniform(20, 900) < 1
        plane[inside] = random.uniform(30, 220)
    plane += random.normal(0, 4, plane.shape)
    return np.clip(np.rint(plane), 16, 235).astype(np.uint8)


def test_what_is_sharp_stays_and_what_was_enlarged_does_not(bank_file: Path, texture: NDArray[np.uint8]) -> None:
    sharpener = Sharpener.load(bank_file)
    np.testing.assert_array_equal(sharpener.luma(texture), texture)
    sharpener.restart()
    enlarged = resize_bicubic(texture[:192, :256], (384, 512))
    assert (sharpener.luma(enlarged) != enlarged).any()
