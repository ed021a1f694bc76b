"""A clip to measure with: soft, as those to be sharpened are; everything in it moves, and it has sound."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.packet import Packet
from av.stream import Stream
from numpy.typing import NDArray

RATE = 30
_LOOP = 60  # frames, after which the picture is where it was
_RADIUS = 24  # of the circle on which it moves, in pixels
_CONTRAST = 40.0
_SOFTNESS = 2.0  # times that it was enlarged: no detail finer than this many of its pixels could hold
_CRF = "23"
_SOUND_RATE = 48000
_SOUND_FRAME = 1024  # samples in an AAC frame
_TONE = 440.0


def make_clip(path: Path, size: tuple[int, int], seconds: float) -> int:
    """Write an H.264 clip with AAC sound: a texture with the spectrum of pictures (1/f) that moves on a circle.

    The texture has no detail above half of what its pixels could show, as if it had been enlarged by two.

    Two seconds are coded once and repeated.

    Args:
        path: the clip's name, in MP4.
        size: (width, height), both even.
        seconds: how long; at least one frame.

    Returns:
        How many frames it has.
    """
    frames = max(1, round(seconds * RATE))
    with av.open(str(path), "w", format="mp4") as container:
        video = container.add_stream("libx264", rate=RATE)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        video.options = {"preset": "veryfast", "crf": _CRF, "bf": "0", "g": str(_LOOP)}
        video.codec_context.color_range, video.codec_context.colorspace = 1, 1
        sound = container.add_stream("aac", rate=_SOUND_RATE, layout="stereo")
        loop: list[Packet[Stream]] = []
        for frame in _pictures(size, min(frames, _LOOP)):
            loop += video.encode(frame)
        loop += video.encode(None)
        heard = 0
        for number in range(frames):
            coded = loop[number % _LOOP]
            packet: Packet[Stream] = Packet(bytes(coded))
            packet.pts = packet.dts = number
            packet.time_base, packet.duration = Fraction(1, RATE), 1
            packet.is_keyframe, packet.stream = coded.is_keyframe, video
            container.mux(packet)
            while heard * RATE < (number + 1) * _SOUND_RATE:
                container.mux(sound.encode(_tone(heard)))
                heard += _SOUND_FRAME
        container.mux(sound.encode(None))
    return frames


def _pictures(size: tuple[int, int], frames: int) -> list[av.VideoFrame]:
    width, height = size
    texture = _texture(height + 2 * _RADIUS, width + 2 * _RADIUS)
    pictures = []
    for number in range(frames):
        angle = 2.0 * np.pi * number / _LOOP
        top, left = (round(_RADIUS * (1.0 + turn)) for turn in (np.sin(angle), np.cos(angle)))
        planes = np.full((height * 3 // 2, width), 128, np.uint8)
        planes[:height] = texture[top : top + height, left : left + width]
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts = number
        pictures.append(frame)
    return pictures


def _texture(height: int, width: int) -> NDArray[np.uint8]:
    """Return noise whose amplitude falls with frequency, up to that of its softness, in studio range."""
    down, across = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    frequency = np.hypot(down, across)
    frequency[0, 0] = np.inf
    frequency[np.maximum(np.abs(down), across) > 0.5 / _SOFTNESS] = np.inf
    noise = np.fft.irfft2(
        np.fft.rfft2(np.random.default_rng(3).standard_normal((height, width))) / frequency, s=(height, width)
    )
    texture: NDArray[np.uint8] = np.clip(128.0 + _CONTRAST * noise / noise.std(), 16, 235).astype(np.uint8)
    return texture


def _tone(begin: int) -> av.AudioFrame:
    samples = np.arange(begin, begin + _SOUND_FRAME)
    wave = (0.25 * np.sin(2.0 * np.pi * _TONE * samples / _SOUND_RATE)).astype(np.float32)
    frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = _SOUND_RATE, begin, Fraction(1, _SOUND_RATE)
    return frame
