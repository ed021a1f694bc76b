"""What a student is shown: pictures read and degraded once, crops drawn every step."""

from acutance.lab.samples.crops import CropSampler, PlanePair, TrainingDataError, whole
from acutance.lab.samples.mixture import Mixture, parse_mixture
from acutance.lab.samples.pairs import TrainingPairs, load_pairs

__all__ = [
    "CropSampler",
    "Mixture",
    "PlanePair",
    "TrainingDataError",
    "TrainingPairs",
    "load_pairs",
    "parse_mixture",
    "whole",
]
