"""The platform as instances reach it: its API, its names and their metadata, in each VPC.

The plane of networks makes the sockets, and the server's own front serves them, so that a call from
an instance goes through all that other calls go through.
"""

import asyncio
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from juyong.gateway.calls_alone import CallsAlone
from juyong.gateway.whole import Asgi, Whole

if TYPE_CHECKING:
    from juyong.front.server import Front
    from juyong.netplane.desired import Desired
    from juyong.netplane.plane import NetworkPlane

MetadataOf = Callable[[str], Asgi]
"""Returns the application that answers for the metadata of a VPC's instances."""
_HTTP, _HTTPS, _DNS = 80, 443, 53
_CLOSING_SECONDS = 2.0


@dataclass(slots=True)
class _Doors:
    """The sockets of one VPC; `transports` once the loop serves them, unless they are left."""

    metadata: list[socket.socket] = field(default_factory=list)
    service: list[socket.socket] = field(default_factory=list)
    names: list[socket.socket] = field(default_factory=list)
    transports: list[asyncio.BaseTransport] = field(default_factory=list)
    left: bool = False


class Inside:
    """Serves the platform's addresses in all VPCs of the plane that runs.

    calls: The application of the front; instances reach only its calls.
    """

    def __init__(self, front: "Front", loop: asyncio.AbstractEventLoop, calls: Whole) -> None:
        self._front, self._loop, self._calls = front, loop, CallsAlone(calls)
        self._plane: object = None
        self._doors: dict[str, _Doors] = {}
        self._opening: set[asyncio.Task[None]] = set()

    # --- on the thread of the plane ---

    def follow(self, metadata_of: MetadataOf, plane: Any, desired: Any) -> None:
        """Open the sockets of VPCs that are new, and close those of VPCs that are gone."""
        from juyong.netplane.plane import NetworkPlane  # noqa: PLC0415  # where a plane runs

        if isinstance(plane, NetworkPlane):
            self._follow(metadata_of, plane, desired)

    def _follow(self, metadata_of: MetadataOf, plane: "NetworkPlane", desired: "Desired") -> None:
        if plane is not self._plane:
            self._forget(set(self._doors))
            self._await_closing()
            self._plane = plane
        wanted = {vpc.id for vpc in desired.network.vpcs}
        self._forget(self._doors.keys() - wanted)
        for vpc_id in sorted(wanted - self._doors.keys()):
            try:
                doors = _opened(plane, vpc_id)
            except FileNotFoundError:  # No machine runs in the VPC, so no router does.
                continue
            self._doors[vpc_id] = doors
            self._loop.call_soon_threadsafe(self._serve, doors, metadata_of(vpc_id))

    def _forget(self, vpc_ids: set[str]) -> None:
        for vpc_id in vpc_ids:
            doors = self._doors.pop(vpc_id)
            self._loop.call_soon_threadsafe(self._leave, doors)

    def _await_closing(self) -> None:
        """Wait until the loop has closed what it was told to: a plane may take routers over."""
        closed = threading.Event()
        # Closed transports say so in the next turn.
        self._loop.call_soon_threadsafe(lambda: self._loop.call_soon(closed.set))
        closed.wait(_CLOSING_SECONDS)

    # --- on the loop ---

    def _serve(self, doors: _Doors, metadata: Asgi) -> None:
        for each in doors.metadata:
            self._front.listen_also(each, metadata)
        for each in doors.service:
            self._front.listen_also(each, self._calls)
        task = self._loop.create_task(self._serve_names(doors))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _serve_names(self, doors: _Doors) -> None:
        from juyong.front.resolving import InstanceResolver  # noqa: PLC0415
        from juyong.netplane.layout import SERVICE  # noqa: PLC0415

        for each in doors.names:
            transport, _ = await self._loop.create_datagram_endpoint(
                lambda: InstanceResolver(SERVICE), sock=each
            )
            doors.transports.append(transport)
        if doors.left:
            self._leave(doors)

    async def leave(self) -> None:
        """Close all sockets, and keep nothing of the platform; its planes have stopped."""
        await asyncio.gather(*self._opening)
        for doors in self._doors.values():
            self._leave(doors)
        self._doors.clear()
        self._plane = None
        await asyncio.sleep(0)  # Closed transports say so in the next turn.

    def _leave(self, doors: _Doors) -> None:
        doors.left = True
        for each in (*doors.metadata, *doors.service):
            self._front.leave(each)
        for transport in doors.transports:
            transport.close()


def _opened(plane: "NetworkPlane", vpc_id: str) -> _Doors:
    """Return the sockets of a VPC, which listen.

    Raises:
        FileNotFoundError: the plane has no router for the VPC.
        OSError: the plane ended.
    """
    from juyong.netplane.layout import METADATA, RESOLVERS, SERVICE  # noqa: PLC0415

    doors = _Doors()
    doors.metadata.append(plane.listener(vpc_id, METADATA, _HTTP))
    for port in (_HTTP, _HTTPS):
        doors.service.append(plane.listener(vpc_id, SERVICE, port))
    for address in RESOLVERS:
        doors.names.append(plane.listener(vpc_id, address, _DNS, datagrams=True))
    return doors
