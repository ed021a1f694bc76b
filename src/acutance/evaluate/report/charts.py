"""The charts, as inline SVG: gains by category, gains picture by picture, and gains against cost.

Every panel is narrow enough for a phone, so that its text never shrinks; a wide window shows several side by side.
Colours come from the page's style sheet.
"""

from collections.abc import Mapping, Sequence

from acutance.evaluate.report.axes import Axis, linear_axis, logarithmic_axis
from acutance.evaluate.report.markup import Html, element, join
from acutance.evaluate.rows import BICUBIC
from acutance.evaluate.summary import WORSE_BELOW, Estimate, Group, PictureGain, Summary

_WIDTH = 340.0
_VALUES = 50.0  # the column of figures beside the bars
_ROW = 36.0  # a model's name and, below it, its bar
_BAR = 11.0
_BRICK = 4.0
_STACK = 76.0  # what the highest stack of bricks may take
_LONGEST_NAME = 44
_LONGEST_LABEL = 24


def gain_panels(summary: Summary, learned: frozenset[str]) -> Html:
    """Return a panel of bars over all pictures, and one a category: gain of luma PSNR with its 95 % interval.

    Args:
        summary: what to draw.
        learned: the models to draw in the accent colour; the others are baselines.
    """
    models = [model for model in summary.models if model.model != BICUBIC]
    categories = [name for name in summary.models[0].categories if len(summary.models[0].categories) > 1]
    reach = [
        bound
        for model in models
        for group in (model.overall, *(model.categories[name] for name in categories))
        for bound in (group.gains["psnr"].low, group.gains["psnr"].high)
    ]
    axis = linear_axis(reach, 6.0, _WIDTH - _VALUES, ticks=5)
    everything = "all categories" if categories else "all pictures"
    panels = [_bars(everything, {model.model: model.overall for model in models}, axis, learned)]
    panels += [
        _bars(name, {model.model: model.categories[name] for model in models}, axis, learned) for name in categories
    ]
    return join(panels)


def distribution_panels(gains: Mapping[str, Sequence[PictureGain]]) -> Html:
    """Return a panel a model in which every picture is a brick at its gain of luma PSNR."""
    axis = linear_axis((gain.psnr_gain for model in gains.values() for gain in model), 8.0, _WIDTH - 8.0, ticks=6)
    stacks = {model: _stacks(own, axis) for model, own in gains.items()}
    highest = max(len(stack) for own in stacks.values() for stack in own.values())
    return join(_bricks(model, own, axis, min(_BRICK, _STACK / highest)) for model, own in stacks.items())


def cost_panel(
    title: str, unit: str, costs: Mapping[str, float], gains: Mapping[str, Estimate], learned: frozenset[str]
) -> Html:
    """Return a panel of models as points: overall gain of luma PSNR (upwards, with interval) against a cost.

    Args:
        title: what the cost is.
        unit: what it is counted in.
        costs: above zero, by model; at least one.
        gains: by model, all that have a cost.
        learned: the models to draw in the accent colour.
    """
    height = 276.0
    across = logarithmic_axis(costs.values(), 34.0, _WIDTH - 18.0)
    reach = [bound for model in costs for bound in (gains[model].low, gains[model].high)]
    up = linear_axis(reach, height - 40.0, 28.0)
    parts = [_line(across.start, up.place(tick), across.end, up.place(tick), "grid") for tick in up.ticks]
    parts += [_text(across.start - 6.0, up.place(tick) + 4.0, _number(tick), "tick", anchor="end") for tick in up.ticks]
    parts += [_text(across.place(tick), up.start + 16.0, f"{tick:,.10g}", "tick", "middle") for tick in across.ticks]
    parts.append(_line(across.start, up.place(0.0), across.end, up.place(0.0), "zero"))
    parts.append(_text(across.end, height - 6.0, unit, "tick", anchor="end"))
    parts.append(_text(0.0, 12.0, "gain in dB", "tick"))
    text_at = 0.0
    for model in sorted(costs, key=lambda name: -gains[name].mean):
        gain, x = gains[model], across.place(costs[model])
        y = up.place(gain.mean)
        text_at = max(y + 4.0, text_at + 14.0)  # labels of near neighbours make room for each other
        on_left = x > (across.start + across.end) / 2.0
        parts.append(_line(x, up.place(gain.low), x, up.place(gain.high), "interval"))
        hint = element("title", f"{model}: {costs[model]:,.4g} {unit}, {signed(gain.mean)} dB")
        parts.append(element("circle", hint, class_=_kind(model, learned), cx=x, cy=y, r=5))
        label_at, anchor = (x - 9.0, "end") if on_left else (x + 9.0, None)
        parts.append(_text(label_at, text_at, _short(model, _LONGEST_LABEL), "name", anchor))
    listed = "; ".join(f"{model} {cost:,.4g} {unit}, {signed(gains[model].mean)} dB" for model, cost in costs.items())
    return _panel(title, "", height, parts, f"Gain of luma PSNR against {title}: {listed}")


def signed(value: float, digits: int = 2) -> str:
    """Return a difference with its sign, a true minus included, and none where it rounds to zero."""
    text = f"{value:+.{digits}f}"
    if float(text) == 0.0:
        return text[1:]
    return text.replace("-", "−")


def counted(pictures: int) -> str:
    """Return a number of pictures in words."""
    return f"{pictures:,} picture{'' if pictures == 1 else 's'}"


def _bars(title: str, groups: Mapping[str, Group], axis: Axis, learned: frozenset[str]) -> Html:
    bottom = _ROW * len(groups) + 2.0
    parts = [_text(axis.place(tick), bottom + 14.0, _number(tick), "tick", "middle") for tick in axis.ticks]
    zero = axis.place(0.0)
    for position, (model, group) in enumerate(groups.items()):
        gain, middle = group.gains["psnr"], _ROW * position + 25.0
        end, low, high = (axis.place(value) for value in (gain.mean, gain.low, gain.high))
        kind = _kind(model, learned) if gain.mean >= WORSE_BELOW else "worse"
        box = {"x": min(zero, end), "y": middle - _BAR / 2.0, "width": abs(end - zero), "height": _BAR}
        top, base = middle - 8.0, middle + 11.0  # lines stop below the name, which would be hard to read on them
        parts += [
            *(_line(axis.place(tick), top, axis.place(tick), base, "grid") for tick in axis.ticks),
            _line(zero, top, zero, base, "zero"),
            _text(0.0, middle - 11.0, _short(model, _LONGEST_NAME), "name"),
            element("rect", class_=kind, rx=1, **box),
            _line(low, middle, high, middle, "interval"),
            *(_line(bound, middle - 3.5, bound, middle + 3.5, "interval") for bound in (low, high)),
            _text(_WIDTH, middle + 4.0, signed(gain.mean), "figure", "end"),
        ]
    listed = "; ".join(
        f"{model} {signed(group.gains['psnr'].mean)} ({signed(group.gains['psnr'].low)} to "
        f"{signed(group.gains['psnr'].high)})"
        for model, group in groups.items()
    )
    pictures = next(iter(groups.values())).pictures
    return _panel(title, counted(pictures), bottom + 20.0, parts, f"Gain of luma PSNR in dB, {title}: {listed}")


def _stacks(gains: Sequence[PictureGain], axis: Axis) -> dict[int, list[PictureGain]]:
    """Return the pictures, the smallest gain first, by the column of bricks that they fall into."""
    stacks: dict[int, list[PictureGain]] = {}
    for gain in sorted(gains, key=lambda gain: gain.psnr_gain):
        stacks.setdefault(round(axis.place(gain.psnr_gain) / _BRICK), []).append(gain)
    return stacks


def _bricks(model: str, stacks: Mapping[int, Sequence[PictureGain]], axis: Axis, step: float) -> Html:
    bottom = _STACK + 2.0
    parts = [_line(axis.place(tick), 0.0, axis.place(tick), bottom, "grid") for tick in axis.ticks]
    parts += [_text(axis.place(tick), bottom + 15.0, _number(tick), "tick", "middle") for tick in axis.ticks]
    parts.append(_line(axis.place(0.0), 0.0, axis.place(0.0), bottom, "zero"))
    for column, stack in stacks.items():
        for position, gain in enumerate(stack):
            hint = element("title", f"{gain.picture}: {signed(gain.psnr_gain)} dB")
            kind = "worse" if gain.psnr_gain < WORSE_BELOW else "better"
            box = {"x": (column - 0.44) * _BRICK, "y": bottom - step * (position + 0.94), "height": 0.88 * step}
            parts.append(element("rect", hint, class_=kind, width=0.88 * _BRICK, **box))
    gains = [gain.psnr_gain for stack in stacks.values() for gain in stack]
    worse = sum(gain < WORSE_BELOW for gain in gains)
    verdict = f"{worse:,} of {len(gains):,} worse" if worse else f"none of {len(gains):,} worse"
    spoken = f"{model}: {verdict}; from {signed(min(gains))} to {signed(max(gains))} dB"
    return _panel(model, verdict, bottom + 20.0, parts, spoken)


def _panel(title: str, note: str, height: float, parts: Sequence[str], spoken: str) -> Html:
    caption = element("figcaption", element("strong", title), " ", element("span", note))
    drawing = element(
        "svg", *parts, viewBox=f"0 0 {_WIDTH:g} {height:g}", width=_WIDTH, height=height, role="img", aria_label=spoken
    )
    return element("figure", caption, drawing, class_="panel")


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Html:
    return element("line", class_=kind, x1=x1, y1=y1, x2=x2, y2=y2)


def _text(x: float, y: float, text: str, kind: str, anchor: str | None = None) -> Html:
    return element("text", text, class_=kind, x=x, y=y, text_anchor=anchor)


def _kind(model: str, learned: frozenset[str]) -> str:
    return "learned" if model in learned else "baseline"


def _short(model: str, longest: int) -> str:
    return model if len(model) <= longest else model[: longest - 1] + "…"


def _number(tick: float) -> str:
    return f"{round(tick, 6):g}".replace("-", "−")
