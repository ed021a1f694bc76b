"""The student and its folding."""

import pytest
import torch
from torch.nn import functional

from acutance.lab.models import Student, StudentShape

SHAPES = [
    StudentShape(unshuffle=2, channels=16, convolutions=4),
    StudentShape(unshuffle=4, channels=16, convolutions=3, expansion=2),
    StudentShape(unshuffle=1, channels=8, convolutions=2),
]


@pytest.fixture(params=SHAPES, ids=str)
def student(request: pytest.FixtureRequest) -> Student:
    torch.manual_seed(0)
    made = Student(request.param)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return made


def test_plain_convolutions_compute_the_same_borders_included(student: Student) -> None:
    luma = torch.rand(2, 1, 24, 40)
    features = functional.pixel_unshuffle(luma - 0.5, student.shape.unshuffle)
    chain = student.folded()
    for index, (kernel, bias) in enumerate(chain):
        features = functional.conv2d(features, kernel, bias, padding=1)
        features = functional.relu(features) if index < len(chain) - 1 else features
    expected = luma + functional.pixel_shuffle(features, student.shape.unshuffle)
    torch.testing.assert_close(student(luma), expected)


def test_cost_is_counted_from_the_folded_kernels(student: Student) -> None:
    chain = student.folded()
    weights = sum(kernel.numel() for kernel, _ in chain)
    assert student.shape.mac_per_pixel == weights / student.shape.unshuffle**2
    assert student.shape.parameters == weights + sum(bias.numel() for _, bias in chain)


def test_no_pixel_sees_further_than_the_margin(student: Student) -> None:
    luma = torch.rand(1, 1, 96, 96)
    touched = luma.clone()
    touched[..., 48, 48] += 0.5
    rows, columns = torch.nonzero((student(luma) - student(touched))[0, 0], as_tuple=True)
    for places in (rows, columns):
        assert places.min() >= 48 - student.shape.margin
        assert places.max() <= 48 + student.shape.margin


def test_a_new_student_is_nearly_the_identity() -> None:
    torch.manual_seed(0)
    student = Student(StudentShape())
    luma = torch.rand(1, 1, 64, 64)
    assert (student(luma) - luma).square().mean().sqrt() < 0.2


def test_every_weight_learns() -> None:
    torch.manual_seed(0)
    student = Student(StudentShape(channels=8, expansion=2))
    (student(torch.rand(4, 1, 32, 32)) - torch.rand(4, 1, 32, 32)).abs().mean().backward()
    assert [name for name, parameter in student.named_parameters() if not parameter.grad.abs().sum() > 0] == []  # type: ignore[union-attr]


def test_5184_mac_is_what_the_balanced_shape_costs() -> None:
    assert StudentShape(unshuffle=2, channels=32, convolutions=4).mac_per_pixel == 5184
