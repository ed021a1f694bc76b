"""Latency over time as a picture: SVG in plain text."""

from collections.abc import Sequence

from acutance.bench.report.tables import BUDGETS, main_size
from acutance.bench.results import Results, Row
from acutance.evaluate.report.axes import Axis, logarithmic_axis
from acutance.evaluate.report.markup import Html, element, join, raw_element

_WIDTH, _HEIGHT = 860.0, 420.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 660.0, 34.0, 384.0
_LABEL_STEP = 15.0
_STUDENTS = ("#0b6e4f", "#1f9d72", "#3a7ca5", "#7a4fb5", "#b5651d")
_OTHERS = {"rival": "#59616b", "baseline": "#98a0aa"}
_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 13px }
.tick { fill: #57606a; font-size: 11px }
.grid { stroke: #e4e7eb }
.budget { stroke: #cf222e; stroke-dasharray: 5 4 }
.over { fill: #cf222e; font-size: 11px }
polyline { fill: none; stroke-width: 1.6; stroke-linejoin: round }
"""


def latency_chart(results: Results) -> str:
    """Return the frame paths of the main size, frame by frame, as an SVG document; networks where there are only those.

    The axis of milliseconds is logarithmic; dashed lines are what 30 and 60 frames a second leave.
    """
    size = main_size(results)
    stages = ("frame", "network")
    rows: list[Row] = []
    for stage in stages:
        rows = rows or [row for row in results.rows if (row.stage, row.size) == (stage, size) and row.kind != "limit"]
    colours = _colours(rows)
    frames = max(len(row.latency.series) for row in rows)
    up = logarithmic_axis([value for row in rows for value in (*row.latency.series, *BUDGETS)], _BOTTOM, _TOP)
    across = Axis(0.0, max(frames - 1.0, 1.0), _LEFT, _RIGHT, ())
    parts = [
        element("rect", width=_WIDTH, height=_HEIGHT, fill="#ffffff"),
        _text(_LEFT, 18.0, f"Milliseconds a frame, {size[0]}×{size[1]}, {results.machine.processor}", "title"),
        _text(_RIGHT, _BOTTOM + 26.0, f"{frames} frames, in turn", "tick", "end"),
    ]
    for tick in up.ticks:
        parts += [_line(up.place(tick), "grid"), _text(_LEFT - 6.0, up.place(tick) + 4.0, f"{tick:g}", "tick", "end")]
    for budget in BUDGETS:
        parts += [
            _line(up.place(budget), "budget"),
            _text(_LEFT + 4.0, up.place(budget) - 4.0, f"{budget:.1f} ms: {1000.0 / budget:.0f} FPS", "over"),
        ]
    label_at = -_LABEL_STEP
    for row in sorted(rows, key=lambda row: -row.latency.p50):
        points = " ".join(
            f"{across.place(place):.1f},{up.place(value):.1f}" for place, value in enumerate(row.latency.series)
        )
        label_at = max(up.place(row.latency.p50) + 4.0, label_at + _LABEL_STEP)
        label = f"{row.name} {row.precision}: {row.latency.p50:.1f}"
        parts += [
            element("polyline", points=points, stroke=colours[id(row)]),
            element(
                "text", label, x=_RIGHT + 8.0, y=label_at, fill=colours[id(row)], style=f"fill: {colours[id(row)]}"
            ),
        ]
    drawing = element(
        "svg",
        raw_element("style", _STYLE),
        join(parts),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_WIDTH:g} {_HEIGHT:g}",
        width=_WIDTH,
        height=_HEIGHT,
        role="img",
    )
    return f"{drawing}\n"


def _colours(rows: Sequence[Row]) -> dict[int, str]:
    students = [row for row in rows if row.kind == "student"]
    own = {id(row): _STUDENTS[place % len(_STUDENTS)] for place, row in enumerate(students)}
    return {id(row): own.get(id(row)) or _OTHERS[row.kind] for row in rows}


def _line(y: float, kind: str) -> Html:
    return element("line", class_=kind, x1=_LEFT, y1=y, x2=_RIGHT, y2=y)


def _text(x: float, y: float, text: str, kind: str, anchor: str | None = None) -> Html:
    return element("text", text, class_=kind, x=x, y=y, text_anchor=anchor)
