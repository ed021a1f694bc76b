"""The `acutance` command."""

import typer

from acutance.cli.train import train

app = typer.Typer(
    name="acutance",
    help="Makes video calls and pictures sharp again, in real time, on an ordinary laptop's processor.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command()(train)


@app.callback()
def _root() -> None:
    pass


def main() -> None:
    """Run the command line."""
    app()
