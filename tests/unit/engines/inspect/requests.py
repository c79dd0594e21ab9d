"""Requests that tests inspect."""

from juyong.engines.inspect.http import Peer, Request


def request(target=b"/", *, method=b"GET", headers=(), kind=None, version="HTTP/1.1", tls=None):
    """Return a request; kind: Its Content-Type."""
    told = (*headers, *(((b"Content-Type", kind),) if kind is not None else ()))
    return Request(
        method=method,
        target=target,
        version=version,
        headers=told,
        client=Peer(address="192.0.2.7", port=4711),
        server=Peer(address="192.0.2.1", port=80),
        unique="r-1",
        at=1_767_225_600.5,
        tls=tls,
    )
