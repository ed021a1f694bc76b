"""HTML and SVG from Python, escaped by construction: a plain string is text, only `Html` is markup."""

from collections.abc import Iterable
from html import escape

_VOID = frozenset({"img", "input", "meta"})

Attribute = str | float | bool | None


class Html(str):
    """Markup that is whole and safe; nothing but this module makes it from text."""

    __slots__ = ()


def element(name: str, /, *content: str, **attributes: Attribute) -> Html:
    """Return an element around its content.

    Args:
        name: the tag.
        content: children in order; a `str` that is not `Html` is escaped.
        attributes: ``class_`` means ``class``, ``aria_label`` ``aria-label``; True writes the bare name, None and False
            nothing; numbers are written with two decimals at most.
    """
    opening = name + "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{opening}>")
    return Html(f"<{opening}>{join(content)}</{name}>")


def join(parts: Iterable[str]) -> Html:
    """Return the parts one after the other, escaped where they are not `Html`."""
    return Html("".join(part if isinstance(part, Html) else escape(part) for part in parts))


def raw_element(name: str, content: str) -> Html:
    """Return a ``style`` or ``script`` element of the package's own, in which HTML escapes mean nothing.

    Raises:
        ValueError: the content would end the element.
    """
    if f"</{name}" in content.lower():
        raise ValueError(f"<{name}>: the content holds '</{name}', which would end the element early")
    return Html(f"<{name}>{content}</{name}>")


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
    return f' {name}="{escape(text)}"'
