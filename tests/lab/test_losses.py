"""The terms of an objective, against their formulas."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from skimage.metrics import structural_similarity
from torch import Tensor, nn

from acutance.lab.losses import FeatureDistance, Hint, HintTerm, Lesson, Objective, ObjectiveWeights, Term, Weight
from acutance.lab.losses.perceptual import grey_rgb
from acutance.lab.models import Student, StudentShape
from acutance.lab.models.span import Span


def _lesson(seed: int = 0, side: int = 16) -> Lesson:
    generator = torch.Generator().manual_seed(seed)
    displayed, clean, taught = (torch.rand(3, 1, side, side, generator=generator) for _ in range(3))
    return Lesson(displayed, clean, taught, torch.rand(3, 3, side // 2, side // 2, generator=generator))


def _value(name: str, lesson: Lesson) -> float:
    objective = Objective(ObjectiveWeights.model_validate({name: 2.0}))
    total, values = objective(lesson.displayed, lesson, 1)
    assert list(values) == [name]
    assert total.item() == pytest.approx(2.0 * values[name].item())
    return values[name].item()


def test_picture_terms_are_their_formulas() -> None:
    lesson = _lesson()
    assert lesson.taught is not None
    output, clean, taught = (plane.double().numpy() for plane in (lesson.displayed, lesson.clean, lesson.taught))
    spectrum = np.fft.rfft2(output - clean, norm="ortho")
    expected = {
        "l1": np.abs(output - clean).mean(),
        "teacher": np.abs(output - taught).mean(),
        "charbonnier": np.sqrt((output - clean) ** 2 + 1e-6).mean(),
        "psnr": 10 * np.log10(((output - clean) ** 2).mean((1, 2, 3)) + 1e-5).mean(),
        "teacher_psnr": 10 * np.log10(((output - taught) ** 2).mean((1, 2, 3)) + 1e-5).mean(),
        "frequency": (np.abs(spectrum.real).mean() + np.abs(spectrum.imag).mean()) / 2,
    }
    assert {name: _value(name, lesson) for name in expected} == pytest.approx(expected, rel=1e-5)


def test_dissimilarity_is_one_minus_the_ssim_that_is_measured() -> None:
    lesson = _lesson(side=40)
    pairs = zip(lesson.displayed.double().numpy(), lesson.clean.double().numpy(), strict=True)
    similar = [
        structural_similarity(
            output[0], clean[0], gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1.0
        )
        for output, clean in pairs
    ]
    assert _value("ssim", lesson) == pytest.approx(1 - np.mean(similar), abs=1e-5)


def test_an_error_that_stays_does_not_flicker() -> None:
    generator = torch.Generator().manual_seed(0)
    clean, error = (torch.rand(4, 1, 8, 8, generator=generator) for _ in range(2))
    stays = torch.cat([error[:2], error[:2]])
    assert _value("flicker", Lesson(clean + stays, clean)) == pytest.approx(-50.0, abs=0.01)
    change = (error[:2] - error[2:]).numpy()
    expected = 10 * np.log10((change**2).mean((1, 2, 3)) + 1e-5).mean()
    assert _value("flicker", Lesson(clean + error, clean)) == pytest.approx(expected, rel=1e-4)


def test_studio_black_and_white_are_black_and_white() -> None:
    rgb = grey_rgb(torch.tensor([16.0, 235.0, 125.5]).view(1, 1, 1, 3) / 255)
    torch.testing.assert_close(rgb, torch.tensor([0.0, 1.0, 0.5]).expand(1, 3, 1, 3))


def test_feature_distance_is_relative_to_the_mean_activation() -> None:
    def features_of(rgb: Tensor) -> Sequence[Tensor]:
        return [rgb[:, :1] * 1000, rgb[:, 1:, ::2] * 0.01]

    lesson, reference = _lesson(), _lesson(1).clean
    seen = FeatureDistance(features_of, reference)(lesson.displayed, lesson)
    output, clean, grey = (grey_rgb(each)[:, :1] for each in (lesson.displayed, lesson.clean, reference))
    parts = [
        (output - clean)[..., rows, :].abs().mean() / grey[..., rows, :].abs().mean()
        for rows in (slice(None), slice(None, None, 2))
    ]
    torch.testing.assert_close(seen, torch.stack(parts).mean())


def test_a_term_without_a_weight_is_not_computed() -> None:
    def refuse(output: Tensor, lesson: Lesson) -> Tensor:
        raise AssertionError("computed")

    lesson = _lesson()
    weights = ObjectiveWeights.model_validate({"l1": 1.0, "vgg": 0.0})
    total, values = Objective(weights, {"vgg": refuse})(lesson.displayed, lesson, 1)
    assert list(values) == ["l1"]
    assert total == values["l1"]


def test_a_term_is_computed_at_every_kth_step_after_its_start() -> None:
    lesson = _lesson()
    weights = ObjectiveWeights.model_validate({"l1": 1.0, "frequency": {"weight": 0.5, "every": 3, "start": 6}})
    objective = Objective(weights)
    steps = [step for step in range(1, 16) if "frequency" in objective(lesson.displayed, lesson, step)[1]]
    assert steps == [9, 12, 15]
    total, values = objective(lesson.displayed, lesson, 9)
    torch.testing.assert_close(total, values["l1"] + 0.5 * values["frequency"])


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"l1": -1.0}, "greater than or equal to 0"),
        ({"l2": 1.0}, "not permitted"),
        ({"vgg": {"weight": 1.0, "every": 2}}, "some steps have no term"),
        ({"l1": {"weight": 1.0, "start": 5}}, "some steps have no term"),
        ({"l1": 0.0}, "every weight is 0"),
    ],
)
def test_objectives_that_cannot_be_are_refused(weights: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ObjectiveWeights.model_validate(weights)


@pytest.mark.parametrize("weight", [Weight(weight=0.5), Weight(weight=0.5, every=4, start=7)])
def test_a_weight_is_written_as_it_is_read(weight: Weight) -> None:
    assert Weight.model_validate(weight.model_dump()) == weight


def _network() -> Span:
    torch.manual_seed(1)
    return Span(channels=6, blocks=2, scale=2).eval().requires_grad_(False)


def _features(network: Span, *points: str) -> "FeaturesOfPoints":
    return FeaturesOfPoints(network, points)


class FeaturesOfPoints:
    def __init__(self, network: Span, points: Sequence[str]) -> None:
        self._network, self._points = network, points

    def __call__(self, rgb: Tensor) -> Sequence[Tensor]:
        return self._network.features(rgb, self._points)


@pytest.mark.parametrize("unshuffle", [1, 2, 4])
def test_a_hint_is_the_distance_of_adapted_features(unshuffle: int) -> None:
    network, lesson = _network(), _lesson()
    student = Student(StudentShape(unshuffle=unshuffle, channels=8, convolutions=3))
    assert lesson.received is not None
    hint = Hint(_features(network, "block1"), student, lesson.received)
    hidden = torch.rand(3, 8, 16 // unshuffle, 16 // unshuffle)
    adapted = hint.adapter(hidden)
    if unshuffle == 1:
        adapted = adapted.unflatten(2, (8, 2)).unflatten(4, (8, 2)).mean((3, 5))
    elif unshuffle == 4:
        adapted = adapted.repeat_interleave(2, 2).repeat_interleave(2, 3)
    red, green, blue = lesson.received.unbind(1)
    grey = torch.stack([0.299 * red + 0.587 * green + 0.114 * blue] * 3, dim=1)
    (features,) = network.features(grey, ["block1"])
    expected = (adapted - features / features.abs().mean()).abs().mean()
    torch.testing.assert_close(hint(hidden, lesson.received), expected)


def test_gradients_reach_the_student_and_its_adapter_only() -> None:
    torch.manual_seed(0)
    network, lesson = _network(), _lesson()
    student = Student(StudentShape(channels=8, convolutions=3))
    assert lesson.received is not None
    hint = Hint(_features(network, "block1"), student, lesson.received)
    terms: dict[str, Term] = {
        "teacher_features": FeatureDistance(_features(network, "head", "block1"), lesson.clean),
        "hint": HintTerm(hint, student),
    }
    weights = ObjectiveWeights.model_validate({"l1": 1e-9, "teacher_features": 1.0, "hint": 1.0})
    total, _ = Objective(weights, terms)(student(lesson.displayed), lesson, 1)
    torch.autograd.backward(total)

    def untouched(module: nn.Module) -> list[str]:
        return [name for name, each in module.named_parameters() if each.grad is None or not each.grad.abs().sum() > 0]

    assert (untouched(student), untouched(hint)) == ([], [])
    assert all(parameter.grad is None for parameter in network.parameters())
    assert list(hint.state_dict()) == ["adapter.weight", "adapter.bias"]
