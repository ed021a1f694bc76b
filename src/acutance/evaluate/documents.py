"""Text files that appear whole or not at all."""

import os
from pathlib import Path


def write_document(path: Path, text: str) -> None:
    """Write UTF-8 text under a temporary name, and rename it.

    Raises:
        OSError: the disk refuses; what was there stays.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
