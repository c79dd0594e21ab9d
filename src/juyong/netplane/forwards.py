"""A port of the host's loopback that leads to a public address in the plane's Internet."""

import selectors
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

_CHUNK = 64 * 1024
_CONNECT_SECONDS = 10.0
_MOST_AT_ONCE = 64


class Forwarding:
    """Listens on 127.0.0.1 until it is closed; each connection is carried by a thread.

    Args:
        dial: Begins a connection to the address; raises OSError when the plane has ended.
    """

    def __init__(self, dial: Callable[[], socket.socket]) -> None:
        self._dial = dial
        self._door = socket.create_server(("127.0.0.1", 0))
        self._room = threading.BoundedSemaphore(_MOST_AT_ONCE)
        self._thread = threading.Thread(target=self._accept, name="forward", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        port: int = self._door.getsockname()[1]
        return port

    def close(self) -> None:
        """Take no more connections; those that are there go on."""
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            if not self._room.acquire(blocking=False):
                near.close()
                continue
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        try:
            with near, self._dial() as far:
                if _connected(far):
                    _relay(near, far)
        except OSError:
            # An end is gone: so is the connection.
            return
        finally:
            self._room.release()


def _connected(far: socket.socket) -> bool:
    """Wait for a connection that was begun; False when it fails or takes too long."""
    with selectors.DefaultSelector() as selector:
        selector.register(far, selectors.EVENT_WRITE)
        if not selector.select(_CONNECT_SECONDS):
            return False
    far.settimeout(None)
    return far.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0


def _relay(near: socket.socket, far: socket.socket) -> None:
    """Carry bytes both ways until both ends have said all."""
    other = threading.Thread(target=_pour, args=(far, near), daemon=True)
    other.start()
    _pour(near, far)
    other.join()


def _pour(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(_CHUNK):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
