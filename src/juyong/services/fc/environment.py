"""The variables of a function: sealed in the store, told to its runs, masked in events."""

from collections.abc import Mapping

import msgspec

from juyong.base.secret import Secret
from juyong.services.fc.errors import BadArgument

_MOST_BYTES = 4096


def sealed_environment(given: Mapping[str, Secret]) -> Secret:
    """Turn variables into the stored text.

    Raises:
        BadArgument: a name is none, or all are longer than 4 KB together.
    """
    plain = {name: value.reveal() for name, value in given.items()}
    size = sum(len(name.encode()) + len(value.encode()) for name, value in plain.items())
    if size > _MOST_BYTES:
        raise BadArgument(name="environmentVariables")
    if not all(n and "=" not in n and not n[0].isdigit() and n.isprintable() for n in plain):
        raise BadArgument(name="environmentVariables")
    return Secret(msgspec.json.encode(plain).decode())
