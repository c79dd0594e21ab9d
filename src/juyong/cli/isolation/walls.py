"""Runs in the process that becomes the command: makes its network, and doors that outside serves.

The process has just left its namespaces and been mapped to the user it was. Whatever fails raises
OSError, and nothing of the system outside has changed.
"""

import socket
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from juyong.base import linux
from juyong.cli.isolation.routes import give_address, make_everything_local
from juyong.cli.isolation.strays import watcher

HTTP_PORT, HTTPS_PORT, NAMES_PORT = 80, 443, 53
SERVED_PORTS = (HTTP_PORT, HTTPS_PORT, NAMES_PORT)
_OWN_ADDRESS = "192.0.2.1"
"""Of a range for documents. A C library that is asked to mind the system's addresses
(AI_ADDRCONFIG) finds none for a name while loopback has only loopback's own."""
_BACKLOG = 1024
_PACKET_INFO = 8
"""IP_PKTINFO: the answer to a datagram must come from the address that the datagram went to."""
_ANY_SOURCE_V6 = 78
"""IPV6_FREEBIND: IPv4 takes every address of a local route for one of its own without."""
_RESOLVERS = (
    "/run/nscd",
    "/var/run/nscd",
    "/run/systemd/resolve",
    "/run/avahi-daemon",
    "/run/mdnsd",
)
"""Where resolvers listen that programs ask instead of DNS, and beyond what nsswitch.conf says."""


def build(forwarded: Iterable[int]) -> list[socket.socket]:
    """Make the network and the resolver's files.

    Args:
        forwarded: Loopback ports to listen on.

    Returns:
        The sockets to serve: listening ones for TCP, bound ones for datagrams to the resolver, and
        the packet socket that sees attempts.

    Raises:
        OSError: the system does not allow a part of it.
    """
    linux.mount(None, "/", None, linux.REC | linux.SLAVE)
    _lay_resolver_files(_hide_resolvers())
    linux.raise_loopback()
    give_address(_OWN_ADDRESS)
    sockets = _doors(socket.AF_INET, "0.0.0.0", "127.0.0.1", forwarded)  # noqa: S104  # of its own
    with suppress(OSError):
        # A kernel without IPv6 has no road there that could lead out.
        sockets += _doors(socket.AF_INET6, "::", "::1", forwarded)
    with suppress(OSError):
        # Without packet sockets, attempts fail as well, and are not told of.
        sockets.append(watcher())
    return sockets


def _doors(
    family: socket.AddressFamily, everywhere: str, loopback: str, forwarded: Iterable[int]
) -> list[socket.socket]:
    make_everything_local(family)
    doors = [_listening(family, everywhere, port) for port in SERVED_PORTS]
    doors += [_listening(family, loopback, port) for port in forwarded if port not in SERVED_PORTS]
    names = _socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET:
        names.setsockopt(socket.IPPROTO_IP, _PACKET_INFO, 1)
    else:
        names.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        names.setsockopt(socket.IPPROTO_IPV6, _ANY_SOURCE_V6, 1)
    names.bind((everywhere, NAMES_PORT))
    return [*doors, names]


def _listening(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    door = _socket(family, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind((address, port))
    door.listen(_BACKLOG)
    return door


def _socket(family: socket.AddressFamily, kind: socket.SocketKind) -> socket.socket:
    made = socket.socket(family, kind)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return made


def _hide_resolvers() -> list[Path]:
    """Cover the folders with empty ones; returns them."""
    hidden = sorted({path for path in map(Path.resolve, map(Path, _RESOLVERS)) if path.is_dir()})
    for path in hidden:
        linux.mount("tmpfs", str(path), "tmpfs", linux.NOSUID | linux.NODEV, "size=64k,mode=0755")
    return hidden


def _lay_resolver_files(hidden: list[Path]) -> None:
    """Lay files of our own over the system's, which stay as they are for every other program.

    They lie on a file system that shows nowhere else, so that nothing is left to clean up.
    """
    place = tempfile.gettempdir()
    linux.mount("tmpfs", place, "tmpfs", linux.NOSUID | linux.NODEV, "size=1m,mode=0755")
    try:
        for path, text in _files().items():
            source = Path(place, path.name)
            source.write_text(text)
            source.chmod(0o444)
            target = path.resolve()
            if target.parent in hidden:
                # The file that a link leads to went with the resolver that keeps it.
                target.touch()
            if target.exists():
                linux.mount(str(source), str(target), None, linux.BIND)
    finally:
        linux.unmount(place)


def _files() -> dict[Path, str]:
    """Return what the resolver's files say; without them, C libraries ask 127.0.0.1 as well."""
    hosts, switch = Path("/etc/hosts"), Path("/etc/nsswitch.conf")
    lines = switch.read_text(errors="replace").splitlines() if switch.exists() else []
    kept = [line for line in lines if not line.lstrip().startswith("hosts:")]
    return {
        Path("/etc/resolv.conf"): "nameserver 127.0.0.1\n",
        hosts: _loopback_names(hosts.read_text(errors="replace") if hosts.exists() else ""),
        switch: "\n".join([*kept, "hosts: files dns", ""]),
    }


def _loopback_names(hosts: str) -> str:
    """Keep what a hosts file says of loopback; all other names are the resolver's to answer."""
    kept = [line for line in hosts.splitlines() if _is_loopback(line.partition("#")[0].split()[:1])]
    own = f"127.0.0.1 localhost {socket.gethostname()}"
    return "\n".join([*kept, own, "::1 localhost", ""])


def _is_loopback(address: list[str]) -> bool:
    try:
        return bool(address) and ip_address(address[0]).is_loopback
    except ValueError:
        return False
