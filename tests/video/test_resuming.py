"""A run that stops leaves what it has finished, and the next one goes on with it to the same frames."""

import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from acutance.video import ClipError, process_clip, processing, read_luma
from acutance.video.joining import decoding_times

MakeClip = Callable[..., Path]
SEGMENT = 20
COUNT = 50  # two whole segments and a piece
LONG = {"count": COUNT, "size": (96, 64)}
KILLS = int(os.environ.get("ACUTANCE_KILLS", "3"))  # more where someone has the time


@pytest.fixture(autouse=True)
def _short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processing, "SEGMENT_FRAMES", SEGMENT)


def darken(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return plane - plane // 4


def stop_at(number: int, error: BaseException) -> Callable[[NDArray[np.uint8]], NDArray[np.uint8]]:
    """Return a map that darkens, and raises on the frame of that number."""
    seen = itertools.count()

    def change(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if next(seen) == number:
            raise error
        return darken(plane)

    return change


def parts_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.parts")


def test_interrupted_says_how_far_it_came_and_leaves_no_target(make_clip: MakeClip, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt, match="stopped after 33 frames; the first 20 are kept"):
        process_clip(make_clip("in.mp4", **LONG), tmp_path / "out.mp4", stop_at(33, KeyboardInterrupt()))
    assert not (tmp_path / "out.mp4").exists()


def test_interrupted_in_one_of_several_maps_says_how_far_it_came(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4", **LONG)
    last = list(read_luma(source))[33]

    def stop(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if np.array_equal(plane, last):
            raise KeyboardInterrupt
        return darken(plane)

    with pytest.raises(KeyboardInterrupt, match="stopped after 33 frames; the first 20 are kept"):
        process_clip(source, tmp_path / "out.mp4", [stop, stop])


def test_interrupted_within_the_first_segment_leaves_nothing(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4")
    with pytest.raises(KeyboardInterrupt, match="stopped after 5 frames; none is kept"):
        process_clip(source, tmp_path / "out.mp4", stop_at(5, KeyboardInterrupt()))
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_resumed_clip_is_the_uninterrupted_one(make_clip: MakeClip, tmp_path: Path, suffix: str) -> None:
    source = make_clip("in.mkv", **LONG, sound="libopus")
    process_clip(source, tmp_path / f"whole{suffix}", darken)
    target = tmp_path / f"out{suffix}"
    with pytest.raises(KeyboardInterrupt):
        process_clip(source, target, stop_at(45, KeyboardInterrupt()))
    seen = 0

    def counting(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        nonlocal seen
        seen += 1
        return darken(plane)

    report = process_clip(source, target, counting, resume=True)
    assert (report.frames, report.resumed, seen) == (COUNT, 40, COUNT - 40)
    assert target.read_bytes() == (tmp_path / f"whole{suffix}").read_bytes() or suffix == ".webm"  # random identifiers
    assert frames(target) == frames(tmp_path / f"whole{suffix}")
    assert not parts_of(target).exists()


def test_a_damaged_segment_is_made_again(make_clip: MakeClip, tmp_path: Path) -> None:
    source, target = make_clip("in.mp4", **LONG), tmp_path / "out.mp4"
    process_clip(source, tmp_path / "whole.mp4", darken)
    with pytest.raises(KeyboardInterrupt):
        process_clip(source, target, stop_at(45, KeyboardInterrupt()))
    segment = parts_of(target) / "000001.packets"
    segment.write_bytes(segment.read_bytes()[:-1])
    assert process_clip(source, target, darken, resume=True).resumed == SEGMENT
    assert frames(target) == frames(tmp_path / "whole.mp4")


def test_without_resume_it_begins_anew(make_clip: MakeClip, tmp_path: Path) -> None:
    source, target = make_clip("in.mp4", **LONG), tmp_path / "out.mp4"
    with pytest.raises(KeyboardInterrupt):
        process_clip(source, target, stop_at(33, KeyboardInterrupt()))
    report = process_clip(source, target, np.copy)
    assert (report.frames, report.resumed) == (COUNT, 0)
    assert next(iter(frames(target))) == next(iter(frames(source_copy(source, tmp_path))))


def source_copy(source: Path, folder: Path) -> Path:
    """Return the clip through a map that changes nothing."""
    process_clip(source, folder / "copy.mp4", np.copy)
    return folder / "copy.mp4"


def test_nothing_to_resume_is_said(make_clip: MakeClip, tmp_path: Path) -> None:
    report = process_clip(make_clip("in.mp4"), tmp_path / "out.mp4", darken, resume=True)
    assert "there was nothing to resume: begun anew" in report.notes


@pytest.mark.parametrize("changed", ["model", "size", "source"])
def test_another_plan_is_not_gone_on_with(make_clip: MakeClip, tmp_path: Path, changed: str) -> None:
    source, target = make_clip("in.mp4", **LONG), tmp_path / "out.mp4"
    with pytest.raises(KeyboardInterrupt):
        process_clip(source, target, stop_at(25, KeyboardInterrupt()), sharpens_as="a")
    before = sorted(parts_of(target).iterdir())
    if changed == "source":
        make_clip("in.mp4", **{**LONG, "encoder": {"qp": "30"}})
    with pytest.raises(ClipError, match="cannot be gone on with"):
        process_clip(
            source,
            target,
            darken,
            size=(192, 128) if changed == "size" else None,
            sharpens_as="b" if changed == "model" else "a",
            resume=True,
        )
    assert sorted(parts_of(target).iterdir()) == before


SCRIPT = """
import sys, time
from pathlib import Path
from acutance.video import process_clip, processing

processing.SEGMENT_FRAMES = 20

def slowly(plane):
    time.sleep(0.01)
    return plane - plane // 4

print("begun", flush=True)
process_clip(Path(sys.argv[1]), Path(sys.argv[2]), slowly, resume=True)
"""


def test_killed_at_any_moment_it_leaves_no_broken_clip_and_can_be_resumed(make_clip: MakeClip, tmp_path: Path) -> None:
    source, target = make_clip("in.mp4", **{**LONG, "count": 130}), tmp_path / "out.mp4"
    process_clip(source, tmp_path / "whole.mp4", darken)
    expected = frames(tmp_path / "whole.mp4")
    killed = 0
    for moment in [0.05, *np.random.default_rng().uniform(0.0, 2.5, KILLS - 1)]:
        target.unlink(missing_ok=True)
        shutil.rmtree(parts_of(target), ignore_errors=True)
        with subprocess.Popen([sys.executable, "-c", SCRIPT, source, target], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(moment)
            process.send_signal(signal.SIGKILL)
        if not target.exists():
            process_clip(source, target, darken, resume=True)
        assert frames(target) == expected, moment
        killed += process.returncode == -signal.SIGKILL
    assert killed


def frames(path: Path) -> list[tuple[int | None, int]]:
    """Return each frame's time and a hash of its samples."""
    with av.open(str(path)) as container:
        return [(frame.pts, hash(frame.to_ndarray().tobytes())) for frame in container.decode(video=0)]


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=40), st.integers(0, 3), st.integers(-50, 50))
def test_decoding_times_rise_and_come_in_time(steps: list[int], delay: int, start: int) -> None:
    shown = (start + np.cumsum(steps)).tolist()
    decoded = decoding_times(shown, delay)
    assert all(earlier < later for earlier, later in itertools.pairwise(decoded))
    # Whatever the order that an encoder of that delay gives, packet n is of frame n − delay or a later one.
    assert all(when <= shown[max(0, number - delay)] for number, when in enumerate(decoded))


def test_a_full_disk_is_one_line_and_the_finished_frames_are_kept(make_clip: MakeClip, tmp_path: Path) -> None:
    source, target = make_clip("in.mp4", count=60, size=(320, 180), sound=None), tmp_path / "out.mp4"
    script = f"""
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from pathlib import Path
from acutance.video import process_clip, processing
processing.SEGMENT_FRAMES = {SEGMENT}
try:
    process_clip(Path({str(source)!r}), Path({str(target)!r}), lambda plane: plane - plane // 4, resume=True)
except ValueError as error:
    print(type(error).__name__, error)
"""
    process_clip(source, tmp_path / "whole.mp4", darken)
    most = (tmp_path / "whole.mp4").stat().st_size
    done = subprocess.run(
        [sys.executable, "-c", script, str(most * 3 // 4)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("ClipError")
    assert "cannot be written" in done.stdout
    assert "are kept" in done.stdout
    assert not target.exists()
    assert process_clip(source, target, darken, resume=True).resumed >= SEGMENT
    assert frames(target) == frames(tmp_path / "whole.mp4")
