"""Values written as XML elements."""

from typing import Any


def xml_element(name: str, value: Any) -> str:
    """Write a value as an element: members by name, lists as repeated elements.

    The items of a list without a name have no elements of their own: their members stand in its
    place, so that elements of several names may alternate.
    """
    if isinstance(value, dict):
        inner = _members(value)
    elif isinstance(value, bool):
        inner = "true" if value else "false"
    else:
        inner = _escaped(_xml_text(str(value)))
    return f"<{name}>{inner}</{name}>"


def _members(value: dict[str, Any]) -> str:
    return "".join(_member(k, v) for k, v in value.items())


def _member(name: str, value: Any) -> str:
    if not name:
        return "".join(map(_members, value))
    if isinstance(value, list):
        return "".join(xml_element(name, item) for item in value)
    return xml_element(name, value)


def _escaped(text: str) -> str:
    # The library's own is in a module that imports an HTTP client, and a start waits for it.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _xml_text(text: str) -> str:
    """Drop what XML 1.0 cannot carry at all."""
    return "".join(c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or c >= "\ue000")
