"""Teachers: sizes, averages, flips, and their pictures on disk."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Self

import numpy as np
import pytest
import torch
from torch import Tensor

from acutance.image.planes import luma
from acutance.image.resize import resize_bicubic
from acutance.lab.models import EnlargingNetwork, VggChoice, WeightsError
from acutance.lab.samples import TrainingPairs, load_pairs, parse_mixture
from acutance.lab.teachers import TargetCache, Teacher, TeacherChoice, TeacherError, open_pretrained, open_teacher
from acutance.lab.teachers.teacher import Member

BICUBIC = parse_mixture("bicubic-x2")


class Repeating(EnlargingNetwork):
    """Repeats every pixel and adds a constant, plus a ramp from left to right; counts its calls."""

    def __init__(self, scale: int, constant: float = 0.0, ramp: float = 0.0) -> None:
        super().__init__()
        self.scale = scale
        self.calls = 0
        self._constant, self._ramp = constant, ramp

    @classmethod
    def shaped_like(cls, weights: Mapping[str, Tensor]) -> Self:
        raise KeyError

    def stages(self, rgb: Tensor) -> Iterator[tuple[str, Tensor]]:
        yield "head", rgb

    def forward(self, rgb: Tensor) -> Tensor:
        self.calls += 1
        repeated = rgb.repeat_interleave(self.scale, -1).repeat_interleave(self.scale, -2)
        return repeated + self._constant + self._ramp * torch.linspace(0, 1, repeated.shape[-1])


def _teacher(
    *members: tuple[EnlargingNetwork, float], flips: bool = False, scale: str = "2", sha256: str = "0" * 64
) -> Teacher:
    return Teacher("test", sha256, [Member(*member) for member in members], flips=flips, scale=Fraction(scale))


@pytest.mark.parametrize(
    ("made_for", "scale", "size"),
    [(2, "2", (24, 36)), (2, "3/2", (18, 27)), (2, "4/3", (16, 24)), (3, "5/2", (30, 45))],
)
def test_the_picture_has_the_display_size(made_for: int, scale: str, size: tuple[int, int]) -> None:
    assert _teacher((Repeating(made_for), 1.0), scale=scale)(torch.rand(2, 3, 12, 18)).shape == (2, 3, *size)


def test_between_scales_the_picture_is_shrunk_by_our_bicubic() -> None:
    received = np.random.default_rng(0).integers(90, 166, (24, 30, 3), dtype=np.uint8)  # nothing clips
    expected = resize_bicubic(received.repeat(2, axis=0).repeat(2, axis=1), (36, 45)).astype(np.float32)
    rgb = torch.from_numpy(received).movedim(-1, 0)[None] / 255
    seen = (_teacher((Repeating(2), 1.0), scale="3/2")(rgb)[0].movedim(0, -1) * 255).clamp(0, 255).numpy()
    inner = (slice(3, -3), slice(3, -3))
    assert np.abs(seen[inner] - expected[inner]).max() < 1.1  # the other rounds after each axis


def test_a_teacher_that_enlarges_too_little_is_refused() -> None:
    with pytest.raises(TeacherError, match="is made for x2, expected x3 or more"):
        _teacher((Repeating(2), 1.0), scale="3")


def test_networks_are_averaged_by_their_shares() -> None:
    rgb = torch.rand(1, 3, 8, 8)
    teacher = _teacher((Repeating(2, 0.4), 3.0), (Repeating(2, 0.8), 1.0))
    torch.testing.assert_close(teacher(rgb), Repeating(2, 0.5)(rgb))


def test_flips_make_what_is_done_to_both_sides_the_same() -> None:
    rgb = torch.rand(1, 3, 8, 8)
    torch.testing.assert_close(_teacher((Repeating(2, ramp=1.0), 1.0), flips=True)(rgb), Repeating(2, 0.5)(rgb))


@pytest.mark.parametrize("shape", [(12, 10, 3), (12, 10)])
def test_its_luma_is_that_of_its_clipped_picture(shape: tuple[int, ...]) -> None:
    received = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    brighter = np.minimum(received.astype(np.float32) + 51, 255).repeat(2, axis=0).repeat(2, axis=1)
    seen = _teacher((Repeating(2, 0.2), 1.0)).luma(received)
    np.testing.assert_allclose(seen, luma(brighter.astype(np.uint8)), atol=1e-3)


def test_a_picture_that_is_too_small_is_refused() -> None:
    network = Repeating(2)
    network.smallest_side = 8
    with pytest.raises(TeacherError, match="got a received picture of 9x7, expected at least 8 pixels a side"):
        _teacher((network, 1.0)).luma(np.zeros((7, 9, 3), np.uint8))


def test_a_choice_opens_as_one_network_and_as_several(span_file: Path) -> None:
    one = open_teacher(TeacherChoice(weights=(str(span_file),)))
    twice = open_teacher(TeacherChoice(weights=(str(span_file),) * 2, shares=(0.7, 0.3)))
    flipped = open_teacher(TeacherChoice(weights=(str(span_file),), flips=True))
    rgb = torch.rand(1, 3, 8, 10)
    torch.testing.assert_close(one(rgb), twice(rgb))
    assert one.scale == 2
    assert len({one.sha256, twice.sha256, flipped.sha256}) == 3


def test_shares_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="expected one above 0 for each of 1 weights"):
        TeacherChoice(weights=("a",), shares=(0.5, 0.5))


@pytest.mark.skipif(find_spec("spandrel") is not None, reason="spandrel is installed")
def test_without_spandrel_an_unknown_file_names_the_extra(tmp_path: Path) -> None:
    torch.save({"somebody.else": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(WeightsError, match=r"unknown architecture .* pip install 'acutance\[spandrel\]'") as refusal:
        open_teacher(TeacherChoice(weights=(str(tmp_path / "other.pth"),)))
    assert "\n" not in str(refusal.value)


def test_only_what_the_terms_need_is_opened(span_file: Path) -> None:
    choice = TeacherChoice(weights=(str(span_file),))
    none = open_pretrained({"l1"}, choice, VggChoice(weights="not there"), Fraction(2))
    both = open_pretrained({"teacher_features", "hint"}, choice, VggChoice(weights="not there"), Fraction(2))
    assert (none.teacher, none.vgg, dict(none.sha256)) == (None, None, {})
    assert (list(both.perceptual), both.vgg, both.hint is None) == (["teacher_features"], None, False)


def test_an_unknown_point_is_refused(span_file: Path) -> None:
    choice = TeacherChoice(weights=(str(span_file),), features=("block9",))
    with pytest.raises(TeacherError, match="got the point 'block9', expected some of head, block1, block2, inner"):
        open_pretrained({"teacher_features"}, choice, VggChoice(), Fraction(2))


def _load(pictures: Path, targets: TargetCache) -> TrainingPairs:
    return load_pairs(pictures, BICUBIC, 2, 1, targets=targets, with_received=True)


def _targets(pairs: TrainingPairs) -> list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    return [pair.taught for pair in pairs.training if pair.taught is not None]


def test_targets_are_made_once(training_pictures: Path, tmp_path: Path) -> None:
    network = Repeating(2)
    targets = TargetCache(tmp_path, _teacher((network, 1.0)), BICUBIC.name)
    made, found = _load(training_pictures, targets), _load(training_pictures, targets)
    assert network.calls == len(made.training) == 4
    for pair, one, other in zip(made.training, _targets(made), _targets(found), strict=True):
        assert pair.received is not None
        np.testing.assert_array_equal(one, other)
        np.testing.assert_allclose(one, luma(pair.received).repeat(2, axis=0).repeat(2, axis=1), atol=1)
    assert all(pair.taught is None for pair in made.held_out)


def test_a_stop_keeps_what_was_made(training_pictures: Path, tmp_path: Path) -> None:
    def stop_at_three(done: int, total: int) -> None:
        if done == 3:
            raise InterruptedError

    network = Repeating(2)
    targets = TargetCache(tmp_path, _teacher((network, 1.0)), BICUBIC.name)
    with pytest.raises(InterruptedError):
        load_pairs(training_pictures, BICUBIC, 2, 1, stop_at_three, targets=targets)
    made = network.calls
    _load(training_pictures, targets)
    assert (made, network.calls) == (2, 4)


def test_a_damaged_target_is_made_again(training_pictures: Path, tmp_path: Path) -> None:
    network = Repeating(2)
    targets = TargetCache(tmp_path, _teacher((network, 1.0)), BICUBIC.name)
    made = _load(training_pictures, targets)
    first, second = sorted(targets.folder.glob("*.png"))[:2]
    first.write_bytes(first.read_bytes()[:60])
    second.write_bytes(b"")
    again = _load(training_pictures, targets)
    assert network.calls == 4 + 2
    for one, other in zip(_targets(made), _targets(again), strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(_targets(_load(training_pictures, targets))) == 4
    assert network.calls == 4 + 2


def test_a_target_of_another_shape_is_not_used(tmp_path: Path) -> None:
    targets = TargetCache(tmp_path, _teacher((Repeating(2), 1.0)), BICUBIC.name)
    targets.make("ab", np.zeros((8, 9), np.uint8))
    assert targets.load("ab", (16, 18)) is not None
    assert targets.load("ab", (18, 16)) is None
    assert targets.load("cd", (16, 18)) is None


def test_another_teacher_or_degradation_has_other_targets(tmp_path: Path) -> None:
    one, other = _teacher((Repeating(2), 1.0)), _teacher((Repeating(2), 1.0), sha256="1" * 64)
    folders = {
        TargetCache(tmp_path, teacher, degradation).folder
        for teacher in (one, other)
        for degradation in ("bicubic-x2", "bicubic-x3/2")
    }
    assert len(folders) == 4
    assert {folder.parent for folder in folders} == {tmp_path}


def test_pairs_without_a_teacher_hold_no_more_than_before(training_pictures: Path) -> None:
    pairs = load_pairs(training_pictures, BICUBIC, 2, 1)
    assert all(pair.taught is None and pair.received is None for pair in (*pairs.training, *pairs.held_out))
