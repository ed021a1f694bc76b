"""The `acutance` command."""

import typer

from acutance.cli.bench import bench
from acutance.cli.data import data_app
from acutance.cli.degrade import degrade
from acutance.cli.demo import demo
from acutance.cli.doctor import doctor
from acutance.cli.evaluate import evaluate
from acutance.cli.export import export
from acutance.cli.live import live
from acutance.cli.models import models
from acutance.cli.quantize import quantize
from acutance.cli.sharpen import sharpen
from acutance.cli.train import train

app = typer.Typer(
    name="acutance",
    help="Makes video calls and pictures sharp again, in real time, on an ordinary laptop's processor.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for command in (sharpen, live, demo, models, doctor, degrade, evaluate, bench, train, export, quantize):
    app.command()(command)
app.add_typer(data_app)


@app.callback()
def _root() -> None:
    pass


def main() -> None:
    """Run the command line."""
    app()
