"""Cut a connection after a time, whatever the other end does."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def cut_after(descriptor: int, seconds: float) -> Iterator[None]:
    """Shut a connection down if the block has not ended by then.

    The time-outs of drivers and of sockets count single reads: a peer that sends a byte now and
    then would never end.
    """
    with socket.socket(fileno=os.dup(descriptor)) as peer:
        timer = threading.Timer(seconds, _cut, (peer,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()


def _cut(peer: socket.socket) -> None:
    with suppress(OSError):
        peer.shutdown(socket.SHUT_RDWR)
