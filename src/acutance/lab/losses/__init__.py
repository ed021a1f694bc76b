"""Objectives: a named weighted sum of terms, one small module a term."""

from acutance.lab.losses.hint import Hint, HintTerm
from acutance.lab.losses.lesson import Lesson
from acutance.lab.losses.objective import NEED_A_TEACHER, NEED_TARGETS, Objective, ObjectiveWeights, Term, Weight
from acutance.lab.losses.perceptual import FeatureDistance

__all__ = [
    "NEED_A_TEACHER",
    "NEED_TARGETS",
    "FeatureDistance",
    "Hint",
    "HintTerm",
    "Lesson",
    "Objective",
    "ObjectiveWeights",
    "Term",
    "Weight",
]
