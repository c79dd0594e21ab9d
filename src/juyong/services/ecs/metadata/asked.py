"""Requests to the metadata service, and its answers."""

from collections.abc import Mapping

import msgspec

TEXT = "text/plain; charset=utf-8"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One request. path: As sent, with its query. headers: By their names in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]

    def __repr__(self) -> str:
        """Leave out the headers, since one header may be a token."""
        return f"Asked({self.method!r}, {self.path!r})"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One answer."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", TEXT),)

    def __repr__(self) -> str:
        """Leave out the body, which may hold credentials."""
        return f"Answer({self.status})"
