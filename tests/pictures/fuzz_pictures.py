"""Mutated pictures, read, sharpened and written: ``python tests/pictures/fuzz_pictures.py COUNT SEED``.

Runs in a process of its own, so that what crashes, hangs or fills the memory shows. Prints one line of JSON.
"""

import faulthandler
import json
import re
import struct
import sys
import tempfile
import time
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

from acutance import Sharpener
from acutance.pictures import Picture, PictureError, read_any_depth, write_picture

HANGS_AFTER = 10.0
_SEEDS = (".png", ".jpg", ".webp", ".tif", ".bmp", ".avif")


def fuzz(count: int, seed: int, folder: Path) -> dict[str, object]:
    """Return what became of so many mutated pictures; a crash or a hang ends the process instead."""
    generator = np.random.default_rng(seed)
    originals = _originals(folder)
    sharpener = Sharpener.load("unsharp")
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    for index in range(count):
        name, data = originals[index % len(originals)]
        source, target = folder / f"in{Path(name).suffix}", folder / f"out{Path(name).suffix}"
        source.write_bytes(_mutated(data, generator))
        faulthandler.dump_traceback_later(HANGS_AFTER, exit=True)
        begun = time.perf_counter()
        try:
            picture = read_any_depth(source)
            write_picture(Picture(sharpener(picture.pixels), picture.alpha, picture.carried), target)
            outcomes["sharpened"] += 1
        except PictureError as error:
            if "\n" in str(error):
                raise
            outcomes["refused"] += 1
        slowest = max(slowest, time.perf_counter() - begun)
        faulthandler.cancel_dump_traceback_later()
        assert not list(folder.glob(".*")), "a temporary file is left"
    return {
        **outcomes,
        "slowest": round(slowest, 2),
        "mebibytes": _largest_resident_size(),
    }


def _largest_resident_size() -> int | None:
    """In MiB, None where it is not told. ``ru_maxrss`` would count the process that started this one."""
    status = Path("/proc/self/status")
    told = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(told[1]) // 1024 if told else None


def _originals(folder: Path) -> list[tuple[str, bytes]]:
    generator = np.random.default_rng(0)
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "maker", 6
    carried = {
        "exif": exif.tobytes(),
        "icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        "xmp": b"<x:xmpmeta/>",
        "text": {"Title": "fuzz"},
    }
    originals = []
    for suffix in _SEEDS:
        for dtype, alpha in ((np.uint8, False), (np.uint8, True), (np.uint16, True)):
            pixels = generator.integers(0, np.iinfo(dtype).max, (20, 24, 3), dtype=dtype)
            path = folder / f"{dtype.__name__}-{alpha}{suffix}"
            write_picture(Picture(pixels, pixels[..., 0] if alpha else None, carried), path)
            originals.append((path.name, path.read_bytes()))
    palette = folder / "palette.png"
    Image.fromarray(generator.integers(0, 255, (20, 24, 3), dtype=np.uint8)).quantize(16).save(palette, transparency=3)
    inks = folder / "inks.jpg"
    Image.fromarray(generator.integers(0, 255, (20, 24, 4), dtype=np.uint8), "CMYK").save(inks)
    return originals + [(path.name, path.read_bytes()) for path in (palette, inks)]


def _mutated(data: bytes, generator: np.random.Generator) -> bytes:
    mutated = bytearray(data)
    for _ in range(int(generator.integers(1, 5))):
        at = int(generator.integers(0, len(mutated) or 1))
        kind = generator.integers(0, 6)
        if kind <= 1 and mutated:
            mutated[at % len(mutated)] = int(generator.integers(0, 256))
        elif kind == 2:
            mutated[at : at + 4] = struct.pack(">I", int(generator.choice([0, 1, 2**16, 2**31 - 1, 2**32 - 1])))
        elif kind == 3:
            del mutated[at : at + int(generator.integers(1, 64))]
        elif kind == 4:
            mutated[at:at] = mutated[at : at + int(generator.integers(1, 64))]
        else:
            mutated[:32] = bytes(a ^ (generator.random() < 0.05) for a in mutated[:32])
    if generator.random() < 0.1:
        del mutated[int(generator.integers(0, len(mutated) + 1)) :]
    return _with_checksums(bytes(mutated)) if generator.random() < 0.7 else bytes(mutated)


def _with_checksums(data: bytes) -> bytes:
    """Return a PNG with its checksums made right, so that what they protect is reached; other files as they are."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data
    fixed, at = bytearray(data), 8
    while at + 12 <= len(fixed):
        (length,) = struct.unpack_from(">I", fixed, at)
        end = at + 8 + length
        if end + 4 > len(fixed):
            break
        struct.pack_into(">I", fixed, end, zlib.crc32(fixed[at + 4 : end]))
        at = end + 4
    return bytes(fixed)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        print(json.dumps(fuzz(int(sys.argv[1]), int(sys.argv[2]), Path(scratch))))
