"""The addresses of the running servers of a home, for commands that use a server; see base.living.

Each server keeps a file named for its process.
"""

import json
import os
from collections.abc import Callable

import msgspec
from msgspec.structs import asdict

from juyong.app.home import Home
from juyong.base import living


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """One running server."""

    process: int
    host: str
    port: int
    tls_port: int | None


def announce(home: Home, presence: Presence) -> Callable[[], None]:
    """Publish where this process listens, until it ends or calls the function returned."""
    content = json.dumps(asdict(presence)).encode() + b"\n"
    return living.announce(home.servers, str(presence.process), content)


def running_servers(home: Home) -> list[Presence]:
    """Return the servers that live, the last one started first."""
    found = []
    for content in living.living(home.servers):
        try:
            found.append(Presence(**json.loads(content)))
        except (ValueError, TypeError):
            continue
    return found


def running_server(home: Home) -> Presence | None:
    """Return a server that lives: this process's own, or the server that started last."""
    living = running_servers(home)
    own = [each for each in living if each.process == os.getpid()]
    return next(iter((*own, *living)), None)
