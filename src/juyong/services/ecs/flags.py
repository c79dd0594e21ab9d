"""Switches that are always off here; a client that sends `false` for one is not refused."""

from collections.abc import Mapping
from typing import Annotated

from juyong.api.errors import NotSupported
from juyong.api.fields import Doc

OffAlone = Annotated[bool, Doc("False alone.")]


def refuse_on(given: Mapping[str, bool], reason: str) -> None:
    """Refuse a switch that is on.

    Args:
        given: The switches of a call by their names on the wire.
        reason: For the caller.

    Raises:
        NotSupported: names the switch.
    """
    for name, is_on in given.items():
        if is_on:
            raise NotSupported(name=name, reason=reason)
