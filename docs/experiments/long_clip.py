"""Does memory stay flat over a long clip?

    python docs/experiments/long_clip.py docs/experiments/long_clip.json MINUTES

Makes a clip of that length (1080p30, H.264 with sound: ten seconds of the benchmark's, over and over), has
`acutance sharpen` do it with `fast`, and writes the resident size once a second, and a page beside that file. Linux
only; needs 10 GB among the system's temporary files.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av

from acutance.bench.apart.clip import make_clip

PIECE = 10  # seconds
KIB = 1024


def lengthen(piece: Path, target: Path, times: int) -> int:
    """Write a clip's packets so many times, one after another, and return how many frames that are."""
    frames = 0
    after = {"video": 0, "audio": 0}
    with av.open(str(target), "w") as container:
        with av.open(str(piece)) as source:
            streams: dict[str, Any] = {
                stream.type: container.add_stream_from_template(stream)
                for stream in (source.streams.video[0], source.streams.audio[0])
            }
        for _ in range(times):
            ends = dict(after)
            with av.open(str(piece)) as source:
                for packet in source.demux(source.streams.video[0], source.streams.audio[0]):
                    if packet.dts is None or packet.pts is None:
                        continue
                    kind = packet.stream.type
                    packet.pts, packet.dts = packet.pts + after[kind], packet.dts + after[kind]
                    # Sound begins one packet before 0, which the next piece has to be moved behind.
                    ends[kind] = max(ends[kind], packet.dts + (2 if kind == "audio" else 1) * (packet.duration or 0))
                    frames += kind == "video"
                    packet.stream = streams[kind]
                    container.mux(packet)
            after = ends
    return frames


def resident(process: int) -> int:
    """Return how much memory a process holds, in bytes, 0 once it has ended."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return sum(int(line.split()[1]) * KIB for line in lines if line.startswith("VmRSS:"))


def watch(clip: Path, target: Path) -> list[float]:
    """Sharpen a clip and return the resident size in 10⁶ bytes, once a second."""
    program = str(Path(sys.executable).with_name("acutance"))
    command = [program, "sharpen", str(clip), str(target), "--model", "fast", "--scale", "2"]
    sizes = []
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            sizes.append(round(resident(process.pid) / 1e6, 1))
            time.sleep(1)
    if process.returncode:
        sys.exit(f"{' '.join(command)}: exit code {process.returncode}")
    return [size for size in sizes if size]


def page(record: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    sizes, tenths = record["megabytes"], 10
    lines = [
        "# Memory over a long clip",
        "",
        f"`acutance sharpen` with `fast` on {record['minutes']} minutes of 1080p30, {record['frames']} frames, H.264 "
        f"with sound: done in {len(sizes) / 60:.1f} minutes. The largest resident size in each tenth of that "
        "time. Made by `docs/experiments/long_clip.py`.",
        "",
        "| tenth | 10⁶ bytes |",
        "|---|--:|",
    ]
    for tenth in range(tenths):
        part = sizes[len(sizes) * tenth // tenths : len(sizes) * (tenth + 1) // tenths]
        lines.append(f"| {tenth + 1} | {max(part):.0f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Make, sharpen and write."""
    target, minutes = Path(sys.argv[1]), int(sys.argv[2])
    with TemporaryDirectory() as folder:
        piece, clip = Path(folder) / "piece.mp4", Path(folder) / "clip.mp4"
        make_clip(piece, (1920, 1080), PIECE)
        frames = lengthen(piece, clip, minutes * 60 // PIECE)
        sizes = watch(clip, Path(folder) / "sharp.mp4")
    record = {"minutes": minutes, "frames": frames, "megabytes": sizes}
    target.write_text(json.dumps(record) + "\n")
    target.with_suffix(".md").write_text(page(record))
    print(page(record))


if __name__ == "__main__":
    main()
