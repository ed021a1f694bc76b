"""Summaries as tables."""

from dataclasses import dataclass

from acutance.evaluate.rows import BICUBIC
from acutance.evaluate.summary import FAITHFUL_FROM, Estimate, Group, Summary

_FURTHER = {"edge_width": "edge width px", "overshoot": "overshoot", "characters": "characters read"}


@dataclass(frozen=True)
class Table:
    """Headings and cells, as text; the first column is a name, the others are figures."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def to_markdown(self) -> str:
        """Return the table in Markdown, a line a row."""
        lines = [self.headings, ("---", *("--:" for _ in self.headings[1:])), *self.rows]
        return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def overall_table(summary: Summary) -> Table:
    """Return a row a model: mean of the category means with its interval, gain over bicubic, share made worse."""
    groups = {model.model: model.overall for model in summary.models}
    figures = [name for name in _FURTHER if any(name in group.figures for group in groups.values())]
    headings = ("method", "luma PSNR dB", "luma SSIM", "gain dB", "gain SSIM", "made worse", "RGB SSIM")
    return Table(
        headings=(*headings, *(_FURTHER[name] for name in figures)),
        rows=tuple(
            (
                name,
                _with_interval(group.figures["psnr"], 2),
                _with_interval(group.figures["ssim"], 4),
                *_against_bicubic(name, group),
                f"{group.figures['rgb_ssim'].mean:.4f}",
                *(_plain(group, figure) for figure in figures),
            )
            for name, group in groups.items()
        ),
    )


def category_table(summary: Summary) -> Table:
    """Return a row a model and a column a category: luma PSNR / SSIM, means."""
    categories = list(summary.models[0].categories)
    return Table(
        headings=("method", *(name or "all" for name in categories)),
        rows=tuple((model.model, *(_pair(model.categories[name]) for name in categories)) for model in summary.models),
    )


def worst_table(summary: Summary) -> Table:
    """Return the five pictures on which each model but bicubic gains least."""
    return Table(
        headings=("method", "picture", "gain dB", "gain SSIM"),
        rows=tuple(
            (model.model, gain.picture, f"{gain.psnr_gain:+.2f}", f"{gain.ssim_gain:+.4f}")
            for model in summary.models
            if model.model != BICUBIC
            for gain in model.overall.worst
        ),
    )


def ranking_table(summary: Summary) -> Table:
    """Return the models from best to worst by luma PSNR, each with its paired lead over the next."""
    return Table(
        headings=("method", "place", "lead over the next, dB"),
        rows=tuple(
            (rank.model, f"{rank.place}", "–" if rank.lead is None else _with_interval(rank.lead, 2, sign="+"))
            for rank in summary.ranking
        ),
    )


def kept_table(summary: Summary) -> Table:
    """Return how far from the clean picture each model ends that was given the clean picture itself."""
    groups = {model.model: model.overall for model in summary.models if model.model != BICUBIC}
    return Table(
        headings=("method", "median dB", f"{FAITHFUL_FROM:g} dB or more", "least dB", "mean SSIM"),
        rows=tuple(
            (
                name,
                f"{group.figures['psnr'].median:.1f}",
                f"{group.faithful:.0%}",
                f"{group.least:.1f}",
                f"{group.figures['ssim'].mean:.4f}",
            )
            for name, group in groups.items()
        ),
    )


KINDS = {
    "overall": overall_table,
    "categories": category_table,
    "worst": worst_table,
    "ranking": ranking_table,
    "kept": kept_table,
}


def _with_interval(estimate: Estimate, digits: int, sign: str = "") -> str:
    mean, low, high = (f"{value:{sign}.{digits}f}" for value in (estimate.mean, estimate.low, estimate.high))
    return f"{mean} ({low}…{high})"


def _against_bicubic(name: str, group: Group) -> tuple[str, str, str]:
    if name == BICUBIC:
        return "–", "–", "–"
    gains = group.gains
    return (
        _with_interval(gains["psnr"], 2, sign="+"),
        _with_interval(gains["ssim"], 4, sign="+"),
        f"{group.worse:.0%}",
    )


def _plain(group: Group, figure: str) -> str:
    if figure not in group.figures:
        return "–"
    mean = group.figures[figure].mean
    return f"{mean:.2f}" if figure == "edge_width" else f"{mean:.1%}"


def _pair(group: Group) -> str:
    return f"{group.figures['psnr'].mean:.2f} / {group.figures['ssim'].mean:.4f}"
