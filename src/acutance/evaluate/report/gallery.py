"""The pictures: before and after under a slider, the place in the whole picture, and crops pixel by pixel."""

from collections.abc import Iterable
from itertools import groupby

from acutance.evaluate.report.charts import signed
from acutance.evaluate.report.examples import CLEAN, DISPLAYED, SHARPENED, Example
from acutance.evaluate.report.images import Window, close_uri, exact_uri, most_different, preview_uri
from acutance.evaluate.report.markup import Html, element, join
from acutance.evaluate.summary import WORSE_BELOW

_CROP = 256
_STAGE = (405, 720)
_LONGEST_PREVIEW = 320


def gallery(examples: Iterable[Example], *, name_degradation: bool) -> Html:
    """Return the examples under a heading a category, and links to those; nothing where there is no example.

    Args:
        examples: in the order in which they are to be shown, those of a category one after the other. Each is encoded
            before the next is taken, so that an iterator needs the memory of one.
        name_degradation: the headings say the degradation too.
    """
    links, sections = [], []
    groups = groupby(examples, key=lambda example: (example.degradation, example.category))
    for number, ((degradation, category), members) in enumerate(groups, 1):
        place = f"pictures-{number}"
        heading = f"{category or 'all'} · {degradation}" if name_degradation else category or "all"
        links.append(element("a", heading, href=f"#{place}"))
        sections.append(element("section", element("h3", heading), *map(_article, members), id=place))
    return join([element("nav", *links, aria_label="Categories"), *sections]) if sections else Html()


def _article(example: Example) -> Html:
    clean = example.versions[CLEAN]
    crop = most_different(example.versions[DISPLAYED], clean, _CROP)
    size = clean.shape[:2]
    stage = crop.widened((max(crop.height, _STAGE[0]), max(crop.width, _STAGE[1])), (size[0], size[1]))
    gain = example.sharpened_psnr - example.displayed_psnr
    return element(
        "article",
        element(
            "h4",
            f"{example.kind.capitalize()} ",
            element("span", f"{signed(gain)} dB", class_="loss" if gain < WORSE_BELOW else "gain"),
            " ",
            element("span", example.picture, class_="file"),
        ),
        element("div", _slider(example, stage), _facts(example, crop), class_="pair"),
        _crops(example, crop),
        class_="example",
    )


def _slider(example: Example, stage: Window) -> Html:
    def layer(label: str) -> Html:
        return element(
            "img",
            src=close_uri(stage.cut(example.versions[label])),
            alt=f"{example.picture}, {label}",
            width=stage.width,
            height=stage.height,
            class_=label,
            draggable="false",
        )

    divider = element(
        "input",
        type="range",
        min="0",
        max="100",
        value="50",
        aria_label=f"Divider between displayed on the left and sharpened on the right, {example.picture}",
    )
    return element(
        "div",
        layer(SHARPENED),
        layer(DISPLAYED),
        element("span", DISPLAYED, class_="tag left", aria_hidden="true"),
        element("span", SHARPENED, class_="tag right", aria_hidden="true"),
        divider,
        element("span", class_="handle", aria_hidden="true"),
        class_="compare",
    )


def _facts(example: Example, crop: Window) -> Html:
    height, width = example.versions[CLEAN].shape[:2]
    uri = preview_uri(example.versions[SHARPENED], _LONGEST_PREVIEW)
    place = element("rect", x=crop.left, y=crop.top, width=crop.width, height=crop.height)
    return element(
        "div",
        element(
            "svg",
            element("image", href=uri, width=width, height=height),
            place,
            viewBox=f"0 0 {width} {height}",
            preserveAspectRatio="xMinYMin",
            role="img",
            aria_label=f"{example.picture} as a whole; the frame shows where the crops are from",
            class_="overview",
        ),
        element(
            "dl",
            element("dt", "Model"),
            element("dd", example.model),
            element("dt", DISPLAYED),
            element("dd", f"{example.displayed_psnr:.2f} dB / {example.displayed_ssim:.4f}"),
            element("dt", SHARPENED),
            element("dd", f"{example.sharpened_psnr:.2f} dB / {example.sharpened_ssim:.4f}"),
            element("dt", "Size"),
            element("dd", f"{width} × {height}"),
        ),
        class_="facts",
    )


def _crops(example: Example, crop: Window) -> Html:
    figures = [
        element(
            "figure",
            element(
                "img",
                src=exact_uri(crop.cut(pixels)),
                alt=f"{example.picture}, {label}, {crop.width} × {crop.height} pixels",
                width=crop.width,
                height=crop.height,
            ),
            element("figcaption", label),
        )
        for label, pixels in example.versions.items()
    ]
    return element(
        "div",
        element("label", element("input", type="checkbox", class_="zoom"), " Pixels twice as large"),
        element("div", *figures, class_="strip", tabindex="0", role="group", aria_label=f"Crops of {example.picture}"),
        class_="crops",
    )
