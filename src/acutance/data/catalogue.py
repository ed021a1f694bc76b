"""The catalogue of sources: a TOML table of what can be fetched, from where, and under which licence."""

import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from acutance.data.fetched import DataError


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RemoteFile(_Table):
    """A file to download.

    Attributes:
        url: http or https.
        sha256: of the file's bytes; None where nobody has published it, and then the first download pins it.
    """

    url: str = Field(pattern=r"^https?://[^\s/?#]+/([^\s?#]+/)?[A-Za-z0-9][A-Za-z0-9._-]*(\?[^\s#]*)?$")
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")

    @property
    def name(self) -> str:
        """The last part of the URL's path."""
        return self.url.partition("?")[0].rpartition("/")[2]


class BicubicRow(_Table):
    """What the displayed pictures of a set measure (bicubic, no model): means of luma PSNR in dB and of SSIM."""

    psnr: float
    ssim: float


class Source(_Table):
    """Pictures that can be fetched.

    Attributes:
        name: also that of the folder it is fetched into.
        what: one line for people.
        licence: as stated by those who publish the pictures.
        homepage: where they say so.
        files: one archive or more, or the pictures themselves.
        kind: what the files are; a ``picture`` is taken as it is.
        folder: within the archive, the one that holds the pictures; "" where that is the archive itself.
        size: of all files together, in bytes; rounded where only a rounded figure is published.
        pictures: how many there are.
        bicubic: the expected row of some degradations, by the degradation's name.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    what: str
    licence: str
    homepage: str = ""
    files: tuple[RemoteFile, ...] = Field(min_length=1)
    kind: Literal["zip", "tar", "tgz", "picture"]
    folder: str = ""
    size: int = Field(ge=1)
    pictures: int = Field(ge=1)
    bicubic: dict[str, BicubicRow] = {}

    @model_validator(mode="after")
    def _distinct_files(self) -> Self:
        if len({file.name for file in self.files}) < len(self.files):
            raise ValueError("two files have the same name")
        return self


class Catalogue(_Table):
    """The sources of a TOML file, each of another name."""

    sources: tuple[Source, ...]

    @model_validator(mode="after")
    def _distinct_names(self) -> Self:
        if len({name.casefold() for name in self.names}) < len(self.names):
            raise ValueError("two sources have the same name")
        return self

    @property
    def names(self) -> list[str]:
        """The sources' names, in the file's order."""
        return [source.name for source in self.sources]

    def find(self, name: str) -> Source | None:
        """Return the source of this name, in large or small letters, or None."""
        return next((source for source in self.sources if source.name.casefold() == name.casefold()), None)


def load_catalogue(path: Path | None = None) -> Catalogue:
    """Read a catalogue; without a path, the one that Acutance carries.

    Raises:
        DataError: the file cannot be read, is not TOML, or lacks a key, has one too many, or a wrong value.
    """
    where = path or resources.files("acutance.data") / "catalogue.toml"
    try:
        return Catalogue.model_validate(tomllib.loads(where.read_text("utf-8")))
    except OSError as error:
        raise DataError(f"{where}: cannot be read ({error.strerror or error})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{where}: is not TOML ({error})") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "sources"
        raise DataError(f"{where}: {key}: {first['msg']}, got {first['input']!r:.80}") from error
