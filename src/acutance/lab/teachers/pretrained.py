"""The pre-trained networks that a training learns from."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import torch
from torch import Tensor

from acutance.lab.losses import NEED_A_TEACHER
from acutance.lab.models import Backbone, Vgg, VggChoice, find_weights, hash_weights, load_vgg
from acutance.lab.teachers.opening import TeacherChoice, open_teacher
from acutance.lab.teachers.teacher import Teacher, TeacherError

FeaturesOf = Callable[[Tensor], Sequence[Tensor]]


@dataclass(frozen=True)
class Pretrained:
    """What the terms of an objective need; none of it learns.

    Attributes:
        teacher: None where no term needs it.
        vgg: None where no term needs it.
        perceptual: by the name of a perceptual term, what gives the features that it compares.
        hint: gives the teacher's features for the term ``hint``; None without that term.
        sha256: of the networks, by role.
    """

    teacher: Teacher | None = None
    vgg: Vgg | None = None
    perceptual: Mapping[str, FeaturesOf] = field(default_factory=dict)
    hint: FeaturesOf | None = None
    sha256: Mapping[str, str] = field(default_factory=dict)

    def to(self, device: torch.device) -> None:
        """Move the networks."""
        for network in (self.teacher, self.vgg):
            if network is not None:
                network.to(device)


def open_pretrained(
    terms: Collection[str], teacher_choice: TeacherChoice | None, vgg_choice: VggChoice, scale: Fraction
) -> Pretrained:
    """Open what the terms of an objective need, on the CPU.

    Args:
        terms: the names of those that have a weight.
        teacher_choice: who teaches; given where a term needs it.
        vgg_choice: which VGG-19 the term ``vgg`` uses.
        scale: displayed size over received size.

    Raises:
        WeightsError: weights cannot be found or do not fit.
        TeacherError: the teacher does not enlarge that far, or a network has no such point.
    """
    teacher, vgg = None, None
    perceptual: dict[str, FeaturesOf] = {}
    hint: FeaturesOf | None = None
    sha256: dict[str, str] = {}
    if teacher_choice is not None and not set(NEED_A_TEACHER).isdisjoint(terms):
        teacher = open_teacher(teacher_choice, scale)
        sha256["teacher"] = teacher.sha256
        if "teacher_features" in terms:
            perceptual["teacher_features"] = _at(teacher, teacher_choice.features)
        if "hint" in terms:
            hint = _at(teacher, (teacher_choice.hint,))
    if "vgg" in terms:
        path = find_weights(vgg_choice.weights)
        sha256["vgg"] = hash_weights(path)
        vgg = load_vgg(path)
        perceptual["vgg"] = _at(vgg, vgg_choice.layers)
    return Pretrained(teacher, vgg, perceptual, hint, sha256)


def _at(network: Backbone, points: tuple[str, ...]) -> FeaturesOf:
    """Return what gives the network's features at some points."""
    known = [name for name, _ in network.stages(torch.zeros(1, 3, 16, 16))]
    for point in points:
        if point not in known:
            raise TeacherError(f"features: got the point {point!r}, expected some of {', '.join(known) or 'none'}")

    def features_of(rgb: Tensor) -> Sequence[Tensor]:
        return network.features(rgb, points)

    return features_of
