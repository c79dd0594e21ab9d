"""A request as it arrived, before anything is believed."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """One HTTP request.

    path: As on the wire, still percent-encoded. query: likewise, without the question mark.
    headers: Lower-case names; repeated ones joined by a comma.
    peer: Address of the other end of the connection. secure: whether it came over TLS.
    port: The port that took the connection, 0 where it is not known.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    peer: str
    secure: bool
    port: int = 0

    @property
    def host(self) -> str:
        """The Host header, as sent."""
        return self.headers.get("host", "")
