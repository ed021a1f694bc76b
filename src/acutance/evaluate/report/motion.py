"""Clips on the page: cells, curves frame by frame, and short animations before and after."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from acutance.evaluate.clips.cells import CellSummary, sent_as
from acutance.evaluate.clips.tables import cells_table, means_table
from acutance.evaluate.report.axes import Axis, linear_axis
from acutance.evaluate.report.charts import signed
from acutance.evaluate.report.images import animation_uri
from acutance.evaluate.report.markup import Html, element, join
from acutance.evaluate.report.tables import plain_table
from acutance.evaluate.rows import BICUBIC, ClipRow

_WIDTH, _HEIGHT = 340.0, 210.0
_LABEL = 14.0
_DASHES = (None, "6 3", "2 3", "8 3 2 3")


@dataclass(frozen=True, eq=False)
class ClipExample:
    """A clip before and after a model.

    Attributes:
        clip: its name in the set.
        degradation: the call that it went through.
        model: the model's name.
        frames: h×w×3 uint8 RGB by label, in the order in which they stand beside each other; all of one size, and as
            many of each.
    """

    clip: str
    degradation: str
    model: str
    frames: Mapping[str, Sequence[NDArray[np.uint8]]]


def clip_sections(
    summaries: Sequence[CellSummary], rows: Sequence[ClipRow], examples: Iterable[ClipExample], learned: frozenset[str]
) -> list[Html]:
    """Return a section a summary: tables, curves of the clips that are shown, and those.

    Args:
        summaries: of the rows.
        rows: of clips.
        examples: clips to show; each is encoded before the next is taken.
        learned: the models to draw in the accent colour.
    """
    shown: dict[str, list[Html]] = {}
    for example in examples:
        shown.setdefault(sent_as(example.degradation), []).append(_example(example, rows, learned))
    return [_section(summary, shown.get(summary.sent, [])) for summary in summaries]


def _section(summary: CellSummary, shown: Sequence[Html]) -> Html:
    note = (
        "Luma PSNR and SSIM frame by frame, means; gains over the displayed clip, flicker and warping error as shares "
        "of the displayed clip’s, in brackets the highest of any cell."
    )
    means, cells = means_table(summary), cells_table(summary)
    return element(
        "section",
        element("h2", f"{summary.data}, {summary.sent}"),
        element("p", note, class_="note"),
        plain_table("Over the cells", means.headings, means.rows),
        element("details", element("summary", "Cell by cell"), plain_table("Cells", cells.headings, cells.rows)),
        *shown,
    )


def _example(example: ClipExample, rows: Sequence[ClipRow], learned: frozenset[str]) -> Html:
    labels = list(example.frames)
    strips = [np.concatenate(beside, axis=1) for beside in zip(*example.frames.values(), strict=True)]
    height, width = strips[0].shape[:2]
    own = {row.model: row for row in rows if (row.picture, row.degradation) == (example.clip, example.degradation)}
    return element(
        "article",
        element("h4", f"{example.clip}, {example.degradation}"),
        element("p", f"Left to right: {', '.join(labels)}; by {example.model}.", class_="note"),
        element(
            "img",
            src=animation_uri(strips),
            alt=f"{example.clip}, {example.degradation}: {', '.join(labels)}",
            width=width,
            height=height,
            class_="clip",
        ),
        element("div", _gain_panel(own, learned), _flicker_panel(own, learned), class_="panels"),
        class_="example",
    )


def _gain_panel(rows: Mapping[str, ClipRow], learned: frozenset[str]) -> Html:
    displayed = np.asarray(rows[BICUBIC].curves.psnr)
    gains = {name: np.asarray(row.curves.psnr) - displayed for name, row in rows.items() if name != BICUBIC}
    return _curves("Gain of luma PSNR", "dB, frame by frame", gains, learned, signed)


def _flicker_panel(rows: Mapping[str, ClipRow], learned: frozenset[str]) -> Html:
    curves = {"displayed" if name == BICUBIC else name: np.asarray(row.curves.flicker) for name, row in rows.items()}
    return _curves("Flicker", "code values, frame by frame", curves, learned, "{:.2f}".format)


def _curves(
    title: str,
    unit: str,
    curves: Mapping[str, NDArray[np.float64]],
    learned: frozenset[str],
    mean: Callable[[float], str],
) -> Html:
    """Return a panel of lines over the frames, with the mean of each as text."""
    left, bottom = 34.0, _HEIGHT - 4.0 - _LABEL * len(curves)
    up = linear_axis((float(value) for curve in curves.values() for value in curve), bottom, 10.0)
    frames = max(len(curve) for curve in curves.values())
    across = Axis(0.0, max(1.0, frames - 1.0), left, _WIDTH - 4.0, ())
    parts: list[Html] = []
    for tick in up.ticks:
        place = up.place(tick)
        kind = "zero" if tick == 0.0 else "grid"
        parts.append(element("line", class_=kind, x1=left, y1=place, x2=_WIDTH - 4.0, y2=place))
        label = f"{round(tick, 6):g}".replace("-", "−")
        parts.append(element("text", label, class_="tick", x=left - 6.0, y=place + 4.0, text_anchor="end"))
    for number, (name, curve) in enumerate(curves.items()):
        points = " ".join(f"{across.place(x):.1f},{up.place(float(y)):.1f}" for x, y in enumerate(curve))
        kind, dash = f"curve {'learned' if name in learned else 'baseline'}", _DASHES[number % len(_DASHES)]
        parts.append(element("polyline", points=points, class_=kind, stroke_dasharray=dash))
        line = bottom + 4.0 + _LABEL * (number + 0.6)
        key = f"{left:.1f},{line:.1f} {left + 28.0:.1f},{line:.1f}"
        parts.append(element("polyline", points=key, class_=kind, stroke_dasharray=dash))
        text = f"{name}: {mean(float(curve.mean()))}"
        parts.append(element("text", text, class_="tick", x=left + 34.0, y=line + 4.0))
    spoken = f"{title}, {unit}: " + "; ".join(f"{name} {curve.mean():.2f} on average" for name, curve in curves.items())
    drawing = element(
        "svg",
        join(parts),
        viewBox=f"0 0 {_WIDTH:g} {_HEIGHT:g}",
        width=_WIDTH,
        height=_HEIGHT,
        role="img",
        aria_label=spoken,
    )
    caption = element("figcaption", element("strong", title), " ", element("span", unit))
    return element("figure", caption, drawing, class_="panel")
