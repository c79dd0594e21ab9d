"""The namespaces that carry packets: one for each VPC, and the one that is the Internet."""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from juyong.netplane.helper import kernel
from juyong.netplane.helper.keeper import Keeper
from juyong.netplane.helper.kernel import Refused
from juyong.netplane.helper.netfilter import Netfilter, Watch
from juyong.netplane.messages import INTERNET

_BACKLOG = 1024
_PLATFORM_DEVICE = "lo"


class Router:
    """A namespace with its rules; made by a process that is in the namespace."""

    def __init__(self, namespace: int) -> None:
        self.namespace = namespace
        self.whole = ""
        self.netfilter = Netfilter()
        self.watch = Watch()
        self.generation = self.netfilter.generation()
        self.platform: set[str] = set()

    def close(self) -> None:
        """Let the namespace go; its links go with it."""
        self.netfilter.close()
        self.watch.close()
        os.close(self.namespace)


class Routers:
    """All routers by their numbers; the process itself stands in the Internet.

    networks: Descriptors of namespaces that an earlier helper left, the Internet among them.

    Raises:
        OSError: the kernel's refusal.
    """

    def __init__(self, keeper: Keeper, networks: Mapping[int, int]) -> None:
        self._keeper = keeper
        self.home = kernel.network()
        self._routers: dict[int, Router] = {}
        for number, namespace in networks.items():
            with kernel.inside(namespace, self.home):
                self._routers[number] = Router(namespace)
        if not networks:
            kernel.prepare()
            keeper.hold(INTERNET, self.home)
            self._routers[INTERNET] = Router(kernel.network())

    def add(self, number: int) -> Router:
        """Make a router that carries nothing.

        Raises:
            Refused: there is one of the number.
        """
        if number in self._routers:
            raise Refused(f"router {number} is there")
        namespace = kernel.new_network(self.home)
        self._keeper.hold(number, namespace)
        with kernel.inside(namespace, self.home):
            self._routers[number] = Router(namespace)
        return self._routers[number]

    def remove(self, number: int) -> Router:
        """Take a router away; the caller closes it."""
        router = self.known(number)
        self._keeper.drop(number)
        del self._routers[number]
        return router

    def known(self, number: int) -> Router:
        """Return a router.

        Raises:
            Refused: there is none of the number.
        """
        if number not in self._routers:
            raise Refused(f"there is no router {number}")
        return self._routers[number]

    @contextmanager
    def within(self, number: int) -> Iterator[Router]:
        """Be in a router's namespace."""
        router = self.known(number)
        with kernel.inside(router.namespace, self.home):
            yield router

    def change_rules(self, number: int, change: str, whole: str) -> None:
        """Change rules in one transaction.

        Raises:
            Refused: the packet filter refuses; nothing was changed.
        """
        with self.within(number) as router:
            if change:
                kernel.program(["nft", "-f", "-"], change)
                # After another process's change at the same time, the number is too high: a drift.
                router.generation += 1
            router.whole = whole

    def drifted(self, number: int) -> bool:
        """Tell whether another process changed the rules; the helper writes them again.

        Raises:
            Refused: the packet filter refuses.
        """
        router = self.known(number)
        router.watch.drain()
        if router.netfilter.generation() == router.generation:
            return False
        with self.within(number):
            kernel.program(["nft", "-f", "-"], f"flush ruleset\n{router.whole}")
        router.generation = router.netfilter.generation()
        return True

    def all(self) -> list[tuple[int, Router]]:
        """Return all routers."""
        return list(self._routers.items())

    # -- sockets ---------------------------------------------------------------------------------

    def listen(self, number: int, address: str, port: int, *, datagrams: bool) -> socket.socket:
        """Make a socket at an address that is the router's own.

        Raises:
            OSError: the kernel's refusal.
        """
        with self.within(number) as router:
            if address not in router.platform:
                kernel.roads([f"addr replace {address}/32 dev {_PLATFORM_DEVICE}"])
                router.platform.add(address)
            kind = socket.SOCK_DGRAM if datagrams else socket.SOCK_STREAM
            made = socket.socket(socket.AF_INET, kind)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind((address, port))
            if not datagrams:
                made.listen(_BACKLOG)
            return made

    def dial(self, source: str, address: str, port: int) -> socket.socket:
        """Begin to connect from the Internet.

        Raises:
            OSError: the kernel's refusal.
        """
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        made.bind((source, 0))
        with suppress(BlockingIOError):
            made.connect((address, port))
        return made
