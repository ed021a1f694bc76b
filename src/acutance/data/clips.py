"""Sets of clips: a small TOML file that says which, what part of each, and how large, and a hash of all that.

```toml
[[clip]]
file = "webcam.mp4"             # beside the TOML file, or anywhere
crop = [160, 0, 960, 720]       # left, top, width, height: what lies outside is cut off
[[clip]]
file = "portrait.mp4"
shrink = 1.5                    # then made smaller by this
frames = 60                     # how many, from the first one
```
"""

import hashlib
import tomllib
from fractions import Fraction
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from acutance.data.fetched import DataError

CLIP_LIST = "clips.toml"
"""The name of the TOML file in a folder that is a set of clips."""


class ClipCut(BaseModel):
    """What of a clip is measured.

    Attributes:
        file: the clip; a relative path starts in the TOML file's folder.
        name: what it is called; the file's name without suffix where that is None.
        crop: left, top, width and height of the region that is kept, in pixels of the stored frames; None for all.
        shrink: how many times that is made smaller, at least 1.
        frames: how many, from the first one, at least 2.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: Path
    name: str | None = None
    crop: tuple[int, int, int, int] | None = None
    shrink: Fraction = Field(default=Fraction(1), ge=1, le=16)
    frames: int = Field(default=60, ge=2, le=10_000)

    @field_validator("shrink", mode="before")
    @classmethod
    def _exactly(cls, value: object) -> object:
        return Fraction(str(value)) if isinstance(value, float) else value

    @field_validator("crop")
    @classmethod
    def _is_region(cls, value: tuple[int, int, int, int] | None) -> tuple[int, int, int, int] | None:
        if value is not None and (min(value[:2]) < 0 or min(value[2:]) < 1):
            raise ValueError("expected left, top ≥ 0 and width, height ≥ 1")
        return value


class ClipFile(BaseModel):
    """A clip of a set.

    Attributes:
        path: where it lies.
        name: what it is called.
        cut: what of it is measured.
        sha256: of the file's bytes, hexadecimal.
    """

    model_config = ConfigDict(frozen=True)

    path: Path
    name: str
    cut: ClipCut
    sha256: str


class ClipSet(BaseModel):
    """Clips to measure on.

    Attributes:
        name: the TOML file's without suffix; of a `CLIP_LIST`, its folder's.
        clips: in the TOML file's order; at least one.
        sha256: of one line a clip: its hash, name and cut. It does not depend on where the files lie.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    clips: tuple[ClipFile, ...]
    sha256: str


class _ClipList(BaseModel):
    model_config = ConfigDict(extra="forbid")

    clip: list[ClipCut] = Field(min_length=1)


def find_clip_list(name_or_path: str | Path) -> Path | None:
    """Return the TOML file that a path names, itself or by its folder; None where it names none."""
    path = Path(name_or_path)
    if path.is_dir():
        path /= CLIP_LIST
    return path if path.suffix == ".toml" and path.is_file() else None


def open_clips(path: Path) -> ClipSet:
    """Read a set's TOML file, and hash every clip that it names.

    Raises:
        DataError: the file or a clip cannot be read, or two clips have one name.
    """
    try:
        listed = _ClipList.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{path}: cannot be read ({error})") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise DataError(f"{path}: {key}: {first['msg']}; see docs/benchmark for what a set of clips says") from error
    clips = tuple(_clip(path.parent, cut) for cut in listed.clip)
    names = [clip.name for clip in clips]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise DataError(f"{path}: two clips are called {twice!r}; give one another name")
    listing = "".join(
        f"{clip.sha256}  {clip.name} {clip.cut.model_dump_json(exclude={'file', 'name'})}\n" for clip in clips
    )
    name = path.resolve().parent.name if path.name == CLIP_LIST else path.stem
    return ClipSet(name=name, clips=clips, sha256=hashlib.sha256(listing.encode()).hexdigest())


def _clip(folder: Path, cut: ClipCut) -> ClipFile:
    path = folder / cut.file
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    return ClipFile(path=path, name=cut.name or path.stem, cut=cut, sha256=digest)
