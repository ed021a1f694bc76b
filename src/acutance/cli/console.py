"""What commands print: results to standard output, everything else to standard error, and one line for a fault."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

SOME_FAILED = 1
NOTHING_BEGUN = 2


def fail(message: object, code: int = NOTHING_BEGUN) -> NoReturn:
    """Print one line and exit."""
    complain(message)
    raise typer.Exit(code)


def complain(message: object) -> None:
    """Print one line about a fault."""
    print(f"acutance: {one_line(message)}", file=sys.stderr)


def note(message: str) -> None:
    """Print one line that a user should know but that is no fault."""
    print(f"note: {one_line(message)}", file=sys.stderr)


def one_line(message: object) -> str:
    """Return a message as one line that a terminal shows as it is: file names and cards may hold any character."""
    joined = " ".join(str(message).split())
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in joined)


@contextmanager
def progress_bar(*columns: str) -> Iterator["Progress"]:
    """Show progress with time left on a terminal, and nothing where there is none.

    Args:
        columns: further columns, as rich's text columns write them, such as ``"{task.fields[fps]}"``.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}", markup=False),  # it holds file names
        BarColumn(),
        TaskProgressColumn(),
        *columns,
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as progress:
        yield progress
