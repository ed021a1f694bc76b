"""What is trained to answer a question, students × variants × seeds, and what was measured of it."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from architecture import RunRecord, record_run
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from acutance.evaluate.rows import Row, latest, read_rows


class ExperimentError(ValueError):
    """An experiment, or what was measured of it, that cannot be used."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StudentTable(_Table):
    """A student: its recipe, by a path from the experiment's file, and the variants that are trained."""

    recipe: Path
    variants: tuple[str, ...]


class Variant(_Table):
    """What differs from the recipe: settings as ``acutance train --set`` takes them."""

    title: str
    settings: tuple[str, ...] = Field(default=(), alias="set")


class Experiment(_Table):
    """The file.

    Attributes:
        seeds: each variant is trained from each.
        control: the variant that the others are compared with.
        students: by name.
        variants: by name.
    """

    seeds: tuple[int, ...] = Field(min_length=1)
    control: str
    students: dict[str, StudentTable]
    variants: dict[str, Variant]

    @model_validator(mode="after")
    def _variants_are_known(self) -> Self:
        for name, student in self.students.items():
            if self.control not in student.variants or not set(student.variants) <= set(self.variants):
                raise ValueError(
                    f"students.{name}.variants: got {', '.join(student.variants)}, expected {self.control} and others "
                    f"of {', '.join(self.variants)}"
                )
        return self


@dataclass(frozen=True)
class Training:
    """One of an experiment's trainings.

    Attributes:
        recipe: the student's.
        settings: what is set in it: a name of its own, the seed, and what the variant says.
    """

    student: str
    variant: str
    seed: int
    recipe: Path
    settings: tuple[str, ...]

    @property
    def name(self) -> str:
        """Of its run's folder, its model and its file of rows."""
        return f"{self.student}-{self.variant}-{self.seed}"


class Figures(_Table):
    """A student's figures on one set."""

    data_sha256: str
    degradation: str
    psnr: dict[str, dict[str, float]]
    ssim: dict[str, dict[str, float]]


class Measured(_Table):
    """A training that was measured: the record of its run, and the figures by the sets' names."""

    student: str
    variant: str
    seed: int
    run: RunRecord
    sets: dict[str, Figures]


def read_experiment(path: Path) -> Experiment:
    """Read an experiment's file.

    Raises:
        ExperimentError: it is no TOML, or a key or value does not fit.
    """
    try:
        return Experiment.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise ExperimentError(f"{path}: is not TOML ({error})") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "experiment"
        raise ExperimentError(f"{path}: {key}: {first['msg']}") from error


def trainings(path: Path) -> list[Training]:
    """Return what an experiment's file asks for: of each student all variants from one seed before the next seed.

    Raises:
        ExperimentError: the file is no experiment.
    """
    experiment = read_experiment(path)
    return [
        Training(
            student=student,
            variant=variant,
            seed=seed,
            recipe=path.parent / table.recipe,
            settings=(
                f"name={student}-{variant}-{seed}",
                f"seed={seed}",
                *experiment.variants[variant].settings,
            ),
        )
        for student, table in experiment.students.items()
        for seed in experiment.seeds
        for variant in table.variants
    ]


def collect(planned: Iterable[Training], runs: Path) -> list[Measured]:
    """Return what was measured in the folder that ``distil.py`` filled.

    Raises:
        RowError: a file of rows cannot be read.
        RecipeError: rows have no run beside them.
    """
    found = []
    for training in planned:
        sets: dict[str, list[Row]] = {}
        for row in latest(read_rows(runs / f"{training.name}.jsonl")):
            if row.model == training.name:
                sets.setdefault(row.data, []).append(row)
        if sets:
            found.append(
                Measured(
                    student=training.student,
                    variant=training.variant,
                    seed=training.seed,
                    run=record_run(runs / training.name),
                    sets={name: _figures(rows) for name, rows in sets.items()},
                )
            )
    return found


def read_measured(path: Path) -> list[Measured]:
    """Return a file's lines, none where there is no file.

    Raises:
        ExperimentError: a line is no training that was measured.
    """
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    try:
        return [Measured.model_validate_json(line) for line in lines]
    except ValidationError as error:
        raise ExperimentError(f"{path}: holds a line that is no training ({error.errors()[0]['msg']})") from error


def _figures(rows: Sequence[Row]) -> Figures:
    psnr: dict[str, dict[str, float]] = {}
    ssim: dict[str, dict[str, float]] = {}
    for row in rows:
        psnr.setdefault(row.category, {})[row.picture] = row.psnr
        ssim.setdefault(row.category, {})[row.picture] = row.ssim
    return Figures(data_sha256=rows[0].data_sha256, degradation=rows[0].degradation, psnr=psnr, ssim=ssim)
