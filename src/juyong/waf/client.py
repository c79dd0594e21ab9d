"""The client's side of an exchange, as an exchange sees that side."""

from typing import Protocol

from juyong.waf.ends import Ends
from juyong.waf.http1.reading import AnyResponse


class Client(Protocol):
    """The client's side of an exchange, the same for all versions of HTTP."""

    ends: Ends

    def start(self, head: AnyResponse, length: int, *, close: bool) -> None:
        """Take the head of the answer; length: of its body; close: the connection ends with it."""

    def body(self, data: bytes) -> None:
        """Take a part of the body."""

    def finish(self) -> None:
        """Note that the answer is whole."""

    def answer(self, head: AnyResponse, body: bytes) -> None:
        """Take a whole answer to a request that is whole."""

    def abort(self) -> None:
        """End without a whole answer."""

    def go_on(self) -> None:
        """Have a client send the body that waits for `100 Continue`."""

    def read(self, *, on: bool) -> None:
        """Take more of the request, or let the client wait."""

    def flush(self) -> None:
        """Send what was taken."""

    @property
    def takes(self) -> bool:
        """Whether the client takes bytes as fast as they come."""
