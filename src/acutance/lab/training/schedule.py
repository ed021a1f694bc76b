"""The learning rate of each step."""

import math

from acutance.lab.training.tables import OptimiserTable


def learning_rate(step: int, optimiser: OptimiserTable) -> float:
    """Return the rate of step 0, 1, …: a linear warm-up, then half a cosine down to the final share of the peak."""
    if step < optimiser.warmup:
        return optimiser.learning_rate * (step + 1) / optimiser.warmup
    after = max(1, optimiser.steps - optimiser.warmup)
    share = (1 + math.cos(math.pi * min(1.0, (step - optimiser.warmup) / after))) / 2
    return optimiser.learning_rate * (optimiser.final_rate + (1 - optimiser.final_rate) * share)
