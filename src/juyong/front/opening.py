"""The protocol that a connection's first bytes announce."""

from enum import Enum

SNIFF_BYTES = 8
"""How many bytes settle every case."""

_CONNECT = b"CONNECT "
_TLS_HANDSHAKE = 0x16


class Opening(Enum):
    """The protocol that a connection begins with."""

    TLS = "tls"
    CONNECT = "connect"
    HTTP = "http"


def classify(prefix: bytes) -> Opening | None:
    """Tell the protocol from a connection's first bytes.

    Returns:
        None while the bytes are a proper beginning of `CONNECT `, or there are none.
        Bytes that are neither TLS nor CONNECT count as HTTP: the parser refuses all others.

    Source: RFC 8446, 5.1 (a TLS record of type handshake is 0x16), documented.
    """
    if not prefix:
        return None
    if prefix[0] == _TLS_HANDSHAKE:
        return Opening.TLS
    if prefix.startswith(_CONNECT):
        return Opening.CONNECT
    return None if _CONNECT.startswith(prefix) else Opening.HTTP
