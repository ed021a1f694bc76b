"""Checkpoints: written whole or not at all."""

import io
import os
from pathlib import Path
from typing import Any

import torch


def save_checkpoint(state: dict[str, Any], path: Path) -> None:
    """Write the state, whole."""
    content = io.BytesIO()
    torch.save(state, content)
    write_whole(path, content.getvalue())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a temporary name, flush it to the disk, and rename it."""
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a state that `save_checkpoint` wrote (tensors and plain values only; no code is run).

    Raises:
        FileNotFoundError: there is none.
    """
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state
