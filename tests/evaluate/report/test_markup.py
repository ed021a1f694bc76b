from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acutance.evaluate.report.markup import element, join, raw_element

PRINTABLE = st.text(st.characters(blacklist_categories=("Cc", "Cs")))


class Reader(HTMLParser):
    """What a parser makes of markup."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, str | None] = {}
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


@given(PRINTABLE)
def test_any_text_comes_back_as_text(text: str) -> None:
    read = Reader(element("p", text))
    assert (read.tags, read.text) == (["p"], text)


@given(PRINTABLE)
def test_any_text_comes_back_from_an_attribute(text: str) -> None:
    read = Reader(element("img", alt=text))
    assert read.attributes == {"alt": text}


def test_markup_is_nested_and_not_escaped_again() -> None:
    assert element("p", element("b", "1 < 2"), " & more") == "<p><b>1 &lt; 2</b> &amp; more</p>"


def test_attributes_are_written_by_their_kind() -> None:
    written = element("input", type="range", class_="a", aria_label="b", checked=True, disabled=False, id=None, x=1.5)
    assert written == '<input type="range" class="a" aria-label="b" checked x="1.5">'


def test_joined_text_is_escaped_and_joined_markup_is_not() -> None:
    assert join([element("br"), "<br>"]) == "<br></br>&lt;br&gt;"


def test_a_script_that_would_end_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="would end the element early"):
        raw_element("script", 'const text = "</SCRIPT>";')
