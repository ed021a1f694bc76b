"""How far a frame was enlarged and how hard it was coded, from its luma plane alone, and what a stream settles at."""

from acutance.estimate.judgement import Estimate, estimate
from acutance.estimate.tracker import Settled, Tracker

__all__ = ["Estimate", "Settled", "Tracker", "estimate"]
