"""The outside of a command's network: serves the sockets that listen inside.

A listening socket belongs to the network it was made in, whichever process holds it. So this
process accepts what the command dials, and dials the platform in the host's network; nothing inside
can take its place, and when it ends, the command reaches nothing.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine, Mapping, Sequence
from ipaddress import ip_address
from types import TracebackType
from typing import Self

from juyong.cli.isolation.names import Names, answer
from juyong.cli.isolation.strays import PACKET_BYTES, Address, attempt_of
from juyong.cli.isolation.tally import Tally
from juyong.cli.isolation.walls import HTTP_PORT, HTTPS_PORT, NAMES_PORT
from juyong.front.hosts import METADATA_HOST
from juyong.front.sniff import HeadTooLarge, take_head
from juyong.front.tunnel import relay

_IDLE_SECONDS = 7 * 86400.0
"""How long a connection may be silent; without isolation nothing would end it."""
_HEAD_BYTES = 16 * 1024
_DATAGRAM_BYTES = 64 * 1024
_CONTROL_BYTES = 256
_PAUSE_SECONDS = 0.1
_ESTABLISHED = b"HTTP/1.1 200 "
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_V4_PACKET_INFO = struct.Struct("=i4s4s")
_V6 = 6
_LOOPBACK = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
_SERVED = {"tcp": (HTTP_PORT, HTTPS_PORT, NAMES_PORT), "udp": (NAMES_PORT,)}


class Relay:
    """Serves the sockets of one command's network while the block runs, on a thread of its own.

    Args:
        sockets: From walls.build; they are closed at the end.
        platform: The port of the platform's front on 127.0.0.1.
        forwarded: Loopback ports inside, and the ports of the host's loopback they lead to.
    """

    def __init__(
        self, sockets: Sequence[socket.socket], *, platform: int, forwarded: Mapping[int, int]
    ) -> None:
        self.tally = Tally()
        self._sockets = sockets
        self._platform = platform
        self._forwarded = forwarded
        self._names = Names()
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()
        for each in self._sockets:
            each.close()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        watchers = [each for each in self._sockets if each.family == socket.AF_PACKET]
        for each in self._sockets:
            each.settimeout(0)
            if each in watchers:
                self._loop.add_reader(each, self._watch, each)
            elif each.type == socket.SOCK_DGRAM:
                self._loop.add_reader(each, self._answer_datagram, each)
            else:
                self._start(self._accept(each))
        await self._ended.wait()
        for each in watchers:
            # What the command tried last may not have been read yet.
            self._watch(each)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- connections ---

    async def _accept(self, door: socket.socket) -> None:
        while True:
            try:
                arrived, _ = await self._loop.sock_accept(door)
            except OSError:
                # Most often too many files are open; some will be closed.
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            self._start(self._lead(arrived))

    async def _lead(self, sock: socket.socket) -> None:
        """Lead one connection to where its destination is answered, or reset it."""
        host, port = sock.getsockname()[:2]
        destination = ip_address(host)
        with sock:
            try:
                if port == NAMES_PORT:
                    await self._answer_stream(sock)
                elif destination.is_loopback:
                    await self._forward(sock, self._forwarded[port])
                else:
                    await self._enter_platform(sock, destination, port)
            except (OSError, HeadTooLarge, KeyError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)

    async def _forward(self, sock: socket.socket, port: int) -> None:
        with await self._dial(port) as outside:
            await relay(sock, outside, idle_seconds=_IDLE_SECONDS)

    async def _enter_platform(self, sock: socket.socket, destination: Address, port: int) -> None:
        """Ask the platform's proxy for the name that led here.

        An address that no name led to is the platform whatever it is: its front takes the host from
        the handshake or the request, and dials no other host.
        """
        name = (
            METADATA_HOST if str(destination) == METADATA_HOST else self._names.name_of(destination)
        )
        with await self._dial(self._platform) as outside:
            if name is not None:
                await self._connect(outside, sock, name, port)
            await relay(sock, outside, idle_seconds=_IDLE_SECONDS)

    async def _connect(
        self, outside: socket.socket, sock: socket.socket, name: str, port: int
    ) -> None:
        """Have the proxy connect to a name; a refusal is passed on where it can be read.

        Raises:
            ConnectionRefusedError: it was refused, and the command would not expect HTTP here.
        """
        ask = f"CONNECT {name}:{port} HTTP/1.1\r\n\r\n"
        await self._loop.sock_sendall(outside, ask.encode())
        head = await take_head(outside, _HEAD_BYTES)
        if head.startswith(_ESTABLISHED):
            return
        if name != METADATA_HOST:
            self.tally.add(f"{name}:{port}")
        if port == HTTPS_PORT:
            raise ConnectionRefusedError
        await self._loop.sock_sendall(sock, head)

    async def _dial(self, port: int) -> socket.socket:
        """Connect to a port of the host's loopback, IPv4 first.

        Raises:
            OSError: nothing listens there.
        """
        refusal: OSError | None = None
        for family, address in _LOOPBACK:
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                sock.settimeout(0)
                await self._loop.sock_connect(sock, (address, port))
            except BaseException as failure:
                sock.close()
                if not isinstance(failure, OSError):
                    raise
                refusal = refusal or failure
            else:
                return sock
        assert refusal is not None  # noqa: S101  # the loop has two turns
        raise refusal

    # --- names ---

    async def _answer_stream(self, sock: socket.socket) -> None:
        """Answer DNS messages, each behind its length in two bytes, until the command closes."""
        while size := int.from_bytes(await self._exactly(sock, 2)):
            reply = answer(await self._exactly(sock, size), self._names)
            if reply is None:
                return
            await self._loop.sock_sendall(sock, len(reply).to_bytes(2) + reply)

    async def _exactly(self, sock: socket.socket, size: int) -> bytes:
        """Receive so many bytes; none when the peer has closed before the last of them."""
        data = b""
        while len(data) < size:
            chunk = await self._loop.sock_recv(sock, size - len(data))
            if not chunk:
                return b""
            data += chunk
        return data

    def _answer_datagram(self, door: socket.socket) -> None:
        """Answer one DNS datagram, from the address that it was sent to."""
        try:
            data, control, _, peer = door.recvmsg(_DATAGRAM_BYTES, _CONTROL_BYTES)
            reply = answer(data, self._names)
            if reply is not None:
                door.sendmsg([reply], [_from_there(each) for each in control], 0, peer)
        except OSError:
            # It is gone, or its answer cannot be sent: the command asks again.
            return

    # --- attempts ---

    def _watch(self, watcher: socket.socket) -> None:
        """Count the attempts for which nothing listens."""
        while True:
            try:
                packet, (_, _, kind, *_) = watcher.recvfrom(PACKET_BYTES)
            except OSError:
                return
            attempt = attempt_of(packet)
            # What loopback sends it also receives; one of both is enough.
            if kind == socket.PACKET_OUTGOING or attempt is None or attempt.address.is_loopback:
                continue
            if attempt.port not in _SERVED[attempt.kind] and attempt.source_port != NAMES_PORT:
                self.tally.add(f"{self._told(attempt.address)}:{attempt.port}/{attempt.kind}")

    def _told(self, address: Address) -> str:
        """Name an address as the command knew it."""
        plain = f"[{address}]" if address.version == _V6 else str(address)
        return self._names.name_of(address) or plain


def _from_there(control: tuple[int, int, bytes]) -> tuple[int, int, bytes]:
    """Turn what the kernel says of a datagram's destination into the source of its answer."""
    level, kind, data = control
    if level == socket.IPPROTO_IP:
        _, _, address = _V4_PACKET_INFO.unpack(data)
        data = _V4_PACKET_INFO.pack(0, address, address)
    return level, kind, data
