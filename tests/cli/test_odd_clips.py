"""Odd and bad clips on the command line: the right result, or one clear line, and never a half-written file."""

import contextlib
import hashlib
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner, Result

from acutance import Sharpener
from acutance.cli.main import app
from acutance.video import processing

Bytes = Callable[[bytes], bytes]


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["sharpen", *map(str, words), "--model", "unsharp"])


def clip(
    path: Path,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    *,
    size: tuple[int, int] = (64, 48),
    count: int = 10,
    rate: int | Fraction = 25,
    options: dict[str, str] | None = None,
    muxer: dict[str, str] | None = None,
    transfer: int = 1,
    rotation: int = 0,
    times: range | None = None,
) -> Path:
    """Write a clip of noise that moves; its name says the format."""
    noise = np.random.default_rng(0)
    with av.open(str(path), "w", container_options=muxer or {}) as container:
        stream = cast(av.VideoStream, container.add_stream(codec, rate=rate, options=options or {}))
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = *size, pixel_format
        context.color_trc = transfer
        if rotation:
            stream.set_display_rotation(rotation)
        for pts in times or range(count):
            frame = av.VideoFrame(*size, pixel_format)
            for plane in frame.planes:
                high = 4 if "10" in pixel_format else 256
                samples = noise.integers(0, high, plane.buffer_size, dtype=np.uint8)
                plane.update(samples.tobytes())
            frame.pts, frame.time_base = pts, 1 / Fraction(rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def damaged(path: Path, damage: Bytes, **kind: object) -> Path:
    """Write a clip, and its bytes anew."""
    clip(path, **kind)  # type: ignore[arg-type]
    path.write_bytes(damage(path.read_bytes()))
    return path


def cut(share: float) -> Bytes:
    return lambda data: data[: round(len(data) * share)]


def sound_only(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        audio = container.add_stream("aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), "fltp", "stereo")
        frame.sample_rate = 48000
        container.mux(audio.encode(frame))
        container.mux(audio.encode(None))
    return path


def no_frames(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height = 64, 48
        container.start_encoding()
    return path


def changes_size(path: Path) -> Path:
    """Write two MPEG-TS one after the other, which FFmpeg opens whatever the name."""
    parts = [clip(path.with_suffix(".a.ts")), clip(path.with_suffix(".b.ts"), size=(96, 64), times=range(10, 20))]
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    for part in parts:
        part.unlink()
    return path


def text(content: str) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        path.write_text(content)
        return path

    return make


def kind(codec: str, pixel_format: str = "yuv420p", **more: object) -> Callable[[Path], Path]:
    return lambda path: clip(path, codec, pixel_format, **more)  # type: ignore[arg-type]


FAST = {"preset": "ultrafast"}
FRONT = {"movflags": "faststart"}
QUIET = {"preset": "ultrafast", "x265-params": "log-level=none"}

RIGHT: dict[str, tuple[str, Callable[[Path], Path], int]] = {
    "portrait, turned": ("in.mp4", kind("libx264", size=(48, 64), rotation=90), 10),
    "H.265 of 10 bits": ("in.mkv", kind("libx265", "yuv420p10le", options=QUIET), 10),
    "4:4:4": ("in.mp4", kind("libx264", "yuv444p"), 10),
    "4:2:2": ("in.mov", kind("libx264", "yuv422p"), 10),
    "full range": ("in.mp4", kind("libx264", "yuvj420p"), 10),
    "MJPEG in AVI": ("in.avi", kind("mjpeg", "yuvj420p"), 10),
    "MPEG-4 in AVI": ("in.avi", kind("mpeg4"), 10),
    "VP9 in WebM": ("in.webm", kind("libvpx-vp9", options={"deadline": "realtime"}), 10),
    "AV1 in MKV": ("in.mkv", kind("libsvtav1", size=(64, 64), options={"preset": "12"}), 10),
    "one frame": ("in.mp4", kind("libx264", count=1), 1),
    "two by two pixels": ("in.mkv", kind("libx264", size=(2, 2)), 10),
    "2 by 2000 pixels": ("in.mp4", kind("libx264", size=(2, 2000), count=2), 2),
    "a Matroska named .mp4": ("in.mp4", lambda path: clip(path.with_suffix(".mkv")).rename(path), 10),
    "spaces, quotes and a newline in the name": ("a 'b' \"c\"\nd.mp4", kind("libx264"), 10),
    "a colon in the name": ("http:x.mp4", kind("libx264"), 10),
    "a frame rate of a thousand": ("in.mp4", kind("libx264", rate=1000), 10),
    "a day between two frames": ("in.mp4", kind("libx264", times=range(0, 25 * 86400 * 2, 25 * 86400)), 2),
}

WRONG: dict[str, tuple[str, Callable[[Path], Path], str]] = {
    "empty": ("in.mp4", lambda path: damaged(path, lambda data: b""), "is not a clip that can be read"),
    "text named .mp4": ("in.mp4", text("no clip\n" * 99), "is not a clip that can be read"),
    "a playlist named .mkv": ("in.mkv", text("#EXTM3U\nhttp://127.0.0.1:9/a.ts\n"), "is not a clip that can be read"),
    "a list of files named .mp4": (
        "in.mp4",
        text("ffconcat version 1.0\nfile /etc/passwd\n"),
        "is not a clip that can be read",
    ),
    "a picture named .mp4": (
        "in.mp4",
        lambda path: clip(path.with_suffix(".png"), "png", "rgb24", count=1).rename(path),
        "is not a clip",
    ),
    "sound only": ("in.mp4", sound_only, "holds no video"),
    "no frames, MKV": ("in.mkv", no_frames, "is not a clip that can be read"),
    "no frames, MP4": ("in.mp4", no_frames, "holds no"),
    "without its index": ("in.mp4", lambda path: damaged(path, cut(0.9)), "is not a clip that can be read"),
    "interlaced": ("in.mp4", kind("libx264", options={"x264-params": "interlaced=1"}), "is interlaced"),
    "HDR, PQ": ("in.mp4", kind("libx264", "yuv420p10le", transfer=16), "is HDR (PQ)"),
    "HDR, HLG": ("in.mp4", kind("libx264", transfer=18), "is HDR (HLG)"),
    "12 bits": ("in.mkv", kind("libx265", "yuv420p12le", options=QUIET), "got frames of yuv420p12le"),
    "coded as RGB": ("in.mov", kind("png", "rgb24"), "got frames of rgb24"),
    "an odd side": ("in.mkv", kind("ffv1", size=(63, 48)), "expected even sides"),
    "a size that changes": ("in.mp4", changes_size, "frame 10 is 96x64"),
}

TRUNCATED = [0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("row", RIGHT)
def test_done(tmp_path: Path, row: str) -> None:
    name, make, frames = RIGHT[row]
    source = make(tmp_path / name)
    before = digest(source)
    target = tmp_path / f"out{source.suffix}"
    result = run(source, target)
    assert result.exit_code == 0, result.stderr
    with av.open(f"file:{target}") as container:
        assert sum(1 for _ in container.decode(video=0)) == frames
    assert digest(source) == before
    assert sorted(tmp_path.iterdir()) == sorted([source, target])


@pytest.mark.parametrize("row", WRONG)
def test_refused_in_one_line(tmp_path: Path, row: str) -> None:
    name, make, message = WRONG[row]
    source = make(tmp_path / name)
    before = digest(source)
    result = run(source, tmp_path / "out.mp4")
    assert_one_line(result, message)
    assert digest(source) == before
    assert list(tmp_path.iterdir()) == [source]


def assert_one_line(result: Result, message: str) -> None:
    assert result.exit_code in (1, 2)
    assert isinstance(result.exception, SystemExit)
    (line,) = result.stderr.splitlines()
    assert line.startswith("acutance: ")
    assert message in line


@pytest.mark.parametrize("share", TRUNCATED)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi", ".webm"])
def test_truncated_anywhere_is_done_as_far_as_it_goes_or_refused(tmp_path: Path, suffix: str, share: float) -> None:
    codec = {".avi": "mpeg4", ".webm": "libvpx-vp9"}.get(suffix, "libx264")
    options = {"deadline": "realtime"} if suffix == ".webm" else FAST if codec == "libx264" else {}
    muxer = FRONT if suffix == ".mp4" else {}
    source = damaged(tmp_path / f"in{suffix}", cut(share), codec=codec, count=50, options=options, muxer=muxer)
    target = tmp_path / f"out{suffix}"
    result = run(source, target)
    if result.exit_code == 0:
        with av.open(str(target)) as container:
            assert 1 <= sum(1 for _ in container.decode(video=0)) <= 50
        assert share > 0.9 or "cut short" in result.stderr
        assert sorted(tmp_path.iterdir()) == sorted([source, target])
    else:
        assert_one_line(result, str(source))
        assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
def test_strictly_truncated_is_refused(tmp_path: Path, suffix: str) -> None:
    codec = "libvpx-vp9" if suffix == ".webm" else "libx264"
    source = damaged(tmp_path / f"in{suffix}", cut(0.7), codec=codec, muxer=FRONT if suffix == ".mp4" else {})
    assert_one_line(run(source, tmp_path / f"out{suffix}", "--strict"), "only a strict run stops there")
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("none/out.mp4", "there is no folder"),
        ("in.mp4", "is the input itself"),
        ("link.mp4", "is the input itself"),
        ("hard.mp4", "is the input itself"),
        ("folder", "is a folder; name the output file"),
        ("out.wmv", "got the suffix '.wmv'"),
        ("there.mp4", "is there already"),
        (f"{'x' * 250}.mp4", "ame too long"),
    ],
)
def test_target_that_cannot_be(tmp_path: Path, target: str, message: str) -> None:
    source = clip(tmp_path / "in.mp4")
    (tmp_path / "link.mp4").symlink_to(source)
    (tmp_path / "hard.mp4").hardlink_to(source)
    (tmp_path / "there.mp4").write_bytes(b"mine")
    (tmp_path / "folder").mkdir()
    before = {path: digest(path) for path in tmp_path.iterdir() if path.is_file()}
    assert_one_line(run(source, tmp_path / target), message)
    assert {path: digest(path) for path in tmp_path.iterdir() if path.is_file()} == before


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that any user may look into, which those of pytest are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextlib.contextmanager
def without_rights() -> Iterator[None]:
    """Be nobody for a while, where this is a user that may do everything."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_clip_that_may_not_be_read(open_folder: Path) -> None:
    source = clip(open_folder / "in.mp4")
    source.chmod(0)
    open_folder.chmod(0o777)
    with without_rights():
        result = run(source, open_folder / "out.mp4")
    assert_one_line(result, "in.mp4: may not be read")


def test_a_folder_that_may_not_be_written(open_folder: Path) -> None:
    source = clip(open_folder / "in.mp4")
    source.chmod(0o644)
    open_folder.chmod(0o555)
    with without_rights():
        result = run(source, open_folder / "out.mp4")
    open_folder.chmod(0o755)
    assert_one_line(result, "out.mp4: cannot be written (Permission denied)")


STOPPED = """
import sys
from acutance.cli.main import app
app(sys.argv[1:])
"""


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stopped_by_a_signal_says_how_far_it_came(tmp_path: Path, stop: signal.Signals) -> None:
    source = clip(tmp_path / "in.mp4", size=(320, 240), count=60, options=FAST)
    words = ["sharpen", source, tmp_path / "out.mp4", "--model", "unsharp", "--size", "1280x960"]
    with subprocess.Popen(
        [sys.executable, "-c", STOPPED, *map(str, words)], stderr=subprocess.PIPE, text=True
    ) as process:
        while not (tmp_path / ".out.mp4.parts" / "segment.part").exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(stop)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    lines = [line for line in errors.splitlines() if not line.startswith("note: ")]
    assert len(lines) == 1, errors
    assert "0 of 1 files are done, nothing is half-written" in lines[0]
    assert "frames; none is kept" in lines[0]
    assert list(tmp_path.iterdir()) == [source]


def test_resume_goes_on_where_a_run_with_the_same_settings_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = clip(tmp_path / "in.mp4"), tmp_path / "out.mp4"
    monkeypatch.setattr(processing, "SEGMENT_FRAMES", 4)
    calls = itertools.count()
    luma = Sharpener.luma

    def stop_at_the_seventh(sharpener: Sharpener, plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if next(calls) == 6:
            raise KeyboardInterrupt
        return luma(sharpener, plane)

    monkeypatch.setattr(Sharpener, "luma", stop_at_the_seventh)
    stopped = run(source, target, "--threads", 1)
    assert stopped.exit_code == 1
    assert "stopped after 6 frames; the first 4 are kept: resuming goes on from there" in stopped.stderr
    changed = run(source, target, "--threads", 1, "--resume", "--strength", 0.5)
    assert changed.exit_code == 1
    assert "cannot be gone on with: model was unsharp" in changed.stderr
    resumed = run(source, target, "--threads", 1, "--resume")
    assert resumed.exit_code == 0
    assert "went on after 4 frames of an earlier run" in resumed.stderr
    assert sorted(tmp_path.iterdir()) == [source, target]
