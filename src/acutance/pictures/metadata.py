"""What a picture file carries beside its pixels, and which way up it is."""

import re
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ExifTags import IFD, Base

EXIF_HEADER = b"Exif\0\0"
TIFF_DIRECTORIES = frozenset({int(IFD.Exif), int(IFD.GPSInfo)})
_UPRIGHT = 1
_XMP_ORIENTATION = re.compile(rb"(tiff:Orientation(?:=[\"']|>))[1-8]")
_IPTC, _PHOTOSHOP = 33723, 34377
_TIFF_DESCRIPTIONS = TIFF_DIRECTORIES | {
    *(Base.DocumentName, Base.ImageDescription, Base.Make, Base.Model, Base.PageName, Base.Software, Base.DateTime),
    *(Base.Artist, Base.HostComputer, Base.Copyright, Base.Rating, Base.XPTitle, Base.XPComment, Base.XPAuthor),
    *(Base.XPKeywords, Base.XPSubject, Base.XResolution, Base.YResolution, Base.ResolutionUnit, _IPTC, _PHOTOSHOP),
}


def orientation(image: Image.Image) -> int:
    """Return how a picture is to be turned (EXIF 2.32, tag 274), 1 where nothing says so or the metadata is damaged."""
    try:
        found = image.getexif().get(Base.Orientation, _UPRIGHT)
    except Exception:  # damaged metadata raises whatever the parser stumbles over; the pixels may be whole
        return _UPRIGHT
    return found if found in range(1, 9) else _UPRIGHT


def turned(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Return the pixels of a picture of that orientation upright (a view)."""
    if orientation in (5, 6, 7, 8):
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels


def carried_by(image: Image.Image) -> dict[str, Any]:
    """Return what an opened file holds beside its pixels, see `acutance.pictures.Picture`.

    Bytes stay as they are but for the orientation, which becomes 1 as the pixels are turned upright. TIFF has no block
    of EXIF: the tags that describe its picture are gathered into one, value by value.
    """
    kept: dict[str, Any] = {key: image.info.get(key) for key in ("icc_profile", "xmp", "comment", "dpi")}
    if image.format in ("JPEG", "MPO") and not image.info.get("jfif_unit"):
        del kept["dpi"]  # made up by Pillow
    texts: dict[str, str] = getattr(image, "text", None) or {}
    kept["text"] = {key: text for key, text in texts.items() if key != "XML:com.adobe.xmp"}
    if isinstance(kept["xmp"], bytes):
        kept["xmp"] = _XMP_ORIENTATION.sub(rb"\g<1>1", kept["xmp"])
    if image.format == "TIFF":
        kept["exif"] = _exif_of_tiff(image)
    elif exif := image.info.get("exif"):
        kept["exif"] = upright_exif(exif if exif.startswith(EXIF_HEADER) else EXIF_HEADER + exif)
    return {key: value for key, value in kept.items() if value}


def upright_exif(exif: bytes) -> bytes:
    """Return a block of EXIF with its orientation set to 1 and every other byte as it was.

    Layout: TIFF 6.0 §2: byte order, offset of the first directory, entries of twelve bytes. A damaged block comes back
    as it is.
    """
    block = bytearray(exif)
    base = len(EXIF_HEADER)
    order = {b"II": "<", b"MM": ">"}.get(bytes(block[base : base + 2]))
    if order is None:
        return exif
    try:
        (directory,) = struct.unpack_from(f"{order}I", block, base + 4)
        (entries,) = struct.unpack_from(f"{order}H", block, base + directory)
        for index in range(entries):
            entry = base + directory + 2 + 12 * index
            if struct.unpack_from(f"{order}HHI", block, entry) == (Base.Orientation, 3, 1):  # a single short
                struct.pack_into(f"{order}H", block, entry + 8, _UPRIGHT)
    except struct.error:
        return exif
    return bytes(block)


def tiff_descriptions(exif: bytes) -> dict[int, Any]:
    """Return the tags of a block of EXIF that describe a picture, as TIFF keeps them; none of a damaged block."""
    tags = Image.Exif()
    try:
        tags.load(exif)
        return _descriptions(tags)
    except Exception:  # see `orientation`
        return {}


def _exif_of_tiff(image: Image.Image) -> bytes:
    kept = Image.Exif()
    try:
        kept.update(_descriptions(image.getexif()))
        return kept.tobytes() if kept else b""
    except Exception:  # see `orientation`
        return b""


def _descriptions(tags: Image.Exif) -> dict[int, Any]:
    present = sorted(_TIFF_DESCRIPTIONS & set(tags))
    return {tag: tags.get_ifd(tag) if tag in TIFF_DIRECTORIES else tags[tag] for tag in present}
