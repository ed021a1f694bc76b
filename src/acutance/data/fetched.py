"""Where fetched sources lie, the receipt that each carries, and the hashes pinned on the way."""

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from acutance.cache import user_cache

RECEIPT_NAME = ".acutance-source.json"
PINS_NAME = "pinned.json"
_PINS = TypeAdapter(dict[str, str])


class DataError(ValueError):
    """Pictures or sources that cannot be used; the message says where, what was found and what to do."""


class Receipt(BaseModel):
    """What was fetched: lies, hidden, beside the pictures, and proves that they are whole.

    Attributes:
        name: the source's name in its catalogue.
        sha256: hash of the set of pictures, as `acutance.data.PictureSet` has it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    sha256: str


def data_home() -> Path:
    """Return the folder in which each fetched source has a folder of its name.

    It is ``$ACUTANCE_DATA``, or else ``acutance/data`` in the user's cache (``$XDG_CACHE_HOME`` or ``~/.cache``).
    """
    if named := os.environ.get("ACUTANCE_DATA"):
        return Path(named).expanduser()
    return user_cache("data")


def read_receipt(folder: Path) -> Receipt | None:
    """Return the receipt of a fetched source, or None where nothing whole was fetched into this folder.

    Raises:
        DataError: there is one, but it cannot be read.
    """
    path = folder / RECEIPT_NAME
    try:
        return Receipt.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValidationError) as error:
        raise DataError(f"{path}: is no receipt that can be read; remove the folder and fetch it again") from error


def read_pins(home: Path) -> dict[str, str]:
    """Return the SHA-256 of files whose first download pinned it, by URL.

    Raises:
        DataError: the file of pins cannot be read.
    """
    path = home / PINS_NAME
    try:
        return _PINS.validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError) as error:
        raise DataError(f"{path}: cannot be read, expected JSON with a SHA-256 a URL; mend or remove it") from error


def write_pins(home: Path, pins: dict[str, str]) -> None:
    """Write the file of pins, whole or not at all."""
    temporary = home / f".{PINS_NAME}.{os.getpid()}.part"
    temporary.write_bytes(_PINS.dump_json(pins, indent=2))
    temporary.replace(home / PINS_NAME)
