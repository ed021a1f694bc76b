"""A clip being written: whole or not at all."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import OutputContainer

from acutance.video.decoding import ClipError

AVI = "avi"
MATROSKA = "matroska"
WEBM = "webm"
_MUXERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": MATROSKA, ".webm": WEBM, ".avi": AVI}
CLIP_SUFFIXES = frozenset(_MUXERS)


def muxer_of(path: Path) -> str:
    """Return FFmpeg's name of the container format that the path's suffix names.

    Raises:
        ClipError: it names none.
    """
    muxer = _MUXERS.get(path.suffix.lower())
    if muxer is None:
        raise ClipError(f"{path}: got the suffix {path.suffix!r}, expected one of {', '.join(sorted(_MUXERS))}")
    return muxer


@contextmanager
def new_clip(path: Path, options: Mapping[str, str], temporary: Path | None = None) -> Iterator[OutputContainer]:
    """Open a clip for writing under a temporary name; it is renamed when the block ends well.

    Args:
        path: the clip's name; its suffix chooses the format. A link there is replaced, not followed.
        options: the muxer's.
        temporary: the name until then, on the same disk; None for one beside the clip's own.

    Raises:
        ClipError: the suffix names no format, or the format or the disk refuses.
    """
    muxer = muxer_of(path)
    refuse_place(path)
    temporary = temporary or path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with av.open(
            f"file:{temporary}",
            "w",
            format=muxer,
            container_options=dict(options),
            metadata_errors="surrogateescape",
        ) as container:
            yield container
        publish(temporary, path)
    except (av.FFmpegError, OSError) as error:
        raise ClipError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        temporary.unlink(missing_ok=True)


def refuse_place(path: Path) -> None:
    """Refuse a name that no clip can have.

    Raises:
        ClipError: there is no such folder, or the name is a folder's.
    """
    if not path.parent.is_dir():
        raise ClipError(f"{path}: there is no folder {path.parent}; make it first")
    if path.is_dir():
        raise ClipError(f"{path}: is a folder; give the result another name")


def publish(temporary: Path, path: Path) -> None:
    """Give a whole file its name, and have it on the disk first."""
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(path)
