"""The figures in words and tables: the result in a sentence, the summary, categories, ranking and worst pictures."""

from collections.abc import Mapping, Sequence
from typing import Literal

from acutance.evaluate import tables
from acutance.evaluate.report.charts import counted, signed
from acutance.evaluate.report.markup import Html, element, join
from acutance.evaluate.rows import BICUBIC
from acutance.evaluate.summary import Estimate, Group, ModelSummary, Summary


def verdict(summary: Summary, learned: frozenset[str]) -> Html:
    """Return what came out, in a sentence about the best of the learned models, or else of all but bicubic."""
    compared = [rank.model for rank in summary.ranking if rank.model != BICUBIC]
    if not compared:
        return element("p", "Only the displayed pictures themselves were measured.", class_="verdict")
    first = next((model for model in compared if model in learned), compared[0])
    group = next(model.overall for model in summary.models if model.model == first)
    gain = group.gains["psnr"]
    return element(
        "p",
        element("strong", first),
        " changes luma PSNR by ",
        element("strong", f"{signed(gain.mean)} dB"),
        f" against what is displayed without it (95 % interval {_interval(gain)}), luma SSIM by "
        f"{signed(group.gains['ssim'].mean, 4)}, and makes {_percent(group.worse) if group.worse else 'none'} of the "
        "pictures worse.",
        class_="verdict",
    )


def summary_table(summary: Summary, costs: Mapping[str, float], milliseconds: Mapping[str, float]) -> Html:
    """Return the table of all models, bicubic first; a cost that no model has gets no column."""
    edges, characters = ("edge_width", "overshoot"), ("characters",)
    optional = [
        names for names in (edges, characters) if any(names[0] in one.overall.figures for one in summary.models)
    ]
    priced = any(model.model in costs for model in summary.models)
    headings = [
        ("Model", ""),
        ("Luma PSNR", "dB"),
        ("Luma SSIM", ""),
        ("Gain", "dB, mean"),
        ("Gain", "dB, median"),
        ("Worse", "of pictures"),
        ("RGB PSNR", "dB, SSIM"),
        *([("Edges", "px, overshoot")] if edges in optional else []),
        *([("Characters", "read by OCR")] if characters in optional else []),
        *([("Cost", "MAC per pixel")] if priced else []),
        ("Time", "ms per megapixel"),
    ]
    lines = []
    for model in summary.models:
        group, is_bicubic = model.overall, model.model == BICUBIC
        gain, figures = group.gains["psnr"], group.figures
        cells = [
            _estimate(figures["psnr"], 2),
            _estimate(figures["ssim"], 4),
            *(["–", "–", "–"] if is_bicubic else [_gain(gain), signed(gain.median), _percent(group.worse)]),
            _lines(f"{figures['rgb_psnr'].mean:.2f}", f"{figures['rgb_ssim'].mean:.4f}"),
            *(_optional(group, names) for names in optional),
            *([f"{costs[model.model]:,.0f}" if model.model in costs else "–"] if priced else []),
            f"{milliseconds[model.model]:,.1f}",
        ]
        name = _lines(model.model, "as displayed") if is_bicubic else model.model
        lines.append(_row(name, cells, "reference" if is_bicubic else None))
    return _table("All pictures: mean of the category means, with its 95 % interval", headings, lines, "figures")


def category_table(summary: Summary) -> Html:
    """Return luma PSNR and SSIM, gain and share made worse of each model in each category."""
    categories = summary.models[0].categories
    headings = [("Model", ""), *((name or "all", counted(group.pictures)) for name, group in categories.items())]
    lines = [
        _row(
            model.model,
            [_category(model, name) for name in categories],
            "reference" if model.model == BICUBIC else None,
        )
        for model in summary.models
    ]
    caption = "Luma PSNR in dB / SSIM; below, the gain of PSNR with its interval and the share of pictures made worse"
    return _table(caption, headings, lines, "figures")


def ranking_list(summary: Summary) -> Html:
    """Return the models in order, with the lead of each over the next; no lead that may be chance makes a rank."""
    entries = []
    for rank, following in zip(summary.ranking, (*summary.ranking[1:], None), strict=True):
        text: list[str] = [element("strong", rank.model)]
        if rank.lead is not None and following is not None:
            lead = f"{signed(rank.lead.mean)} dB ({_interval(rank.lead)})"
            tied = following.place == rank.place
            text.append(f" ties with {following.model}: {lead}" if tied else f" leads {following.model} by {lead}")
        entries.append(element("li", *text, value=str(rank.place)))
    return element("ol", *entries, class_="ranking")


def worst_table(summary: Summary) -> Html:
    """Return each model's pictures with the smallest gains."""
    lines = [
        _row(model.model, [worst.picture, signed(worst.psnr_gain), signed(worst.ssim_gain, 4)])
        for model in summary.models
        if model.model != BICUBIC
        for worst in model.overall.worst
    ]
    headings = [("Model", ""), ("Picture", ""), ("Luma PSNR", "dB"), ("Luma SSIM", "")]
    return _table("Smallest gains over bicubic, the worst first", headings, lines, "texts")


def kept_table(summary: Summary) -> Html:
    """Return how little each model changes the clean picture itself."""
    table = tables.kept_table(summary)
    return plain_table("What comes out of the clean picture, against it: luma PSNR", table.headings, table.rows)


def plain_table(caption: str, headings: Sequence[str], lines: Sequence[Sequence[str]]) -> Html:
    """Return a table of texts; the first cell of a line is its heading."""
    return _table(
        caption, [(heading, "") for heading in headings], [_row(first, rest) for first, *rest in lines], "texts"
    )


def _table(
    caption: str, headings: Sequence[tuple[str, str]], lines: Sequence[Html], kind: Literal["figures", "texts"]
) -> Html:
    head = [element("th", title, *([element("small", unit)] if unit else []), scope="col") for title, unit in headings]
    table = element(
        "table",
        element("caption", element("span", caption)),
        element("thead", element("tr", *head)),
        element("tbody", *lines),
        class_=kind,
    )
    # The box scrolls, not the page; the keyboard must be able to reach what scrolls.
    return element("div", table, class_="scroll", tabindex="0", role="region", aria_label=caption)


def _row(name: str, cells: Sequence[str], kind: str | None = None) -> Html:
    return element("tr", element("th", name, scope="row"), *(element("td", cell) for cell in cells), class_=kind)


def _category(model: ModelSummary, name: str) -> Html:
    group = model.categories[name]
    figures = f"{group.figures['psnr'].mean:.2f} / {group.figures['ssim'].mean:.4f}"
    if model.model == BICUBIC:
        return join([figures])
    gain = group.gains["psnr"]
    return _lines(figures, f"{signed(gain.mean)} ({_interval(gain)})", f"{_percent(group.worse)} worse")


def _lines(first: str, *others: str) -> Html:
    return join([first, *(element("small", other) for other in others)])


def _estimate(estimate: Estimate, digits: int) -> Html:
    return _lines(f"{estimate.mean:.{digits}f}", f"{estimate.low:.{digits}f} – {estimate.high:.{digits}f}")


def _gain(estimate: Estimate) -> Html:
    return _lines(element("strong", signed(estimate.mean)), _interval(estimate))


def _interval(estimate: Estimate) -> str:
    return f"{signed(estimate.low)} to {signed(estimate.high)}"


def _optional(group: Group, names: tuple[str, ...]) -> Html:
    """Return the means of metrics that some pictures or models may lack: a width in pixels, then shares."""
    texts = [
        f"{group.figures[name].mean:.2f}" if name == "edge_width" else _percent(group.figures[name].mean)
        for name in names
        if name in group.figures
    ]
    return _lines(*(texts or ["–"]))


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %" if share in (0.0, 1.0) else f"{100.0 * share:.1f} %"
