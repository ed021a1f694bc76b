"""Results as tables."""

from acutance.bench.apart.clip import RATE
from acutance.bench.results import Kind, Results, Row
from acutance.evaluate.tables import Table

BUDGETS = (1000.0 / 30.0, 1000.0 / 60.0)
"""Milliseconds that 30 and 60 frames a second leave for each."""
_ANCHORS = ("ecbsr-m4c16", "espcn")  # whose times students are held against
_FULL_HD = 1920 * 1080
_ORDER: tuple[Kind, ...] = ("student", "rival", "baseline")


def tables(results: Results) -> dict[str, Table]:
    """Return the tables that there is something in, by title."""
    size = main_size(results)
    made = {
        f"In turn, {size[0]}×{size[1]}": speed_table(results),
        "By size: median milliseconds (nanoseconds a pixel)": size_table(results),
        "The limit": limit_table(results),
        "In a process of its own": start_table(results),
        f"Clips, {RATE} FPS": clip_table(results),
    }
    return {title: table for title, table in made.items() if table.rows}


def main_size(results: Results) -> tuple[int, int]:
    """Return the size that most is told of: the one nearest to 1920×1080."""
    return min((row.size for row in results.rows), key=lambda size: abs(size[0] * size[1] - _FULL_HD))


def speed_table(results: Results) -> Table:
    """Return a row for everything that was timed in turn at the main size; the frame path where it has one."""
    size = main_size(results)
    frames = {row.name: row.latency.p50 for row in results.rows if row.stage == "frame" and row.size == size}
    cells = []
    for row, network in _in_turn(results, size):
        rate, limit = row.gmac_per_second, results.limit(size, row.precision)
        if row.kind == "rival" and row is network:
            limit = None  # of a precision that lost: not timed in the same rounds
        median = row.latency.p50
        cells.append(
            (
                row.name,
                row.precision,
                _told(None if network is None else network.latency.p50, ".1f"),
                *("–" if row is network else f"{value:.1f}" for value in _percentiles(row)),
                f"{row.frames_per_second:.1f}",
                *(f"{median / budget:.0%}" for budget in BUDGETS),
                _told(None if network is None or row is network else 1.0 - network.latency.p50 / median, ".1%"),
                _told(rate, ".0f"),
                _told(rate / limit if rate and limit else None, ".0%"),
                *(
                    _told(median / frames[anchor] if anchor in frames and row.stage == "frame" else None, ".2f")
                    for anchor in _ANCHORS
                ),
            )
        )
    headings = ("what", "precision", "network ms", "frame path ms", "p95", "p99", "FPS")
    shares = (*(f"of {budget:.1f} ms" for budget in BUDGETS), "around the network")
    return Table((*headings, *shares, "GMAC/s", "of the limit", *(f"× {anchor}" for anchor in _ANCHORS)), tuple(cells))


def size_table(results: Results) -> Table:
    """Return a column a size."""
    sizes = sorted({row.size for row in results.rows}, key=lambda size: size[0] * size[1])
    if len(sizes) < 2:
        return Table((), ())
    found: dict[tuple[str, str], dict[tuple[int, int], Row]] = {}
    for size in sizes:
        for row, _ in _in_turn(results, size):
            found.setdefault((row.name, row.precision), {})[size] = row
    return Table(
        ("what", "precision", *(f"{width}×{height}" for width, height in sizes)),
        tuple(
            (*key, *(_by_pixel(own[size]) if size in own else "–" for size in sizes))
            for key, own in found.items()
            if len(own) > 1
        ),
    )


def limit_table(results: Results) -> Table:
    """Return the square convolutions of which the fastest is the machine's limit, as they went at the main size."""
    return Table(
        ("square 3×3 convolutions", "precision", "GMAC/s"),
        tuple(
            (row.name, row.precision, _told(row.gmac_per_second, ".0f"))
            for row in results.rows
            if row.kind == "limit" and row.size == main_size(results)
        ),
    )


def start_table(results: Results) -> Table:
    """Return a row a process that sharpened planes and nothing else."""
    return Table(
        ("what", "runs as", "precision", "median ms", "p95", "FPS", "first frame s", "peak MB"),
        tuple(
            (
                row.name,
                row.runs_as,
                row.precision,
                *(f"{value:.1f}" for value in _percentiles(row)[:2]),
                f"{row.frames_per_second:.1f}",
                *_start(row),
            )
            for row in results.rows
            if row.stage == "apart"
        ),
    )


def clip_table(results: Results) -> Table:
    """Return a row a clip that was sharpened."""
    return Table(
        ("what", "precision", "way", "FPS", "× real time", "median ms", "p95", "first frame s", "peak MB"),
        tuple(
            (
                row.name,
                row.precision,
                _way(row),
                f"{row.frames_per_second:.1f}",
                f"{row.frames_per_second / RATE:.2f}",
                *(f"{value:.1f}" for value in _percentiles(row)[:2]),
                *_start(row),
            )
            for row in results.rows
            if row.stage in ("clip", "discard")
        ),
    )


def _in_turn(results: Results, size: tuple[int, int]) -> list[tuple[Row, Row | None]]:
    """Return each frame path with its network, where it was timed alone; networks without a frame path as both."""
    rows = [row for row in results.rows if row.size == size and row.stage in ("network", "frame")]
    rows = [row for kind in _ORDER for row in rows if row.kind == kind]
    networks = {(row.name, row.precision): row for row in rows if row.stage == "network"}
    frames = {(row.name, row.precision): row for row in rows if row.stage == "frame"}
    keys = dict.fromkeys((row.name, row.precision) for row in rows)
    return [(frames.get(key) or networks[key], networks.get(key)) for key in keys]


def _way(row: Row) -> str:
    shown = f"{row.width}×{row.height}"
    if row.stage == "discard":
        return f"{shown}, decode and sharpen"
    return f"{shown} to clip" if row.received is None else f"{row.received[0]}×{row.received[1]} to {shown} clip"


def _start(row: Row) -> tuple[str, str]:
    return (
        _told(None if row.first_frame_ms is None else row.first_frame_ms / 1000.0, ".2f"),
        _told(row.peak_memory_mb, ".0f"),
    )


def _by_pixel(row: Row) -> str:
    return f"{row.latency.p50:.1f} ({1e6 * row.latency.p50 / (row.width * row.height):.1f})"


def _percentiles(row: Row) -> tuple[float, float, float]:
    return row.latency.p50, row.latency.p95, row.latency.p99


def _told(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
