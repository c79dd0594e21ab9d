"""The client of a request: the peer, or the client that trusted proxies name.

Source: RFC 7239 and the usage of X-Forwarded-For (documented).
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address

from juyong.base.addresses import Network, meant, networks
from juyong.engines.inspect.http import Headers
from juyong.waf.site import Site

_MOST_HOPS = 64


class Peers:
    """Judges peers by the networks that the operator listed.

    plain: Whether no header of a request says anything about its client.
    """

    def __init__(self, site: Site) -> None:
        self._appends = site.forwarded == "append"
        self._trusted = networks(site.trusted)
        self._proxies = networks(site.proxy_protocol)
        self.plain = not self._trusted and not self._appends
        self.plain_lines = lru_cache(4_096)(self._plain_lines)
        self._is_trusted = lru_cache(4_096)(lambda text: _within(text, self._trusted))

    def trusts(self, peer: str) -> bool:
        """Tell whether a peer's word on its client counts."""
        return bool(self._trusted) and self._is_trusted(peer)

    def sends_header(self, peer: str) -> bool:
        """Tell whether a peer begins each connection with a PROXY header."""
        return _within(peer, self._proxies)

    def client_of(self, peer: str, headers: Headers) -> str:
        """Return the address of the client that rules judge.

        Behind trusted proxies, the client is the last address in X-Forwarded-For that does not
        belong to a trusted proxy. SECURITY: each address before that one is the client's own claim.
        """
        if not self.trusts(peer):
            return peer
        client = peer
        for hop in reversed(_hops(headers)[-_MOST_HOPS:]):
            address = _address(hop)
            if address is None:
                return client
            client = address
            if not self._is_trusted(address):
                break
        return client

    def lines(self, peer: str, client: str, headers: Headers, *, scheme: bytes) -> bytes:
        """Write the headers about the client that a backend gets.

        Args:
            peer: The address at the other end.
            client: As `client_of` returned.
            headers: As the peer sent them.
            scheme: `http` or `https`, as the peer spoke.
        """
        trusted = self.trusts(peer)
        chain = [peer]
        if trusted or self._appends:
            chain = [*_hops(headers), peer]
        if trusted:
            told = [value for name, value in headers if name.lower() == b"x-forwarded-proto"]
            scheme = told[0].lower() if told and told[0].lower() in (b"http", b"https") else scheme
        return _LINES % (", ".join(chain).encode("latin-1"), scheme, client.encode())

    def _plain_lines(self, peer: str, scheme: bytes) -> bytes:
        """Write the headers of a peer that is the client, where `plain`; they are kept."""
        return self.lines(peer, peer, (), scheme=scheme)


_LINES = b"X-Forwarded-For: %b\r\nX-Forwarded-Proto: %b\r\nX-Real-IP: %b\r\n"


def _hops(headers: Headers) -> list[str]:
    found = [value for name, value in headers if name.lower() == b"x-forwarded-for"]
    texts = b",".join(found).decode("latin-1").split(",") if found else []
    return [text.strip() for text in texts if text.strip()]


def _address(text: str) -> str | None:
    """Read an address, which may have a port behind it; None for anything else."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(meant(ip_address(text)))
    except ValueError:
        return None


def _within(text: str, listed: Sequence[Network]) -> bool:
    address = _address(text)
    return address is not None and any(ip_address(address) in each for each in listed)


def host_of(authority: bytes) -> bytes:
    """Return the host name of a Host header, in lower case."""
    if authority.startswith(b"["):
        return authority.partition(b"]")[0][1:].lower()
    return authority.partition(b":")[0].lower().rstrip(b".")
