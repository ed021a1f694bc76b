"""The tables of a recipe, each one subject of how a student is made."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from acutance.lab.samples import Mixture, parse_mixture


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DataTable(Table):
    """What the student sees.

    Attributes:
        degradation: by name, or several names, as `acutance.lab.samples.parse_mixture` reads them.
        crop: side of a square training crop, in displayed pixels.
        batch: crops a step, over all processes.
        shrinks: factors above 1 by each of which training pictures come once more: shrunk, so sharper to the pixel.
        held_out: pictures of the folder, spread over it, that are kept for validation and never trained on.
    """

    degradation: str = "bicubic-x2"
    crop: int = Field(default=96, ge=16)
    batch: int = Field(default=16, ge=1)
    shrinks: tuple[Annotated[float, Field(gt=1.0, le=8.0)], ...] = ()
    held_out: int = Field(default=8, ge=1)

    @field_validator("degradation")
    @classmethod
    def _known(cls, name: str) -> str:
        parse_mixture(name)
        return name

    @property
    def mixture(self) -> Mixture:
        """The degradation, read."""
        return parse_mixture(self.degradation)


class OptimiserTable(Table):
    """The optimiser, linear warm-up, cosine decay (Loshchilov and Hutter, "SGDR", ICLR 2017).

    Attributes:
        method: ``adam`` or ``soap``: see `acutance.lab.training.optimiser.open_optimiser`.
        steps: optimiser steps in all.
        learning_rate: the peak, after the warm-up; 0 leaves the weights as they begin.
        final_rate: the rate at the last step, as a share of the peak.
        warmup: steps of linear warm-up.
        ema: decay of the exponential moving average of the weights, which is what is validated and exported.
    """

    method: Literal["adam", "soap"] = "adam"
    steps: int = Field(ge=1)
    learning_rate: float = Field(default=1e-3, ge=0.0)
    final_rate: float = Field(default=0.01, ge=0.0, le=1.0)
    warmup: int = Field(default=500, ge=0)
    ema: float = Field(default=0.999, ge=0.0, lt=1.0)


class JournalTable(Table):
    """How often, in steps, a line is written, the student validated, and the run checkpointed."""

    log: int = Field(default=100, ge=1)
    validate_every: int = Field(default=2000, ge=1, alias="validate")
    checkpoint: int = Field(default=500, ge=1)


class FabricTable(Table):
    """Where it runs: Lightning Fabric's settings, and the threads of each process on a CPU."""

    accelerator: str = "auto"
    devices: int = Field(default=1, ge=1)
    nodes: int = Field(default=1, ge=1)
    strategy: str = "auto"
    precision: Literal["32-true", "bf16-mixed", "16-mixed"] = "32-true"
    threads: int = Field(default=1, ge=1)


class MixTable(Table):
    """Another run's student, mixed into the one that a run begins as, weight by weight.

    Where both come from one run, a student that was trained on keeps its gain so, and more of what it knew before
    (Wortsman et al., "Robust Fine-Tuning of Zero-Shot Models", CVPR 2022).

    Attributes:
        run: its folder.
        share: of its weights.
    """

    run: str = Field(min_length=1)
    share: float = Field(gt=0.0, lt=1.0)


class QuantisationTable(Table):
    """A student that computes in int8: see `acutance.lab.quantisation.QuantisedStudent`.

    Attributes:
        crops: training crops on which the activations' steps are chosen, from where they are learnt.
    """

    crops: int = Field(default=64, ge=1)
