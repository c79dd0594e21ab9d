"""The slow model of a form's policy: what the document says, read anew for each field."""

from collections.abc import Mapping
from typing import Any


def allows(document: Mapping[str, Any], values: Mapping[str, tuple[str, ...]], size: int) -> bool:
    """Tell whether a policy that is well formed admits a form with a file of a size."""
    return all(_holds(each, values, size) for each in document["conditions"])


def _holds(condition: Any, values: Mapping[str, tuple[str, ...]], size: int) -> bool:
    if isinstance(condition, dict):
        ((name, wanted),) = condition.items()
        return _holds(["eq", name, wanted], values, size)
    test, second, third = condition
    if test == "content-length-range":
        return second <= size <= third
    name = second.lower().lstrip("$")
    if name not in values:
        return False
    sent = values[name][0]
    if test == "not-in":
        return not set(values[name]) & set(third)
    return {"eq": sent == third, "in": sent in third}.get(
        test, test == "starts-with" and sent.startswith(str(third))
    )
