import gzip
import io
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from acutance.data.unpack import ArchiveError, unpack

Kind = Literal["zip", "tar", "tgz"]
KINDS: tuple[Kind, ...] = ("zip", "tar", "tgz")


def archive_of(kind: Kind, files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:
            for name, content in files.items():
                zipped.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        return buffer.getvalue()
    with tarfile.open(fileobj=buffer, mode="w") as tarred:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tarred.addfile(entry, io.BytesIO(content))
    return gzip.compress(buffer.getvalue()) if kind == "tgz" else buffer.getvalue()


def tar_with(entry: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tarred:
        tarred.addfile(entry)
    return buffer.getvalue()


def unpacked(folder: Path, kind: Kind, content: bytes, inner: str = "") -> dict[str, bytes]:
    """Unpack into a sub-folder, and return all that lies in the folder besides the archive."""
    (folder / "archive").write_bytes(content)
    (folder / "out").mkdir()
    unpack(folder / "archive", kind, inner, folder / "out")
    return files_in(folder)


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "archive"
    }


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_of_the_folder_are_taken_and_nothing_else(tmp_path: Path, kind: Kind) -> None:
    content = archive_of(
        kind,
        {
            "set/HR/a.png": b"a",
            "./set/HR/deep/b.JPG": b"b",
            "set/HR/readme.txt": b"no picture",
            "set/HR/.hidden.png": b"hidden",
            "__MACOSX/set/HR/._a.png": b"hidden",
            "set/HR2/c.png": b"another folder",
            "d.png": b"outside",
        },
    )
    assert unpacked(tmp_path, kind, content, "set/HR") == {"out/a.png": b"a", "out/deep/b.JPG": b"b"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["../x.png", "/x.png", "a/../../x.png", "..\\x.png", "C:/x.png", "../x.txt"])
def test_a_path_out_of_the_archive_condemns_it(tmp_path: Path, kind: Kind, name: str) -> None:
    with pytest.raises(ArchiveError, match="leads out"):
        unpacked(tmp_path, kind, archive_of(kind, {name: b"x", "a.png": b"a"}))
    assert files_in(tmp_path) == {}


@pytest.mark.parametrize("kind_of_entry", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_a_link_or_device_in_a_tar_condemns_it(tmp_path: Path, kind_of_entry: bytes) -> None:
    entry = tarfile.TarInfo("a.png")
    entry.type, entry.linkname = kind_of_entry, "/etc/passwd"
    with pytest.raises(ArchiveError, match="link or a special file"):
        unpacked(tmp_path, "tar", tar_with(entry))
    assert files_in(tmp_path) == {}


def test_a_link_in_a_zip_condemns_it(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        link = zipfile.ZipInfo("a.png")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        zipped.writestr(link, "/etc/passwd")
    with pytest.raises(ArchiveError, match="link or a special file"):
        unpacked(tmp_path, "zip", buffer.getvalue())


def test_an_encrypted_entry_is_refused(tmp_path: Path) -> None:
    content = bytearray(archive_of("zip", {"a.png": b"a"}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ArchiveError, match="encrypted"):
        unpacked(tmp_path, "zip", bytes(content))


@pytest.mark.parametrize("kind", ["zip", "tgz"])
def test_contents_far_larger_than_the_archive_are_refused(tmp_path: Path, kind: Kind) -> None:
    with pytest.raises(ArchiveError, match="8 times its size"):
        unpacked(tmp_path, kind, archive_of(kind, {"a.png": bytes(4 << 20)}))


def test_a_tar_header_far_larger_than_the_archive_is_refused(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("a.png")
    entry.pax_headers = {"comment": "x" * (4 << 20)}
    with pytest.raises(ArchiveError, match="8 times its size"):
        unpacked(tmp_path, "tgz", gzip.compress(tar_with(entry)))


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_too_many_entries_are_refused(tmp_path: Path, kind: Kind) -> None:
    content = archive_of(kind, {f"{number}.txt": b"" for number in range(20_001)})
    with pytest.raises(ArchiveError, match="more than 20,000 entries"):
        unpacked(tmp_path, kind, content)


def test_two_entries_of_one_name_are_refused(tmp_path: Path) -> None:
    content = archive_of("tar", {"a.png": b"a", "./a.png": b"b"})
    with pytest.raises(ArchiveError, match="File exists"):
        unpacked(tmp_path, "tar", content)


@pytest.mark.parametrize("kind", KINDS)
def test_an_archive_cut_off_is_refused(tmp_path: Path, kind: Kind) -> None:
    content = archive_of(kind, {"a.png": bytes(range(256)) * 40})
    with pytest.raises(ArchiveError, match="cannot be unpacked"):
        unpacked(tmp_path, kind, content[: len(content) // 2])


@pytest.mark.parametrize("kind", ["zip", "tgz"])
def test_a_wrong_checksum_inside_is_refused(tmp_path: Path, kind: Kind) -> None:
    content = bytearray(archive_of(kind, {"a.png": b"a"}))
    place = content.index(b"PK\x01\x02") + 16 if kind == "zip" else len(content) - 8
    content[place] ^= 1
    if kind == "zip":
        content[14] ^= 1
    with pytest.raises(ArchiveError, match="cannot be unpacked"):
        unpacked(tmp_path, kind, bytes(content))


def test_a_zip_of_a_later_version_is_refused(tmp_path: Path) -> None:
    content = bytearray(archive_of("zip", {"a.png": b"a"}))
    content[content.index(b"PK\x01\x02") + 6] = 195
    with pytest.raises(ArchiveError, match="zip file version"):
        unpacked(tmp_path, "zip", bytes(content))


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8),
)
@example(kind="zip", changes=[(127, 0)])  # an entry without a name
def test_a_damaged_archive_is_refused_or_stays_in_its_folder(kind: Kind, changes: list[tuple[int, int]]) -> None:
    content = bytearray(archive_of(kind, {"a/a.png": b"a" * 50, "b.png": b"b"}))
    for place, value in changes:
        content[place % min(len(content), 2048)] = value
    with tempfile.TemporaryDirectory() as name:
        try:
            written = unpacked(Path(name), kind, bytes(content))
        except ArchiveError:
            written = files_in(Path(name))
    assert all(path.startswith("out/") for path in written)
