"""Pictures of 16 bits a sample: Pillow opens them as 8-bit without a word, so FFmpeg reads them and we write them."""

import struct
import zlib
from collections.abc import Iterator
from typing import IO, Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin, TiffTags
from PIL.ExifTags import Base
from PIL.TiffImagePlugin import EXTRASAMPLES, ImageFileDirectory_v2

from acutance.pictures.files import Picture
from acutance.pictures.metadata import orientation, tiff_descriptions, turned

_PNG_COLOUR = {1: 0, 3: 2, 2: 4, 4: 6}  # colour type by samples a pixel (PNG, third edition, §11.2.1)
_BAND = 64  # rows compressed at once
_LEVEL = 6
_WHITE = 65535
_WHITE_IS_ZERO = 0
_DEFLATE, _HORIZONTAL = 8, 2
_TIFF_XMP, _TIFF_PROFILE = 700, 34675


def is_deep(image: Image.Image) -> bool:
    """Whether an opened, not yet decoded PNG or TIFF has 16 bits a sample."""
    if image.mode.startswith("I;16"):
        return True
    if image.format == "TIFF":
        return image.mode != "CMYK" and 16 in image.tag_v2.get(Base.BitsPerSample, ())  # type: ignore[attr-defined]
    return image.format == "PNG" and any("16" in str(tile.args) for tile in getattr(image, "tile", ()))


def decode_deep(image: Image.Image, data: bytes) -> NDArray[np.uint16]:
    """Return the samples of a 16-bit PNG or TIFF, upright: H×W×1 grey, ×2 with alpha, ×3 RGB, ×4 with alpha.

    Pillow, which checks the file to its end, holds the upper eight bits: what FFmpeg decodes must agree with them.

    Args:
        image: the picture as Pillow opened it, not yet decoded.
        data: the file's bytes.

    Raises:
        ValueError: FFmpeg does not read it, or reads something else.
    """
    way = orientation(image)
    is_tiff = image.format == "TIFF"
    tags: Any = getattr(image, "tag_v2", {})
    white_is_zero = is_tiff and tags.get(Base.PhotometricInterpretation) == _WHITE_IS_ZERO
    grey_alone = image.mode.startswith("I;16") and "transparency" not in image.info
    if grey_alone and is_tiff and tags.get(Base.SamplesPerPixel, 1) != 1:
        raise ValueError("grey with alpha in 16 bits; save it as PNG")
    image.load()
    shallow = turned(np.asarray(image), orientation(image))  # 1 by now where Pillow has turned it
    if grey_alone:
        grey = shallow.astype(np.uint16)[..., None]
        return _WHITE - grey if white_is_zero else grey
    deep = turned(_decode(data, "tiff" if is_tiff else "png"), way)
    upper = (deep >> 8).astype(np.uint8) if shallow.dtype == np.uint8 else deep
    colours = slice(1 if deep.shape[2] < 3 else 3)
    seen = shallow[..., :3] if shallow.ndim == 3 else shallow[..., None]
    if deep.shape[:2] != seen.shape[:2] or not (upper[..., colours] == seen).all():
        raise ValueError("stored in a way that is not read faithfully; save it in strips, as PNG, or in 8 bits")
    return deep


def _decode(data: bytes, codec: str) -> NDArray[np.uint16]:
    decoder = av.CodecContext.create(codec, "r")
    assert isinstance(decoder, av.VideoCodecContext)
    frames = [*decoder.decode(av.Packet(data)), *decoder.decode(None)]
    if len(frames) != 1:
        raise ValueError(f"{len(frames)} pictures where one should be")
    (frame,) = frames
    samples: NDArray[Any]
    if frame.format.name == "ya16be":  # PyAV has no conversion for it
        rows = np.frombuffer(memoryview(frame.planes[0]), dtype=">u2").reshape(frame.height, -1)
        samples = rows[:, : 2 * frame.width].reshape(frame.height, frame.width, 2)
    else:
        samples = frame.to_ndarray()
    if samples.dtype.itemsize != 2:
        raise ValueError(f"stored as {frame.format.name}, which is not handled; save it as RGB")
    return samples.reshape(frame.height, frame.width, -1).astype(np.uint16)


def write_deep_png(file: IO[bytes], picture: Picture[np.uint16], chunks: PngImagePlugin.PngInfo) -> None:
    """Write a 16-bit PNG (third edition, §11); Pillow writes no such RGB.

    Args:
        file: where to.
        picture: what.
        chunks: what is carried beside the pixels, put before them.
    """
    height, width = picture.pixels.shape[:2]
    samples = _interleaved(picture, slice(0, 1)).shape[2]
    file.write(b"\x89PNG\r\n\x1a\n")
    header = struct.pack(">IIBBBBB", width, height, 16, _PNG_COLOUR[samples], 0, 0, 0)
    for name, data in [(b"IHDR", header), *((name, data) for name, data, *_ in chunks.chunks)]:
        PngImagePlugin.putchunk(file, name, data)
    compressor = zlib.compressobj(_LEVEL)
    above = np.zeros(2 * width * samples, dtype=np.uint8)
    for band in _bands(height):
        rows = _interleaved(picture, band).astype(">u2").view(np.uint8).reshape(-1, above.size)
        filtered = np.empty((len(rows), above.size + 1), dtype=np.uint8)
        filtered[:, 0] = 2  # the filter "up"
        filtered[0, 1:] = rows[0] - above
        filtered[1:, 1:] = rows[1:] - rows[:-1]
        above = rows[-1]
        if part := compressor.compress(filtered.tobytes()):
            PngImagePlugin.putchunk(file, b"IDAT", part)
    PngImagePlugin.putchunk(file, b"IDAT", compressor.flush())
    PngImagePlugin.putchunk(file, b"IEND", b"")


def write_tiff(file: IO[bytes], picture: Picture[Any]) -> None:
    """Write an 8-bit or 16-bit TIFF (6.0) in strips, deflated with horizontal differences, with what it carries."""
    height, width = picture.pixels.shape[:2]
    samples = _interleaved(picture, slice(0, 1)).shape[2]
    strips = [_strip(_interleaved(picture, band)) for band in _bands(height)]
    sizes = [len(strip) for strip in strips]
    tags = ImageFileDirectory_v2()
    for tag, value in tiff_descriptions(picture.carried.get("exif", b"")).items():
        tags[tag] = value
    if Base.XResolution not in tags and (dpi := picture.carried.get("dpi")):
        tags[Base.XResolution], tags[Base.YResolution] = dpi
        tags[Base.ResolutionUnit] = 2  # inches
    for tag, key in ((_TIFF_XMP, "xmp"), (_TIFF_PROFILE, "icc_profile")):
        if value := picture.carried.get(key):
            tags.tagtype[tag] = TiffTags.BYTE if key == "xmp" else TiffTags.UNDEFINED
            tags[tag] = value
    tags[Base.ImageWidth], tags[Base.ImageLength] = width, height
    tags[Base.BitsPerSample] = (picture.pixels.dtype.itemsize * 8,) * samples
    tags[Base.Compression], tags[Base.Predictor] = _DEFLATE, _HORIZONTAL
    tags[Base.PhotometricInterpretation] = 2 if samples > 2 else 1
    tags[Base.SamplesPerPixel], tags[Base.PlanarConfiguration] = samples, 1
    if picture.alpha is not None:
        tags[EXTRASAMPLES] = 2  # alpha that the colours are not multiplied by
    tags[Base.RowsPerStrip] = _BAND
    for tag, values in ((Base.StripByteCounts, sizes), (Base.StripOffsets, np.cumsum([0, *sizes[:-1]]).tolist())):
        tags.tagtype[tag] = TiffTags.LONG
        tags[tag] = tuple(values)  # Pillow counts the offsets from the end of the directory
    tags.save(file)
    file.writelines(strips)


def _strip(samples: NDArray[Any]) -> bytes:
    differences = samples.copy()
    differences[:, 1:] -= samples[:, :-1]
    return zlib.compress(differences.astype(differences.dtype.newbyteorder("<")).tobytes(), _LEVEL)


def _bands(height: int) -> Iterator[slice]:
    for top in range(0, height, _BAND):
        yield slice(top, min(top + _BAND, height))


def _interleaved(picture: Picture[Any], rows: slice) -> NDArray[Any]:
    """Return some rows of a picture as rows×W×samples."""
    pixels = picture.pixels[rows]
    planes = [pixels if pixels.ndim == 3 else pixels[..., None]]
    if picture.alpha is not None:
        planes.append(picture.alpha[rows, :, None])
    return np.concatenate(planes, axis=2)
