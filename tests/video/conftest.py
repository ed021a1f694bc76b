"""Clips of known content, made by the tests themselves."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
from av.codec.context import Flags

AUDIO_RATE = 48000
AUDIO_FRAME = 1024
_FAST = {
    "libx264": {"preset": "ultrafast", "bf": "3", "b_strategy": "0"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    "libsvtav1": {"preset": "12", "svtav1-params": "lp=1"},
    "mpeg4": {"bf": "2"},
}


@pytest.fixture
def make_clip(tmp_path: Path) -> Callable[..., Path]:
    """Make a clip: planes of different moving ramps, H.264 with B-frames, and a tone unless it shall be silent."""

    def make(
        name: str,
        *,
        codec: str = "libx264",
        count: int = 12,
        rate: Fraction = Fraction(25),
        times: Sequence[int] | None = None,
        time_base: Fraction | None = None,
        size: tuple[int, int] = (320, 180),
        pixel_format: str = "yuv420p",
        sound: str | None = "aac",
        sound_start: int = 0,
        tracks: int = 1,
        tags: dict[str, int] | None = None,
        encoder: dict[str, str] | None = None,
        muxer: dict[str, str] | None = None,
        rotation: int = 0,
        sample_aspect_ratio: Fraction | None = None,
        still: bool = False,
        last_duration: int | None = None,
    ) -> Path:
        path = tmp_path / name
        time_base = time_base or 1 / rate
        times = times or range(count)
        with av.open(str(path), "w", container_options=muxer or {}) as container:
            options = {**_FAST.get(codec, {}), **(encoder or {})}
            video = cast(av.VideoStream, container.add_stream(codec, rate=rate, options=options, time_base=time_base))
            context = video.codec_context
            context.width, context.height, context.pix_fmt = *size, pixel_format
            for tag, value in (tags or {}).items():
                setattr(context, tag, value)
            context.sample_aspect_ratio = sample_aspect_ratio or Fraction(1)
            if rotation:
                video.set_display_rotation(rotation)
            tones = [container.add_stream(sound, rate=AUDIO_RATE) for _ in range(tracks)] if sound else []
            for audio in tones:
                assert isinstance(audio, av.AudioStream)
                for block in _tone(round((times[-1] + 1) * time_base * AUDIO_RATE) // AUDIO_FRAME, sound_start):
                    container.mux(audio.encode(block))
                container.mux(audio.encode(None))
            frame = _ramps(0, *size, pixel_format)
            for index, time in enumerate(times):
                if not still:
                    frame = _ramps(index, *size, pixel_format)
                frame.pts, frame.time_base = time, time_base
                if last_duration and index == len(times) - 1:
                    context.flags |= Flags.frame_duration
                    frame.duration = last_duration
                container.mux(video.encode(frame))
            container.mux(video.encode(None))
        return path

    return make


def _ramps(index: int, width: int, height: int, pixel_format: str) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, pixel_format)
    for number, plane in enumerate(frame.planes):
        across, down = np.arange(plane.line_size), np.arange(plane.height)[:, None]
        ramp = 60 + (down * (number + 1) + across * (2 - number) + 3 * index) // 4 % 120
        samples = ramp.astype(np.uint16 if "10" in pixel_format else np.uint8)
        plane.update(samples.tobytes()[: plane.buffer_size])
    return frame


def _tone(blocks: int, start: int) -> Iterator[av.AudioFrame]:
    for block in range(blocks):
        wave = 0.3 * np.sin((np.arange(AUDIO_FRAME) + block * AUDIO_FRAME) / 20.0).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]), "fltp", "stereo")
        frame.sample_rate, frame.time_base = AUDIO_RATE, Fraction(1, AUDIO_RATE)
        frame.pts = start + block * AUDIO_FRAME
        yield frame
