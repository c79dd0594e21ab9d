"""The exchange that the body of a request belongs to, as the body sees it."""

from typing import Protocol

from juyong.engines.inspect.verdict import Verdict
from juyong.waf import pages
from juyong.waf.backends.link import Link


class Carrier(Protocol):
    """The exchange that a body belongs to."""

    link: Link | None
    over: bool

    @property
    def holder(self) -> str:
        """The client that the bytes of the request count for."""

    def hold(self, size: int) -> None:
        """Count bytes that wait for a verdict."""

    def refuse(self, page: pages.Page) -> None:
        """Answer in place of a backend."""

    def block(self, verdict: Verdict) -> None:
        """Answer as a verdict says."""

    def to_backend(self) -> None:
        """Send the request to a backend."""

    def go_unread(self) -> None:
        """Send the request to a backend unless rules on the head refuse it."""

    def pass_on(self, data: bytes) -> None:
        """Write bytes to the backend."""

    def give_up_on_backend(self, page: pages.Page) -> None:
        """End the connection to the backend, and answer in its place."""
