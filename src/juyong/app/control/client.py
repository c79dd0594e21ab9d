"""The commands' end of the control sockets."""

import socket
from pathlib import Path

from juyong.api.command import OperatorError
from juyong.app.control.messages import (
    MOST_BYTES,
    BadMessage,
    Reply,
    Request,
    SealRequest,
    decode_reply,
    encode_message,
)
from juyong.app.control.sockets import sockets_of
from juyong.app.home import Home
from juyong.base.socket_names import short_name

_SECONDS = 90.0
"""Longer than a refused unseal waits for its answer."""


def ask_servers(home: Home, request: Request) -> dict[int, Reply]:
    """Put a request to every running server of a home; returns process to reply.

    Raises:
        OperatorError: one does not answer.
    """
    replies: dict[int, Reply] = {}
    for path in sockets_of(home):
        reply = _ask(path, request)
        if reply is not None:
            replies[int(path.name)] = reply
    return replies


def _ask(path: Path, request: Request) -> Reply | None:
    """Put a request to one server; None when it is gone."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        # A seal packs disks of any size first, and gives up by itself where that does not go on.
        wire.settimeout(None if isinstance(request, SealRequest) else _SECONDS)
        try:
            with short_name(path) as name:
                wire.connect(name)
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)
            return None
        try:
            wire.sendall(encode_message(request))
            return decode_reply(_line(wire))
        except (OSError, BadMessage) as failure:
            raise OperatorError(f"the server {path.name} did not answer") from failure


def _line(wire: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n") and len(line) <= MOST_BYTES:
        part = wire.recv(MOST_BYTES)
        if not part:
            break
        line += part
    return line
