"""Documents: written whole or not at all, and the tables in them, which are generated.

A document has a table wherever it says ``<!-- table: KIND DATA DEGRADATION -->``; what stands between that and the next
``<!-- end of table -->`` is never edited by hand. KIND is one of `acutance.evaluate.tables.KINDS`; or one of
`acutance.evaluate.clips.tables.CLIP_KINDS`, and DEGRADATION the calls' names up to the size (``call-x2``).
"""

import os
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from acutance.evaluate.clips.cells import CellSummary
from acutance.evaluate.clips.tables import CLIP_KINDS
from acutance.evaluate.summary import Summary
from acutance.evaluate.tables import KINDS, Table

_MARKED = re.compile(
    r"(?P<begin><!-- table: (?P<kind>\w+) (?P<data>\S+) (?P<degradation>\S+) -->\n)"
    r"(?P<content>.*?)(?P<end><!-- end of table -->)",
    re.DOTALL,
)


class TableError(ValueError):
    """A document's marker that asks for a table that there is not."""


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


def fill_tables(text: str, summaries: Sequence[Summary], cells: Sequence[CellSummary] = ()) -> str:
    """Return a document with the tables of these summaries put between its markers; others stay as they are.

    Raises:
        TableError: a marker names no kind of table.
    """
    known: dict[tuple[str, str, str], Callable[[], Table]] = {}
    for summary in summaries:
        known |= {(kind, summary.data, summary.degradation): partial(KINDS[kind], summary) for kind in KINDS}
    for group in cells:
        known |= {(kind, group.data, group.sent): partial(CLIP_KINDS[kind], group) for kind in CLIP_KINDS}

    def fill(match: re.Match[str]) -> str:
        if match["kind"] not in KINDS | CLIP_KINDS:
            expected = ", ".join(KINDS | CLIP_KINDS)
            raise TableError(f"marker {match['begin'].strip()}: got {match['kind']!r}, expected {expected}")
        table = known.get((match["kind"], match["data"], match["degradation"]))
        content = match["content"] if table is None else table().to_markdown()
        return match["begin"] + content + match["end"]

    return _MARKED.sub(fill, text)


def marked_tables(text: str) -> set[tuple[str, str]]:
    """Return the (data, degradation) pairs whose tables a document shows."""
    return {(match["data"], match["degradation"]) for match in _MARKED.finditer(text)}
