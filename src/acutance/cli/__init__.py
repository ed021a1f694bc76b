"""The commands, a file each."""

from acutance.cli.main import main

__all__ = ["main"]
