"""The frames that the estimate of scale and coding is trained and measured on (see ``estimation.py``)."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from acutance.degrade import CallDegradation, PlanarFrame, parse_degradation
from acutance.degrade.call import Kernel
from acutance.degrade.codec import Rate, Unit
from acutance.degrade.planar import Resizer, planar
from acutance.image.planes import luma, round_to_uint8
from acutance.image.resize import resize_bicubic, scaled_size

SCALES = tuple(Fraction(scale) for scale in ("4/3", "3/2", "2", "3", "4"))
CODED_SCALES = tuple(Fraction(scale) for scale in ("1", "4/3", "2", "4"))
CODECS = ("h264", "vp8", "vp9")
RATES = (0.03, 0.1, 0.25)

_CROP_SIDES = (320, 448)
_LATER = (6, 14)  # frames of a call
MEASURED_LATER = 12


@dataclass(frozen=True)
class Shown:
    """A luma plane, and what was done to it.

    Attributes:
        luma: H×W uint8, studio range.
        scale: displayed over received size.
        bits_per_pixel: that the codec may spend, 0 where there is none.
        kind: what it is called in the tables.
    """

    luma: NDArray[np.uint8]
    scale: float
    bits_per_pixel: float
    kind: str


def read(path: Path) -> NDArray[np.uint8]:
    """Return a picture, H×W×3 uint8."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def measured(picture: NDArray[np.uint8], seed: int) -> Iterator[Shown]:
    """Yield a picture as the tables measure it: clean, at every scale by both kernels, and through six calls."""
    yield Shown(studio(picture), 1.0, 0.0, "clean")
    for scale in SCALES:
        yield Shown(studio(parse_degradation(f"bicubic-x{scale}")(picture)), float(scale), 0.0, f"×{scale}, a = -0.5")
        yield Shown(_players(picture, scale), float(scale), 0.0, f"×{scale}, a = -0.6")
    random = np.random.default_rng(seed)
    cells = [(scale, codec, rate) for scale in CODED_SCALES for codec in CODECS for rate in RATES]
    for cell in random.choice(len(cells), 6, replace=False):
        scale, codec, rate = cells[cell]
        call = parse_degradation(f"call-x{scale}-{codec}-{rate}bpp", calls=True)
        assert isinstance(call, CallDegradation)
        shown = call.send_picture(picture, seed=[seed, int(cell)], at=MEASURED_LATER).displayed
        yield Shown(shown.luma, float(scale), rate, f"×{scale}, {rate} bpp")


def drawn(picture: NDArray[np.uint8], seed: int) -> Iterator[Shown]:
    """Yield crops of a training picture: clean ones, enlarged ones, and such from calls, at scales of all sizes."""
    random = np.random.default_rng([seed, 1])
    for _ in range(3):
        yield Shown(_kept(studio(_crop(picture, random)), random), 1.0, 0.0, "clean")
    for _ in range(9):
        yield _enlarged(_crop(picture, random), random)
    for _ in range(6):
        yield _called(_crop(picture, random), random)


def _crop(picture: NDArray[np.uint8], random: Generator) -> NDArray[np.uint8]:
    """Return a crop, half the time of the picture shrunk a little: sharper, and free of its file's traces."""
    if random.random() < 0.5:
        factor = random.uniform(1.1, 2.0)
        size = tuple(max(160, round(side / factor)) for side in picture.shape[1::-1])
        kernel = random.choice([Image.Resampling.LANCZOS, Image.Resampling.BICUBIC, Image.Resampling.BOX])
        picture = np.asarray(Image.fromarray(picture).resize((size[0], size[1]), Image.Resampling(kernel)))
    height, width = (min(side, int(random.integers(*_CROP_SIDES))) // 2 * 2 for side in picture.shape[:2])
    top, left = (int(random.integers(0, room + 1)) for room in (picture.shape[0] - height, picture.shape[1] - width))
    return picture[top : top + height, left : left + width]


def _scale(random: Generator) -> float:
    """Draw a scale: half of them such as calls have, half any."""
    if random.random() < 0.5:
        return float(random.choice([4 / 3, 1.5, 2.0, 3.0, 4.0]))
    return float(np.exp(random.uniform(np.log(1.1), np.log(4.6))))


def _enlarged(clean: NDArray[np.uint8], random: Generator) -> Shown:
    source = clean if random.random() < 0.5 else studio(clean)
    scale = _scale(random)
    size = (source.shape[0], source.shape[1])
    received = resize_bicubic(source, (scaled_size(size[0], 1 / scale), scaled_size(size[1], 1 / scale)))
    way = random.random()
    if way < 0.2:
        kernel = random.choice([Image.Resampling.BILINEAR, Image.Resampling.LANCZOS])
        shown = np.asarray(Image.fromarray(received).resize(size[::-1], Image.Resampling(kernel)))
    else:
        shown = resize_bicubic(received, size, a=-0.5 if way < 0.6 else -0.6)
    plane = shown if shown.ndim == 2 else studio(shown)
    return Shown(_kept(plane, random), size[0] / received.shape[0], 0.0, "enlarged")


def _called(clean: NDArray[np.uint8], random: Generator) -> Shown:
    rate = float(np.exp(random.uniform(np.log(0.02), np.log(0.4))))
    scale = 1.0 if random.random() < 0.25 else _scale(random)
    lines = 2 * max(32, round(min(clean.shape[:2]) / scale / 2))
    call = CallDegradation(
        sent=lines if scale > 1 else Fraction(1),
        codec=str(random.choice(CODECS)),
        rate=Rate(Unit.BITS_PER_PIXEL, rate),
        kernel=random.choice(list(Kernel)),
    )
    frame = call.send_picture(clean, seed=int(random.integers(2**31)), at=int(random.integers(*_LATER)))
    return Shown(frame.displayed.luma, frame.displayed.size[1] / frame.received.size[1], rate, "coded")


def _kept(plane: NDArray[np.uint8], random: Generator) -> NDArray[np.uint8]:
    """Return what a file keeps of a plane: one in eight is a JPEG."""
    if random.random() >= 0.125:
        return plane
    file = io.BytesIO()
    Image.fromarray(plane).save(file, "JPEG", quality=int(random.integers(80, 97)))
    return np.asarray(Image.open(file))


def studio(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture's luma plane, rounded."""
    return round_to_uint8(luma(picture))


def _players(picture: NDArray[np.uint8], scale: Fraction) -> NDArray[np.uint8]:
    """Return a picture's luma as players show it: shrunk and enlarged by swscale."""
    clean = planar(CallDegradation(scale, "h264", Rate(Unit.QUANTISER, 1)).crop(picture), VideoReformatter())
    full, sent = (clean.width, clean.height), (int(clean.width / scale), int(clean.height / scale))
    received = Resizer(full, sent, Kernel.CATMULL_ROM.value)(clean)
    return PlanarFrame.of(Resizer(sent, full, Kernel.SWSCALE.value)(received)).luma
