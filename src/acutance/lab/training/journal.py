"""The journal of a run: one JSON line a log step and a line a validation, in order of steps."""

import json
from pathlib import Path
from typing import Any


class Journal:
    """Appends lines, and takes back those that a resumed run will write again."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def forget_after(self, step: int) -> None:
        """Drop the lines of later steps (written after the checkpoint that a run resumes from) and a torn last line."""
        kept = [json.dumps(line) + "\n" for line in self.read() if line["step"] <= step]
        temporary = self._path.with_suffix(".tmp")
        temporary.write_text("".join(kept), encoding="utf-8")
        temporary.replace(self._path)

    def append(self, line: dict[str, Any]) -> None:
        """Write a line; it has at least a ``step``."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def read(self) -> list[dict[str, Any]]:
        """Return the whole lines there are."""
        if not self._path.exists():
            return []
        lines = []
        for text in self._path.read_text(encoding="utf-8").splitlines():
            try:
                lines.append(json.loads(text))
            except json.JSONDecodeError:
                break
        return lines
