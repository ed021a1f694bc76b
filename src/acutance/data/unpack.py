"""Pictures out of an archive that nobody has to trust: no path out of the folder, no links, no bombs."""

import gzip
import io
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, Literal

from acutance.data.fetched import DataError
from acutance.data.sets import PICTURE_SUFFIXES

_MOST_ENTRIES = 20_000
_MOST_GROWTH = 8
_GROWTH_ALLOWANCE = 1 << 20
_BLOCK = 1 << 16
# zipfile raises RuntimeError for what it does not read, and struct's errors, like tarfile, for what is damaged
_DAMAGE = (OSError, EOFError, ValueError, RuntimeError, struct.error, zlib.error, zipfile.BadZipFile, tarfile.TarError)
_ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class ArchiveError(DataError):
    """An archive that is damaged or that no honest one looks like; the message names the archive and the entry."""


def unpack(archive: Path, kind: Literal["zip", "tar", "tgz"], folder: str, destination: Path) -> None:
    """Write the pictures below a folder of an archive; everything else in it is left out.

    Only plain files are ever written, by this function itself. An entry anywhere in the archive that is a link, a
    device or encrypted, or whose path is absolute or climbs up, condemns the whole archive; so do more than 20 000
    entries, and contents more than 8 times (and 1 MiB) as large as the archive: pictures are compressed already.

    Args:
        archive: the file.
        kind: what it is.
        folder: within the archive, with forward slashes; "" for all of it. Its sub-folders stay sub-folders.
        destination: an existing folder. What an archive had before a fault was met lies there: discard it then.

    Raises:
        ArchiveError: it is damaged or refused.
    """
    at_most = _MOST_GROWTH * archive.stat().st_size + _GROWTH_ALLOWANCE
    try:
        entries = _zip_entries(archive, at_most) if kind == "zip" else _tar_entries(archive, kind, at_most)
        for number, (name, content) in enumerate(entries, start=1):
            if number > _MOST_ENTRIES:
                raise ArchiveError(f"{archive.name}: has more than {_MOST_ENTRIES:,} entries; it is refused")
            path = _safe_path(archive, name)
            if content is not None and _is_wanted(path, folder):
                _write(content, destination / path.relative_to(folder))
    except ArchiveError:
        raise
    except _DAMAGE as error:
        raise ArchiveError(f"{archive.name}: cannot be unpacked ({error})") from error


def _zip_entries(archive: Path, at_most: int) -> Iterator[tuple[str, IO[bytes] | None]]:
    """Yield each entry's name and, of a file, its content."""
    with zipfile.ZipFile(archive) as opened:
        entries = opened.infolist()
        # zipfile reads no more of an entry than the size that the directory tells
        if sum(entry.file_size for entry in entries) > at_most:
            raise _grows(archive, at_most)
        for entry in entries:
            if not entry.filename:  # zipfile itself stumbles over it
                raise ArchiveError(f"{archive.name}: is damaged (an entry without a name)")
            type_bits = stat.S_IFMT(entry.external_attr >> 16)
            if type_bits not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise ArchiveError(f"{archive.name}: {entry.filename!r} is a link or a special file; it is refused")
            if entry.flag_bits & 1 or entry.compress_type not in _ZIP_METHODS:
                raise ArchiveError(f"{archive.name}: {entry.filename!r} is encrypted or not deflated; it is refused")
            if entry.is_dir():
                yield entry.filename, None
            else:
                with opened.open(entry) as content:
                    yield entry.filename, content


def _tar_entries(archive: Path, kind: str, at_most: int) -> Iterator[tuple[str, IO[bytes] | None]]:
    """Yield each entry's name and, of a file, its content."""
    with archive.open("rb") as file:
        bounded = _Bounded(archive, gzip.GzipFile(fileobj=file) if kind == "tgz" else file, at_most)
        with tarfile.open(fileobj=bounded, mode="r|") as opened:
            for entry in opened:
                if not (entry.isreg() or entry.isdir()):
                    raise ArchiveError(f"{archive.name}: {entry.name!r} is a link or a special file; it is refused")
                yield entry.name, opened.extractfile(entry)
        while bounded.read(_BLOCK):  # gzip's checksum comes last, behind where tarfile stops
            pass


class _Bounded(io.BufferedIOBase):
    """A stream that ends in an error after so many bytes: headers, which tarfile holds in memory, count too."""

    def __init__(self, archive: Path, stream: io.BufferedIOBase, at_most: int) -> None:
        self._archive, self._stream, self._at_most = archive, stream, at_most
        self._left = at_most

    def read(self, size: int | None = -1, /) -> bytes:
        block = self._stream.read(size)
        self._left -= len(block)
        if self._left < 0:
            raise _grows(self._archive, self._at_most)
        return block


def _grows(archive: Path, at_most: int) -> ArchiveError:
    return ArchiveError(
        f"{archive.name}: holds more than {at_most:,} bytes, {_MOST_GROWTH} times its size; it is refused"
    )


def _safe_path(archive: Path, name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or PureWindowsPath(name).drive:
        raise ArchiveError(f"{archive.name}: {name!r} leads out of the archive; it is refused")
    return path


def _is_wanted(path: PurePosixPath, folder: str) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return not hidden and path.suffix.lower() in PICTURE_SUFFIXES and path.is_relative_to(folder)


def _write(content: IO[bytes], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        while block := content.read(_BLOCK):
            file.write(block)
