"""The student that rounds: on the grid, near the f32 one, and able to learn."""

import pytest
import torch

from acutance.lab.models import Student, StudentShape
from acutance.lab.quantisation import QuantisedStudent
from acutance.lab.quantisation.student import best_step, round_activations

SHAPES = [
    StudentShape(unshuffle=2, channels=16, convolutions=4),
    StudentShape(unshuffle=4, channels=16, convolutions=3, expansion=2),
]


def _pictures(size: int = 64) -> torch.Tensor:
    """Blurred noise: what a student meets, and no two alike."""
    noise = torch.rand(4, 1, size // 4, size // 4, generator=torch.Generator().manual_seed(1))
    smooth = torch.nn.functional.interpolate(noise, scale_factor=4, mode="bicubic").clamp(0, 1)
    return (smooth * 255).round() / 255


@pytest.fixture(params=SHAPES, ids=str)
def f32(request: pytest.FixtureRequest) -> Student:
    torch.manual_seed(0)
    student = Student(request.param)
    with torch.no_grad():
        for parameter in student.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    return student


@pytest.fixture
def int8(f32: Student) -> QuantisedStudent:
    student = QuantisedStudent(f32.shape)
    student.begin_as(f32.state_dict(), _pictures())
    return student


def test_kernels_are_whole_steps_up_to_127(int8: QuantisedStudent) -> None:
    for kernel, _ in int8.folded():
        largest = kernel.abs().amax(dim=(1, 2, 3), keepdim=True)
        steps = kernel / largest * 127
        torch.testing.assert_close(steps, steps.round(), rtol=0, atol=1e-3)


@torch.no_grad()
def test_it_begins_near_the_f32_student(f32: Student, int8: QuantisedStudent) -> None:
    luma = _pictures()
    change = f32(luma) - luma
    assert (int8(luma) - luma - change).square().mean() < 0.001 * change.square().mean()


@torch.no_grad()
def test_the_other_centre_is_made_up_for_inside_a_picture(f32: Student, int8: QuantisedStudent) -> None:
    luma, inside = _pictures(), slice(f32.shape.margin, -f32.shape.margin)
    shift = int8.centre - f32.centre
    change = (f32(luma) - luma)[..., inside, inside]
    f32.foldables()[0].bias.copy_(int8.foldables()[0].bias)
    shifted = (f32(luma - shift) - (luma - shift))[..., inside, inside]
    torch.testing.assert_close(shifted, change, rtol=0, atol=0.1 * shift)


def test_every_weight_learns_the_steps_too(int8: QuantisedStudent) -> None:
    (int8(_pictures()) - torch.rand(4, 1, 64, 64)).abs().mean().backward()
    assert [name for name, parameter in int8.named_parameters() if not parameter.grad.abs().sum() > 0] == []  # type: ignore[union-attr]
    assert (int8.log_steps.grad != 0).all()  # type: ignore[union-attr]


@pytest.mark.parametrize("size", [0.004, 0.7])
def test_activations_are_rounded_as_torch_rounds_them_gradients_included(size: float) -> None:
    generator = torch.Generator().manual_seed(0)
    whole = torch.tensor([*range(-90, 0), *range(1, 255), *range(256, 350)])  # at 0 and 255 the two differ in taste
    features = (size * (whole + 0.8 * torch.rand(len(whole), generator=generator) - 0.4)).requires_grad_()
    step = torch.tensor([size], requires_grad=True)
    weights = torch.randn(len(whole), generator=generator)
    seen = round_activations(features, step)
    expected = torch._fake_quantize_learnable_per_tensor_affine(features, step, torch.zeros(1), 0, 255)
    torch.testing.assert_close(seen, expected)
    gradients = [torch.autograd.grad((each * weights).sum(), (features, step)) for each in (seen, expected)]
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-4, atol=1e-3)


def test_a_step_spans_what_there_is() -> None:
    assert best_step(torch.linspace(-1, 2, 1001)) == pytest.approx(2 / 255)


def test_a_step_lets_a_lone_outlier_go() -> None:
    features = torch.linspace(0, 1, 100_001)
    features[-1] = 1.6
    assert best_step(features) < 1.5 / 255


def test_dead_features_have_a_step() -> None:
    assert best_step(torch.full((8,), -1.0)) > 0
