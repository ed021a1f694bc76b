"""What goes where when a folder goes in and a folder comes out."""

from collections.abc import Iterator
from pathlib import Path


def files_below(folder: Path, suffixes: frozenset[str]) -> Iterator[Path]:
    """Yield the files of those suffixes below a folder, in order of names, relative to it.

    Hidden files and folders are left out, and links that lead out of the folder are not followed.
    """
    root = folder.resolve()
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in relative.parts)
        if hidden or path.suffix.lower() not in suffixes or not path.is_file():
            continue
        if path.resolve().is_relative_to(root):
            yield relative
