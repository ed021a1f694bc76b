"""`acutance data`: sources of pictures, and folders of them."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from acutance.cli.console import SOME_FAILED, complain, fail, note, progress_bar

data_app = typer.Typer(name="data", help="Sources of pictures to measure and to train on.", no_args_is_help=True)

_CatalogueOption = Annotated[
    Path | None, typer.Option("--catalogue", metavar="FILE.toml", help="Sources of your own, instead of the usual.")
]
_HomeOption = Annotated[
    Path | None,
    typer.Option("--to", metavar="DIR", help="Where it gets a folder of its name.  [default: the data folder]"),
]


@data_app.command("list")
def list_sources(catalogue: _CatalogueOption = None) -> None:
    """List the sources: what they are, how large, under which licence, and which are here already."""
    from acutance.data.catalogue import load_catalogue
    from acutance.data.fetched import DataError, data_home, read_receipt

    try:
        sources = load_catalogue(catalogue).sources
        fetched = {source.name for source in sources if read_receipt(data_home() / source.name)}
    except DataError as error:
        fail(error)

    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(caption=f"here: in {data_home()}", box=box.SIMPLE_HEAD)
    for column in ("name", "what", "pictures", "size", "licence", "here"):
        table.add_column(column, overflow="fold", justify="right" if column in ("pictures", "size") else "left")
    for source in sources:
        here = "yes" if source.name in fetched else "no"
        table.add_row(source.name, source.what, f"{source.pictures}", _size(source.size), source.licence, here)
    Console().print(table)


@data_app.command()
def fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A source's name, as `acutance data list` has it.")],
    to: _HomeOption = None,
    catalogue: _CatalogueOption = None,
) -> None:
    """Download a source, check it and unpack it.

    What was cut off goes on where it stopped when the command is run again. A source that is here already is only
    checked.
    """
    from acutance.data.catalogue import load_catalogue
    from acutance.data.fetch import fetch as fetch_source
    from acutance.data.fetched import PINS_NAME, DataError, data_home, read_receipt

    home = to or data_home()

    def tell_pin(url: str, sha256: str) -> None:
        note(f"nobody has published a SHA-256 of {url}; pinned the one it has now, {sha256}, in {home / PINS_NAME}")

    try:
        known = load_catalogue(catalogue)
        source = known.find(name)
        if source is None:
            fail(f"data: got {name!r}, expected one of {', '.join(known.names)}")
        was_here = read_receipt(home / source.name) is not None
        with progress_bar("{task.fields[received]}") as progress:
            task = progress.add_task(source.name, total=source.size, received="")
            fetched = fetch_source(
                source,
                home,
                advance=lambda size: progress.update(task, completed=size, received=_size(size)),
                tell_pin=tell_pin,
            )
    except DataError as error:
        fail(error)
    state = "is there already" if was_here else "fetched"
    print(f"{fetched.root}: {state}, {len(fetched.pictures)} pictures, set hash {fetched.sha256}")


@data_app.command()
def check(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="A folder of pictures, or a fetched source's name.")],
) -> None:
    """Read every picture of a folder to its last pixel, count them, and print the hash of what is there."""
    from acutance.data import DataError, open_set
    from acutance.data.check import fault_of

    try:
        opened = open_set(folder)
    except DataError as error:
        fail(error)
    faulty = 0
    with progress_bar() as progress:
        for picture in progress.track(opened.pictures, description="reading pictures"):
            if fault := fault_of(picture.path):
                complain(f"{picture.path}: {fault}")
                faulty += 1
    for category, count in sorted(Counter(picture.category for picture in opened.pictures).items()):
        if category:
            print(f"{category}: {count}")
    verdict = f"{faulty} of them bad" if faulty else "all readable"
    print(f"{opened.root}: {len(opened.pictures)} pictures, {verdict}, set hash {opened.sha256}")
    if faulty:
        raise typer.Exit(SOME_FAILED)


def _size(size: int) -> str:
    from rich.filesize import decimal

    return decimal(size)
