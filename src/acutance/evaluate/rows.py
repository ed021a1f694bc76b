"""Rows: one JSON line a (model, picture, degradation), from which every table, report and card is made."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

BICUBIC = "bicubic"
"""The name of the model that changes nothing: the displayed picture itself, beside which all others stand."""


class RowError(ValueError):
    """A file of rows that cannot be read or written."""


class Case(BaseModel):
    """What a row is about, which is all that its figures depend on.

    Attributes:
        data: the set's name.
        data_sha256: of exactly the pictures in the set.
        picture: the picture's path inside the set, with slashes.
        picture_sha256: of the clean picture's file.
        category: the set's sub-folder that the picture is in, empty where there are none.
        degradation: its name, as `acutance.degrade.parse_degradation` reads it.
        model: the model's name; `BICUBIC` is the displayed picture.
        model_sha256: of the model's weights, or ``baseline:`` and the baseline's settings.
        backend: what ran it, where and in which arithmetic.
        versions: of the packages that the figures depend on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: str
    data_sha256: str
    picture: str
    picture_sha256: str
    category: str
    degradation: str
    model: str
    model_sha256: str
    backend: str
    versions: dict[str, str]

    @property
    def key(self) -> tuple[str, ...]:
        """Tells cases apart: a case whose key has a row need not be measured again."""
        return (
            self.data,
            self.data_sha256,
            self.picture,
            self.picture_sha256,
            self.degradation,
            self.model,
            self.model_sha256,
            self.backend,
            *(f"{name} {version}" for name, version in sorted(self.versions.items())),
        )


class Row(Case):
    """One model on one picture under one degradation, measured.

    Attributes:
        width: of the displayed picture, in pixels.
        height: of the displayed picture, in pixels.
        psnr: luma, in dB.
        ssim: luma.
        rgb_psnr: mean of the channels', in dB.
        rgb_ssim: mean of the channels'.
        edge_width: mean 10–90 % rise distance at the clean picture's strong edges, in pixels; None where it has none.
        overshoot: mean overshoot at those edges as a share of their height; None where there are none.
        characters: share of the characters read in the clean picture that are still read; None where not asked for,
            or where there are none.
        seconds: wall-clock time of the model on the picture, measured beside other work: no benchmark of speed.
    """

    width: int = Field(ge=1)
    height: int = Field(ge=1)
    psnr: float
    ssim: float
    rgb_psnr: float
    rgb_ssim: float
    edge_width: float | None = None
    overshoot: float | None = None
    characters: float | None = None
    seconds: float = Field(ge=0)


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a file, none where there is no file; a last line that an interruption tore is left out.

    Raises:
        RowError: the file cannot be read, or a line is no row.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RowError(f"{path}: cannot be read ({error.strerror})") from error
    whole, _torn = lines[:-1], lines[-1]
    return [_parse(line, f"{path}:{number}") for number, line in enumerate(whole, 1) if line.strip()]


def append_rows(path: Path, rows: Iterable[Row]) -> None:
    """Append rows, each as one whole line, and first cut off a last line that an interruption tore.

    Raises:
        RowError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _cut_torn_line(path)
        with path.open("ab") as file:
            for line in _lines(rows):
                file.write(line)
    except OSError as error:
        raise RowError(f"{path}: cannot be written ({error.strerror})") from error


def latest(rows: Iterable[Row]) -> list[Row]:
    """Return one row a (set, degradation, model, picture), the last written, in the order of set, picture and model."""
    unique = {(row.data, row.data_sha256, row.degradation, row.category, row.picture, row.model): row for row in rows}
    return [unique[key] for key in sorted(unique)]


def _parse(line: bytes, where: str) -> Row:
    try:
        return Row.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "line"
        raise RowError(f"{where}: is no row of results ({key}: {first['msg']}); name another file") from error


def _lines(rows: Iterable[Row]) -> Iterator[bytes]:
    for row in rows:
        yield row.model_dump_json(exclude_none=True).encode() + b"\n"


def _cut_torn_line(path: Path) -> None:
    if not path.exists() or path.stat().st_size == 0:
        return
    with path.open("rb+") as file:
        file.seek(-1, os.SEEK_END)
        if file.read() != b"\n":
            file.seek(0)
            file.truncate(file.read().rfind(b"\n") + 1)
