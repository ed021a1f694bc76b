"""How should the threads of decoder, network and encoder share two cores?

    python docs/experiments/clip_pipeline.py docs/experiments/clip_pipeline.json SECONDS [CLIP…]

A clip like that of `acutance bench`, and each of those given, goes from file to file in several ways, each time in a
process of its own, in turn, as often as fits into so many seconds a clip. Writes medians, and a page beside that file.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from acutance.bench.apart.clip import make_clip
from acutance.bench.machine import peak_memory_mb
from acutance.runtime import Sharpener
from acutance.runtime.backends import compiling
from acutance.video import coding, pipeline, probe_clip, process_clip
from acutance.video.frame import LumaMap

MODEL = "bicubic-fast"
CLIP_SECONDS = 6
WARM = 20  # frames that do not count
START_NICE = os.getpriority(os.PRIO_PROCESS, 0)


@dataclass(frozen=True)
class Way:
    """What is varied.

    Attributes:
        shares: the threads of each frame's network, of those that run at the same time; 0 for all cores.
        pinned: whether OpenVINO ties its threads to cores.
        encoder_threads: of x264, 0 for as many as it likes.
        encoder_nice: added to the niceness of the thread that calls x264, and of x264's own.
        network_nice: the same, of the threads that call the network; OpenVINO's inherit it.
        room: frames that wait between the stages.
    """

    shares: tuple[int, ...] = (1, 1)
    pinned: bool = False
    encoder_threads: int = 0
    encoder_nice: int = 0
    network_nice: int = 0
    room: int = 8


WAYS = {
    "one frame on all cores, pinned (before)": Way((0,), pinned=True),
    "one frame on all cores": Way((0,)),
    "two frames, a core each (shipped)": Way(),
    "… pinned": Way(pinned=True),
    "… three frames": Way((1, 1, 1)),
    "… x264 in one thread": Way(encoder_threads=1),
    "… x264 after the network": Way(encoder_nice=5),
    "… the network after x264": Way(network_nice=5),
    "… room for 2 frames": Way(room=2),
}


def measure(way: Way, source: Path) -> dict[str, float]:
    """Return one run's figures; in a process of its own."""
    _set(way)
    done: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        sharpeners = [Sharpener.load(MODEL, threads=share or None) for share in way.shares]
        process_clip(
            source,
            Path(folder) / "sharpened.mp4",
            [_after(way.network_nice, sharpener.luma) for sharpener in sharpeners],
            advance=lambda frames: done.extend([time.perf_counter()] * frames),
        )
    return {
        "FPS": (len(done) - 1 - WARM) / (done[-1] - done[WARM]),
        "core ms": 1000 * time.process_time() / len(done),
        "peak MB": peak_memory_mb() or 0.0,
    }


def _set(way: Way) -> None:
    compile_model, set_up, packets = compiling.compile_model, coding.Coding._set_up, pipeline.Pipeline._packets

    def compile_pinned(core: Any, model: Any, device: str, settings: Any) -> Any:
        return compile_model(core, model, device, {**settings, "ENABLE_CPU_PINNING": way.pinned})

    def set_up_threads(self: Any, context: Any) -> None:
        set_up(self, context)
        context.thread_count = way.encoder_threads

    def packets_after(self: Any, *arguments: Any) -> Any:
        _step_back(way.encoder_nice)
        return packets(self, *arguments)

    compiling.compile_model = compile_pinned
    coding.Coding._set_up = set_up_threads  # type: ignore[method-assign]
    pipeline.Pipeline._packets = packets_after  # type: ignore[method-assign]
    pipeline._ROOM = way.room


def _after(nice: int, sharpen: LumaMap) -> LumaMap:
    def change(plane: Any) -> Any:
        _step_back(nice)
        return sharpen(plane)

    return change


def _step_back(nice: int) -> None:
    """Lower this thread's priority, and that of threads that it starts from now on, but once."""
    if os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) < START_NICE + nice:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), START_NICE + nice)


def in_turn(source: Path, seconds: float) -> dict[str, dict[str, float]]:
    """Run all ways again and again, and return each one's medians."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in WAYS}
    begun = time.monotonic()
    while not min(map(len, runs.values())) or time.monotonic() - begun < seconds:
        for name, way in WAYS.items():
            task = json.dumps([asdict(way), str(source)])
            ran = subprocess.run([sys.executable, __file__, "--one", task], check=True, capture_output=True, text=True)
            runs[name].append(json.loads(ran.stdout))
    return {
        name: {"runs": len(found)} | {key: round(statistics.median(run[key] for run in found), 1) for key in found[0]}
        for name, found in runs.items()
    }


def _name(clip: Path) -> str:
    info = probe_clip(clip)
    return f"{clip.stem}, {info.width}x{info.height}, {info.codec}"


def page(record: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    lines = [
        "# Clips: who gets the cores",
        "",
        f"`{MODEL}` in int8, file to file, {record['cores']} cores: frames a second between the "
        f"{WARM + 1}st frame and the last, processor time a frame, and the largest resident size; medians of runs in "
        "turn. Made by `docs/experiments/clip_pipeline.py`.",
    ]
    for clip, ways in record["clips"].items():
        lines += ["", f"`{clip}`", "", "| | FPS | core ms a frame | peak MB | runs |", "|---|--:|--:|--:|--:|"]
        lines += [
            f"| {name} | {way['FPS']:.1f} | {way['core ms']:.1f} | {way['peak MB']:.0f} | {way['runs']} |"
            for name, way in ways.items()
        ]
    return "\n".join([*lines, "", FINDINGS]) + "\n"


FINDINGS = (
    "A network's threads meet after every layer, so that each has to wait, and spins, where the decoder or x264 takes "
    "the core of another one. Two frames at the same time, with a core each, need not wait for each other; OpenVINO "
    "must not tie their threads to cores then, as it ties both to the same one. Everything else that was tried is "
    "slower or, within the 5 % to either side by which runs differ, no quicker. What is copied of a frame's luma on "
    "the way, unshuffling included, takes 1.1 of the core ms, decoding 4 to 5, x264 11 to 16. All of this is of two "
    "cores."
)


def main() -> None:
    """Measure, or, told one way and clip, measure those."""
    if sys.argv[1] == "--one":
        way, source = json.loads(sys.argv[2])
        print(json.dumps(measure(Way(**way), Path(source))))
        return
    target, seconds, *clips = Path(sys.argv[1]), float(sys.argv[2]), *map(Path, sys.argv[3:])
    record: dict[str, Any] = {"cores": os.cpu_count(), "clips": {}}
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "bench.mp4"
        make_clip(made, (1920, 1080), CLIP_SECONDS)
        for clip in (made, *clips):
            record["clips"][_name(clip)] = in_turn(clip, seconds)
    target.write_text(json.dumps(record, indent=1) + "\n")
    target.with_suffix(".md").write_text(page(record))
    print(page(record))


if __name__ == "__main__":
    main()
