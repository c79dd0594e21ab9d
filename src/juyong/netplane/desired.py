"""The state that the network plane converges to, and the events that it gives back."""

from collections.abc import Mapping

import msgspec

from juyong.engines.packet import Network


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """An instance that runs: a namespace with its interfaces, the primary one first.

    boot: Changes at each start, so that a restart is seen. user_data: Run at the first start.
    """

    id: str
    hostname: str
    interface_ids: tuple[str, ...]
    boot: int = 0
    user_data: bytes = b""
    memory_mb: int = 1024

    def __repr__(self) -> str:
        """Leave out the user data, which may hold secrets."""
        return f"Machine({self.id!r})"


class Desired(msgspec.Struct, frozen=True, kw_only=True):
    """All networks of all accounts, and the machines that run in them.

    Interfaces that belong to no running machine are judged by, but carry no packet. macs: The
    hardware addresses of interfaces; others have one that is made of their id. trust: Certificates
    in PEM that clients in machines trust from their start on.
    """

    network: Network = Network()
    machines: tuple[Machine, ...] = ()
    macs: Mapping[str, str] = msgspec.field(default_factory=dict)
    trust: bytes = b""


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """Packets of one flow at one interface within a window; times in seconds since 1970."""

    interface_id: str
    ingress: bool
    accepted: bool
    protocol: int
    source: str
    source_port: int
    target: str
    target_port: int
    packets: int
    bytes: int
    start_s: int
    end_s: int


class Mended(msgspec.Struct, frozen=True, kw_only=True):
    """Someone else changed the rules of a router, which were written again.

    vpc_id: Empty when the rules were those of the plane's Internet.
    """

    vpc_id: str


class MachineEnded(msgspec.Struct, frozen=True, kw_only=True):
    """A machine's first process ended by itself."""

    machine_id: str


Event = Flow | Mended | MachineEnded
