"""Policy documents as operations take them: checked when they are written, never later."""

from typing import Annotated

from juyong.api.errors import fact
from juyong.api.fields import Doc, Raises, Text
from juyong.engines.policy import Document, Kind, Malformed, parse

MalformedPolicyDocument = fact(
    "MalformedPolicyDocument",
    400,
    "{reason}",
    why="The document is not one that could be enforced; the message names the place at fault.",
)
PolicyDocument = Annotated[
    str,
    Text(1, 6144),
    Doc("JSON text, 1 to 6144 characters."),
    Raises((MalformedPolicyDocument,)),
]


def checked(text: str, kind: Kind) -> Document:
    """Read a document of a kind.

    Raises:
        MalformedPolicyDocument: the grammar of the kind does not allow it.
    """
    try:
        return parse(text, kind)
    except Malformed as bad:
        raise MalformedPolicyDocument(reason=bad.reason) from bad
