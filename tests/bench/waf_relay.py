"""A relay that does nothing: bytes of a client go to a backend, and its answer goes back.

    python tests/bench/waf_relay.py PORT BACKEND_PORT

What the loop, the callbacks of Python and the system cost a proxy before it reads anything; see
bench_waf_proxy.py. Right for one request at a time on a connection, with an answer in one piece.
"""

import asyncio
import gc
import sys
from typing import Any

import uvloop


class Backend(asyncio.Protocol):
    """A connection that is kept; client: whoever waits for the answer."""

    client: "Client"

    def __init__(self, relay: "Relay") -> None:
        self._relay = relay

    def connection_made(self, transport: Any) -> None:
        """Keep the transport."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Hand an answer on."""
        self.client.transport.write(data)
        self._relay.idle.append(self)


class Client(asyncio.Protocol):
    """A connection of a client."""

    def __init__(self, relay: "Relay") -> None:
        self._relay = relay

    def connection_made(self, transport: Any) -> None:
        """Keep the transport."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Hand a request on."""
        if self._relay.idle:
            self._send(self._relay.idle.pop(), data)
        else:
            self._opening = asyncio.ensure_future(self._open(data))

    async def _open(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        _, backend = await loop.create_connection(
            lambda: Backend(self._relay), "127.0.0.1", self._relay.port
        )
        self._send(backend, data)

    def _send(self, backend: Backend, data: bytes) -> None:
        backend.client = self
        backend.transport.write(data)


class Relay:
    """Connections that wait; port: of the backend."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.idle: list[Backend] = []


async def main() -> None:
    """Relay until the process is ended."""
    relay = Relay(int(sys.argv[2]))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Client(relay), "127.0.0.1", int(sys.argv[1]))
    gc.freeze()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
