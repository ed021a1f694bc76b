"""Objectives: a named weighted sum of terms, one small module a term."""

from acutance.lab.losses.objective import Objective, ObjectiveWeights

__all__ = ["Objective", "ObjectiveWeights"]
