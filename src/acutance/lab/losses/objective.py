"""What a training minimises: a weighted sum of named terms."""

from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor

from acutance.lab.losses import pixel

_TERMS = {"l1": pixel.l1, "charbonnier": pixel.charbonnier}


class ObjectiveWeights(BaseModel):
    """The weight of each term; a term of weight 0 is not computed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    l1: float = Field(default=0.0, ge=0.0)
    charbonnier: float = Field(default=0.0, ge=0.0)

    @model_validator(mode="after")
    def _has_a_term(self) -> "ObjectiveWeights":
        if not any(self.model_dump().values()):
            raise ValueError("every weight is 0: give at least one term a weight")
        return self


class Objective:
    """The weighted sum, with each term's value beside it for the journal."""

    def __init__(self, weights: ObjectiveWeights) -> None:
        self._weights = {name: weight for name, weight in weights.model_dump().items() if weight}

    def __call__(self, output: Tensor, clean: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the sum and the unweighted terms, for pictures N×1×H×W in code values / 255."""
        terms = {name: _TERMS[name](output, clean) for name in self._weights}
        total = sum((self._weights[name] * term for name, term in terms.items()), start=output.new_zeros(()))
        return total, {name: term.detach() for name, term in terms.items()}
