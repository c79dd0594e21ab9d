"""The client of the suite: each stage on a connection of its own, several at once.

The address that a connection comes from is the connection's own among those of loopback, so the log
of the proxy tells which stage a line is of, and no header is added that rules could judge.
"""

import asyncio
import re
from collections.abc import Sequence
from ipaddress import IPv4Address

from tests.inspect_suite.stages import Stage

_FIRST = int(IPv4Address("127.64.0.1"))
_AT_ONCE = 8
_QUIET_SECONDS = 1.0
"""After which a client gives up on an answer that does not come, or does not end."""
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


def address_of(number: int) -> str:
    """Return the address that a connection comes from."""
    return str(IPv4Address(_FIRST + number))


async def answers(port: int, stages: Sequence[Stage]) -> list[int]:
    """Send all stages; return the status of each answer, 0 where none came."""
    waiting = iter(enumerate(stages))
    found = [0] * len(stages)

    async def send_some() -> None:
        for number, stage in waiting:
            found[number] = await _answer(port, address_of(number), stage.sent)

    await asyncio.gather(*(send_some() for _ in range(_AT_ONCE)))
    return found


async def _answer(port: int, address: str, sent: bytes) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    got = b""
    try:
        writer.write(sent)
        async with asyncio.timeout(_QUIET_SECONDS):
            while not _whole(got, sent) and (data := await reader.read(65_536)):
                got += data
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    status = _STATUS.match(got)
    return int(status[1]) if status else 0


def _whole(got: bytes, sent: bytes) -> bool:
    """Tell whether an answer is whole; one without a length ends with its connection."""
    head, end, body = got.partition(b"\r\n\r\n")
    length = _LENGTH.search(head + b"\r\n")
    if not end or length is None:
        return False
    return sent.startswith(b"HEAD ") or len(body) >= int(length[1])
