"""Running one command in a network of its own."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from juyong.cli.clientenv.environment import applied
from juyong.cli.clientenv.run import attend
from juyong.cli.isolation.launch import Isolated, isolate

if TYPE_CHECKING:
    from juyong.cli.isolation.relay import Relay


def run_isolated(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    platform: int,
    forwarded: Mapping[int, int],
) -> int:
    """Run a command to its end in a network of its own, and return its status as `run` does.

    Args:
        command: The program, looked up on PATH, and its arguments.
        environment: From client_environment; applied over this process's own.
        platform: The port of the platform's front on 127.0.0.1.
        forwarded: Loopback ports inside, and the ports of the host's loopback they lead to.

    What the command tried that led nowhere is told on standard error when it has ended.

    Raises:
        IsolationRefused: the system does not allow it; the command was not run.
    """
    with ExitStack() as served:
        relays: list[Relay] = []

        def start() -> Isolated:
            process = isolate(command, applied(environment, os.environ), tuple(forwarded))
            # Importing takes as long as the walls do, which are built meanwhile.
            from juyong.cli.isolation.relay import Relay  # noqa: PLC0415

            relay = Relay(process.sockets(), platform=platform, forwarded=forwarded)
            relays.append(served.enter_context(relay))
            process.executed()
            return process

        status = attend(start, command[0])
    for relay in relays:
        line = relay.tally.line()
        if line is not None:
            print(f"juyong: {line}", file=sys.stderr)
    return status
