import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acutance.data import DataError, open_set
from acutance.data.fetched import RECEIPT_NAME, Receipt


def make(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return root


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder, empty."""
    monkeypatch.setenv("ACUTANCE_DATA", str(tmp_path / "home"))
    return tmp_path / "home"


def test_pictures_come_in_order_of_their_names_with_categories(tmp_path: Path) -> None:
    make(tmp_path, "text/b.png", "a.PNG", "text/deep/a.webp", "nature/é.tiff", "Z.jpeg")
    opened = open_set(tmp_path)
    assert [(picture.name, picture.category) for picture in opened.pictures] == [
        ("Z.jpeg", ""),
        ("a.PNG", ""),
        ("nature/é.tiff", "nature"),
        ("text/b.png", "text"),
        ("text/deep/a.webp", "text"),
    ]
    assert all(picture.path == tmp_path / picture.name for picture in opened.pictures)


def test_other_and_hidden_files_do_not_count(tmp_path: Path) -> None:
    make(tmp_path, "a.png", "readme.txt", "png", ".b.png", ".git/c.png", "d/.e/f.png")
    assert [picture.name for picture in open_set(tmp_path).pictures] == ["a.png"]


def test_a_set_has_its_folders_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "mine", "a.png")
    monkeypatch.chdir(tmp_path / "mine")
    assert open_set(".").name == "mine"


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs coreutils")
def test_the_hash_is_what_sha256sum_says(tmp_path: Path) -> None:
    make(tmp_path, "b/x.png", "a.jpg", "b.png")
    listing = subprocess.run(
        ["sha256sum", "a.jpg", "b.png", "b/x.png"], cwd=tmp_path, capture_output=True, check=True
    ).stdout
    total = subprocess.run(["sha256sum"], input=listing, capture_output=True, check=True).stdout
    opened = open_set(tmp_path)
    assert opened.sha256 == total.decode().split()[0]
    assert [picture.sha256 for picture in opened.pictures] == listing.decode().split()[::2]


def test_the_hash_is_that_of_any_copy(tmp_path: Path) -> None:
    make(tmp_path / "one", "a.png", "b/c.png")
    shutil.copytree(tmp_path / "one", tmp_path / "elsewhere" / "two")
    make(tmp_path / "elsewhere" / "two", "notes.txt")
    assert open_set(tmp_path / "one").sha256 == open_set(tmp_path / "elsewhere" / "two").sha256


@given(place=st.integers(0, 4), bit=st.integers(0, 7))
def test_the_hash_changes_with_any_bit(tmp_path_factory: pytest.TempPathFactory, place: int, bit: int) -> None:
    root = make(tmp_path_factory.mktemp("set"), "a.png", "b.png")
    before = open_set(root).sha256
    content = bytearray((root / "b.png").read_bytes())
    content[place] ^= 1 << bit
    (root / "b.png").write_bytes(content)
    assert open_set(root).sha256 != before


def test_the_hash_changes_with_a_name(tmp_path: Path) -> None:
    root = make(tmp_path, "a.png", "b.png")
    before = open_set(root).sha256
    (root / "b.png").rename(root / "c.png")
    assert open_set(root).sha256 != before


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    make(tmp_path / "outside", "a.png")
    root = make(tmp_path / "set", "b.png")
    (root / "file.png").symlink_to(tmp_path / "outside" / "a.png")
    (root / "folder").symlink_to(tmp_path / "outside")
    (root / "broken.png").symlink_to(tmp_path / "nothing")
    (root / "inside.png").symlink_to("b.png")
    assert [picture.name for picture in open_set(root).pictures] == ["b.png", "inside.png"]


def test_a_link_to_the_folder_itself_is_followed(tmp_path: Path) -> None:
    make(tmp_path / "set", "a.png")
    (tmp_path / "link").symlink_to(tmp_path / "set")
    assert len(open_set(tmp_path / "link").pictures) == 1


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no picture"):
        open_set(tmp_path)


def test_a_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff.png")).write_bytes(b"a")
    with pytest.raises(DataError, match="not valid UTF-8"):
        open_set(tmp_path)


def test_an_unknown_name_is_answered_with_the_known_ones(home: Path) -> None:
    with pytest.raises(DataError, match="got 'Set6', expected a folder of pictures or one of Set5, Set14"):
        open_set("Set6")


def test_a_source_not_fetched_says_how_to(home: Path) -> None:
    with pytest.raises(DataError, match="run: acutance data fetch Set5"):
        open_set("set5")


def fetched(home: Path, name: str) -> Path:
    folder = make(home / name, "a.png")
    (folder / RECEIPT_NAME).write_text(Receipt(name=name, sha256=open_set(folder).sha256).model_dump_json())
    return folder


@pytest.mark.parametrize("name", ["Set5", "set5"])
def test_a_fetched_source_opens_by_its_name(home: Path, name: str) -> None:
    fetched(home, "Set5")
    assert open_set(name).name == "Set5"


def test_a_source_of_ones_own_catalogue_opens_by_its_name(home: Path) -> None:
    fetched(home, "mine")
    assert open_set("mine").root == home / "mine"


def test_a_folder_of_that_name_goes_first(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched(home, "Set5")
    make(tmp_path / "Set5", "b.png")
    monkeypatch.chdir(tmp_path)
    assert [picture.name for picture in open_set("Set5").pictures] == ["b.png"]


def test_a_fetched_source_that_changed_is_refused(home: Path) -> None:
    (fetched(home, "Set5") / "a.png").write_bytes(b"touched up")
    with pytest.raises(DataError, match="as they were fetched"):
        open_set("Set5")


def test_a_folder_that_was_not_fetched_is_no_source(home: Path) -> None:
    make(home / "Set5", "a.png")
    with pytest.raises(DataError, match="not fetched yet"):
        open_set("Set5")
