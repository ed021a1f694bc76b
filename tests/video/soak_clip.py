"""Fifteen minutes of video, processed: ``python tests/video/soak_clip.py [MINUTES]``.

Prints one line of JSON: memory and open files after the first minute of the video, at the end, and the most between.
"""

import json
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from acutance.video import process_clip

_RATE = 25
_SIZE = (256, 144)


def soak(minutes: int, folder: Path) -> dict[str, object]:
    """Return what a clip of so many minutes costs."""
    source = _clip(folder / "in.mp4", minutes)
    first_minute = 60 * _RATE
    done = 0
    memory: list[int] = []
    files: list[int] = []

    def look(frames: int) -> None:
        nonlocal done
        done += frames
        if done % 100 == 0 and done >= first_minute:
            memory.append(_resident_kibibytes())
            files.append(len(list(Path("/proc/self/fd").iterdir())))

    report = process_clip(source, folder / "out.mp4", lambda plane: plane - plane // 4, advance=look)
    after_join = _resident_kibibytes()
    return {
        "frames": report.frames,
        "seconds": round(report.seconds, 1),
        "mebibytes after a minute": memory[0] // 1024,
        "most": max(memory) // 1024,
        "at the end": after_join // 1024,
        "grows by percent": round(100 * (max([*memory, after_join]) / memory[0] - 1), 1),
        "open files": sorted(set(files)),
    }


def _resident_kibibytes() -> int:
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1])


def _clip(path: Path, minutes: int) -> Path:
    width, height = _SIZE
    noise = np.random.default_rng(0).integers(0, 256, (height, 2 * width), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=_RATE, options={"preset": "ultrafast", "bf": "2"})
        video.width, video.height = _SIZE
        audio = container.add_stream("aac", rate=48000)
        for index in range(minutes * 60 * _RATE):
            frame = av.VideoFrame(*_SIZE, "yuv420p")
            frame.planes[0].update(noise[:, index % width : index % width + width].tobytes())
            for plane in frame.planes[1:]:
                plane.update(bytes([128]) * plane.buffer_size)
            frame.pts, frame.time_base = index, Fraction(1, _RATE)
            container.mux(video.encode(frame))
            tone = av.AudioFrame.from_ndarray(np.zeros((1, 2 * 1920), np.int16), "s16", "stereo")
            tone.sample_rate, tone.pts = 48000, 1920 * index
            container.mux(audio.encode(tone))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    return path


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        print(json.dumps(soak(int(sys.argv[1]) if len(sys.argv) > 1 else 15, Path(scratch))))
