"""A clip through a call, shown by each method frame by frame, and measured on its luma."""

import time
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from acutance.degrade import CallDegradation, CallFrame
from acutance.evaluate.clips.clean import CleanClip
from acutance.evaluate.methods import Method, Stream
from acutance.evaluate.rows import Case, ClipRow, Curves
from acutance.metrics import flicker, plane_psnr, plane_ssim, warping_error

_FEWEST_BITS = 1e-4  # a pixel, of a scene that stands still: rounded to none, it would mean that there is no codec

SSIM_STEP = 5
"""Every how many frames SSIM is taken: it takes longer than all else, and differs little between neighbours."""


def ffmpeg_name(codec: str) -> str:
    """Return FFmpeg's name of a codec of `acutance.degrade`."""
    return "hevc" if codec == "h265" else codec


class Sent:
    """A clean clip as it came through a call.

    Attributes:
        frames: all of them, in order.
        stream: what a receiver knows of it.
    """

    def __init__(self, clip: CleanClip, call: CallDegradation) -> None:
        """Send it.

        Raises:
            CodecError: the codec is not here, refuses such frames, or lost one.
            ValueError: the frames are too small.
        """
        self.frames: list[CallFrame] = list(call.send(clip.frames))
        first = self.frames[0]
        bits = float(np.mean([frame.bits_per_pixel for frame in self.frames[1:]]))
        scale = Fraction(first.displayed.size[0], first.received.size[0])
        self.stream = Stream(scale, ffmpeg_name(call.codec), max(round(bits, 4), _FEWEST_BITS))

    def shown_by(self, method: Method) -> list[NDArray[np.uint8]]:
        """Return the luma of every frame as a method shows it, H×W uint8 in studio range.

        Raises:
            ModelError: the method fails.
        """
        method.begin(self.stream)
        return [method.luma(frame.received, frame.displayed) for frame in self.frames]


def measure_clip(
    name: str,
    clip: CleanClip,
    call: CallDegradation,
    methods: Sequence[Method],
    cases: Mapping[str, Case],
    *,
    warping: bool,
) -> tuple[list[ClipRow], list[str]]:
    """Return a row for each method that serves the stream's scale, and a line for each that fails.

    Args:
        name: of the clip, for those lines.
        clip: the clean one.
        call: what it goes through.
        methods: those to measure.
        cases: what their rows are about, by name.
        warping: whether to measure the warping error too.

    Raises:
        CodecError: the codec is not here, refuses such frames, or lost one.
        MetricError: the frames are too small to compare.
        ValueError: the frames are too small to send.
    """
    sent = Sent(clip, call)
    rows, failures = [], []
    for method in methods:
        if not method.serves(sent.stream.scale):
            continue
        try:
            begun = time.perf_counter()
            shown = sent.shown_by(method)
            seconds = (time.perf_counter() - begun) / len(shown)
            figures = _figures(clip, sent, shown, warping=warping)
            case = cases[method.name].model_dump()
            rows.append(ClipRow(**case, **figures, seconds=round(seconds, 5), chose=method.chose))
        except ValueError as error:
            failures.append(f"{name}: {call.name}: {method.name} left out ({error})")
    return rows, failures


def _figures(clip: CleanClip, sent: Sent, shown: Sequence[NDArray[np.uint8]], *, warping: bool) -> dict[str, Any]:
    """Return what a row says of a shown clip, by the names of its fields."""
    border = ceil(sent.stream.scale)
    clean = [frame.clean.luma for frame in sent.frames]
    height, width = clean[0].shape
    pairs = list(zip(clean, shown, strict=True))
    psnr = [plane_psnr(*pair, border) for pair in pairs]
    ssim = [plane_ssim(*pair, border) for pair in pairs[::SSIM_STEP]]
    changes = flicker(clean, shown, [mask[:height, :width] for mask in clip.still], border)
    warped = warping_error(shown, clip.warps, border) if warping else None
    return {
        "width": width,
        "height": height,
        "frames": len(clean),
        "bits_per_pixel": sent.stream.bits_per_pixel,
        "psnr": round(float(np.mean(psnr)), 4),
        "ssim": round(float(np.mean(ssim)), 6),
        "flicker": round(changes.overall, 4),
        "still_share": round(changes.still_share, 4),
        "still_flicker": None if changes.still is None else round(changes.still, 4),
        "warping": None if warped is None else round(warped, 4),
        "curves": Curves(
            psnr=tuple(round(value, 2) for value in psnr),
            ssim=tuple(round(value, 4) for value in ssim),
            flicker=tuple(round(value, 3) for value in changes.curve),
        ),
    }
