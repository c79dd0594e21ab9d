"""The work of `juyong exec`: run a command in a network of its own, or with the proxy's name."""

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath

from juyong.api.command import BadInput
from juyong.cli.client import Client
from juyong.cli.clientenv.run import run

REFUSED = 3
"""The status when isolation was asked for and cannot be had; the command was not run."""
_ALWAYS = frozenset({"terraform", "tofu"})
"""Programs that are isolated unless told otherwise: SDKs inside the providers lose their proxy."""
_OSS = {"aliyun": ("oss", "ossutil"), "ossutil": ("",), "ossutil64": ("",)}
"""Programs with the words by which they use a client of OSS that asks for no proxy; the empty word
is any."""
_FORWARD = re.compile(r"([0-9]{1,5})(?::([0-9]{1,5}))?", re.ASCII)
_LAST_PORT = 65535
_NAMES_PORT = 53


def execute(
    client: Client, command: Sequence[str], *, isolated: bool | None, forward: Sequence[str]
) -> int:
    """Run a command to its end and return its exit status.

    Args:
        client: Who the command acts as, and on which server.
        command: The program, looked up on PATH, and its arguments.
        isolated: None to isolate what does not find its way by a proxy, where the system allows it:
            terraform and tofu, and the OSS part of the CLI.
        forward: Loopback ports that an isolated command keeps; see forwards.

    Raises:
        BadInput: `forward` cannot be read.
    """
    forwarded = forwards(forward)
    by_default = PurePath(command[0]).name in _ALWAYS or _asks_oss(command)
    if by_default if isolated is None else isolated:
        # Ordinary commands do not need these, so they are imported late.
        from juyong.cli.isolation.launch import IsolationRefused  # noqa: PLC0415
        from juyong.cli.isolation.run import run_isolated  # noqa: PLC0415

        try:
            return run_isolated(
                command,
                client.environment(proxied=False),
                platform=client.server.port,
                forwarded=_with_platform(forwarded, client),
            )
        except IsolationRefused as refused:
            print(f"juyong: {_told(refused, command, isolated)}", file=sys.stderr)
            if isolated:
                return REFUSED
    return run(command, client.environment(proxied=True))


def forwards(texts: Iterable[str]) -> dict[int, int]:
    """Read `PORT` or `INSIDE:OUTSIDE` into ports inside and the host's ports they lead to.

    Raises:
        BadInput: it is neither, no port, or the port of the resolver inside (53).
    """
    found = {}
    for text in texts:
        match = _FORWARD.fullmatch(text)
        inside, outside = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not (0 < inside <= _LAST_PORT and 0 < outside <= _LAST_PORT) or inside == _NAMES_PORT:
            raise BadInput(
                f"`--forward {text}`: give a port, or the port inside and the one of this machine "
                "as INSIDE:OUTSIDE; 53 inside is the resolver's"
            )
        found[inside] = outside
    return found


def _with_platform(forwarded: Mapping[int, int], client: Client) -> dict[int, int]:
    """Let a client that was told of the server's own address find it there."""
    own = (client.server.port, client.server.tls_port)
    return {port: port for port in own if port is not None} | dict(forwarded)


def _asks_oss(command: Sequence[str]) -> bool:
    words = _OSS.get(PurePath(command[0]).name, ())
    return "" in words or (len(command) > 1 and command[1] in words)


def _told(refused: Exception, command: Sequence[str], isolated: bool | None) -> str:
    why = f"this system does not let `exec` isolate a command ({refused})"
    program = command[0]
    if isolated:
        return f"{why}; `{program}` was not run"
    if _asks_oss(command):
        return f"{why}; `{program}` runs, and asks for no proxy: give it the server as its endpoint"
    return (
        f"{why}; `{program}` runs with a proxy named to it, "
        "which an SDK may forget: use -parallelism=1"
    )
