"""Does it give way, and come back? ``python tests/live/take_cores.py CLIP [OPTION...]``, on a machine that is quiet.

Plays the clip without a window for 40 seconds; from the 10th second on other processes take all cores for ten seconds.
Options go to ``acutance live``, such as ``--size 1920x1080``. Prints what it says and when, and exits with 1 where no
lower level was taken while the cores were gone, or the first one not again afterwards.
"""

import json
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from typing import Any

_SECONDS = 40
_TAKEN = (10.0, 20.0)
_INEXACT = 0.5  # seconds between what this takes for the start of playing and the start


def main() -> int:
    """Return the exit code."""
    live = "from acutance.cli import main; main()"
    words = [sys.executable, "-c", live, "live", *sys.argv[1:], "--headless", "--json", "--seconds", str(_SECONDS)]
    begun = time.monotonic()
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as playing:
        assert playing.stderr is not None
        assert playing.stdout is not None
        lines = iter(playing.stderr)
        print(next(lines, ""), end="")  # the choice: playing begins after it
        started = time.monotonic()
        told = threading.Thread(target=lambda: [print(line, end="", flush=True) for line in lines])
        told.start()
        time.sleep(_TAKEN[0])
        _take_all_cores(_TAKEN[1] - _TAKEN[0])
        text = playing.stdout.read()
        told.join()
    report = json.loads(text)
    print(f"(playing began {started - begun:.1f} s after the command)")
    print({key: value for key, value in report.items() if key not in ("choice", "changes")})
    return 0 if _gave_way_and_came_back(report) else 1


def _gave_way_and_came_back(report: dict[str, Any]) -> bool:
    best_first = [tier["name"] for tier in report["choice"]["tiers"]]
    best_first += [f"{best_first[-1]}, half the frames", "passed through"]
    changes = [(change["seconds"], best_first.index(change["after"])) for change in report["changes"]]
    if not changes:
        print("nothing changed")
        return False
    levels = [(0.0, best_first.index(report["changes"][0]["before"])), *changes]
    before = [level for seconds, level in levels if seconds < _TAKEN[0] - _INEXACT][-1]
    during = [level for seconds, level in levels if _TAKEN[0] - _INEXACT <= seconds < _TAKEN[1]]
    after = min([level for seconds, level in levels if seconds >= _TAKEN[1]] or [levels[-1][1]])
    lowest = max(during, default=before)
    print(f"before {best_first[before]}; at worst {best_first[lowest]}; afterwards {best_first[after]}")
    return lowest > before >= after


def _take_all_cores(seconds: float) -> None:
    print(f"-- other processes take {os.cpu_count()} cores --", flush=True)
    hogs = [multiprocessing.Process(target=_spin, args=(seconds,)) for _ in range(os.cpu_count() or 1)]
    for hog in hogs:
        hog.start()
    for hog in hogs:
        hog.join()
    print("-- they are done --", flush=True)


def _spin(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


if __name__ == "__main__":
    raise SystemExit(main())
