from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from acutance.data.check import fault_of

FORMATS = ["a.png", "a.jpg", "a.webp", "a.bmp", "a.tif"]


def picture(path: Path) -> Path:
    pixels = np.random.default_rng(1).integers(0, 256, (64, 48, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.mark.parametrize("name", FORMATS)
def test_a_whole_picture_has_no_fault(tmp_path: Path, name: str) -> None:
    assert fault_of(picture(tmp_path / name)) is None


@pytest.mark.parametrize("name", FORMATS)
def test_a_picture_cut_off_is_damaged(tmp_path: Path, name: str) -> None:
    path = picture(tmp_path / name)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    assert fault_of(path) is not None


@pytest.mark.parametrize("place", [4000, -16])
def test_a_png_with_one_wrong_bit_in_pixels_or_checksum_is_damaged(tmp_path: Path, place: int) -> None:
    path = picture(tmp_path / "a.png")
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    assert "damaged" in (fault_of(path) or "")


def test_a_text_named_picture_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_text("no picture")
    assert fault_of(path) == "is no PNG, JPEG, WEBP, BMP, TIFF picture"
