"""Training crops: aligned, reproducible, evenly drawn."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch

from acutance.lab.samples import CropSampler, PlanePair

CPU = torch.device("cpu")


def _coordinates(height: int, width: int, number: int = 0) -> PlanePair:
    """A picture whose displayed plane holds each pixel's row and whose clean plane its column."""
    rows, columns = np.indices((height, width))
    return PlanePair((rows + 100 * number).astype(np.uint8), columns.astype(np.uint8))


def _sampler(pairs: list[PlanePair], crop: int = 8, phase: int = 2, seed: int = 1) -> CropSampler:
    return CropSampler(pairs, crop=crop, phase=phase, seed=seed, device=CPU)


def _corners(sampler: CropSampler, steps: int = 30, batch: int = 16) -> torch.Tensor:
    """The smallest row and column of each crop."""
    drawn = [sampler.draw(step, batch) for step in range(steps)]
    rows = torch.cat([lesson.displayed for lesson in drawn]) * 255
    columns = torch.cat([lesson.clean for lesson in drawn]) * 255
    return torch.stack([rows.amin((1, 2, 3)), columns.amin((1, 2, 3))], dim=1).round().int()


@pytest.mark.parametrize("phase", [1, 2, 4])
def test_crops_start_on_the_grid(phase: int) -> None:
    assert (_corners(_sampler([_coordinates(40, 60)], phase=phase)) % phase == 0).all()


def test_every_start_is_reached_and_none_beyond() -> None:
    corners = {tuple(corner.tolist()) for corner in _corners(_sampler([_coordinates(14, 13)]))}
    assert corners == {(row, column) for row in (0, 2, 4, 6) for column in (0, 2, 4)}


def test_a_crop_is_a_turned_or_mirrored_piece_of_the_picture() -> None:
    lesson = _sampler([_coordinates(40, 60)]).draw(0, 64)
    seen = set()
    for rows, columns in zip(lesson.displayed[:, 0] * 255, lesson.clean[:, 0] * 255, strict=True):
        rows, columns = rows.round() - rows.min().round(), columns.round() - columns.min().round()
        places = torch.stack([rows, columns], dim=-1).int()
        variants = [
            torch.flip(turned, dims) for turned in (places, places.transpose(0, 1)) for dims in ([], [0], [1], [0, 1])
        ]
        plain = torch.stack(torch.meshgrid(torch.arange(8), torch.arange(8), indexing="ij"), dim=-1).int()
        matches = [index for index, variant in enumerate(variants) if torch.equal(variant, plain)]
        assert len(matches) == 1
        seen.add(matches[0])
    assert seen == set(range(8))


def test_all_planes_are_cut_from_the_same_place() -> None:
    plane = np.random.default_rng(0).integers(0, 256, (50, 70), dtype=np.uint8)
    lesson = _sampler([PlanePair(plane, plane, taught=plane)]).draw(3, 8)
    torch.testing.assert_close(lesson.clean, lesson.displayed, rtol=0, atol=0)
    torch.testing.assert_close(lesson.taught, lesson.displayed, rtol=0, atol=0)


@pytest.mark.parametrize(("scale", "phase"), [(Fraction(2), 2), (Fraction(4, 3), 4), (Fraction(3), 6)])
def test_received_is_cut_from_the_same_place_and_turned_alike(scale: Fraction, phase: int) -> None:
    received = np.random.default_rng(0).integers(0, 256, (24, 36, 3), dtype=np.uint8)
    rows, columns = (((np.arange(int(side * scale)) + 0.5) / float(scale)).astype(int) for side in received.shape[:2])
    displayed = received[..., 1][np.ix_(rows, columns)]
    pairs = [PlanePair(displayed, displayed, received=received)] * 2
    lesson = _sampler(pairs, crop=12, phase=phase).draw(0, 64)
    assert lesson.received is not None
    side = int(12 / scale)
    assert lesson.received.shape == (64, 3, side, side)
    inner = ((torch.arange(side) + 0.5) * float(scale)).int()
    torch.testing.assert_close(lesson.received[:, 1:2], lesson.displayed[:, :, inner][..., inner], rtol=0, atol=0)


def test_pictures_are_drawn_by_their_size() -> None:
    pairs = [_coordinates(8, 8, 0), _coordinates(24, 24, 1)]
    displayed = _sampler(pairs, phase=8).draw(0, 1000).displayed
    share = (displayed.amin((1, 2, 3)) * 255 >= 99).float().mean()
    assert 0.85 < share < 0.95  # nine starts of ten


def test_a_step_depends_on_its_number_alone() -> None:
    plane = np.random.default_rng(0).integers(0, 256, (50, 70), dtype=np.uint8)
    first, second = _sampler([PlanePair(plane, plane)]), _sampler([PlanePair(plane, plane)])
    for step in range(5):
        first.draw(step, 4)
    torch.testing.assert_close(first.draw(5, 4).clean, second.draw(5, 4).clean, rtol=0, atol=0)


@pytest.mark.parametrize(("step", "seed"), [(1, 1), (0, 2)])
def test_another_step_or_seed_draws_others(step: int, seed: int) -> None:
    plane = np.random.default_rng(0).integers(0, 256, (50, 70), dtype=np.uint8)
    pair = PlanePair(plane, plane)
    assert not torch.equal(_sampler([pair]).draw(0, 4).clean, _sampler([pair], seed=seed).draw(step, 4).clean)


def test_processes_share_a_batch() -> None:
    sampler = _sampler([_coordinates(40, 60)])
    whole = sampler.draw(7, 8)
    shares = [sampler.draw(7, 8, rank, 2) for rank in (0, 1)]
    for plane in ("displayed", "clean"):
        together = torch.cat([getattr(share, plane) for share in shares])
        torch.testing.assert_close(together, getattr(whole, plane), rtol=0, atol=0)


def test_of_two_frames_the_same_places_are_drawn() -> None:
    later, earlier = _coordinates(40, 60), _coordinates(40, 60, 1)
    sampler = _sampler([replace(later, before=earlier)])
    lesson = sampler.draw(7, 8)
    after, before = lesson.displayed.chunk(2)
    torch.testing.assert_close(before * 255, after * 255 + 100)
    torch.testing.assert_close(*lesson.clean.chunk(2), rtol=0, atol=0)
    shares = [sampler.draw(7, 8, rank, 2).displayed.chunk(2) for rank in (0, 1)]
    together = torch.cat([frames[which] for which in (0, 1) for frames in shares])
    torch.testing.assert_close(together, lesson.displayed, rtol=0, atol=0)


def test_pictures_below_a_crop_are_left_out() -> None:
    displayed = _sampler([_coordinates(7, 90, 1), _coordinates(20, 20, 0)]).draw(0, 64).displayed
    assert displayed.max() * 255 < 99


def test_no_picture_large_enough_is_an_error() -> None:
    with pytest.raises(ValueError, match="no training picture is as large as a crop of 8x8"):
        _sampler([_coordinates(7, 90)])
