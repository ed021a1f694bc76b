"""Fetching a source: download, check, unpack, and only then give it its name."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from acutance.data.catalogue import Source
from acutance.data.download import download
from acutance.data.fetched import RECEIPT_NAME, DataError, Receipt, read_pins, read_receipt, write_pins
from acutance.data.sets import PictureSet, open_fetched, picture_names, read_set
from acutance.data.unpack import unpack

_ROUNDING = 1.05


def fetch(
    source: Source,
    home: Path,
    *,
    advance: Callable[[int], None] = lambda received: None,
    tell_pin: Callable[[str, str], None] = lambda url, sha256: None,
) -> PictureSet:
    """Fetch a source into a folder of its name, whole or not at all; one that is there already is only checked.

    A file that the catalogue has no SHA-256 for is taken as it comes the first time. When the pictures in it turned
    out to be as many as expected, its SHA-256 is pinned in ``pinned.json``; from then on nothing else is taken for it.
    Two processes that fetch the same source at the same time disturb each other.

    Args:
        source: what to fetch.
        home: where the folder goes, as `acutance.data.fetched.data_home` has it.
        advance: told how many bytes have been downloaded, of about ``source.size``.
        tell_pin: told URL and SHA-256 of a file that was pinned just now.

    Raises:
        DataError: something else has the folder's name, the pictures there have changed since they were fetched, the
            disk is too full or refuses, or not as many pictures arrived as the catalogue says.
        DownloadError: a file did not arrive, or arrived as another one.
        ArchiveError: an archive is damaged or refused.
    """
    target = home / source.name
    if receipt := read_receipt(target):
        return open_fetched(target, receipt)
    if target.exists():
        raise DataError(f"{target}: is there already, and was not fetched; move it away or choose another --to")
    try:
        receipt = _fetch(source, home, target, advance, tell_pin)
    except OSError as error:
        raise DataError(f"{home}: cannot be written ({error.strerror or error})") from error
    finally:
        with suppress(OSError):  # what was cut off stays
            _downloads(source, home).rmdir()
    return open_fetched(target, receipt)


def _fetch(
    source: Source,
    home: Path,
    target: Path,
    advance: Callable[[int], None],
    tell_pin: Callable[[str, str], None],
) -> Receipt:
    # What was downloaded outlives an interrupted fetch; what was unpacked does not.
    downloads, staging = _downloads(source, home), home / f".{source.name}.part"
    downloads.mkdir(parents=True, exist_ok=True)
    needed, free = 2 * source.size, shutil.disk_usage(home).free
    if free < needed:
        raise DataError(f"{home}: has {free:,} bytes free, expected {needed:,} for {source.name}; choose another --to")
    pins = read_pins(home)
    hashes = _download(source, downloads, pins, advance)
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    try:
        receipt = _assemble(source, downloads, staging)
        new = {file.url: hashes[file.url] for file in source.files if file.sha256 is None and file.url not in pins}
        if new:
            write_pins(home, pins | new)
        staging.rename(target)
    except DataError:
        shutil.rmtree(downloads, ignore_errors=True)
        raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    shutil.rmtree(downloads, ignore_errors=True)
    for url, sha256 in new.items():
        tell_pin(url, sha256)
    return receipt


def _downloads(source: Source, home: Path) -> Path:
    return home / f".{source.name}.download"


def _download(source: Source, downloads: Path, pins: dict[str, str], advance: Callable[[int], None]) -> dict[str, str]:
    """Download a source's files into a folder, and return their SHA-256 by URL."""
    hashes: dict[str, str] = {}
    before = 0

    def add(received: int) -> None:
        advance(before + received)

    for remote in source.files:
        path = downloads / remote.name
        hashes[remote.url] = download(
            remote.url,
            path,
            sha256=remote.sha256 or pins.get(remote.url),
            at_most=int(_ROUNDING * source.size) - before,
            advance=add,
        )
        before += path.stat().st_size
    return hashes


def _assemble(source: Source, downloads: Path, staging: Path) -> Receipt:
    """Gather a source's pictures, and a receipt for them, in a folder."""
    for remote in source.files:
        if source.kind == "picture":
            shutil.copyfile(downloads / remote.name, staging / remote.name)
        else:
            unpack(downloads / remote.name, source.kind, source.folder, staging)
    if (found := len(picture_names(staging))) != source.pictures:
        raise DataError(
            f"{source.name}: got {found} pictures, expected {source.pictures}; the downloaded files are not what the "
            "catalogue says"
        )
    receipt = Receipt(name=source.name, sha256=read_set(staging, source.name).sha256)
    (staging / RECEIPT_NAME).write_text(receipt.model_dump_json(), "utf-8")
    return receipt
