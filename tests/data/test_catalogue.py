import hashlib
from pathlib import Path

import pytest

from acutance.data import DataError
from acutance.data.catalogue import load_catalogue

SOURCE = """
[[sources]]
name = "mine"
what = "my pictures"
licence = "CC0 1.0"
kind = "zip"
size = 1000
pictures = 2
files = [{ url = "https://example.org/a.zip" }]
"""


def test_the_promised_sources_are_there() -> None:
    names = ["Set5", "Set14", "B100", "Urban100", "DIV2K-train", "DIV2K-valid", "Kodak"]
    assert load_catalogue().names == names


def test_every_shipped_file_comes_over_https() -> None:
    files = [file for source in load_catalogue().sources for file in source.files]
    assert all(file.url.startswith("https://") for file in files)


def test_kodaks_hashes_are_those_of_an_independent_list() -> None:
    """The digest over ``sha256sum kodim*.png`` as another project published it, which never saw our table."""
    kodak = load_catalogue().find("Kodak")
    assert kodak is not None
    listing = "".join(f"{file.sha256}  {file.name}\n" for file in kodak.files)
    assert (
        hashlib.sha256(listing.encode()).hexdigest()
        == "3eaa5bd52eb8c894d351cf607028f5d3d80e778fd0267eeff8c73d66539a25d5"
    )


def test_the_expected_bicubic_rows_are_known() -> None:
    rows = {source.name: source.bicubic.get("bicubic-x2") for source in load_catalogue().sources}
    assert {name: (row.psnr, row.ssim) for name, row in rows.items() if row} == {
        "Set5": (33.67, 0.9303),
        "Set14": (30.23, 0.8691),
        "B100": (29.55, 0.843),
        "Urban100": (26.87, 0.840),
    }


def test_a_catalogue_of_ones_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SOURCE)
    assert [source.files[0].name for source in load_catalogue(path).sources] == ["a.zip"]


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (("what =", "wath ="), "wath"),
        (("size = 1000", "size = 0"), "size"),
        (("https:", "ftp:"), "url"),
        (("a.zip", ".."), "url"),
        (("a.zip", "a/..?b"), "url"),
        (('a.zip"', 'a.zip", sha256 = "12"'), "sha256"),
        (('"mine"', '"../mine"'), "name"),
        (('"mine"', '".hidden"'), "name"),
        (("}]", '}, { url = "https://example.com/a.zip" }]'), "same name"),
        (('kind = "zip"', 'kind = "rar"'), "kind"),
        (('licence = "CC0 1.0"', ""), "licence"),
        (("[[sources]]", "[[sources"), "not TOML"),
    ],
)
def test_a_wrong_entry_is_named_in_one_line(tmp_path: Path, change: tuple[str, str], names: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SOURCE.replace(*change))
    with pytest.raises(DataError, match=rf"mine\.toml: .*{names}") as caught:
        load_catalogue(path)
    assert "\n" not in str(caught.value)


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SOURCE + SOURCE.replace('"mine"', '"Mine"'))
    with pytest.raises(DataError, match="two sources have the same name"):
        load_catalogue(path)


def test_a_missing_catalogue_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.toml: cannot be read"):
        load_catalogue(tmp_path / "none.toml")
