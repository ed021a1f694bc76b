"""One picture file in."""

import io
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms, UnidentifiedImageError

from acutance.pictures.deep import decode_deep, is_deep
from acutance.pictures.files import FORMATS, MOST_PIXELS, Picture, PictureError
from acutance.pictures.metadata import carried_by, orientation, turned

_GREY_MODES = ("1", "L", "LA", "La")
_ALPHA_MODES = ("RGBA", "LA", "PA", "RGBa", "La")
_MODES = frozenset({*_GREY_MODES, *_ALPHA_MODES, "P", "RGB", "RGBX", "CMYK", "YCbCr"})
_AVIF_BEGINNING = 4096


def read_picture(path: Path) -> Picture[np.uint8]:
    """Read an 8-bit PNG, JPEG, WebP, TIFF, BMP or AVIF file and turn it upright.

    Raises:
        PictureError: it cannot be read, is damaged, too large, or of a kind that is not handled (16-bit, animated).
    """
    return _read(path, any_depth=False)


def read_any_depth(path: Path) -> Picture[Any]:
    """Read a file as `read_picture` does, and PNG and TIFF of 16 bits a sample as uint16.

    Raises:
        PictureError: as `read_picture`, but for the depth.
    """
    return _read(path, any_depth=True)


def _read(path: Path, *, any_depth: bool) -> Picture[Any]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's words about odd metadata are not for users
            with (
                Image.open(path, formats=sorted(set(FORMATS.values()))) as image,
                _libtiff_silenced() if image.format == "TIFF" else nullcontext(),
            ):
                return _decode_any(path, image, any_depth)
    except PictureError:
        raise
    except UnidentifiedImageError as error:
        if path.stat().st_size == 0:
            raise PictureError(f"{path}: is empty; get a fresh copy of it") from error
        raise PictureError(
            f"{path}: is not a picture that is handled, or is cut short or damaged at its beginning; expected PNG, "
            "JPEG, WebP, TIFF, BMP or AVIF of 8 or 16 bits"
        ) from error
    except Image.DecompressionBombError as error:
        raise PictureError(f"{path}: is too large, expected at most {MOST_PIXELS} pixels ({error})") from error
    except Exception as error:  # decoders raise whatever a damaged file leads them to
        if isinstance(error, OSError) and error.strerror:
            raise PictureError(f"{path}: cannot be read ({error.strerror})") from error
        reason = " ".join(str(error).split()) or type(error).__name__
        raise PictureError(f"{path}: is damaged or not handled ({reason}); get a fresh copy of it") from error


@contextmanager
def _libtiff_silenced() -> Iterator[None]:
    """Keep libtiff, which returns its errors too, from printing them: it writes to the process's standard error."""
    try:
        kept = os.dup(2)
    except OSError:  # there is none
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _decode_any(path: Path, image: Image.Image, any_depth: bool) -> Picture[Any]:
    _refuse_unhandled(path, image)
    if not is_deep(image):
        return _decode(path, image)
    if not any_depth:
        raise PictureError(f"{path}: has more than 8 bits a sample; convert it to 8 bits first")
    return _decode_deep(path, image)


def _refuse_unhandled(path: Path, image: Image.Image) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise PictureError(
            f"{path}: claims {image.width}x{image.height} pixels, expected at most {MOST_PIXELS}; cut it into parts"
        )
    pictures = getattr(image, "n_frames", 1)
    if pictures > 1 and image.format == "TIFF":
        raise PictureError(f"{path}: has {pictures} pages, expected one; split it first")
    if pictures > 1 and image.format != "MPO":
        raise PictureError(f"{path}: is animated ({pictures} pictures); convert it to a clip first")
    if image.mode not in _MODES and not image.mode.startswith("I;16"):
        raise PictureError(
            f"{path}: has pixels of kind {image.mode}, expected grey, RGB, palette or CMYK of 8 or 16 bits; convert it"
        )


def _decode(path: Path, image: Image.Image) -> Picture[np.uint8]:
    notes = _notes(path, image)
    image.load()
    carried, way = carried_by(image), orientation(image)
    if image.mode == "CMYK":
        image, note = _from_cmyk(image, carried.pop("icc_profile", None))
        notes.append(note)
    grey = image.mode in _GREY_MODES
    alpha = None
    if image.mode in _ALPHA_MODES or "transparency" in image.info:
        image = image.convert("LA" if grey else "RGBA")
        alpha = np.ascontiguousarray(turned(np.asarray(image.getchannel("A")), way))
    mode = "L" if grey else "RGB"
    pixels = np.asarray(image if image.mode == mode else image.convert(mode))
    return Picture(np.ascontiguousarray(turned(pixels, way)), alpha, carried, tuple(notes))


def _decode_deep(path: Path, image: Image.Image) -> Picture[np.uint16]:
    carried = carried_by(image)
    has_alpha = image.mode in _ALPHA_MODES or "transparency" in image.info
    samples = decode_deep(image, path.read_bytes())
    colours = 1 if samples.shape[2] < 3 else 3
    pixels = np.ascontiguousarray(samples[..., 0] if colours == 1 else samples[..., :3])
    alpha = np.ascontiguousarray(samples[..., -1]) if has_alpha and samples.shape[2] > colours else None
    return Picture(pixels, alpha, carried)


def _notes(path: Path, image: Image.Image) -> list[str]:
    notes = []
    if image.format == "MPO":
        notes.append(f"holds {getattr(image, 'n_frames', 0)} pictures: the first is taken, the others are left out")
    if image.format == "AVIF" and (bits := _bits_of_avif(path)) > 8:
        notes.append(f"has {bits} bits a sample: taken as 8")
    return notes


def _bits_of_avif(path: Path) -> int:
    """Return the bits a sample, as the property ``pixi`` tells it (ISO/IEC 23008-12 §6.5.6), 8 where there is none."""
    with path.open("rb") as file:
        beginning = file.read(_AVIF_BEGINNING)
    at = beginning.find(b"pixi")
    bits = beginning[at + 9 : at + 10] if at >= 0 else b""  # after the name: version and flags, number of channels
    return bits[0] if bits else 8


def _from_cmyk(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, str]:
    if profile:
        try:
            inks = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, inks, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if converted is not None:
                return converted, "CMYK: converted to 8-bit sRGB by its own colour profile"
        except (ImageCms.PyCMSError, OSError):
            pass  # a profile that does not fit; without it the picture is still a picture
    return image.convert("RGB"), "CMYK without a usable colour profile: converted to 8-bit RGB, colours may differ"
