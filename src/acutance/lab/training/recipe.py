"""A recipe: the TOML file from which a student is made."""

import math
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from acutance.lab.losses import NEED_A_TEACHER, ObjectiveWeights
from acutance.lab.models import StudentShape, VggChoice
from acutance.lab.samples import Mixture, parse_mixture
from acutance.lab.teachers import TeacherChoice


class RecipeError(ValueError):
    """A recipe that cannot be used; the message names file, key, got and expected."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DataTable(_Table):
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


class OptimiserTable(_Table):
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


class JournalTable(_Table):
    """How often, in steps, a line is written, the student validated, and the run checkpointed."""

    log: int = Field(default=100, ge=1)
    validate_every: int = Field(default=2000, ge=1, alias="validate")
    checkpoint: int = Field(default=500, ge=1)


class FabricTable(_Table):
    """Where it runs: Lightning Fabric's settings, and the threads of each process on a CPU."""

    accelerator: str = "auto"
    devices: int = Field(default=1, ge=1)
    nodes: int = Field(default=1, ge=1)
    strategy: str = "auto"
    precision: Literal["32-true", "bf16-mixed", "16-mixed"] = "32-true"
    threads: int = Field(default=1, ge=1)


class MixTable(_Table):
    """Another run's student, mixed into the one that a run begins as, weight by weight.

    Where both come from one run, a student that was trained on keeps its gain so, and more of what it knew before
    (Wortsman et al., "Robust Fine-Tuning of Zero-Shot Models", CVPR 2022).

    Attributes:
        run: its folder.
        share: of its weights.
    """

    run: str = Field(min_length=1)
    share: float = Field(gt=0.0, lt=1.0)


class QuantisationTable(_Table):
    """A student that computes in int8: see `acutance.lab.quantisation.QuantisedStudent`.

    Attributes:
        crops: training crops on which the activations' steps are chosen, from where they are learnt.
    """

    crops: int = Field(default=64, ge=1)


class Recipe(_Table):
    """Everything that makes a student, but for the pictures and the weights of other networks.

    Attributes:
        init_from: a run's folder, whose best student this one begins as, grown (`acutance.lab.models.grow`) where this
            one's chain is wider or longer; "" for a new student.
        mix: the student of another run to be mixed into that one; None for none.
        network: a pre-trained network that is trained on instead of a student, by the path or name of its weights: it
            sees what is received, and becomes a teacher for what it was not made for; "" for a student.
        teacher: who teaches; needed by the terms ``teacher``, ``teacher_features`` and ``hint``.
        vgg: the network of the term ``vgg``.
        quantisation: makes an int8 student of the f32 one in ``init_from``; None for f32.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    seed: int = Field(default=1, ge=0)
    init_from: str = ""
    mix: MixTable | None = None
    network: str = ""
    model: StudentShape = StudentShape()
    data: DataTable = DataTable()
    teacher: TeacherChoice | None = None
    vgg: VggChoice = VggChoice()
    objective: ObjectiveWeights
    optimiser: OptimiserTable
    journal: JournalTable = JournalTable()
    fabric: FabricTable = FabricTable()
    quantisation: QuantisationTable | None = None

    @model_validator(mode="after")
    def _crop_keeps_the_phase(self) -> "Recipe":
        scale = self.data.mixture.scale
        multiples = {"unshuffle factor": 1 if self.network else self.model.unshuffle, "scale": scale.numerator}
        for what, multiple in multiples.items():
            if self.data.crop % multiple:
                raise ValueError(f"data.crop: got {self.data.crop}, expected a multiple of the {what} {multiple}")
        return self

    @model_validator(mode="after")
    def _terms_are_complete(self) -> "Recipe":
        for name, weight in self.objective.active.items():
            if name in NEED_A_TEACHER and self.teacher is None:
                raise ValueError(f"objective.{name}: needs a table [teacher] with the key weights")
            if self.journal.log % weight.every:
                raise ValueError(
                    f"objective.{name}.every: got {weight.every}, expected a divisor of journal.log "
                    f"{self.journal.log}, so that the journal has the term"
                )
        return self

    @model_validator(mode="after")
    def _frames_are_those_of_calls(self) -> "Recipe":
        if not self.data.mixture.has_frames:
            if self.objective.flicker.weight:
                raise ValueError(f"objective.flicker: needs calls in data.degradation, got {self.data.degradation}")
        elif self.data.batch % (2 * self.fabric.devices * self.fabric.nodes):
            raise ValueError(
                f"data.batch: got {self.data.batch}, expected an even number a process: of calls half of it are the "
                "frames before"
            )
        return self

    @model_validator(mode="after")
    def _a_network_is_no_student(self) -> "Recipe":
        if self.network:
            for key in ("init_from", "mix", "quantisation"):
                if getattr(self, key):
                    raise ValueError(f"{key}: is a student's; leave it out beside the key network")
            if "hint" in self.objective.active:
                raise ValueError("objective.hint: compares a student's features; leave it out beside the key network")
        return self

    @property
    def needs_received(self) -> bool:
        """Whether what is received must be at hand in training."""
        return bool(self.network) or "hint" in self.objective.active

    @model_validator(mode="after")
    def _what_is_mixed_has_begun(self) -> "Recipe":
        if self.mix is not None and not self.init_from:
            raise ValueError("mix: needs the key init_from, a run whose student the other one is mixed into")
        return self

    @model_validator(mode="after")
    def _int8_begins_in_f32(self) -> "Recipe":
        if self.quantisation is not None:
            if not self.init_from:
                raise ValueError("quantisation: needs the key init_from, a run in f32 whose student becomes int8")
            if self.fabric.precision != "32-true":
                raise ValueError(
                    f"fabric.precision: got {self.fabric.precision}, expected 32-true with [quantisation], "
                    "whose steps are finer than what 16 bits hold"
                )
        return self

    @property
    def phase(self) -> int:
        """Where crops may start: multiples of both the received grid's period and the unshuffle factor."""
        return math.lcm(self.data.mixture.scale.numerator, 1 if self.network else self.model.unshuffle)

    def to_toml(self) -> str:
        """Return the whole recipe, defaults included, as TOML."""
        return tomli_w.dumps(self.model_dump(by_alias=True, exclude_none=True))


def load_recipe(path: Path, overrides: list[str] | None = None) -> Recipe:
    """Read a recipe.

    Args:
        path: the TOML file.
        overrides: ``key.subkey=value`` each, the value in TOML or else a bare string.

    Raises:
        RecipeError: the file cannot be read, is no TOML, or a key or value does not fit.
    """
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"recipe {path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"recipe {path}: is not TOML ({error})") from error
    for override in overrides or []:
        _override(tree, override)
    try:
        return Recipe.model_validate(tree)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "recipe"
        got = "" if first["type"] in ("missing", "value_error") else f", got {first['input']!r}"
        raise RecipeError(f"recipe {path}: {key}: {first['msg']}{got}") from error


def _override(tree: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    *tables, last = key.strip().split(".")
    if not equals or not last:
        raise RecipeError(f"--set: got {override!r}, expected key=value, such as optimiser.steps=1000")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    for table in tables:
        tree = tree.setdefault(table, {})
        if not isinstance(tree, dict):
            raise RecipeError(f"--set {override}: {table} is a value, not a table")
    tree[last] = value
