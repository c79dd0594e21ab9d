"""Requests for a proxy: the target is a URL of any host, and not a path of this server."""

from collections.abc import Callable

import msgspec

from juyong.front.head import Headers
from juyong.front.refusal import HTTPS_NEEDS_CONNECT, MALFORMED_TARGET, NOT_A_TUNNEL, Refusal
from juyong.front.rules import Leave, ProxyRules
from juyong.front.target import AbsoluteForm, MalformedTarget, parse_absolute
from juyong.gateway.whole import Asgi

Forwarder = Callable[[str], Asgi]
"""Makes the application that fetches one http URL from an allowed host."""


class Proxying(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The choice of the application for each such request of one connection.

    app: Answers requests for the hosts that this server is. over_loopback: Whether the connection
    came in over the loopback interface.
    """

    app: Asgi
    rules: ProxyRules
    over_loopback: bool
    forward: Forwarder

    def choose(
        self, method: bytes, url: bytes, lines: Headers, headers: dict[str, str]
    ) -> tuple[Asgi, bytes]:
        """Choose by a target that is not in origin form.

        Args:
            lines: The headers of the request as they came, and headers, the same by name: a
                request that is answered here gets the header Host where it has none.

        Returns:
            The application, and the target in origin form.
        """
        if method == b"CONNECT":
            return NOT_A_TUNNEL, b"/"
        if url == b"*":
            return self.app, b"/"
        try:
            wanted = parse_absolute(url)
        except MalformedTarget:
            return MALFORMED_TARGET, b"/"
        return self._answerer(wanted, lines, headers), wanted.origin

    def _answerer(self, wanted: AbsoluteForm, lines: Headers, headers: dict[str, str]) -> Asgi:
        verdict = self.rules.decide(wanted.target, over_loopback=self.over_loopback)
        if isinstance(verdict, Refusal):
            return verdict
        if verdict is Leave.HERE:
            # Host stays as it was sent, since signatures cover it.
            if "host" not in headers:
                lines.append((b"host", wanted.authority))
                headers["host"] = wanted.authority.decode("latin-1")
            return self.app
        if wanted.scheme != "http":
            return HTTPS_NEEDS_CONNECT
        return self.forward(f"http://{wanted.authority.decode()}{wanted.origin.decode('latin-1')}")
