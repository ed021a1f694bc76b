"""The page: what was measured, what came out, and the pictures, in one file that asks the network for nothing."""

import base64
import hashlib
import statistics
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path

from acutance.evaluate.clips.cells import summarise_clips
from acutance.evaluate.degradations import CLEAN
from acutance.evaluate.documents import write_document
from acutance.evaluate.report.charts import cost_panel, counted, distribution_panels, gain_panels
from acutance.evaluate.report.examples import Example, ReportError, picture_gains
from acutance.evaluate.report.gallery import gallery
from acutance.evaluate.report.markup import Html, element, join, raw_element
from acutance.evaluate.report.motion import ClipExample, clip_sections
from acutance.evaluate.report.tables import (
    category_table,
    kept_table,
    plain_table,
    ranking_list,
    summary_table,
    verdict,
    worst_table,
)
from acutance.evaluate.rows import BICUBIC, AnyRow, ClipRow, Row, latest
from acutance.evaluate.summary import WORSE_BELOW, Summary, summarise

_PROTOCOL = {
    "Displayed": "What a user sees without a model: the received picture enlarged to the size on screen. It is the "
    "bicubic row.",
    "bicubic-xS": "The received picture is shrunk by S with antialiased bicubic (Keys, a = −0.5, the kernel stretched, "
    "borders mirrored, 8 bits after each axis), and enlarged by S alike.",
    "PSNR, SSIM": "Against the clean picture; on unrounded BT.601 studio-range luma, and as the mean of R, G and B. A "
    "border as wide as the scale is left out. SSIM is that of Wang et al. (2004): 11 × 11 Gaussian, σ 1.5.",
    "Gain": "Difference from bicubic on the same picture. Overall is the mean of the category means, the median that "
    "of all pictures; intervals are 95 % bootstrap intervals over pictures.",
    "Worse": f"Share of pictures whose luma PSNR falls by more than {-WORSE_BELOW:g} dB.",
    "Edges": "At the clean picture’s strong edges: the distance in which they rise from 10 to 90 %, and how far they "
    "go beyond their height.",
    "call-…": "Frames are shrunk, coded as calls code them, decoded and enlarged (swscale’s bicubic); a picture is "
    "the clip of a camera that moves over it. Measured on 8-bit luma, frame by frame.",
    "Flicker": "How fast the error changes: RMS of (shown − shown before) − (clean − clean before), in code values. "
    "Where still: only where no pixel of the 9 × 9 around changes by more than one code value in the clean clip.",
    "Warping": "RMS difference between frames and the next ones warped back along the clean clip’s motion, where that "
    "can be trusted (Lai et al., 2018).",
    "Time": "Taken beside other work: it tells orders of magnitude apart, no more.",
}


def write_report(
    rows: Sequence[Row],
    examples: Iterable[Example],
    path: Path,
    *,
    costs: Mapping[str, float] | None = None,
    clip_rows: Sequence[ClipRow] = (),
    clip_examples: Iterable[ClipExample] = (),
) -> None:
    """Write the page, whole or not at all.

    Args:
        rows: of any number of sets and degradations, bicubic's among them.
        examples: pictures to show, those of a category one after the other, see `choose_examples`; may be none. Each
            is done with before the next is taken.
        path: the HTML file.
        clip_rows: of clips, likewise; rows may be of one kind only.
        clip_examples: clips to show, likewise.
        costs: multiply-accumulates per displayed pixel, by model; the models named here are drawn as learned ones.

    Raises:
        SummaryError: the rows cannot be compared.
        CellError: those of clips cannot.
        ReportError: there are no rows, or the file cannot be written.
    """
    if not rows and not clip_rows:
        raise ReportError(f"{path}: got no rows, expected at least bicubic's; evaluate something first")
    text = "<!doctype html>\n" + _page(latest(rows), examples, latest(clip_rows), clip_examples, costs or {})
    try:
        write_document(path, text)
    except OSError as error:
        raise ReportError(f"{path}: cannot be written ({error.strerror})") from error


def _page(
    rows: Sequence[Row],
    examples: Iterable[Example],
    clip_rows: Sequence[ClipRow],
    clip_examples: Iterable[ClipExample],
    costs: Mapping[str, float],
) -> Html:
    style, script = (
        (resources.files(__package__) / name).read_text(encoding="utf-8") for name in ("report.css", "report.js")
    )
    # Nothing but the package's own style and script runs, and nothing is fetched, whatever a name may hold.
    policy = f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    summaries = summarise(rows)
    cells = summarise_clips(clip_rows)
    title = "Acutance benchmark: " + ", ".join(dict.fromkeys(row.data for row in (*rows, *clip_rows)))
    pictures = gallery(examples, name_degradation=len({summary.degradation for summary in summaries}) > 1)
    return element(
        "html",
        element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=policy),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("title", title),
            raw_element("style", style),
        ),
        element(
            "body",
            element("header", element("h1", title)),
            element(
                "main",
                *(_results(summary, rows, costs) for summary in summaries),
                *([_pictures(pictures)] if pictures else []),
                *clip_sections(cells, clip_rows, clip_examples, frozenset(costs)),
                _method([*rows, *clip_rows]),
            ),
            raw_element("script", script),
        ),
        lang="en",
    )


def _results(summary: Summary, rows: Sequence[Row], costs: Mapping[str, float]) -> Html:
    own = [
        row
        for row in rows
        if (row.data, row.data_sha256, row.degradation) == (summary.data, summary.data_sha256, summary.degradation)
    ]
    if summary.degradation == CLEAN:
        heading = element("h2", f"{summary.data}, {CLEAN}")
        return element("section", heading, element("p", counted(summary.pictures), class_="note"), kept_table(summary))
    learned, milliseconds = frozenset(costs), _milliseconds(own)
    left_out = f" {summary.left_out:,} more are left out: not every model has them." if summary.left_out else ""
    categories = ", ".join(name for name in summary.models[0].categories if name)
    compared = [model.model for model in summary.models if model.model != BICUBIC]
    gains = picture_gains(own)
    parts: list[Html] = [
        element("h2", f"{summary.data}, {summary.degradation}"),
        verdict(summary, learned),
        element(
            "p",
            f"{counted(summary.pictures)}{f' ({categories})' if categories else ''}.{left_out} ",
            element("a", "How it was measured", href="#method"),
            class_="note",
        ),
        summary_table(summary, costs, milliseconds),
    ]
    if compared:
        parts += [
            _charts("Gain over bicubic", "Luma PSNR in dB; lines are 95 % intervals.", gain_panels(summary, learned)),
            _details("The same in figures", category_table(summary)),
            _charts(
                "Gain picture by picture",
                "Every brick is a picture; left of zero it was made worse.",
                distribution_panels({model: gains[model] for model in compared}),
            ),
            _details("Smallest gains", worst_table(summary)),
            *_costs(summary, costs, milliseconds, learned),
            element("h3", "Ranking"),
            element(
                "p",
                "By overall luma PSNR, paired picture by picture. A lead whose interval holds zero is a tie.",
                class_="note",
            ),
            ranking_list(summary),
        ]
    return element("section", *parts)


def _costs(
    summary: Summary, costs: Mapping[str, float], milliseconds: Mapping[str, float], learned: frozenset[str]
) -> list[Html]:
    gains = {model.model: model.overall.gains["psnr"] for model in summary.models if model.model != BICUBIC}
    computed = {model: costs[model] for model in gains if costs.get(model, 0.0) > 0.0}
    timed = {model: milliseconds[model] for model in gains if milliseconds[model] > 0.0}
    panels = []
    if computed:
        panels.append(cost_panel("computation", "MAC per pixel", computed, gains, learned))
    if timed:
        panels.append(cost_panel("measured time", "ms per megapixel", timed, gains, learned))
    return [_charts("Gain against cost", "Up is better, left is cheaper.", join(panels))] if panels else []


def _milliseconds(rows: Sequence[Row]) -> dict[str, float]:
    """Return the median time of each model in ms per megapixel."""
    times: dict[str, list[float]] = {}
    for row in rows:
        times.setdefault(row.model, []).append(row.seconds * 1e9 / (row.width * row.height))
    return {model: statistics.median(own) for model, own in times.items()}


def _pictures(content: Html) -> Html:
    explanation = (
        "The picture of each category on which the model gains most, in the middle, and least. Drag the divider, or "
        "move it with the arrow keys; that large view is compressed slightly. The crops below it are exact, from the "
        "place where displayed and clean differ most."
    )
    return element("section", element("h2", "Pictures"), element("p", explanation), content, id="pictures")


def _method(rows: Sequence[AnyRow]) -> Html:
    pictures = {(row.data, row.data_sha256, row.picture): row.width * row.height for row in rows}
    sets = dict.fromkeys((row.data, row.data_sha256) for row in rows)
    models = dict.fromkeys((row.model, row.backend, row.model_sha256) for row in rows)
    versions = dict.fromkeys((name, version) for row in rows for name, version in sorted(row.versions.items()))
    data = []
    for name, sha256 in sets:
        sizes = [size for key, size in pictures.items() if key[:2] == (name, sha256)]
        data.append((name, f"{len(sizes):,}", f"{sum(sizes) / 1e6:,.1f}", sha256))
    return element(
        "section",
        element("h2", "What was measured, and how"),
        element("dl", *(element(*pair) for term in _PROTOCOL.items() for pair in zip(("dt", "dd"), term, strict=True))),
        plain_table("Data", ("Set", "Pictures or clips", "Megapixels", "SHA-256"), data),
        plain_table("Models", ("Model", "Ran by", "SHA-256 of the weights, or the settings"), list(models)),
        element("p", "Versions: ", ", ".join(f"{name} {version}" for name, version in versions), ".", class_="note"),
        class_="method",
        id="method",
    )


def _charts(title: str, note: str, panels: Html) -> Html:
    return join([element("h3", title), element("p", note, class_="note"), element("div", panels, class_="panels")])


def _details(title: str, content: Html) -> Html:
    return element("details", element("summary", title), content)


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
