"""Ask the witness of this home to cosign.

SECURITY: an answer counts by the witness's signature, whatever it came over, and a request holds
what a log publishes: so plain HTTP is asked too, where who is on the way can hide cosignatures and
raise a false alarm, and nothing else.
"""

import time
from collections.abc import Sequence
from ipaddress import ip_network
from typing import TYPE_CHECKING
from urllib.parse import SplitResult

from juyong.app.outbound import (
    LOOPBACK,
    Guard,
    Network,
    Resolve,
    body_within,
    networks,
    over_http,
    resolved,
    trusted,
)
from juyong.app.settings import BadSetting, Settings
from juyong.base.web_url import split_url
from juyong.engines.ledger import Key, Malformed
from juyong.engines.ledger.witness import MOST_ANSWER_BYTES
from juyong.worker.witnessing import Answered

if TYPE_CHECKING:
    import http.client

_SECONDS = 10.0


class HttpWitness:
    """A witness behind a URL, asked within ten seconds, and no redirects.

    Args:
        url: The submission prefix: `add-checkpoint` is below it.
        key: The key of its cosignatures.
        allowed: Networks that may be asked though they are not public. The address that the URL
            names, and this machine where that is `localhost`, may be asked as well.

    Raises:
        BadSetting: the URL is none, or the key is no witness's.
    """

    def __init__(
        self,
        url: str,
        key: str,
        allowed: Sequence[Network] = (),
        *,
        resolve: Resolve = resolved,
        seconds: float = _SECONDS,
    ) -> None:
        self.key = _key(key)
        self._parts, self._port = _read(url)
        self._host = self._parts.hostname or ""
        self._guard = Guard((*allowed, *_named(self._host)), resolve)
        self._seconds = seconds

    def add(self, body: bytes) -> Answered:
        """Ask to cosign.

        Raises:
            FetchRefused: the name leads to an address that is not asked.
            OSError: no connection, no certificate that the system vouches for, time-out, an answer
                that is too large or no HTTP.
        """
        ends = time.monotonic() + self._seconds
        wire = self._guard.connect(self._host, self._port, ends)
        encrypted = None if self._parts.scheme == "http" else trusted
        path = f"{self._parts.path.rstrip('/')}/add-checkpoint"

        def ask(connection: "http.client.HTTPConnection") -> Answered:
            connection.request("POST", path, body, {"Content-Type": "text/plain; charset=utf-8"})
            answer = connection.getresponse()
            return Answered(answer.status, body_within(answer, MOST_ANSWER_BYTES))

        return over_http(wire, self._host, self._port, ends, encrypted=encrypted, ask=ask)


def witness_of(settings: Settings) -> HttpWitness | None:
    """Return the witness that the settings name, if any.

    Raises:
        BadSetting: the URL or the key is missing or cannot be read.
    """
    url, key = settings.witness_url, settings.witness_key
    if not url and not key:
        return None
    if not url or not key:
        raise BadSetting("`witness_url` and `witness_key` go together")
    return HttpWitness(url, key, networks(settings.outbound_allow))


def _key(text: str) -> Key:
    try:
        return Key.of_witness(text.strip())
    except Malformed as bad:
        raise BadSetting(f"`witness_key`: {bad}") from bad


def _read(url: str) -> tuple[SplitResult, int]:
    try:
        parts, port = split_url(url)
    except ValueError as bad:
        raise BadSetting(f"`witness_url`: {bad}") from bad
    extra = parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in ("http", "https") or not parts.hostname or extra or not url.isascii():
        raise BadSetting("`witness_url`: give http:// or https://, a host, and a path at most")
    return parts, port


def _named(host: str) -> Sequence[Network]:
    """Return the networks that the operator named by the URL itself."""
    if host == "localhost":
        return LOOPBACK
    try:
        return (ip_network(host),)
    except ValueError:
        return ()
