"""What was measured, as tables in the terminal."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from acutance.evaluate.clips.cells import CellSummary
    from acutance.evaluate.summary import Summary
    from acutance.evaluate.tables import Table

_MAY_BE_LEFT_OUT = ("RGB SSIM", "gain SSIM", "edge width px", "overshoot", "luma SSIM")  # in a narrow window
_FILE_WIDTH = 180  # columns where the output is no terminal: enough that nothing is folded


def print_summary(summary: "Summary") -> None:
    """Print what was measured on one set of pictures under one degradation."""
    from acutance.evaluate.degradations import CLEAN
    from acutance.evaluate.tables import category_table, kept_table, overall_table, ranking_table

    if summary.degradation == CLEAN:
        _print_table(
            kept_table(summary),
            f"{summary.data}, clean, {summary.pictures} pictures",
            "luma PSNR of what comes out of the clean picture itself, against it; 100 where nothing changed",
        )
        return
    left_out = f"; {summary.left_out} that not every method has are left out" if summary.left_out else ""
    _print_table(
        overall_table(summary),
        f"{summary.data}, {summary.degradation}, {summary.pictures} pictures{left_out}",
        "means of the category means and their 95 % bootstrap intervals; gains are paired with bicubic, which is the "
        f"displayed picture; data {summary.data_sha256[:12]}",
    )
    if len(summary.models[0].categories) > 1:
        _print_table(category_table(summary), "By category", "luma PSNR / SSIM")
    _print_table(ranking_table(summary), "Ranking", "by luma PSNR, paired; a lead whose interval holds zero is a tie")


def print_cells(summary: "CellSummary") -> None:
    """Print what was measured on clips that were sent at one size."""
    from acutance.evaluate.clips.tables import cells_table, means_table

    left_out = f"; {summary.left_out} that not every method has are left out" if summary.left_out else ""
    _print_table(
        cells_table(summary),
        f"{summary.data}, {summary.sent}, {len(summary.cells)} cell{'s' * (len(summary.cells) != 1)}{left_out}",
        f"luma PSNR / SSIM of the displayed clip, and gains over it; data {summary.data_sha256[:12]}",
    )
    _print_table(
        means_table(summary),
        "Over the cells",
        "flicker and warping error as shares of the displayed clip's; in brackets the highest of any cell",
    )


def _print_table(table: "Table", title: str, caption: str) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable

    width = None if Console().is_terminal else _FILE_WIDTH
    console = Console(width=width, markup=False, emoji=False, highlight=False)
    columns = {heading: [heading, *(row[place] for row in table.rows)] for place, heading in enumerate(table.headings)}
    if _width(columns) > console.width:
        columns = {heading: [cell.replace(" ", "\n") for cell in cells] for heading, cells in columns.items()}
    for heading in _MAY_BE_LEFT_OUT:
        if heading in columns and _width(columns) > console.width:
            del columns[heading]
    if len(columns) < len(table.headings):
        caption += "; a wider window shows more figures"
    shown = RichTable(title=title, caption=caption, box=box.SIMPLE_HEAD, title_justify="left", caption_justify="left")
    for cells in columns.values():
        shown.add_column(cells[0], justify="right" if shown.columns else "left")
    for row in list(zip(*columns.values(), strict=True))[1:]:
        shown.add_row(*row)
    console.print(shown)


def _width(columns: dict[str, list[str]]) -> int:
    """Return how wide a table is, with what rich puts around its cells."""
    return 2 + sum(3 + max(len(line) for cell in cells for line in cell.splitlines()) for cells in columns.values())
