"""Where the system keeps the plane's parts past the server's end, as root, and what was found.

Both sides know this module: the helper keeps, and the plane reads what the helper found.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

ROOM = Path("/run/juyong")
"""Of all homes of the system; only root enters."""
LOCK = "lock"
"""In a room: locked by the helper that holds what is there."""
ROOM_FILE = "room"
"""In the plane's folder: the name of what the home keeps."""
TOKEN = re.compile(r"[0-9a-f]{32}", re.ASCII)


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A network device that was found."""

    mac: str
    is_up: bool


Devices = Mapping[str, Device]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """All that an earlier helper left, and this one has verified and entered.

    note: As the plane of before wrote. routers, machines: Their devices by name.
    """

    note: bytes
    routers: Mapping[int, Devices]
    machines: Mapping[str, Devices]
