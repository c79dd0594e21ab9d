"""How others reach into the networks of a plane: commands in machines, sockets and ports."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from juyong.engines.packet import Address, Compiled
from juyong.engines.packet.topology import PLATFORM_BLOCKS
from juyong.netplane import messages as m
from juyong.netplane.client import Helper
from juyong.netplane.commands import Finished, finish
from juyong.netplane.disks import Disks
from juyong.netplane.forwards import Forwarding
from juyong.netplane.outsiders import Outsiders
from juyong.netplane.plan import Plan


class NotRunning(OSError):
    """The plane is not started, or has ended."""


class NotOfThePlatform(ValueError):
    """An address at which the platform serves nothing."""


class LeadsNowhere(ValueError):
    """A public address that nothing has."""


class Reaching:
    """The part of a plane that is asked, and changes nothing of the desired state."""

    _lock: threading.Lock
    _helper: Helper | None
    _plan: Plan
    _compiled: Compiled
    _outsiders: Outsiders
    _disks: Disks | None
    _refused: dict[str, str]
    """Why a machine of the plan does not run, by its id."""

    def _running(self) -> Helper:
        helper = self._helper
        if helper is None or helper.ended.is_set():
            raise NotRunning("the network plane does not run")
        return helper

    # -- machines --------------------------------------------------------------------------------

    def run(
        self, machine_id: str, argv: Sequence[str], *, timeout_s: float = 60.0, stdin: bytes = b""
    ) -> Finished:
        """Run a command in a machine to its end, or until the time is over.

        Args:
            argv: A program, looked up in the machine, and its arguments.

        Raises:
            OSError: the machine does not run.
        """
        return finish(self._running(), machine_id, tuple(argv), timeout_s, stdin)

    def run_from(
        self, address: str, argv: Sequence[str], *, timeout_s: float = 60.0, stdin: bytes = b""
    ) -> Finished:
        """Run a command in the Internet, with a source address of its own; see `at`."""
        with self.at(address) as machine_id:
            return self.run(machine_id, argv, timeout_s=timeout_s, stdin=stdin)

    @contextmanager
    def at(self, address: str) -> Iterator[str]:
        """Hold a place in the Internet; yields the name of the machine that has the address.

        Raises:
            SourceRefused, BadAddress: the Internet has no such source.
            OSError: the plane does not run.
        """
        with self._outsiders.place(self._running(), address, self._compiled) as machine_id:
            yield machine_id

    def attach(self, machine_id: str, argv: Sequence[str], streams: tuple[int, int, int]) -> int:
        """Start a command in a machine with three descriptors as its streams, as of a terminal.

        Returns:
            The number of the job, for `wait` and `kill`.

        Raises:
            OSError: the machine does not run.
        """
        if self._disks is not None and self._disks.keeps_waiting(machine_id, self._plan):
            raise NotRunning(f"{machine_id} waits for its disks, which are being opened")
        if machine_id in self._refused:
            raise NotRunning(f"{machine_id} could not be set up: {self._refused[machine_id]}")
        return self._running().start_job(machine_id, tuple(argv), streams)

    def wait(self, job: int, timeout_s: float | None = None) -> int | None:
        """Return the exit code of a job, None when it runs on after the time.

        Raises:
            OSError: the plane ended.
        """
        return self._running().wait_job(job, timeout_s)

    def kill(self, job: int) -> None:
        """Kill the process group of a job.

        Raises:
            OSError: the plane ended.
        """
        self._running().kill_job(job)

    # -- sockets ---------------------------------------------------------------------------------

    def listener(
        self, vpc_id: str, address: str, port: int, *, datagrams: bool = False
    ) -> socket.socket:
        """Return a socket of the router of a VPC, at an address of the platform's.

        Machines of the VPC reach it whatever their rules say; the peer's address is that of the
        interface, which no machine can take from another. The socket ends with the router.

        Raises:
            NotOfThePlatform: the address is none that machines reach past all rules.
            OSError: there is no such VPC, the port is taken, or the plane does not run.
        """
        wanted = Address.parse(address)
        if not any(block.holds(wanted) for block in PLATFORM_BLOCKS):
            raise NotOfThePlatform(f"{address} is no address of the platform")
        helper = self._running()
        with self._lock:
            router = next((n for n, known in self._plan.vpcs.items() if known == vpc_id), None)
        if router is None:
            raise FileNotFoundError(2, "there is no such VPC", vpc_id)
        request = m.Listen(
            number=helper.number(), router=router, address=address, port=port, datagrams=datagrams
        )
        return helper.ask_socket(request)

    def dial(self, address: str, port: int) -> socket.socket:
        """Begin a connection from the Internet; the socket does not block.

        Raises:
            BadAddress: the text is no address.
            OSError: nothing leads to the address, or the plane does not run.
        """
        helper = self._running()
        target = str(Address.parse(address))
        return helper.ask_socket(m.Dial(number=helper.number(), address=target, port=port))

    def forward(self, address: str, port: int) -> Forwarding:
        """Listen on a port of the host's loopback that leads to a public address.

        Raises:
            BadAddress: the text is no address.
            LeadsNowhere: the networks have no such public address, nor has a place outside.
        """
        target = Address.parse(address)
        if target not in self._compiled.publics.owned and not self._outsiders.has(target):
            raise LeadsNowhere(f"no EIP and no NAT gateway has {target}")
        return Forwarding(lambda: self.dial(address, port))
