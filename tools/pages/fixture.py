"""The page of the pytest fixture, from the module's own docstrings."""

import importlib
import importlib.util
import inspect
from typing import Any

from pages.docstring import docstring_of
from pages.markdown import page, prose, sentences, table

_MODULE = "juyong.testing"


def fixture_page() -> str | None:
    """Write the page; None where there is no such module, or nothing said about it."""
    if importlib.util.find_spec(_MODULE) is None:
        return None
    module = importlib.import_module(_MODULE)
    if not module.__doc__:
        return None
    things = {
        name: _unwrapped(thing) for name, thing in vars(module).items() if not name.startswith("_")
    }
    own = {n: t for n, t in things.items() if getattr(t, "__module__", "") == module.__name__}
    return page(
        "The pytest fixture",
        sentences(inspect.cleandoc(module.__doc__)),
        *(_thing(name, own[name]) for name in sorted(own)),
    )


def _unwrapped(thing: Any) -> Any:
    """Return the function that pytest made a fixture of."""
    unwrap = getattr(thing, "_get_wrapped_function", None)
    return thing if unwrap is None else unwrap()


def _thing(name: str, thing: Any) -> str:
    doc = docstring_of(thing)
    parts = [f"## {name}", prose(doc.summary), sentences(doc.body)]
    if inspect.isclass(thing):
        members = [
            (f"`{member}`", docstring_of(value).summary)
            for member, value in sorted(vars(thing).items())
            if not member.startswith("_") and (callable(value) or isinstance(value, property))
        ]
        parts.append(table(("Member", "What it is"), members))
    else:
        parts.append(table(("Argument", "Meaning"), ((f"`{n}`", t) for n, t in doc.args.items())))
    if doc.returns:
        parts.append(f"It returns: {prose(doc.returns)}")
    return "\n\n".join(part for part in parts if part)
