"""`acutance models`: what is shipped."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from acutance.runtime.cards import MeasuredRow


def models(
    as_json: Annotated[bool, typer.Option("--json", help="Print the cards as JSON.")] = False,
) -> None:
    """List the shipped models: in which precisions, for what, at what cost, with what measured quality."""
    from acutance.runtime.models import read_card, shipped_files

    cards = [read_card(path) for path in shipped_files().values()]
    if as_json:
        print(json.dumps([card.model_dump() for card in cards], indent=2))
        return

    from rich.console import Console
    from rich.table import Table

    table = Table(caption="measured: luma PSNR in dB / SSIM; in brackets the displayed pictures themselves (bicubic)")
    for column in ("model", "precision", "for", "MAC per pixel", "measured"):
        table.add_column(column, overflow="fold")
    for card in cards:
        rows = [_figures(row) for row in card.measured]
        rows += [f"{condition}: {_figures(row)}" for condition in card.conditions for row in condition.measured]
        table.add_row(
            card.name,
            card.precision,
            "\n".join(map(str, card.conditions)) or f"{card.degradation}, frames enlarged by {card.scale:g}",
            f"{card.mac_per_pixel:,.0f} ({card.parameters:,} weights, {card.licence})",
            "\n".join(rows) or f"validation {card.training.validation_psnr:.2f} dB",
        )
    Console().print(table)


def _figures(row: "MeasuredRow") -> str:
    return f"{row.data}: {row.psnr:.2f} / {row.ssim:.4f} ({row.bicubic_psnr:.2f} / {row.bicubic_ssim:.4f})"
