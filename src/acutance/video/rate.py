"""How hard a clip was coded: what its packets spend on a pixel."""

import itertools
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from acutance.video.decoding import ClipError, open_clip

_PACKETS = 600  # twenty seconds of a call


@dataclass(frozen=True)
class CodedRate:
    """What a clip was coded by.

    Attributes:
        codec: FFmpeg's name of the format, such as ``h264``, whatever decodes it.
        bits_per_pixel: what it spends a frame and stored pixel, the mean over the frames that are no key frames, or
            over all where there are only those; None where there is no packet.
    """

    codec: str
    bits_per_pixel: float | None


def coded_rate(path: Path) -> CodedRate:
    """Look at the sizes of a clip's first packets; nothing is decoded.

    Raises:
        ClipError: the file is no clip, holds no video, or is damaged where it begins.
    """
    with open_clip(path) as (container, video):
        keys: list[int] = []
        others: list[int] = []
        try:
            for packet in itertools.islice(container.demux(video), _PACKETS):
                if packet.size:
                    (keys if packet.is_keyframe else others).append(packet.size)
        except av.FFmpegError as error:
            if not keys:
                raise ClipError(f"{path}: cannot be read ({error.strerror})") from error
        sizes = others or keys
        pixels = video.width * video.height
        bits = 8 * float(np.mean(sizes)) / pixels if sizes and pixels else None
        return CodedRate(video.codec_context.codec.canonical_name, bits)
