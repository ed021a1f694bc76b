"""From f32 to int8: the student that rounds as a processor does, and what that costs in quality."""

from acutance.lab.quantisation.gate import Gate, Loss, QualityError, measure_loss
from acutance.lab.quantisation.student import INPUT_CENTRE, LARGEST_WEIGHT, QuantisedStudent

__all__ = ["INPUT_CENTRE", "LARGEST_WEIGHT", "Gate", "Loss", "QualityError", "QuantisedStudent", "measure_loss"]
