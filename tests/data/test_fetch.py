import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from acutance.data import DataError
from acutance.data.catalogue import RemoteFile, Source
from acutance.data.download import DownloadError
from acutance.data.fetch import fetch
from acutance.data.fetched import PINS_NAME
from acutance.data.unpack import ArchiveError

if TYPE_CHECKING:
    from tests.data.conftest import Site

PICTURES = {"HR/a.png": bytes(range(256)) * 300, "HR/sub/b.png": bytes(range(255, -1, -1)) * 300}


def zip_of(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    return buffer.getvalue()


def tgz_of(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=0) as tarred:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tarred.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def source_of(site: "Site", contents: dict[str, bytes], *, hashes: bool = True, **changes: Any) -> Source:
    """A source whose files the site has."""
    files = []
    for name, content in contents.items():
        site.put(name, content)
        files.append(RemoteFile(url=site.url + name, sha256=hashlib.sha256(content).hexdigest() if hashes else None))
    fields: dict[str, Any] = {
        "name": "mine",
        "what": "two pictures",
        "licence": "CC0 1.0",
        "files": tuple(files),
        "kind": "zip",
        "folder": "HR",
        "size": sum(len(content) for content in contents.values()),
        "pictures": 2,
    }
    return Source(**(fields | changes))


def names_in(home: Path) -> set[str]:
    return {path.name for path in home.iterdir()}


@pytest.mark.parametrize(("kind", "pack"), [("zip", zip_of), ("tgz", tgz_of)])
def test_an_archive_becomes_a_set(
    site: "Site", tmp_path: Path, kind: Literal["zip", "tgz"], pack: Callable[[dict[str, bytes]], bytes]
) -> None:
    fetched = fetch(source_of(site, {"a": pack(PICTURES)}, kind=kind), tmp_path)
    assert {picture.name: picture.path.read_bytes() for picture in fetched.pictures} == {
        "a.png": PICTURES["HR/a.png"],
        "sub/b.png": PICTURES["HR/sub/b.png"],
    }
    assert names_in(tmp_path) == {"mine"}


def test_single_pictures_become_a_set(site: "Site", tmp_path: Path) -> None:
    source = source_of(site, {"a.png": b"a", "b.png": b"b"}, kind="picture", folder="")
    assert [picture.name for picture in fetch(source, tmp_path).pictures] == ["a.png", "b.png"]


def test_several_archives_become_one_set(site: "Site", tmp_path: Path) -> None:
    parts = {f"{index}.zip": zip_of({name: PICTURES[name]}) for index, name in enumerate(PICTURES)}
    assert len(fetch(source_of(site, parts), tmp_path).pictures) == 2


def test_progress_counts_over_all_files(site: "Site", tmp_path: Path) -> None:
    told: list[int] = []
    source = source_of(site, {"a.png": bytes(1000), "b.png": bytes(500)}, kind="picture", folder="")
    fetch(source, tmp_path, advance=told.append)
    assert told == [1000, 1500]


def test_a_second_fetch_asks_for_nothing(site: "Site", tmp_path: Path) -> None:
    source = source_of(site, {"a.zip": zip_of(PICTURES)})
    first = fetch(source, tmp_path)
    asked = len(site.requests)
    assert fetch(source, tmp_path) == first
    assert len(site.requests) == asked


def test_pictures_changed_since_are_noticed(site: "Site", tmp_path: Path) -> None:
    source = source_of(site, {"a.zip": zip_of(PICTURES)})
    fetch(source, tmp_path).pictures[0].path.write_bytes(b"touched up")
    with pytest.raises(DataError, match="remove the folder and fetch it again"):
        fetch(source, tmp_path)


def test_an_interrupted_fetch_leaves_no_set_and_is_gone_on_with(site: "Site", tmp_path: Path) -> None:
    source = source_of(site, {"a.zip": zip_of(PICTURES)})

    def interrupt(received: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(source, tmp_path, advance=interrupt)
    assert not (tmp_path / "mine").exists()
    assert len(fetch(source, tmp_path).pictures) == 2
    assert site.requests[-1] == ("a.zip", "bytes=65536-")


def test_a_wrong_checksum_leaves_nothing(site: "Site", tmp_path: Path) -> None:
    source = source_of(site, {"a.zip": zip_of(PICTURES)})
    site.put("a.zip", zip_of(PICTURES | {"HR/a.png": bytes(76_800)}))
    with pytest.raises(DownloadError, match="SHA-256"):
        fetch(source, tmp_path)
    assert names_in(tmp_path) == set()


def test_a_wrong_number_of_pictures_leaves_nothing(site: "Site", tmp_path: Path) -> None:
    with pytest.raises(DataError, match="got 2 pictures, expected 3"):
        fetch(source_of(site, {"a.zip": zip_of(PICTURES)}, pictures=3), tmp_path)
    assert names_in(tmp_path) == set()


def test_an_archive_without_the_folder_is_said_to_hold_none(site: "Site", tmp_path: Path) -> None:
    with pytest.raises(DataError, match="mine: got 0 pictures, expected 2"):
        fetch(source_of(site, {"a.zip": zip_of(PICTURES)}, folder="LR"), tmp_path)


def test_a_page_in_place_of_an_archive_leaves_nothing_and_pins_nothing(site: "Site", tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="cannot be unpacked"):
        fetch(source_of(site, {"a.zip": b"<html>please log in</html>"}, hashes=False), tmp_path)
    assert names_in(tmp_path) == set()


def test_a_file_without_a_published_hash_is_pinned_and_told(site: "Site", tmp_path: Path) -> None:
    content = zip_of(PICTURES)
    told: list[tuple[str, str]] = []
    fetch(source_of(site, {"a.zip": content}, hashes=False), tmp_path, tell_pin=lambda *pinned: told.append(pinned))
    assert told == [(site.url + "a.zip", hashlib.sha256(content).hexdigest())]
    assert told[0][1] in (tmp_path / PINS_NAME).read_text()


def test_another_file_than_the_pinned_one_is_refused(site: "Site", tmp_path: Path) -> None:
    source = source_of(site, {"a.zip": zip_of(PICTURES)}, hashes=False)
    fetched = fetch(source, tmp_path)
    fetched.root.rename(tmp_path / "moved away")
    site.put("a.zip", zip_of(PICTURES | {"HR/a.png": bytes(76_800)}))
    with pytest.raises(DownloadError, match="SHA-256"):
        fetch(source, tmp_path)


def test_the_pinned_file_is_taken_again_without_a_word(site: "Site", tmp_path: Path) -> None:
    source = source_of(site, {"a.zip": zip_of(PICTURES)}, hashes=False)
    fetched = fetch(source, tmp_path)
    fetched.root.rename(tmp_path / "moved away")
    told: list[str] = []
    assert fetch(source, tmp_path, tell_pin=lambda url, sha256: told.append(url)) == fetched
    assert told == []


def test_a_folder_of_someones_own_is_not_touched(site: "Site", tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(DataError, match="was not fetched"):
        fetch(source_of(site, {"a.zip": zip_of(PICTURES)}), tmp_path)
    assert (tmp_path / "mine" / "notes.txt").read_text() == "mine"


def test_a_disk_too_small_is_said_before_anything_is_asked_for(site: "Site", tmp_path: Path) -> None:
    source = source_of(site, {"a.zip": zip_of(PICTURES)}, size=10**18)
    with pytest.raises(DataError, match=r"bytes free, expected 2,000,000"):
        fetch(source, tmp_path)
    assert site.requests == []


def test_a_place_that_cannot_be_written_is_named(site: "Site", tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match="cannot be written"):
        fetch(source_of(site, {"a.zip": zip_of(PICTURES)}), tmp_path / "file")
