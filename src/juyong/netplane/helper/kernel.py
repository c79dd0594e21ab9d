"""Network namespaces and the programs that change them."""

import fcntl
import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from juyong.base import linux
from juyong.netplane.keeping import Device

_SECONDS = 60
_MOST_TOLD = 400
_ROUTER = (
    ("net/ipv4/ip_forward", "0"),
    ("net/ipv4/conf/all/rp_filter", "0"),
    ("net/ipv4/conf/default/rp_filter", "0"),
    ("net/ipv4/conf/all/send_redirects", "0"),
    ("net/ipv4/conf/default/send_redirects", "0"),
    ("net/ipv4/conf/default/accept_redirects", "0"),
    ("net/ipv6/conf/all/forwarding", "0"),
    ("net/ipv6/conf/default/accept_ra", "0"),
    ("net/ipv6/conf/default/autoconf", "0"),
    ("net/ipv6/conf/default/accept_dad", "0"),
    # A session is begun by its first packet: a later one must not bring a cut session back.
    ("net/netfilter/nf_conntrack_tcp_loose", "0"),
    # Source: ECS documentation, security groups: a session is known for 910 s (documented).
    ("net/netfilter/nf_conntrack_tcp_timeout_established", "910"),
    ("net/netfilter/nf_conntrack_tcp_timeout_unacknowledged", "300"),
    # Sessions that no one answers end soon, so that floods of them do not fill the table.
    ("net/netfilter/nf_conntrack_tcp_timeout_syn_sent", "30"),
    ("net/netfilter/nf_conntrack_tcp_timeout_syn_recv", "30"),
    ("net/netfilter/nf_conntrack_generic_timeout", "30"),
    ("net/netfilter/nf_conntrack_acct", "0"),
)
_GONE = (
    *(f"route flush table all type {kind}" for kind in ("unicast", "blackhole", "throw")),
    "neigh flush nud permanent",
)
_OWN_RULES = (
    "rule flush",
    "rule add lookup main pref 32766",
    "rule add lookup default pref 32767",
)
"""The rules of a new namespace, without that of its own addresses, which stays."""
_GET_FLAGS, _GET_MAC, _IS_UP = 0x8913, 0x8927, 1
_CARRIES = ("net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding")


class Refused(Exception):
    """A program or the kernel refused; the text says what."""


def network() -> int:
    """Return a descriptor of the network namespace that the process is in."""
    return os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def new_network(home: int) -> int:
    """Make a network namespace that carries nothing; returns its descriptor."""
    linux.unshare(linux.NEWNET)
    try:
        prepare()
        return network()
    finally:
        linux.enter(home, linux.NEWNET)


def prepare() -> None:
    """Set the bounds of the namespace that the process is in, ahead of any link.

    Some settings cannot be had on each kernel: rules decide without them, too.
    """
    linux.raise_loopback()
    for name, value in _ROUTER:
        write_setting(name, value)


def carry() -> None:
    """Let the namespace that the process is in carry packets from device to device."""
    for name in _CARRIES:
        write_setting(name, "1")


def clean() -> None:
    """Let the namespace carry nothing, and take its routes, rules and neighbours away.

    Sessions, packet filter, links and addresses stay, and so do the routes to own addresses.

    Raises:
        Refused: a program refuses.
    """
    for name in _CARRIES:
        write_setting(name, "0")
    program(["ip", "-4", "-batch", "-"], "".join(f"{line}\n" for line in (*_GONE, *_OWN_RULES)))
    program(["ip", "-6", "-batch", "-"], "".join(f"{line}\n" for line in _GONE))


def devices() -> dict[str, Device]:
    """Return the devices of the namespace that the process is in.

    Source: netdevice(7) (documented).
    """
    found = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for _, name in socket.if_nameindex():
            asked = name.encode().ljust(40, b"\0")
            flags = fcntl.ioctl(any_socket, _GET_FLAGS, asked)[16:18]
            mac = fcntl.ioctl(any_socket, _GET_MAC, asked)[18:24]
            is_up = bool(int.from_bytes(flags, sys.byteorder) & _IS_UP)
            found[name] = Device(mac=mac.hex(":"), is_up=is_up)
    return found


def write_setting(name: str, value: str) -> None:
    """Write a setting of the kernel, where there is such a setting that may be written."""
    try:
        Path("/proc/sys", name).write_text(value, encoding="ascii")
    except OSError:
        if name == _CARRIES[0]:
            raise


@contextmanager
def inside(namespace: int, home: int) -> Iterator[None]:
    """Be in another network namespace."""
    linux.enter(namespace, linux.NEWNET)
    try:
        yield
    finally:
        linux.enter(home, linux.NEWNET)


def program(argv: list[str], text: str) -> tuple[int, str]:
    """Run a program in the namespace that the process is in; returns its id and its output.

    Raises:
        Refused: it does not end with 0, or not in a minute.
    """
    with subprocess.Popen(  # noqa: S603  # fixed programs, found on a fixed path
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as started:
        try:
            out, said = started.communicate(text, timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            started.kill()
            raise Refused(f"{argv[0]} did not end") from None
    if started.returncode:
        raise Refused(f"{argv[0]}: {said.strip()[:_MOST_TOLD] or started.returncode}")
    return started.pid, out


def start(argv: list[str], output: int) -> None:
    """Start a program in the namespace that the process is in; the loop reaps it.

    Args:
        output: The descriptor to which it prints.
    """
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, output, 1),
    ]
    os.posix_spawnp(argv[0], argv, os.environ, file_actions=actions)


def joining(near: tuple[str, str], far: tuple[str, str], network: int) -> tuple[str, ...]:
    """Return the lines that join two namespaces by a pair of devices, each a name and an address.

    Args:
        near: The device in the namespace where the lines run; the device is up afterwards.
        far: The device in the other namespace.
    """
    there = f"/proc/{os.getpid()}/fd/{network}"
    ends = f"link add {near[0]} address {near[1]} type veth peer name {far[0]} address {far[1]}"
    return (f"{ends} netns {there}", *raised(near[0]))


def raised(device: str) -> tuple[str, str]:
    """Return the lines that bring a device up: its neighbours are told, and never asked for."""
    return f"link set {device} arp off addrgenmode none", f"link set {device} up"


_UNLINK = "link del "


def roads_that_stand(lines: Iterable[str]) -> None:
    """Have `ip` do lines, without those of devices that are gone, as of a machine that ended.

    Raises:
        Refused: a line is refused; those ahead of it are done.
    """
    lines = tuple(lines)
    _unlink({_device_in(line) for line in lines if line.startswith(_UNLINK)})
    there = {"", *_devices()}
    roads(line for line in lines if not line.startswith(_UNLINK) and _device_in(line) in there)


def _unlink(devices: set[str]) -> None:
    """Delete devices; one may go meanwhile, with the namespace at its other end.

    Raises:
        Refused: a device is there, and stays.
    """
    left = devices & _devices()
    while left:
        try:
            roads(f"{_UNLINK}{each}" for each in sorted(left))
        except Refused:
            there = left & _devices()
            if there == left:
                raise
            left = there
        else:
            return


def _devices() -> set[str]:
    return {name for _, name in socket.if_nameindex()}


def _device_in(line: str) -> str:
    words = line.split()
    if words[:2] == ["link", "del"]:
        return words[2]
    return words[words.index("dev") + 1] if "dev" in words else ""


def roads(lines: Iterable[str]) -> None:
    """Have `ip` do lines in the namespace that the process is in.

    Raises:
        Refused: a line is refused; those ahead of it are done.
    """
    text = "".join(f"{line}\n" for line in lines)
    if text:
        program(["ip", "-batch", "-"], text)
