"""Mutated clips, processed: ``python tests/video/fuzz_clips.py COUNT SEED``.

Runs in a process of its own, so that what crashes, hangs or fills the memory shows. Prints one line of JSON.
"""

import faulthandler
import json
import re
import shutil
import struct
import sys
import tempfile
import time
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from numpy.typing import NDArray

from acutance.video import ClipError, process_clip

HANGS_AFTER = 10.0
_SIZE = (64, 48)
_ORIGINALS = {
    "h264.mp4": ("libx264", "yuv420p", "aac", {"preset": "ultrafast", "bf": "2"}),
    "h264-444.mov": ("libx264", "yuv444p", "pcm_s16le", {"preset": "ultrafast"}),
    "h265-10.mkv": ("libx265", "yuv420p10le", "libopus", {"preset": "ultrafast", "x265-params": "log-level=none"}),
    "vp9.webm": ("libvpx-vp9", "yuv420p", "libopus", {"deadline": "realtime"}),
    "av1.mkv": ("libsvtav1", "yuv420p", "libopus", {"preset": "12"}),
    "mpeg4.avi": ("mpeg4", "yuv420p", "libmp3lame", {"bf": "2"}),
    "mjpeg.avi": ("mjpeg", "yuvj420p", "pcm_s16le", {}),
}


def fuzz(count: int, seed: int, folder: Path) -> dict[str, object]:
    """Return what became of so many mutated clips; a crash or a hang ends the process instead."""
    generator = np.random.default_rng(seed)
    originals = [_original(folder / name).read_bytes() for name in _ORIGINALS]
    suffixes = [Path(name).suffix for name in _ORIGINALS]
    work = folder / "work"
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    for index in range(count):
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        suffix = suffixes[index % len(suffixes)]
        source, target = work / f"in{suffix}", work / f"out{suffix}"
        source.write_bytes(_mutated(originals[index % len(originals)], generator))
        faulthandler.dump_traceback_later(HANGS_AFTER, exit=True)
        begun = time.perf_counter()
        try:
            report = process_clip(source, target, _darken, threads=1)
            outcomes["damaged" if report.damaged else "whole"] += 1
            expected = {source, target}
        except ClipError as error:
            if "\n" in str(error):
                raise
            outcomes["refused"] += 1
            expected = {source}
        slowest = max(slowest, time.perf_counter() - begun)
        faulthandler.cancel_dump_traceback_later()
        assert set(work.iterdir()) == expected, sorted(work.iterdir())
    return {
        **outcomes,
        "slowest": round(slowest, 2),
        "mebibytes": _largest_resident_size(),
    }


def _largest_resident_size() -> int | None:
    """In MiB, None where it is not told. ``ru_maxrss`` would count the process that started this one."""
    status = Path("/proc/self/status")
    told = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(told[1]) // 1024 if told else None


def _darken(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return plane - plane // 4


def _original(path: Path) -> Path:
    codec, pixel_format, sound, options = _ORIGINALS[path.name]
    noise = np.random.default_rng(0)
    with av.open(str(path), "w", container_options={"movflags": "faststart"} if path.suffix == ".mp4" else {}) as file:
        video = cast(av.VideoStream, file.add_stream(codec, rate=25, options=options))
        video.width, video.height, video.pix_fmt = *_SIZE, pixel_format
        audio = cast(av.AudioStream, file.add_stream(sound, rate=48000))
        frame = av.VideoFrame(*_SIZE, pixel_format)
        for time_stamp in range(10):
            for plane in frame.planes:
                plane.update(noise.integers(0, 4, plane.buffer_size, dtype=np.uint8).tobytes())
            frame.pts, frame.time_base = time_stamp, Fraction(1, 25)
            file.mux(video.encode(frame))
        file.mux(video.encode(None))
        tone = av.AudioFrame.from_ndarray(np.zeros((1, 2 * 19200), np.int16), "s16", "stereo")
        tone.sample_rate = 48000
        file.mux(audio.encode(tone))
        file.mux(audio.encode(None))
    return path


def _mutated(data: bytes, generator: np.random.Generator) -> bytes:
    mutated = bytearray(data)
    for _ in range(int(generator.integers(1, 6))):
        # Half of the changes go to the first bytes, where the headers are.
        at = int(generator.integers(0, len(mutated) if generator.random() < 0.5 else min(1500, len(mutated))))
        kind = generator.integers(0, 5)
        if kind <= 1:
            mutated[at] = int(generator.integers(0, 256))
        elif kind == 2:
            mutated[at : at + 4] = struct.pack(">I", int(generator.choice([0, 1, 2**16, 2**31 - 1, 2**32 - 1])))
        elif kind == 3:
            del mutated[at : at + int(generator.integers(1, 64))]
        else:
            mutated[at:at] = mutated[at : at + int(generator.integers(1, 64))]
    if generator.random() < 0.1:
        del mutated[int(generator.integers(1, len(mutated))) :]
    return bytes(mutated)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        print(json.dumps(fuzz(int(sys.argv[1]), int(sys.argv[2]), Path(scratch))))
