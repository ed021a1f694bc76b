"""A recipe: the TOML file from which a student is made, its tables held against one another."""

import math
import tomllib
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import Field, ValidationError, model_validator

from acutance.lab.losses import NEED_A_TEACHER, ObjectiveWeights
from acutance.lab.models import StudentShape, VggChoice
from acutance.lab.teachers import TeacherChoice
from acutance.lab.training.tables import (
    DataTable,
    FabricTable,
    JournalTable,
    MixTable,
    OptimiserTable,
    QuantisationTable,
    Table,
)


class RecipeError(ValueError):
    """A recipe that cannot be used; the message names file, key, got and expected."""


class Recipe(Table):
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
    def needs_received(self) -> bool:
        """Whether what is received must be at hand in training."""
        return bool(self.network) or "hint" in self.objective.active

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
