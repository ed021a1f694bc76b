import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from acutance.evaluate.report import Example, ReportError, write_report
from acutance.evaluate.report.images import exact_uri
from acutance.evaluate.rows import Row

MakeRows = Callable[..., list[Row]]
MakeExamples = Callable[[list[Row], str], list[Example]]

HOSTILE = "<img src=x onerror=alert(1)>\"'&amp;</script></style>"


class Page(HTMLParser):
    """A written page as a browser takes it apart: its elements, the text of each, and what it would fetch."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return "\n".join(self.texts)

    def count(self, tag: str, kind: str | None = None) -> int:
        return sum(name == tag and kind in (None, attributes.get("class")) for name, attributes in self.elements)


@pytest.fixture
def page(tmp_path: Path) -> Callable[..., Page]:
    def write(rows: list[Row], examples: list[Example] | None = None, **costs: float) -> Page:
        write_report(rows, examples or [], tmp_path / "report.html", costs=costs)
        return Page(tmp_path / "report.html")

    return write


def test_names_from_files_stay_text(
    make_rows: MakeRows, make_examples: MakeExamples, page: Callable[..., Page]
) -> None:
    rows = make_rows({HOSTILE: {HOSTILE: [0.1, 0.2, -0.3], "b": [0.1]}}, data=HOSTILE, degradation=HOSTILE)
    rows = [row.model_copy(update={"backend": HOSTILE, "versions": {HOSTILE: HOSTILE}}) for row in rows]
    written = page(rows, make_examples(rows, HOSTILE), **{HOSTILE: 5.0})
    assert {name for _, attributes in written.elements for name in attributes if name.startswith("on")} == set()


def test_names_from_files_are_shown_as_they_are(
    make_rows: MakeRows, make_examples: MakeExamples, page: Callable[..., Page]
) -> None:
    rows = make_rows({"m": {HOSTILE: [0.1, 0.2, -0.3]}}, data=HOSTILE)
    written = page(rows, make_examples(rows, "m"))
    assert f"{HOSTILE}/1.png" in written.texts
    assert f"{HOSTILE}, bicubic-x2" in written.texts


def test_nothing_is_fetched(make_rows: MakeRows, make_examples: MakeExamples, page: Callable[..., Page]) -> None:
    rows = make_rows({"m": {"": [0.1, 0.2, -0.3]}})
    written = page(rows, make_examples(rows, "m"), m=1000.0)
    addresses = [
        value or ""
        for _, attributes in written.elements
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "action", "data")
    ]
    assert {re.match(r"data:image/webp;|#", address) is not None for address in addresses} == {True}
    assert "url(" not in written.text
    assert written.count("link") == 0


def test_every_picture_says_what_it_is(
    make_rows: MakeRows, make_examples: MakeExamples, page: Callable[..., Page]
) -> None:
    rows = make_rows({"m": {"": [0.1, 0.2, -0.3]}})
    written = page(rows, make_examples(rows, "m"), m=1000.0)
    said = [attributes.get("alt") for tag, attributes in written.elements if tag == "img"]
    said += [attributes.get("aria-label") for tag, attributes in written.elements if tag == "svg"]
    assert len(said) >= 20
    assert all(said)


def test_crops_are_exact(make_rows: MakeRows, make_examples: MakeExamples, page: Callable[..., Page]) -> None:
    rows = make_rows({"m": {"": [0.1]}})
    (example,) = make_examples(rows, "m")
    written = page(rows, [example])
    sources = {attributes.get("src") for tag, attributes in written.elements if tag == "img"}
    assert {exact_uri(pixels) for pixels in example.versions.values()} <= sources


def test_the_same_rows_give_the_same_page(make_rows: MakeRows, make_examples: MakeExamples, tmp_path: Path) -> None:
    rows = make_rows({"m": {"a": [0.1, 0.2, -0.3], "b": [0.4]}})
    for name in ("one.html", "two.html"):
        write_report(rows, make_examples(rows, "m"), tmp_path / name)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_bicubic_comes_first_in_the_table(make_rows: MakeRows, page: Callable[..., Page]) -> None:
    written = page(make_rows({"m": {"": [1.0, 1.0]}, "a": {"": [2.0, 2.0]}}))
    rows = [text for text in written.texts[: written.texts.index("Gain over bicubic")] if text in ("bicubic", "m", "a")]
    assert rows[-3:] == ["bicubic", "a", "m"]


def test_a_model_that_makes_a_third_worse_is_said_to(make_rows: MakeRows, page: Callable[..., Page]) -> None:
    written = page(make_rows({"m": {"": [1.0, 1.0, -0.5] * 4}}))
    assert "makes 33.3 % of the pictures worse" in written.text
    assert "4 of 12 worse" in written.texts


def test_every_picture_is_a_brick(make_rows: MakeRows, page: Callable[..., Page]) -> None:
    written = page(make_rows({"m": {"": [1.0, 1.0, -0.5] * 4}, "a": {"": [0.0] * 12}}))
    assert (written.count("rect", "better"), written.count("rect", "worse")) == (8 + 12, 4)


def test_a_model_that_changes_nothing_gains_nothing(make_rows: MakeRows, page: Callable[..., Page]) -> None:
    written = page(make_rows({"m": {"": [0.0, 0.0, 0.0]}}))
    assert "none of 3 worse" in written.texts
    assert " ties with m: 0.00 dB (0.00 to 0.00)" in written.texts


def test_a_loss_is_called_one(make_rows: MakeRows, page: Callable[..., Page]) -> None:
    written = "".join(page(make_rows({"m": {"": [-1.0, -2.0, -1.5]}})).texts)
    assert "m changes luma PSNR by −1.50 dB" in written
    assert "makes 100 % of the pictures worse" in written


def test_the_page_opens_with_the_best_learned_model(make_rows: MakeRows, page: Callable[..., Page]) -> None:
    rows = make_rows({"a": {"": [0.1]}, "b": {"": [0.2]}, "teacher": {"": [3.0]}})
    assert "b changes luma PSNR by +0.20 dB" in "".join(page(rows, a=1000.0, b=2000.0).texts)


def test_rows_of_bicubic_alone_are_a_page_without_charts(make_rows: MakeRows, page: Callable[..., Page]) -> None:
    rows = [row for row in make_rows({"m": {"": [1.0]}}) if row.model == "bicubic"]
    assert page(rows).count("svg") == 0


def test_every_degradation_has_its_own_results(make_rows: MakeRows, page: Callable[..., Page]) -> None:
    written = page([*make_rows({"m": {"": [1.0]}}), *make_rows({"m": {"": [2.0]}}, degradation="bicubic-x3")])
    assert [text for text in written.texts if text.startswith("set, ")] == ["set, bicubic-x2", "set, bicubic-x3"]


def test_only_models_whose_cost_is_known_are_drawn_against_it(make_rows: MakeRows, page: Callable[..., Page]) -> None:
    rows = make_rows({"m": {"": [1.0]}, "a": {"": [0.5]}})
    assert (page(rows).count("circle", "learned"), page(rows, m=2000.0).count("circle", "learned")) == (0, 2)


def test_what_was_measured_is_named(make_rows: MakeRows, page: Callable[..., Page]) -> None:
    written = page(make_rows({"m": {"": [1.0]}}))
    assert {"d" * 64, "baseline:m", "nothing on cpu in exact"} <= set(written.texts)
    assert "acutance 0.1.0" in written.text


def test_no_rows_are_refused_and_leave_the_old_page(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    with pytest.raises(ReportError, match="got no rows"):
        write_report([], [], path)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("report.html", "old")]


def test_a_folder_that_is_missing_is_said_in_one_line(make_rows: MakeRows, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"missing/report\.html: cannot be written \(No such file or directory\)"):
        write_report(make_rows({"m": {"": [1.0]}}), [], tmp_path / "missing" / "report.html")
