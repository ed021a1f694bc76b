"""Rows: one JSON line a (model, picture or clip, degradation), from which every table, report and card is made."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

BICUBIC = "bicubic"
"""The name of the model that changes nothing: the displayed picture itself, beside which all others stand."""


Told = Literal["known", "auto"]
"""What a model with several conditions is told of the stream: all that a receiver knows, or nothing."""


class RowError(ValueError):
    """A file of rows that cannot be read or written."""


class Case(BaseModel):
    """What a row is about, which is all that its figures depend on.

    Attributes:
        data: the set's name.
        data_sha256: of exactly the pictures in the set.
        picture: the picture's path inside the set, with slashes, or the clip's name.
        picture_sha256: of the clean picture's or clip's file.
        category: the set's sub-folder that the picture is in, empty where there are none; the clip's name.
        degradation: its name, as `acutance.evaluate.degradations.parse_degradations` reads it.
        model: the model's name; `BICUBIC` is the displayed picture.
        model_sha256: of the model's weights, or ``baseline:`` and the baseline's settings.
        backend: what ran it, where and in which arithmetic.
        versions: of the packages that the figures depend on.
        told: what a model with several conditions was told; None for those that ask for nothing.
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
    told: Told | None = None

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
            self.told or "",
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
        chose: the weights that a model with several conditions took, and why.
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
    chose: str | None = None
    seconds: float = Field(ge=0)


class Curves(BaseModel):
    """A clip frame by frame.

    Attributes:
        psnr: of every frame.
        ssim: of every `acutance.evaluate.clips.measuring.SSIM_STEP`-th frame, from the first.
        flicker: of every frame but the first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    psnr: tuple[float, ...]
    ssim: tuple[float, ...]
    flicker: tuple[float, ...]


class ClipRow(Case):
    """One model on one clip, or on a camera's way over one picture, through one call, measured on 8-bit luma.

    Attributes:
        width: of the displayed frames, in pixels.
        height: of the displayed frames, in pixels.
        frames: how many there are.
        bits_per_pixel: mean of the frames after the key frame, bits a received pixel.
        psnr: mean of the frames', in dB.
        ssim: mean of the frames'.
        flicker: in code values, see `acutance.metrics.flicker`.
        still_share: share of the pixels that stand still in the clean clip.
        still_flicker: flicker there; None where too few stand still.
        warping: warping error in code values, see `acutance.metrics.warping`; None where it was not measured.
        chose: the weights that a model with several conditions took in the end, and why.
        seconds: wall-clock time of the model a frame, measured beside other work: no benchmark of speed.
        curves: the same frame by frame.
    """

    width: int = Field(ge=1)
    height: int = Field(ge=1)
    frames: int = Field(ge=2)
    bits_per_pixel: float = Field(ge=0)
    psnr: float
    ssim: float
    flicker: float = Field(ge=0)
    still_share: float = Field(ge=0, le=1)
    still_flicker: float | None = None
    warping: float | None = None
    chose: str | None = None
    seconds: float = Field(ge=0)
    curves: Curves


AnyRow = Row | ClipRow
Kind = TypeVar("Kind", Row, ClipRow)


def read_rows(path: Path) -> list[Row]:
    """Return the rows of pictures in a file, see `read_all_rows`."""
    return [row for row in read_all_rows(path) if isinstance(row, Row)]


def read_clip_rows(path: Path) -> list[ClipRow]:
    """Return the rows of clips in a file, see `read_all_rows`."""
    return [row for row in read_all_rows(path) if isinstance(row, ClipRow)]


def read_all_rows(path: Path) -> list[AnyRow]:
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


def append_rows(path: Path, rows: Iterable[AnyRow]) -> None:
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


def latest(rows: Iterable[Kind]) -> list[Kind]:
    """Return one row a (set, degradation, model, picture or clip), the last written, sorted by set, picture, model."""
    unique = {(row.data, row.data_sha256, row.degradation, row.category, row.picture, row.model): row for row in rows}
    return [unique[key] for key in sorted(unique)]


def _parse(line: bytes, where: str) -> AnyRow:
    kind = ClipRow if b'"curves":' in line else Row
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "line"
        raise RowError(f"{where}: is no row of results ({key}: {first['msg']}); name another file") from error


def _lines(rows: Iterable[AnyRow]) -> Iterator[bytes]:
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
