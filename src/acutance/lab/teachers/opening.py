"""Opening a teacher as a recipe or a command names it."""

import hashlib
import json
from fractions import Fraction
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from acutance.lab.models import EnlargingNetwork, UnknownArchitectureError, find_weights, hash_weights, load_network
from acutance.lab.teachers.teacher import Member, Teacher


class TeacherChoice(BaseModel):
    """Who teaches.

    Attributes:
        weights: files, or names in `acutance.lab.models.weights.weights_home`; several are averaged.
        shares: of each in the average; equal where there are none.
        flips: whether the four flips of the picture are averaged too.
        features: the points of the first network whose features the term ``teacher_features`` compares.
        hint: the point of the first network that the student's last hidden features are drawn to by the term ``hint``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    weights: tuple[str, ...] = Field(min_length=1)
    shares: tuple[float, ...] = ()
    flips: bool = False
    features: tuple[str, ...] = Field(default=("head", "block1"), min_length=1)
    hint: str = "block1"

    @model_validator(mode="after")
    def _a_share_each(self) -> Self:
        if self.shares and (len(self.shares) != len(self.weights) or min(self.shares) <= 0):
            raise ValueError(f"shares: got {self.shares}, expected one above 0 for each of {len(self.weights)} weights")
        return self


def open_teacher(choice: TeacherChoice, scale: Fraction | None = None) -> Teacher:
    """Return the teacher for a display scale, for inference, on the CPU.

    Args:
        choice: who teaches.
        scale: displayed size over received size; None for the smallest that its networks are made for.

    Raises:
        WeightsError: weights cannot be found or do not fit.
        TeacherError: the teacher does not enlarge that far.
    """
    paths = [find_weights(name) for name in choice.weights]
    hashes = [hash_weights(path) for path in paths]
    shares = choice.shares or (1.0,) * len(paths)
    identity = hashes[0] if len(hashes) == 1 and not choice.flips else _hash_of(hashes, shares, flips=choice.flips)
    members = [Member(_open_network(path), share) for path, share in zip(paths, shares, strict=True)]
    if scale is None:
        scale = Fraction(min(member.network.scale for member in members))
    name = "+".join(path.stem for path in paths) + ("-flips" if choice.flips else "")
    return Teacher(name, identity, members, flips=choice.flips, scale=scale).eval()


def _open_network(path: Path) -> EnlargingNetwork:
    """Return one of our networks, or whatever spandrel makes of the file."""
    try:
        return load_network(path)
    except UnknownArchitectureError as error:
        from acutance.lab.teachers.with_spandrel import load_with_spandrel

        return load_with_spandrel(path, error)


def _hash_of(hashes: list[str], shares: tuple[float, ...], *, flips: bool) -> str:
    return hashlib.sha256(json.dumps([hashes, shares, flips]).encode()).hexdigest()
