"""Odd and bad pictures: the right result, or one clear line, and nothing half-written."""

import hashlib
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms
from typer.testing import CliRunner, Result

from acutance.cli.main import app
from acutance.pictures import Picture, read_any_depth, write_picture

Make = Callable[[Path], Path]


def _noise(*shape: int, dtype: type = np.uint8) -> NDArray[Any]:
    return np.random.default_rng(sum(shape)).integers(0, np.iinfo(dtype).max + 1, shape, dtype=dtype)


def _run(*words: object) -> Result:
    return CliRunner().invoke(app, ["sharpen", "--scale", "2", *(str(word) for word in words)])


def _refused_in_one_line(result: Result, code: int) -> str:
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("acutance: ")
    return line


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _saved(name: str, image: Image.Image, **options: Any) -> Make:
    def make(folder: Path) -> Path:
        image.save(folder / name, **options)
        return folder / name

    return make


def _written(name: str, picture: Picture[Any]) -> Make:
    def make(folder: Path) -> Path:
        write_picture(picture, folder / name)
        return folder / name

    return make


def _bytes(name: str, content: bytes) -> Make:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def _tiff(name: str, samples: NDArray[Any], **options: Any) -> Make:
    def make(folder: Path) -> Path:
        tifffile.imwrite(folder / name, samples, **options)
        return folder / name

    return make


def _second() -> dict[str, Any]:
    """Save a second picture with the first: a new one each time, as Pillow leaves a format's settings in it."""
    return {"save_all": True, "append_images": [Image.fromarray(255 - _PIXELS)]}


def _cut(make: Make, share: float) -> Make:
    def cut(folder: Path) -> Path:
        path = make(folder)
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        return path

    return cut


def _png_of_claimed_size(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b"")]
    packed = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


_RGB = Image.fromarray(_noise(17, 31, 3))
_DEEP = _noise(17, 31, 3, dtype=np.uint16)
_TURNED = Image.Exif()
_TURNED[0x0112] = 6
_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
_INKS = Image.fromarray(_noise(17, 31, 4), "CMYK")
_PIXELS = _noise(17, 31, 3)

LOSSLESS: dict[str, Make] = {
    "grey": _saved("a.png", Image.fromarray(_noise(17, 31))),
    "one bit": _saved("a.png", Image.fromarray(_noise(17, 31)).convert("1")),
    "grey with alpha": _saved("a.png", Image.merge("LA", [Image.fromarray(_noise(17, n + 31)) for n in (0, 0)])),
    "colour with alpha": _saved("a.png", Image.fromarray(_noise(17, 31, 4))),
    "one colour transparent": _saved("a.png", _RGB, transparency=(1, 2, 3)),
    "palette": _saved("a.png", _RGB.quantize(16)),
    "palette with alpha": _saved("a.png", _RGB.quantize(16), transparency=bytes(range(0, 256, 16))),
    "16-bit grey": _written("a.png", Picture(_DEEP[..., 0])),
    "16-bit colour": _written("a.png", Picture(_DEEP)),
    "16-bit colour with alpha": _written("a.png", Picture(_DEEP, _DEEP[..., 1])),
    "16-bit grey with alpha": _written("a.png", Picture(_DEEP[..., 0], _DEEP[..., 1])),
    "TIFF": _written("a.tif", Picture(_PIXELS)),
    "TIFF with alpha": _written("a.tiff", Picture(_PIXELS, _PIXELS[..., 0])),
    "TIFF in tiles": _tiff("a.tif", _noise(40, 70, 3), tile=(16, 16), photometric="rgb"),
    "TIFF with LZW": _saved("a.tif", _RGB, compression="tiff_lzw"),
    "TIFF, white is zero": _tiff("a.tif", _noise(17, 31), photometric="miniswhite"),
    "16-bit TIFF": _tiff("a.tif", _DEEP, photometric="rgb"),
    "16-bit TIFF, big-endian, deflated": _tiff("a.tif", _DEEP, photometric="rgb", byteorder=">", compression="zlib"),
    "16-bit TIFF, grey, in tiles": _tiff("a.tif", _noise(40, 70, dtype=np.uint16), tile=(16, 16)),
    "16-bit TIFF, white is zero": _tiff("a.tif", _DEEP[..., 0], photometric="miniswhite"),
    "BMP": _saved("a.bmp", _RGB),
    "one pixel": _saved("a.png", Image.fromarray(_noise(1, 1, 3))),
    "a column": _saved("a.png", Image.fromarray(_noise(5000, 1, 3))),
    "a row": _saved("a.png", Image.fromarray(_noise(1, 5000, 3))),
    "upper-case suffix": _saved("A.PNG", _RGB, format="PNG"),
    "a JPEG called PNG": _saved("a.png", _RGB, format="JPEG"),
    "turned": _saved("a.png", _RGB, exif=_TURNED),
    "spaces, quotes, a new line": _saved('it\'s "a"\n name.png', _RGB),
    "markup and an escape": _saved("[red]\x1b[31m[x].png", _RGB),
    "a name of 250 bytes": _saved("n" * 246 + ".png", _RGB),
    "a name that is no text": _saved(os.fsdecode(b"\xff\xfe.png"), _RGB),
}


@pytest.mark.parametrize("make", LOSSLESS.values(), ids=LOSSLESS)
def test_what_loses_nothing_comes_back_sample_for_sample(tmp_path: Path, make: Make) -> None:
    source = make(tmp_path)
    before = _hash(source)
    (tmp_path / "out").mkdir()
    target = tmp_path / "out" / f"b{source.suffix}"
    result = _run(source, target, "--model", "identity")
    assert (result.exit_code, result.stderr) == (0, "")
    original, written = read_any_depth(source), read_any_depth(target)
    np.testing.assert_array_equal(written.pixels, original.pixels)
    assert written.pixels.dtype == original.pixels.dtype
    assert (written.alpha is None) == (original.alpha is None)
    if original.alpha is not None:
        np.testing.assert_array_equal(written.alpha, original.alpha)
    assert (_hash(source), list(target.parent.iterdir())) == (before, [target])


LOSSY: dict[str, tuple[Make, str, str]] = {
    "JPEG": (_saved("a.jpg", _RGB), "b.jpg", ""),
    "WebP": (_saved("a.webp", _RGB), "b.webp", ""),
    "AVIF": (_saved("a.avif", _RGB), "b.avif", ""),
    "AVIF with alpha": (_saved("a.avif", Image.fromarray(_noise(17, 31, 4))), "b.avif", ""),
    "CMYK JPEG": (_saved("a.jpg", _INKS), "b.jpg", "CMYK without a usable colour profile: converted to 8-bit RGB"),
    "CMYK TIFF": (_saved("a.tif", _INKS), "b.tif", "CMYK without a usable colour profile"),
    "CMYK with a profile of another kind": (_saved("a.jpg", _INKS, icc_profile=_PROFILE), "b.jpg", "CMYK without"),
    "two pictures in one JPEG": (
        _saved("a.jpg", _RGB, format="MPO", **_second()),
        "b.jpg",
        "2 p",
    ),
    "16 bits to JPEG": (_written("a.png", Picture(_DEEP)), "b.jpg", "16 bits a sample became 8: .jpg does not"),
    "alpha to JPEG": (_saved("a.png", Image.fromarray(_noise(17, 31, 4))), "b.jpg", "left out: transparency"),
    "profile to BMP": (_saved("a.png", _RGB, icc_profile=_PROFILE), "b.bmp", "left out: the colour profile"),
    "turned, to BMP": (_saved("a.jpg", _RGB, exif=_TURNED), "b.bmp", "left out: EXIF"),
}


@pytest.mark.parametrize(("make", "name", "note"), LOSSY.values(), ids=LOSSY)
def test_what_changes_is_said_and_stays_close(tmp_path: Path, make: Make, name: str, note: str) -> None:
    source = make(tmp_path)
    before = _hash(source)
    result = _run(source, tmp_path / name, "--model", "identity")
    assert result.exit_code == 0
    assert result.stderr.count("note: ") == bool(note)
    assert note in result.stderr
    original, written = read_any_depth(source).pixels, read_any_depth(tmp_path / name).pixels
    assert written.shape == original.shape
    assert abs(written / np.iinfo(written.dtype).max - original / np.iinfo(original.dtype).max).mean() < 0.06
    assert _hash(source) == before


BAD: dict[str, tuple[Make, str]] = {
    "empty": (_bytes("a.png", b""), "a.png: is empty"),
    "text": (_bytes("a.png", b"not a picture\n"), "a.png: is not a picture that is handled"),
    "a GIF called PNG": (_saved("a.png", _RGB, format="GIF"), "is not a picture that is handled"),
    **{
        f"PNG cut at {share:.0%}": (_cut(_saved("a.png", _RGB), share), "a.png: is ")
        for share in np.arange(0.01, 1, 0.1)
    },
    **{
        f"{suffix} cut in the middle": (_cut(_saved(f"a.{suffix}", _RGB), 0.5), f"a.{suffix}: is ")
        for suffix in ("jpg", "webp", "tif", "bmp", "avif")
    },
    "16-bit PNG cut": (_cut(_written("a.png", Picture(_DEEP)), 0.6), "is damaged"),
    "16-bit TIFF cut": (_cut(_tiff("a.tif", _DEEP, photometric="rgb"), 0.6), "is damaged"),
    "a bomb": (
        _bytes("a.png", _png_of_claimed_size(60000, 60000)),
        "is too large, expected at most 134217728 p",
    ),
    "somewhat too large": (_bytes("a.png", _png_of_claimed_size(16384, 8193)), "claims 16384x8193 pixels"),
    "large without data": (_bytes("a.png", _png_of_claimed_size(8000, 4000)), "is damaged"),
    "no pixels": (_bytes("a.png", _png_of_claimed_size(0, 4)), "a.png: is "),
    "animated WebP": (
        _saved("a.webp", _RGB, **_second()),
        "is animated (2 pictures); convert it to a clip",
    ),
    "animated PNG": (
        _saved("a.png", _RGB, **_second()),
        "is animated (2 pictures)",
    ),
    "animated AVIF": (
        _saved("a.avif", _RGB, **_second()),
        "is animated (2 pictures)",
    ),
    "pages": (
        _saved("a.tif", _RGB, **_second()),
        "has 2 pages, expected one; split it first",
    ),
    "floating point": (_tiff("a.tif", np.ones((8, 8), np.float32)), "has pixels of kind F, expected grey"),
    "L*a*b*": (_saved("a.tif", Image.new("LAB", (8, 8))), "has pixels of kind LAB"),
    "16-bit TIFF in tiles": (_tiff("a.tif", _DEEP, photometric="rgb", tile=(16, 16)), "is not read faithfully"),
    "16-bit TIFF in planes": (
        _tiff("a.tif", np.moveaxis(_DEEP, 2, 0), photometric="rgb", planarconfig="separate"),
        "is not read faithfully",
    ),
}


@pytest.mark.parametrize(("make", "message"), BAD.values(), ids=BAD)
def test_a_bad_picture_is_one_line_and_exit_1(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], make: Make, message: str
) -> None:
    source = make(tmp_path)
    before = _hash(source)
    line = _refused_in_one_line(_run(source, tmp_path / f"b{source.suffix}", "--model", "identity"), 1)
    assert message in line
    assert (_hash(source), list(tmp_path.iterdir())) == (before, [source])
    assert capfd.readouterr().err == "", "a library printed something of its own"


_MEASURED = """
import re
from pathlib import Path
from acutance.cli import main
try:
    main()
finally:  # not ru_maxrss, in which the process that started this one counts
    print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the largest resident size so")
@pytest.mark.parametrize(
    ("suffix", "dtype", "width", "height", "bytes_a_pixel"),
    [(".jpg", np.uint8, 7680, 4320, 16), (".png", np.uint16, 3840, 2160, 40)],
)
def test_large_pictures_stay_within_the_stated_memory(
    tmp_path: Path, model_file: Path, suffix: str, dtype: type, width: int, height: int, bytes_a_pixel: int
) -> None:
    pixels: NDArray[Any] = np.zeros((height, width, 3), dtype)
    pixels[1000:2000, 1000:3000] = 200
    source = _written(f"a{suffix}", Picture(pixels))(tmp_path)
    words = ["sharpen", source, tmp_path / f"b{suffix}", "--model", model_file, "--scale", "2", "--threads", "1"]
    result = subprocess.run([sys.executable, "-c", _MEASURED, *map(str, words)], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert f"{width}x{height}" in result.stdout
    assert int(result.stdout.splitlines()[-1]) < 200 + bytes_a_pixel * width * height / 2**20
