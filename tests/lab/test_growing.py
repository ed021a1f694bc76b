"""Growing: the larger student is the smaller one until it learns more."""

import pytest
import torch

from acutance.lab.models import Student, StudentShape, can_grow, grow

SMALLER = StudentShape(unshuffle=2, channels=8, convolutions=4)


def _grown(shape: StudentShape) -> tuple[Student, Student]:
    torch.manual_seed(3)
    before, after = Student(SMALLER), Student(shape)
    with torch.no_grad():
        for weight in before.parameters():
            weight.add_(0.1 * torch.randn_like(weight))  # biases too, and a last layer that is not small
    after.load_state_dict(grow(before.state_dict(), SMALLER, shape))
    return before, after


@pytest.mark.parametrize(
    ("unshuffle", "channels", "convolutions"),
    [(2, 8, 4), (2, 8, 7), (2, 12, 4), (2, 16, 6), (4, 32, 4), (4, 48, 6), (6, 72, 4)],
)
def test_it_computes_the_same_borders_included(unshuffle: int, channels: int, convolutions: int) -> None:
    before, after = _grown(StudentShape(unshuffle=unshuffle, channels=channels, convolutions=convolutions))
    luma = torch.rand(2, 1, 36, 24)
    torch.testing.assert_close(after(luma), before(luma), rtol=0, atol=1e-5)


def test_what_is_new_learns_within_two_steps() -> None:
    _, after = _grown(StudentShape(unshuffle=2, channels=16, convolutions=6))
    began = {name: weight.detach().clone() for name, weight in after.named_parameters()}
    optimiser = torch.optim.SGD(after.parameters(), lr=0.1)
    luma = torch.rand(2, 1, 24, 20)
    for _ in range(2):
        optimiser.zero_grad()
        (after(luma) - torch.rand_like(luma)).abs().mean().backward()
        optimiser.step()
    assert all((weight != began[name]).any(dim=0).all() for name, weight in after.named_parameters())


@pytest.mark.parametrize(
    "change",
    [
        {"unshuffle": 4, "channels": 31},
        {"unshuffle": 3, "channels": 32},
        {"unshuffle": 1, "channels": 32},
        {"channels": 7},
        {"convolutions": 3},
        {"expansion": 2},
    ],
    ids=lambda change: str(change),
)
def test_what_cannot_grow_is_known(change: dict[str, int]) -> None:
    assert not can_grow(SMALLER, SMALLER.model_copy(update=change))
