"""The rules of a site, compiled."""

from juyong.engines.inspect.verdict import Engine
from juyong.waf.site import Site


class BadRules(ValueError):
    """Rules cannot be used; the text names the file and the line."""


def engine_of(site: Site) -> Engine | None:
    """Compile the rules that a site names; None where the site names none.

    Raises:
        BadRules: a file cannot be read, or holds what no engine carries out.
    """
    if site.rules:
        raise BadRules("no engine yet")
    return None
