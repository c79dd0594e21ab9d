"""The server's end of the control socket."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress

from juyong.app.control.messages import (
    MOST_BYTES,
    BadMessage,
    Reply,
    Request,
    decode_request,
    encode_message,
)
from juyong.app.control.sockets import listening, own_socket
from juyong.app.home import Home
from juyong.base.log import log
from juyong.base.socket_names import peer_user

Handle = Callable[[Request, int], Awaitable[Reply]]
"""Carries out a request; the number is the peer's user id."""
_READ_SECONDS = 5.0


class Control:
    """Listens on this process's socket in the home."""

    def __init__(self, home: Home, handle: Handle) -> None:
        self._path = own_socket(home)
        self._handle = handle
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; raises OSError."""
        self._server = await asyncio.start_unix_server(
            self._serve, sock=listening(self._path), limit=MOST_BYTES
        )

    def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            user = peer_user(writer.get_extra_info("socket"))
            if user not in (os.getuid(), 0):
                log().warning("control socket: another user", user=user)
                return
            async with asyncio.timeout(_READ_SECONDS):
                line = await reader.readuntil(b"\n")
            reply = await self._handle(decode_request(line), user)
            writer.write(encode_message(reply))
            await writer.drain()
        except (BadMessage, asyncio.LimitOverrunError, asyncio.IncompleteReadError, TimeoutError):
            log().warning("control socket: no message of this protocol")
        except OSError as gone:
            log().warning("control socket", cause=type(gone).__name__)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
