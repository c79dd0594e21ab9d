"""Documents as they are sent: JSON objects that hold their own names."""

import re
from typing import Any

import msgspec

from juyong.services.sls.errors import BadArgument, BadBody

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")


def named_document(body: bytes, member: str, name: str = "") -> tuple[str, dict[str, Any]]:
    """Return the name and the document of a body.

    Args:
        body: As it was sent.
        member: The member that holds the name.
        name: The name that the path has; empty: the document has it.

    Raises:
        BadBody: it is no JSON object. BadArgument: no document can have the name, or it is another
            one than that of the path.
    """
    try:
        document = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        raise BadBody from None
    if not isinstance(document, dict):
        raise BadBody
    given = document.get(member, name)
    if not isinstance(given, str) or _NAME.fullmatch(given) is None:
        raise BadArgument(why=f"{member} is invalid.")
    if name and given != name:
        raise BadArgument(why=f"{member} is another one than that of the path.")
    return given, {**document, member: given}
