"""Whether pictures decode."""

import warnings
from pathlib import Path

from PIL import Image, UnidentifiedImageError

_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF")


def fault_of(path: Path) -> str | None:
    """Decode a picture file to its last pixel, and return what is wrong with it, or None.

    Checksums within the file (PNG has them) are checked too. A picture that Pillow takes for a decompression bomb, of
    more than 179 megapixels, counts as faulty.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large pictures, and of metadata out of order
            with Image.open(path, formats=_FORMATS) as image:
                image.verify()
            with Image.open(path, formats=_FORMATS) as image:  # verify() leaves nothing to decode
                image.load()
    except UnidentifiedImageError:
        return f"is no {', '.join(_FORMATS)} picture"
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        return f"is damaged ({error})"
    return None
