"""The share of the memory of all requests that the request arriving on one connection takes."""

from collections.abc import Callable

from juyong.front.exchange import Exchange
from juyong.gateway.holding import Holding, Room
from juyong.gateway.whole import Asgi


class Share:
    """Counts the arriving request, once it is large and unless its body is taken as it comes.

    Args:
        room: Bounds what all requests hold together.
        app: Answers the requests that stay here.
        small_bytes: What a request may hold uncounted.
        refuse: Called when the request has to make room for others.

    size: Bytes of the request, and of what came in one slice with its beginning.
    """

    __slots__ = ("_app", "_holding", "_refuse", "_room", "_small_bytes", "_stays", "size")

    def __init__(
        self, room: Room, app: Asgi, *, small_bytes: int, refuse: Callable[[], None]
    ) -> None:
        self._room = room
        self._app = app
        self._small_bytes = small_bytes
        self._refuse = refuse
        self._holding: Holding | None = None
        # Whether the request stays here until it is answered.
        self._stays = True
        self.size = 0

    def begin(self, size: int) -> None:
        """Count a new request, of which so many bytes came."""
        self.size = size
        self._holding = None
        self._stays = True

    def fits(self, exchange: Exchange | None) -> bool:
        """Tell whether there is room for what came; False when the request has to make room.

        Args:
            exchange: Of the request; None while its head arrives.
        """
        if self.size <= self._small_bytes or not self._stays:
            return True
        if exchange is not None and exchange.answered:
            # The rest of its body is thrown away.
            return True
        if exchange is not None and self._holding is None and exchange.streams(self._app):
            # The application takes its body as it comes.
            self._stays = False
            return True
        if self._holding is None:
            self._holding = self._room.begin(self._refuse)
            if exchange is not None:
                exchange.holding = self._holding
        return self._holding.grow_to(self.size)

    def give(self, exchange: Exchange, app: Asgi) -> None:
        """Give the share to the exchange of a request whose head is whole; the exchange ends it."""
        # The body of a request that is fetched elsewhere, or refused, is passed on or thrown away
        # as it comes.
        self._stays = app is self._app
        if self._holding is not None and exchange.streams(app):
            # Some of its body came in one slice with its head.
            self._holding.end()
            self._holding, self._stays = None, False
        exchange.holding = self._holding

    def leave(self, *, given: bool) -> None:
        """Count no more; ends the share unless an exchange does."""
        if self._holding is not None and not given:
            self._holding.end()
        self._holding = None
