"""What a picture carries survives byte for byte, and every orientation comes out upright."""

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps
from PIL.PngImagePlugin import PngInfo

from acutance.pictures import Picture, read_picture, write_picture
from acutance.pictures.metadata import EXIF_HEADER, turned, upright_exif

_ORIENTATION, _MAKE, _EXPOSURE, _EXIF, _GPS = 0x0112, 0x010F, 0x829A, 0x8769, 0x8825
_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
_PIXELS = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)


def _exif(orientation: int | None = None) -> bytes:
    exif = Image.Exif()
    exif[_MAKE] = "a maker"
    exif.get_ifd(_EXIF)[_EXPOSURE] = 0.25
    exif.get_ifd(_GPS)[1] = "N"
    if orientation:
        exif[_ORIENTATION] = orientation
    return exif.tobytes() + b"what Pillow does not know"


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".avif"])
def test_exif_xmp_and_profile_survive_byte_for_byte(tmp_path: Path, suffix: str) -> None:
    carried = {"exif": _exif(), "icc_profile": _PROFILE, "xmp": b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"}
    Image.fromarray(_PIXELS).save(tmp_path / f"a{suffix}", exif=carried["exif"], icc_profile=_PROFILE)
    write_picture(read_picture(tmp_path / f"a{suffix}"), tmp_path / f"b{suffix}")
    with Image.open(tmp_path / f"b{suffix}") as image:
        assert image.info["exif"].removeprefix(EXIF_HEADER) == carried["exif"].removeprefix(EXIF_HEADER)
        assert image.info["icc_profile"] == _PROFILE
    write_picture(Picture(_PIXELS, carried=carried), tmp_path / f"c{suffix}")
    assert read_picture(tmp_path / f"c{suffix}").carried == carried


def test_tiff_keeps_its_profile_byte_for_byte_and_its_tags_value_by_value(tmp_path: Path) -> None:
    write_picture(Picture(_PIXELS, carried={"exif": _exif(), "icc_profile": _PROFILE}), tmp_path / "a.tif")
    write_picture(read_picture(tmp_path / "a.tif"), tmp_path / "b.tif")
    with Image.open(tmp_path / "b.tif") as image:
        exif = image.getexif()
        assert image.info["icc_profile"] == _PROFILE
        assert (exif[_MAKE], exif.get_ifd(_EXIF)[_EXPOSURE], exif.get_ifd(_GPS)[1]) == ("a maker", 0.25, "N")


def test_texts_and_resolution_of_a_png_are_kept(tmp_path: Path) -> None:
    texts = PngInfo()
    texts.add_text("Title", "a title")
    texts.add_text("Comment", "ein Ölbild, 画")
    Image.fromarray(_PIXELS).save(tmp_path / "a.png", pnginfo=texts, dpi=(300, 300))
    write_picture(read_picture(tmp_path / "a.png"), tmp_path / "b.png")
    with Image.open(tmp_path / "b.png") as image:
        assert image.text == {"Title": "a title", "Comment": "ein Ölbild, 画"}  # type: ignore[attr-defined]
        assert round(image.info["dpi"][0]) == 300


def test_a_16_bit_png_carries_the_same(tmp_path: Path) -> None:
    carried = {"exif": _exif(), "icc_profile": _PROFILE, "text": {"Title": "a title"}, "xmp": b"<x/>"}
    write_picture(Picture(_PIXELS.astype(np.uint16) * 257, carried=carried | {"dpi": (300, 300)}), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        image.load()
        assert image.info["exif"] == carried["exif"]
        assert image.info["icc_profile"] == _PROFILE
        assert (image.info["Title"], image.info["xmp"], round(image.info["dpi"][0])) == ("a title", b"<x/>", 300)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_as_pillow_turns_it(tmp_path: Path, orientation: int) -> None:
    Image.fromarray(_PIXELS).save(tmp_path / "a.png", exif=_exif(orientation))
    with Image.open(tmp_path / "a.png") as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png").pixels, expected)
    np.testing.assert_array_equal(turned(_PIXELS, orientation), expected)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_of_a_turned_pictures_exif_only_the_orientation_changes(tmp_path: Path, suffix: str) -> None:
    Image.fromarray(_PIXELS).save(tmp_path / f"a{suffix}", exif=_exif(6))
    write_picture(read_picture(tmp_path / f"a{suffix}"), tmp_path / f"b{suffix}")
    with Image.open(tmp_path / f"b{suffix}") as image:
        kept = image.info["exif"].removeprefix(EXIF_HEADER)
        assert (image.getexif()[_ORIENTATION], image.size) == (1, (6, 8))
    changed = [index for index, (a, b) in enumerate(zip(kept, _exif(6)[6:], strict=True)) if a != b]
    assert len(changed) == 1


def test_the_orientation_in_xmp_changes_with_the_pixels(tmp_path: Path) -> None:
    xmp = b'<rdf:Description tiff:Orientation="8" tiff:Make="a"/>'
    Image.fromarray(_PIXELS).save(tmp_path / "a.jpg", xmp=xmp)
    picture = read_picture(tmp_path / "a.jpg")
    assert picture.pixels.shape == (8, 6, 3)
    assert picture.carried["xmp"] == xmp.replace(b"8", b"1")


def test_a_turned_16_bit_tiff_comes_out_upright(tmp_path: Path) -> None:
    import tifffile

    from acutance.pictures import read_any_depth

    deep = _PIXELS.astype(np.uint16) * 256 + 3
    tifffile.imwrite(tmp_path / "a.tif", deep, photometric="rgb", extratags=[(_ORIENTATION, "H", 1, 6, True)])
    np.testing.assert_array_equal(read_any_depth(tmp_path / "a.tif").pixels, turned(deep, 6))


def _ink_profile() -> bytes:
    """A profile of inks (ICC.1:2010 §7.2, §10.8) by which cyan alone is mid-grey and everything else white."""
    grid = np.full((2, 2, 2, 2, 3), (255, 128, 128), np.uint8)  # CMYK to L*a*b*, two points an axis
    grid[1, 0, 0, 0, 0] = 128
    ramp = bytes(range(256))
    matrix = struct.pack(">9i", *(65536 if index % 4 == 0 else 0 for index in range(9)))
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + matrix + 4 * ramp + grid.tobytes() + 3 * ramp
    tags = struct.pack(">I4sII", 1, b"A2B0", 128 + 16, len(table))
    header = struct.pack(">I4sI4s4s4s12x4s", 144 + len(table), b"", 0x02400000, b"prtr", b"CMYK", b"Lab ", b"acsp")
    return header.ljust(128, b"\0") + tags + table


def test_inks_are_converted_by_their_own_profile_which_is_then_dropped(tmp_path: Path) -> None:
    inks = Image.new("CMYK", (8, 8), (255, 0, 0, 0))
    inks.save(tmp_path / "a.tif", icc_profile=_ink_profile())
    picture = read_picture(tmp_path / "a.tif")
    assert picture.notes == ("CMYK: converted to 8-bit sRGB by its own colour profile",)
    assert abs(picture.pixels.astype(int) - 119).max() <= 2  # L* = 50, where plain conversion gives (0, 255, 255)
    assert "icc_profile" not in picture.carried


@given(st.binary(max_size=200))
def test_damaged_exif_comes_back_with_its_length(tail: bytes) -> None:
    for block in (EXIF_HEADER + tail, EXIF_HEADER + b"II*\0" + tail, EXIF_HEADER + b"MM\0*" + tail):
        assert len(upright_exif(block)) == len(block)
