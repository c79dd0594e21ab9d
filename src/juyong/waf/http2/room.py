"""The room that one client's streams have in a worker, over all of its connections.

A connection alone is bounded by its windows, and one client may have hundreds of connections.
"""

from juyong.waf.plane import Plane


class Room:
    """Counts streams, and the bytes that wait in them for a backend or for the client.

    Args:
        plane: Has the bounds, for all clients and for one.
        client: The address at the other end.
    """

    __slots__ = ("_holder", "_streams", "_waiting")

    def __init__(self, plane: Plane, client: str) -> None:
        self._streams, self._waiting = plane.streams, plane.waiting
        self._holder = plane.holder_of(client)

    @property
    def left(self) -> bool:
        """Whether more bytes may wait."""
        return self._waiting.add(self._holder, 0)

    def enter(self) -> bool:
        """Count a stream more; False, and none is counted, where there is no room for one."""
        if self._streams.add(self._holder, 1) and self.left:
            return True
        self.leave()
        return False

    def leave(self) -> None:
        """Count a stream less."""
        self._streams.add(self._holder, -1)

    def wait(self, size: int) -> None:
        """Count bytes more, or less."""
        self._waiting.add(self._holder, size)
