"""HTML in which a text cannot become an element.

SECURITY: clients choose most of what a report shows. A page is built of elements alone; a text goes
through `escape`, and characters that steer a reader's eye are spelled out. Names of elements and
attributes are this program's own.
"""

from html import escape

from juyong.cli.waf.following import printable

LONGEST = 160
"""Characters of a text that are shown."""


class Html(str):
    """Markup that `element` made; no other text is shown as it is."""

    __slots__ = ()


def element(name: str, /, *children: str | Html, **attributes: str | int) -> Html:
    """Return an element.

    Args:
        name: Of the element.
        children: Elements, and texts, which are escaped.
        attributes: A trailing `_` is dropped, another one is a hyphen.
    """
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(shown(str(value)))}"'
        for key, value in attributes.items()
    )
    inside = "".join(one if isinstance(one, Html) else escape(shown(one)) for one in children)
    return Html(f"<{name}{told}>{inside}</{name}>")


def shown(text: str) -> str:
    """Return a text as a person may read it: printable, and cut."""
    clear = printable(text)
    return clear if len(clear) <= LONGEST else f"{clear[:LONGEST]}…"


def void(name: str, /, **attributes: str) -> Html:
    """Return an element that has no end, as `meta`; attributes: This program's own, not cut."""
    told = "".join(f' {key.replace("_", "-")}="{escape(text)}"' for key, text in attributes.items())
    return Html(f"<{name}{told}>")
