"""The memory that requests take until they are answered, counted over all connections."""

from collections.abc import Callable


class Room:
    """How much all requests may hold together.

    When there is no room for more, the request that has been arriving longest is refused. An
    ordinary client is done in moments, so the refused requests are those of clients that send
    slowly, on purpose or not. A request that is being served keeps its room.
    """

    __slots__ = ("_arriving", "_held", "_limit")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._arriving: dict[Holding, None] = {}

    @property
    def held(self) -> int:
        """How many bytes are held."""
        return self._held

    def begin(self, refuse: Callable[[], None]) -> "Holding":
        """Count one more request.

        Args:
            refuse: Called when the request has to make room; the request then holds nothing.
        """
        holding = Holding(self, refuse)
        self._arriving[holding] = None
        return holding

    def change(self, holding: "Holding", size: int) -> bool:
        """Let a request hold so much; False when it is the one that has to make room."""
        self._held += size - holding.size
        holding.size = size
        while self._held > self._limit:
            eldest = next(iter(self._arriving), holding)
            if eldest is holding:
                holding.end()
                return False
            eldest.end()
            eldest.refuse()
        return True

    def arrived(self, holding: "Holding") -> None:
        """Note that a request need not make room any more."""
        self._arriving.pop(holding, None)

    def end(self, holding: "Holding") -> None:
        """Count a request out."""
        self._held -= holding.size
        holding.size = 0
        self._arriving.pop(holding, None)


class Holding:
    """The memory that one request holds."""

    __slots__ = ("_room", "refuse", "size")

    def __init__(self, room: Room, refuse: Callable[[], None]) -> None:
        self._room = room
        self.refuse = refuse
        self.size = 0

    def grow_to(self, size: int) -> bool:
        """Hold so many bytes; False, and nothing is held, when there is no room for them."""
        return self._room.change(self, size)

    def arrived(self) -> None:
        """The request is whole, and need not make room any more."""
        self._room.arrived(self)

    def end(self) -> None:
        """Hold nothing any more."""
        self._room.end(self)
