"""Hellos of TLS clients: written by hand, and taken from OpenSSL."""

import ssl
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from tests.unit.waf.certificates import certificate

Extension = tuple[int, bytes]


def vector(size: int, content: bytes) -> bytes:
    return len(content).to_bytes(size, "big") + content


def numbers(listed: Iterable[int]) -> bytes:
    return b"".join(one.to_bytes(2, "big") for one in listed)


def server_name(name: bytes) -> Extension:
    return 0, vector(2, b"\0" + vector(2, name))


def alpn(*protocols: bytes) -> Extension:
    return 16, vector(2, b"".join(vector(1, one) for one in protocols))


def versions(*listed: int) -> Extension:
    return 43, vector(1, numbers(listed))


def signatures(*listed: int) -> Extension:
    return 13, vector(2, numbers(listed))


def body(
    ciphers: Sequence[int] = (0x1301,),
    extensions: Sequence[Extension] | None = (),
    *,
    version: int = 0x0303,
    session: bytes = b"",
) -> bytes:
    """Write what stands in the handshake message; None writes no extensions, as old clients."""
    made = version.to_bytes(2, "big") + bytes(32) + vector(1, session)
    made += vector(2, numbers(ciphers)) + b"\x01\x00"
    if extensions is None:
        return made
    return made + vector(
        2, b"".join(kind.to_bytes(2, "big") + vector(2, content) for kind, content in extensions)
    )


def message(content: bytes) -> bytes:
    return b"\x01" + vector(3, content)


def records(content: bytes, size: int = 16_384) -> bytes:
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    return b"".join(b"\x16\x03\x01" + vector(2, piece) for piece in pieces)


def hello(ciphers: Sequence[int] = (0x1301,), extensions: Sequence[Extension] | None = ()) -> bytes:
    return records(message(body(ciphers, extensions)))


def of_openssl(name: str | None, protocols: Sequence[str] = (), *, newest: bool = True) -> bytes:
    """Return the first bytes of a client of this machine's OpenSSL."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(protocols)
    if not newest:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    outgoing = ssl.MemoryBIO()
    inside = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    with suppress(ssl.SSLWantReadError):
        inside.do_handshake()
    return outgoing.read()


class Server:
    """OpenSSL's reading of a hello, by the callbacks of a server."""

    def __init__(self, folder: Path, protocols: Sequence[str]) -> None:
        made = certificate(folder, "a.example")
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(made.chain, made.key)
        if protocols:
            self._context.set_alpn_protocols(protocols)
        self._context.sni_callback = self._named
        self._name: str | None = None

    def _named(self, _inside: object, name: str | None, _context: object) -> None:
        self._name = name

    def read(self, data: bytes) -> tuple[bool, str | None, str | None]:
        """Return whether the hello is answered, its server name, and the protocol chosen."""
        self._name = None
        incoming = ssl.MemoryBIO()
        incoming.write(data)
        inside = self._context.wrap_bio(incoming, ssl.MemoryBIO(), server_side=True)
        try:
            inside.do_handshake()
        except ssl.SSLWantReadError:
            return True, self._name, inside.selected_alpn_protocol()
        except ssl.SSLError:
            return False, self._name, None
        return True, self._name, inside.selected_alpn_protocol()
