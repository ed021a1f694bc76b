"""A clip being written: whole or not at all."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import OutputContainer

from acutance.video.clip import ClipError

_MUXERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
CLIP_SUFFIXES = frozenset(_MUXERS)
MATROSKA = "matroska"


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
def new_clip(path: Path, options: Mapping[str, str]) -> Iterator[OutputContainer]:
    """Open a clip for writing under a temporary name beside its own; it is renamed when the block ends well.

    Args:
        path: the clip's name; its suffix chooses the format.
        options: the muxer's.

    Raises:
        ClipError: the suffix names no format, or the format or the disk refuses.
    """
    muxer = muxer_of(path)
    if not path.parent.is_dir():
        raise ClipError(f"{path}: there is no folder {path.parent}")
    if path.is_dir():
        raise ClipError(f"{path}: is a folder; give the result another name")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with av.open(
            f"file:{temporary}",
            "w",
            format=muxer,
            container_options=dict(options),
            metadata_errors="surrogateescape",
        ) as container:
            yield container
        _rename(temporary, path)
    except av.FFmpegError as error:
        raise ClipError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        temporary.unlink(missing_ok=True)


def _rename(temporary: Path, path: Path) -> None:
    try:
        temporary.replace(path)
    except OSError as error:
        raise ClipError(f"{path}: cannot be written ({error.strerror})") from error
