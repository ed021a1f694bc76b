"""What a training minimises: a weighted sum of named terms."""

from collections.abc import Mapping
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, model_serializer, model_validator
from torch import Tensor

from acutance.lab.losses.frequency import frequency
from acutance.lab.losses.lesson import Lesson
from acutance.lab.losses.pixel import charbonnier, flicker, l1, psnr
from acutance.lab.losses.structure import dissimilarity

NEED_TARGETS = ("teacher", "teacher_psnr")
"""The terms that need the teacher's pictures."""
NEED_A_TEACHER = (*NEED_TARGETS, "teacher_features", "hint")
"""The terms that need a teacher."""


class Term(Protocol):
    """A part of an objective."""

    def __call__(self, output: Tensor, lesson: Lesson) -> Tensor:
        """Return a scalar, for the student's pictures N×1×S×S in code values / 255."""
        ...


class Weight(BaseModel):
    """A term's weight: a number in a recipe, or a table where the term is not computed at every step.

    Attributes:
        weight: at the steps where the term is computed; 0 for never.
        every: it is computed at the steps n that this divides.
        start: … and that are later than this.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    weight: float = Field(default=0.0, ge=0.0)
    every: int = Field(default=1, ge=1)
    start: int = Field(default=0, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _number(cls, value: Any) -> Any:
        return {"weight": value} if isinstance(value, int | float) else value

    @model_serializer
    def _plain(self) -> Any:
        if self.every == 1 and self.start == 0:
            return self.weight
        return {"weight": self.weight, "every": self.every, "start": self.start}

    def due(self, step: int) -> bool:
        """Whether the term is computed at step 1, 2, …."""
        return step > self.start and step % self.every == 0


class ObjectiveWeights(BaseModel):
    """The weight of each term; a term of weight 0 is not computed.

    Attributes:
        l1: difference from the clean picture, see `acutance.lab.losses.pixel`.
        charbonnier: the same, smooth at zero.
        psnr: minus the PSNR of each crop against the clean picture.
        ssim: 1 − SSIM, see `acutance.lab.losses.structure`.
        flicker: how fast the error changes from frame to frame of a call.
        frequency: difference of the spectra from the clean picture's, see `acutance.lab.losses.frequency`.
        teacher: ``l1`` from the teacher's picture.
        teacher_psnr: ``psnr`` against the teacher's picture.
        vgg: perceptual distance from the clean picture in VGG-19, see `acutance.lab.losses.perceptual`.
        teacher_features: the same in the teacher's first layers.
        hint: feature distillation, see `acutance.lab.losses.hint`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    l1: Weight = Weight()
    charbonnier: Weight = Weight()
    psnr: Weight = Weight()
    ssim: Weight = Weight()
    flicker: Weight = Weight()
    frequency: Weight = Weight()
    teacher: Weight = Weight()
    teacher_psnr: Weight = Weight()
    vgg: Weight = Weight()
    teacher_features: Weight = Weight()
    hint: Weight = Weight()

    @model_validator(mode="after")
    def _always_has_a_term(self) -> "ObjectiveWeights":
        if not self.active:
            raise ValueError("every weight is 0: give at least one term a weight")
        if not any(weight.due(1) and weight.every == 1 for weight in self.active.values()):
            raise ValueError("some steps have no term: give one a weight from the first step on, at every step")
        return self

    @property
    def active(self) -> dict[str, Weight]:
        """The terms that have a weight."""
        weights = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: weight for name, weight in weights.items() if weight.weight}


class Objective:
    """The weighted sum, with each term's value beside it for the journal."""

    def __init__(self, weights: ObjectiveWeights, network_terms: Mapping[str, Term] | None = None) -> None:
        """Choose the terms.

        Args:
            weights: of the terms.
            network_terms: those that need networks, by name, see `acutance.lab.losses.terms`.
        """
        terms = {**_PICTURE_TERMS, **(network_terms or {})}
        self._terms = [(name, weight, terms[name]) for name, weight in weights.active.items()]

    def __call__(self, output: Tensor, lesson: Lesson, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the sum and the unweighted terms of step 1, 2, …, for pictures N×1×S×S in code values / 255."""
        total, values = output.new_zeros(()), {}
        for name, weight, term in self._terms:
            if weight.due(step):
                value = term(output, lesson)
                total = total + weight.weight * value
                values[name] = value.detach()
        return total, values


def _taught(lesson: Lesson) -> Tensor:
    assert lesson.taught is not None
    return lesson.taught


_PICTURE_TERMS: dict[str, Term] = {
    "l1": lambda output, lesson: l1(output, lesson.clean),
    "charbonnier": lambda output, lesson: charbonnier(output, lesson.clean),
    "psnr": lambda output, lesson: psnr(output, lesson.clean),
    "ssim": lambda output, lesson: dissimilarity(output, lesson.clean),
    "flicker": lambda output, lesson: flicker(output, lesson.clean),
    "frequency": lambda output, lesson: frequency(output, lesson.clean),
    "teacher": lambda output, lesson: l1(output, _taught(lesson)),
    "teacher_psnr": lambda output, lesson: psnr(output, _taught(lesson)),
}
