"""Sets of pictures: a folder, what it holds, and a hash of exactly that."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from acutance.data.catalogue import load_catalogue
from acutance.data.fetched import DataError, Receipt, data_home, read_receipt

PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})


@dataclass(frozen=True)
class PictureFile:
    """A picture of a set.

    Attributes:
        path: where it lies.
        name: its path within the set, with forward slashes.
        category: the first sub-folder on that path, "" for a picture that lies in none.
        sha256: of the file's bytes, hexadecimal.
    """

    path: Path
    name: str
    category: str
    sha256: str


@dataclass(frozen=True)
class PictureSet:
    """Pictures to measure on or to train on.

    Attributes:
        name: the source's name, or the folder's.
        root: the folder.
        pictures: in order of their names (by code point); at least one.
        sha256: of one line ``<sha256 of the file>  <name>`` a picture, as the program ``sha256sum`` writes it, in that
            order. It depends on names and bytes only, not on where the folder lies or what else is in it.
    """

    name: str
    root: Path
    pictures: tuple[PictureFile, ...]
    sha256: str


def open_set(name_or_folder: str | Path) -> PictureSet:
    """Open a folder of pictures, or a fetched source by its name. A folder that exists goes before a name.

    Sub-folders are categories. Hidden files and folders are left out, and so are links that lead out of the folder
    and links to folders.

    Args:
        name_or_folder: a folder's path, or a name of the catalogue (large and small letters are the same).

    Raises:
        DataError: there is no such folder or name, the source is not fetched or has changed since, or the folder holds
            no picture or one that cannot be read.
    """
    folder = Path(name_or_folder)
    if folder.is_dir():
        return read_set(folder)
    name = str(name_or_folder)
    source = load_catalogue().find(name)
    fetched = data_home() / (source.name if source else name)
    receipt = read_receipt(fetched) if fetched.parent == data_home() else None
    if receipt is None:
        if source:
            raise DataError(f"data {source.name}: is not fetched yet; run: acutance data fetch {source.name}")
        raise DataError(
            f"data: got {name!r}, expected a folder of pictures or one of {', '.join(load_catalogue().names)}"
        )
    return open_fetched(fetched, receipt)


def open_fetched(folder: Path, receipt: Receipt) -> PictureSet:
    """Open a fetched source.

    Raises:
        DataError: its pictures are not those of the receipt any more, or cannot be read.
    """
    opened = read_set(folder, receipt.name)
    if opened.sha256 != receipt.sha256:
        raise DataError(
            f"{folder}: its pictures have the hash {opened.sha256[:16]}…, expected {receipt.sha256[:16]}… as they were "
            "fetched; remove the folder and fetch it again"
        )
    return opened


def read_set(root: Path, name: str | None = None) -> PictureSet:
    """Hash every picture below a folder, as `open_set` says; the set has this name, or else the folder's.

    Raises:
        DataError: the folder holds no picture, or one that cannot be read.
    """
    names = picture_names(root)
    if not names:
        raise DataError(
            f"{root}: holds no picture ({', '.join(sorted(PICTURE_SUFFIXES))}); hidden files and links out of the "
            "folder do not count"
        )
    pictures = tuple(_picture(root, name) for name in names)
    listing = "".join(f"{picture.sha256}  {picture.name}\n" for picture in pictures)
    return PictureSet(name or root.resolve().name, root, pictures, hashlib.sha256(listing.encode()).hexdigest())


def picture_names(root: Path) -> list[str]:
    """Return the names of a folder's pictures, as `PictureFile` has them, in order.

    Raises:
        DataError: a folder cannot be read.
    """
    resolved = root.resolve()
    names = []
    for folder, subfolders, files in os.walk(root, onerror=_refuse):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        for name in files:
            path = Path(folder, name)
            if name.startswith(".") or path.suffix.lower() not in PICTURE_SUFFIXES:
                continue
            if path.is_file() and path.resolve().is_relative_to(resolved):
                names.append(path.relative_to(root).as_posix())
    return sorted(names)


def _picture(root: Path, name: str) -> PictureFile:
    path = root / name
    try:
        name.encode()
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except UnicodeEncodeError as error:
        raise DataError(f"{name!a}: the name is not valid UTF-8; rename the file") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    return PictureFile(path, name, name.partition("/")[0] if "/" in name else "", digest)


def _refuse(error: OSError) -> None:
    raise DataError(f"{error.filename}: cannot be read ({error.strerror or error})") from error
