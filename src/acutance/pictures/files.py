"""One 8-bit picture file in, one out, with what it carries beside its pixels."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp"})
_SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    ".png": {"format": "PNG"},
    ".jpg": {"format": "JPEG", "quality": 95, "subsampling": "4:4:4"},
    ".jpeg": {"format": "JPEG", "quality": 95, "subsampling": "4:4:4"},
    ".webp": {"format": "WEBP", "quality": 95, "method": 4},
}
_GREY_MODES = ("1", "L", "LA", "La")
_ALPHA_MODES = ("RGBA", "LA", "PA", "RGBa", "La")
_DEEP_MODES = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")


class PictureError(ValueError):
    """A picture file that cannot be read or written; the message names the file, what was found and what to do."""


@dataclass(frozen=True)
class Picture:
    """A decoded picture, upright.

    Attributes:
        pixels: H×W×3 RGB or, of a grey file, H×W; uint8, full range.
        alpha: H×W uint8, or None where the file has none.
        carried: the file's colour profile (``icc_profile``) and metadata (``exif``), as bytes.
    """

    pixels: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None = None
    carried: dict[str, bytes] = field(default_factory=dict)


def read_picture(path: Path) -> Picture:
    """Read an 8-bit PNG, JPEG or WebP file and turn it upright.

    Raises:
        PictureError: it cannot be read, is damaged, or is of a kind that is not handled (16-bit, CMYK, animated).
    """
    try:
        with Image.open(path, formats=("PNG", "JPEG", "WEBP")) as image:
            _refuse_unhandled(path, image)
            upright = ImageOps.exif_transpose(image)
            return _decode(upright)
    except UnidentifiedImageError as error:
        raise PictureError(f"{path}: is not a PNG, JPEG or WebP picture") from error
    except Image.DecompressionBombError as error:
        raise PictureError(f"{path}: is too large to open safely ({error})") from error
    except OSError as error:
        raise PictureError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (SyntaxError, ValueError, EOFError) as error:
        if isinstance(error, PictureError):
            raise
        raise PictureError(f"{path}: is damaged ({error})") from error


def write_picture(picture: Picture, path: Path) -> None:
    """Write a picture in the format that the path's suffix names, whole or not at all.

    Raises:
        PictureError: the suffix names no format, the format cannot hold the picture, or the disk refuses.
    """
    options = _SAVE_OPTIONS.get(path.suffix.lower())
    if options is None:
        raise PictureError(
            f"{path}: got the suffix {path.suffix!r}, expected one of {', '.join(sorted(_SAVE_OPTIONS))}"
        )
    image = Image.fromarray(picture.pixels)
    if picture.alpha is not None and options["format"] != "JPEG":
        image.putalpha(Image.fromarray(picture.alpha))
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        image.save(temporary, **(options | picture.carried))
        temporary.replace(path)
    except (OSError, ValueError) as error:
        raise PictureError(f"{path}: cannot be written ({getattr(error, 'strerror', None) or error})") from error
    finally:
        temporary.unlink(missing_ok=True)


def _refuse_unhandled(path: Path, image: Image.Image) -> None:
    if getattr(image, "n_frames", 1) > 1:
        raise PictureError(
            f"{path}: is animated ({getattr(image, 'n_frames', 0)} pictures); convert it to a clip first"
        )
    if image.mode in _DEEP_MODES or _is_deep_png(image):
        raise PictureError(f"{path}: has more than 8 bits a sample; convert it to 8 bits first")
    if image.mode == "CMYK":
        raise PictureError(f"{path}: is CMYK; convert it to RGB first")


def _is_deep_png(image: Image.Image) -> bool:
    """Whether a PNG has 16 bits a sample: Pillow opens such RGB files as 8-bit without a word."""
    tiles = getattr(image, "tile", [])
    return image.format == "PNG" and any("16" in str(tile.args) for tile in tiles)


def _decode(image: Image.Image) -> Picture:
    carried: dict[str, bytes] = {}
    if profile := image.info.get("icc_profile"):
        carried["icc_profile"] = profile
    if exif := image.getexif():
        carried["exif"] = exif.tobytes()
    alpha = None
    if image.mode in _ALPHA_MODES or "transparency" in image.info:
        image = image.convert("LA" if image.mode in _GREY_MODES else "RGBA")
        alpha = np.asarray(image.getchannel("A"))
    pixels = np.asarray(image.convert("L" if image.mode in _GREY_MODES else "RGB"))
    return Picture(pixels, alpha, carried)
