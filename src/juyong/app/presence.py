"""Where the running server of a home listens, for the commands that use it."""

import json
import os
from dataclasses import asdict, dataclass

from juyong.app.home import Home
from juyong.base.private_file import write_private


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """One running server."""

    process: int
    host: str
    port: int
    tls_port: int | None


def announce(home: Home, presence: Presence) -> None:
    """Say where the server listens; the last one started wins."""
    write_private(home.presence, json.dumps(asdict(presence)).encode() + b"\n")


def withdraw(home: Home) -> None:
    """Take the announcement back if it is still this process's."""
    found = running_server(home)
    if found is not None and found.process == os.getpid():
        home.presence.unlink(missing_ok=True)


def running_server(home: Home) -> Presence | None:
    """Return the server that was announced, unless its process is gone."""
    try:
        found = Presence(**json.loads(home.presence.read_text()))
        os.kill(found.process, 0)
    except (FileNotFoundError, ProcessLookupError, ValueError, TypeError):
        return None
    except PermissionError:
        pass
    return found
