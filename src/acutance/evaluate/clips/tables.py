"""Cells as tables."""

from acutance.evaluate.clips.cells import Cell, CellSummary, Change
from acutance.evaluate.tables import Table


def means_table(summary: CellSummary) -> Table:
    """Return a row a model: mean gains over the cells, the worst cell, flicker and warping as shares of the displayed.

    The highest share of any cell stands in brackets.
    """
    names = {"flicker": "flicker ×", "still_flicker": "where still ×", "warping": "warping ×"}
    kept = [name for name in names if any(getattr(change, name) is not None for change in summary.means.values())]
    return Table(
        headings=("method", "gain dB", "gain SSIM", "worst cell, dB", "which", *(names[name] for name in kept)),
        rows=tuple(
            (
                model,
                f"{mean.psnr_gain:+.2f}",
                f"{mean.ssim_gain:+.4f}",
                f"{summary.worst[model].changes[model].psnr_gain:+.2f}",
                f"{_subject(summary.worst[model])} {_coded(summary.worst[model])}",
                *(_share(mean, [cell.changes[model] for cell in summary.cells], name) for name in kept),
            )
            for model, mean in summary.means.items()
        ),
    )


def cells_table(summary: CellSummary) -> Table:
    """Return a row a cell: what was displayed, and every model's gain of PSNR and SSIM."""
    return Table(
        headings=("clip", "call", "bits a pixel", "displayed", *summary.means),
        rows=tuple(
            (
                _subject(cell),
                _coded(cell),
                f"{cell.bits_per_pixel:.3f}",
                f"{cell.psnr:.2f} / {cell.ssim:.4f}",
                *(
                    f"{cell.changes[model].psnr_gain:+.2f} / {cell.changes[model].ssim_gain:+.4f}"
                    for model in summary.means
                ),
            )
            for cell in summary.cells
        ),
    )


CLIP_KINDS = {"means": means_table, "cells": cells_table}


def _subject(cell: Cell) -> str:
    return cell.subject or "all"


def _coded(cell: Cell) -> str:
    """Return what a call's name says after the size."""
    return " ".join(cell.degradation.split("-")[2:])


def _share(mean: Change, changes: list[Change], name: str) -> str:
    shares = [share for change in changes if (share := getattr(change, name)) is not None]
    return f"{getattr(mean, name):.2f} (≤ {max(shares):.2f})" if shares else "–"
