"""Read a file of assertions: one a line, such as `deny internet -> tag:tier=db tcp/1-1024`.

Empty lines mean nothing, nor do those that begin with `#`.

SECURITY: the file may come with a change that a stranger proposes; its size is bounded, and a line
that is no assertion refuses the whole file, so that a typing error proves nothing.
"""

import re
from typing import NamedTuple

from juyong.api.command import BadInput
from juyong.engines.packet import WITH_PORTS, BadProtocol, Line, Ports, parse_protocol
from juyong.engines.packet.match import ANY_PORTS
from juyong.services.network.places import head_of

LONGEST_BYTES = 1024 * 1024
MOST_LINES = 10_000
_LINE = re.compile(r"(allow|deny)[ \t]+(\S.*?)[ \t]+->[ \t]+(\S.*?)[ \t]+(\S+)")
_PORTS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?", re.ASCII)


class Assertion(NamedTuple):
    """One line of the file.

    allows: Every source reaches every target, and is answered; else no packet gets from any source
    to any target. means: The packets, whatever their addresses.
    """

    number: int
    text: str
    allows: bool
    source: str
    target: str
    head: str
    means: Line


def assertions_of(data: bytes) -> list[Assertion]:
    """Read a file of assertions.

    Raises:
        BadInput: a line is no assertion, or there is none; the text names the line.
    """
    if len(data) > LONGEST_BYTES:
        raise BadInput(f"assertions take at most {LONGEST_BYTES} bytes")
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise BadInput("assertions are text in UTF-8") from None
    found = [
        _assertion(number, line.strip())
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.strip().startswith("#")
    ]
    if not found:
        raise BadInput("there is no assertion, so that nothing is proved")
    if len(found) > MOST_LINES:
        raise BadInput(f"there are {len(found)} assertions; {MOST_LINES} are the most")
    return found


def _assertion(number: int, text: str) -> Assertion:
    read = _LINE.fullmatch(text)
    if read is None:
        raise BadInput(f"line {number}: write `allow A -> B tcp/22` or `deny A -> B tcp/1-1024`")
    verb, source, target, head = read.groups()
    try:
        if verb == "allow":
            asked = head_of(head)
            port = (Ports(asked.port, asked.port),) if asked.protocol in WITH_PORTS else ANY_PORTS
            means = Line(id="", accepts=True, protocol=asked.protocol, ports=port)
        else:
            means = _means(head)
    except BadInput as reason:
        raise BadInput(f"line {number}: {reason}") from None
    return Assertion(number, text, verb == "allow", source, target, head, means)


def _means(head: str) -> Line:
    """Read `all`, `tcp`, `tcp/22`, `udp/1-1024`, `icmp`, or the number of a protocol."""
    word, slash, ports = head.partition("/")
    wrong = BadInput(f"`{head}` is none of all, tcp, tcp/22, udp/1-1024, icmp or a number")
    try:
        protocol = parse_protocol(word)
    except BadProtocol:
        raise wrong from None
    if not slash:
        return Line(id="", accepts=True, protocol=protocol)
    read = _PORTS.fullmatch(ports)
    if read is None or protocol not in WITH_PORTS:
        raise wrong
    first, last = int(read[1]), int(read[2] or read[1])
    if not 1 <= first <= last <= ANY_PORTS[0].last:
        raise wrong
    return Line(id="", accepts=True, protocol=protocol, ports=(Ports(first, last),))
