"""One picture file out, whole or not at all."""

import os
import struct
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from acutance.pictures.deep import write_deep_png, write_tiff
from acutance.pictures.files import FORMATS, Picture, PictureError
from acutance.pictures.metadata import EXIF_HEADER

_SETTINGS: dict[str, dict[str, Any]] = {
    "PNG": {},
    "JPEG": {"quality": 95, "subsampling": "4:4:4"},
    "WEBP": {"quality": 95, "method": 4, "exact": True},  # exact: keep the colours below full transparency
    "BMP": {},
    "AVIF": {"quality": 95, "subsampling": "4:4:4", "speed": 8},
}
_LOSSLESS_AVIF_ALPHA = {"alpha:lossless": "1"}
_HOLDS = {
    "PNG": {"icc_profile", "exif", "xmp", "text", "dpi"},
    "JPEG": {"icc_profile", "exif", "xmp", "comment", "dpi"},
    "WEBP": {"icc_profile", "exif", "xmp"},
    "TIFF": {"icc_profile", "exif", "xmp", "dpi"},
    "BMP": {"dpi"},
    "AVIF": {"icc_profile", "exif", "xmp"},
}
_WORDS = {"icc_profile": "the colour profile", "exif": "EXIF", "xmp": "XMP", "text": "texts", "comment": "the comment"}
_WITHOUT_ALPHA = ("JPEG", "BMP")
_DEEP = ("PNG", "TIFF")
_LONGEST_NAME = 40  # of what a temporary name repeats, so that the whole stays below the 255 bytes of a file system


def write_picture(picture: Picture[Any], path: Path) -> tuple[str, ...]:
    """Write a picture in the format that the path's suffix names, whole or not at all.

    Returns:
        What the format cannot hold and was left out, a line each.

    Raises:
        PictureError: the suffix names no format, the format cannot hold so large a picture, or the disk refuses.
    """
    name = FORMATS.get(path.suffix.lower())
    if name is None:
        raise PictureError(f"{path}: got the suffix {path.suffix!r}, expected one of {', '.join(sorted(FORMATS))}")
    fitting, notes = _fitted(picture, name, path.suffix.lower())
    temporary = path.with_name(f".{path.name[:_LONGEST_NAME]}.{os.getpid()}.part")
    try:
        temporary.unlink(missing_ok=True)
        with temporary.open("xb") as file:  # a file of its own, never through a link that lies there
            _write(file, fitting, name)
        temporary.replace(path)
    except Exception as error:  # encoders raise whatever metadata that does not fit leads them to
        reason = " ".join(str(getattr(error, "strerror", None) or error).split()) or type(error).__name__
        raise PictureError(f"{path}: cannot be written ({reason})") from error
    finally:
        temporary.unlink(missing_ok=True)
    return notes


def _fitted(picture: Picture[Any], name: str, suffix: str) -> tuple[Picture[Any], tuple[str, ...]]:
    """Return what of a picture a format can hold, and what was left out."""
    pixels, alpha, notes = picture.pixels, picture.alpha, []
    if alpha is not None and name in _WITHOUT_ALPHA:
        alpha = None
        notes.append(f"left out: transparency, which {suffix} does not hold")
    if pixels.dtype == np.uint16 and name not in _DEEP:
        pixels, alpha = _to_8_bits(pixels), None if alpha is None else _to_8_bits(alpha)
        notes.append(f"16 bits a sample became 8: {suffix} does not hold more")
    carried = {key: value for key, value in picture.carried.items() if key in _HOLDS[name]}
    lost = [word for key, word in _WORDS.items() if key in picture.carried and key not in carried]
    if lost:
        notes.append(f"left out: {', '.join(lost)}, which {suffix} does not hold")
    return Picture(pixels, alpha, carried), tuple(notes)


def _to_8_bits(samples: Any) -> Any:
    return ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _write(file: IO[bytes], picture: Picture[Any], name: str) -> None:
    if name == "TIFF":
        write_tiff(file, picture)
    elif picture.pixels.dtype == np.uint16:
        write_deep_png(file, picture, _all_chunks(picture.carried))
    else:
        image = Image.fromarray(picture.pixels)
        settings = _SETTINGS[name] | picture.carried
        if picture.alpha is not None:
            image.putalpha(Image.fromarray(picture.alpha))
            if name == "AVIF":
                settings["advanced"] = _LOSSLESS_AVIF_ALPHA
        if name == "PNG":
            settings["pnginfo"] = _text_chunks(picture.carried)
        image.save(file, name, **settings)


def _text_chunks(carried: dict[str, Any]) -> PngInfo:
    chunks = PngInfo()
    for key, text in carried.get("text", {}).items():
        chunks.add_text(key, text)
    if xmp := carried.get("xmp"):
        chunks.add_itxt("XML:com.adobe.xmp", xmp)
    return chunks


def _all_chunks(carried: dict[str, Any]) -> PngInfo:
    """Return the texts, and what Pillow's writer adds itself: profile, resolution, EXIF (PNG, third edition, §11.3)."""
    chunks = PngInfo()
    if profile := carried.get("icc_profile"):
        chunks.add(b"iCCP", b"ICC Profile\0\0" + zlib.compress(profile))
    if dpi := carried.get("dpi"):
        chunks.add(b"pHYs", struct.pack(">IIB", *(round(inch / 0.0254) for inch in dpi), 1))
    if exif := carried.get("exif"):
        chunks.add(b"eXIf", exif.removeprefix(EXIF_HEADER))
    chunks.chunks += _text_chunks(carried).chunks
    return chunks
