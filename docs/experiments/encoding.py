"""How should sharpened clips be coded, beside inference on two cores?

    python docs/experiments/encoding.py docs/experiments/encoding.json CLIP…

Each clip is sharpened as it is, and coded by x264 in several ways. Writes processor time, bit rate and PSNR, and a page
beside that file.
"""

import json
import sys
from fractions import Fraction
from itertools import islice
from pathlib import Path
from time import process_time
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from acutance.runtime import Sharpener
from acutance.video import coding
from acutance.video.frame import change_luma

FRAMES = 60
REPEATS = 3  # the quickest counts
OFF = {"x264-params": "mbtree=0"}
WAYS: dict[str, dict[str, str]] = {
    "veryfast, CRF 19 (before)": {"preset": "veryfast", "crf": "19"} | OFF,
    "superfast, CRF 19": {"preset": "superfast", "crf": "19"} | OFF,
    "ultrafast, CRF 19": {"preset": "ultrafast", "crf": "19"} | OFF,
    "… B-frames": {"preset": "ultrafast", "crf": "19", "bf": "3", "x264-params": "mbtree=0:b-adapt=0"},
    "… and subme 1": {"preset": "ultrafast", "crf": "19", "bf": "3", "x264-params": "mbtree=0:b-adapt=0:subme=1"},
    "… and subme 2": {"preset": "ultrafast", "crf": "19", "bf": "3", "x264-params": "mbtree=0:b-adapt=0:subme=2"},
    "shipped: subme 1, filter, chroma": coding.X264_OPTIONS,
}


def sharpened(clip: Path) -> list[av.VideoFrame]:
    """Return the clip's first frames, sharpened."""
    sharpener = Sharpener.load("bicubic-balanced")
    with av.open(str(clip)) as container:
        frames = list(islice(container.decode(video=0), FRAMES))
    for index, frame in enumerate(frames):
        change_luma(frame, sharpener.luma)
        frame.pts, frame.time_base, frame.pict_type = index, Fraction(1, 25), 0
    return frames


def coded(frames: list[av.VideoFrame], options: dict[str, str]) -> tuple[float, list[bytes]]:
    """Return the processor time in seconds, of all threads, and the packets."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frames[0].width, frames[0].height, "yuv420p"
    encoder.time_base, encoder.framerate, encoder.options = Fraction(1, 25), Fraction(25), options
    encoder.thread_count = 2
    begun = process_time()
    packets = [bytes(packet) for frame in [*frames, None] for packet in encoder.encode(frame)]
    return process_time() - begun, packets


def samples(frame: av.VideoFrame) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return luma, and both chroma planes."""
    planes = [
        np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, -1)[:, : plane.width].astype(np.float32)
        for plane in frame.planes
    ]
    return planes[0], np.stack(planes[1:])


def measure(frames: list[av.VideoFrame], options: dict[str, str]) -> dict[str, float]:
    """Return one way's figures."""
    runs = [coded(frames, options) for _ in range(REPEATS)]
    packets = runs[0][1]
    decoder = av.CodecContext.create("h264", "r")
    errors = np.zeros(2)
    shown = [frame for packet in [*map(av.Packet, packets), None] for frame in decoder.decode(packet)]
    for frame, original in zip(shown, frames, strict=True):
        errors += [np.mean((a - b) ** 2) for a, b in zip(samples(frame), samples(original), strict=True)]
    luma, chroma = 10 * np.log10(255**2 * len(frames) / errors)
    return {
        "ms": round(1000 * min(time for time, _ in runs) / len(frames), 1),
        "Mbit/s": round(sum(map(len, packets)) * 8 * 25 / len(frames) / 1e6, 2),
        "luma dB": round(float(luma), 2),
        "chroma dB": round(float(chroma), 2),
    }


def page(record: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    lines = [
        "# Coding sharpened clips",
        "",
        f"{FRAMES} frames, sharpened by `bicubic-balanced`, coded by x264 without its macroblock tree: processor time "
        "a frame, bit rate at 25 frames a second, PSNR of luma and chroma against what was coded. "
        f"PyAV {av.__version__}. Made by `docs/experiments/encoding.py`.",
    ]
    for clip, ways in record.items():
        lines += ["", f"`{clip}`", "", "| | ms a frame | Mbit/s | luma dB | chroma dB |", "|---|--:|--:|--:|--:|"]
        lines += [
            f"| {name} | {way['ms']:.1f} | {way['Mbit/s']:.2f} | {way['luma dB']:.2f} | {way['chroma dB']:.2f} |"
            for name, way in ways.items()
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure every clip."""
    target, *clips = map(Path, sys.argv[1:])
    record = {}
    for clip in clips:
        frames = sharpened(clip)
        size = f"{frames[0].width}x{frames[0].height}"
        record[f"{clip.stem}, {size}"] = {name: measure(frames, options) for name, options in WAYS.items()}
    target.write_text(json.dumps(record, indent=1) + "\n")
    target.with_suffix(".md").write_text(page(record))
    print(page(record))


if __name__ == "__main__":
    main()
