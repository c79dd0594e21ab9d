"""The helper's loop: requests in order, ends of processes, and rules that someone else changed."""

import os
import selectors
import signal
import socket
from collections import defaultdict
from contextlib import suppress
from itertools import groupby

from juyong.engines.packet.nft_words import PASSED, REFUSED
from juyong.netplane import messages as m
from juyong.netplane.helper import kernel
from juyong.netplane.helper.bounds import Bounds
from juyong.netplane.helper.keeper import Keeper
from juyong.netplane.helper.kernel import Refused
from juyong.netplane.helper.left import Left
from juyong.netplane.helper.lengths import lengthen
from juyong.netplane.helper.machines import Machines
from juyong.netplane.helper.routers import Routers
from juyong.netplane.keeping import Found
from juyong.netplane.layout import DIALER, RESOLVERS

_STREAMS = 3


class Loop:
    """The state of the helper, and what it does on each message."""

    def __init__(  # the parts of one helper
        self, pair: socket.socket, uids: int, keeper: Keeper, bounds: Bounds, left: Left
    ) -> None:
        self._pair, self._keeper, self._left = pair, keeper, left
        self._routers = Routers(keeper, left.networks)
        self._machines = Machines(uids, keeper, bounds, left.machines)
        self._selector = selectors.DefaultSelector()
        self._selector.register(pair, selectors.EVENT_READ, None)
        woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._woken = woken
        self._selector.register(woken, selectors.EVENT_READ, None)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self._selector.register(self._machines.ends, selectors.EVENT_READ, None)
        for number, _ in self._routers.all():
            self._watch(number)

    def found(self) -> Found | None:
        """Return what an earlier helper left, as it stands in the kernel now."""
        if self._left.users < 0:
            return None
        routers, machines = {}, {}
        for number, _ in self._routers.all():
            with self._routers.within(number):
                routers[number] = kernel.devices()
        for name in self._left.machines:
            with kernel.inside(self._machines.network(name), self._routers.home):
                machines[name] = kernel.devices()
        return Found(note=self._left.note, routers=routers, machines=machines)

    def serve(self) -> None:
        """Serve until the server is gone.

        Raises:
            Ended: the server is gone.
        """
        while True:
            for key, _ in self._selector.select():
                if key.data is not None:
                    self._mend(key.data)
                elif key.fileobj is self._pair:
                    self._take()
                elif key.fd == self._woken:
                    with suppress(BlockingIOError):
                        os.read(self._woken, 512)
            for event in self._machines.reap():
                m.send(self._pair, event)

    def _watch(self, number: int) -> None:
        watch = self._routers.known(number).watch
        self._selector.register(watch, selectors.EVENT_READ, number)

    def _mend(self, number: int) -> None:
        # A router that was removed meanwhile is none that drifts.
        if any(known == number for known, _ in self._routers.all()) and self._routers.drifted(
            number
        ):
            m.send(self._pair, m.Rewrote(router=number))

    def _take(self) -> None:
        body, descriptors = m.receive(self._pair)
        request = m.requests.decode(body)
        found: tuple[bytes, ...] = ()
        sockets: list[socket.socket] = []
        refused = ""
        try:
            found = self._do(request, descriptors, sockets)
        except (OSError, Refused) as no:
            refused = str(no) or "refused"
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        answer = m.Answer(number=request.number, refused=refused, items=found)
        m.send(self._pair, answer, tuple(each.fileno() for each in sockets))
        for each in sockets:
            each.close()

    def _do(
        self, request: m.Request, descriptors: list[int], sockets: list[socket.socket]
    ) -> tuple[bytes, ...]:
        match request:
            case m.Apply(steps=steps):
                self._steps(steps)
            case m.Run() | m.Kill():
                self._job(request, descriptors)
            case m.Listen() | m.Dial():
                sockets.append(self._socket(request))
            case m.Sessions(router=number):
                return tuple(self._routers.known(number).netfilter.sessions())
            case m.Cut(router=number, sessions=sessions):
                for session in sessions:
                    self._routers.known(number).netfilter.forget(session)
            case m.Flows() | m.Take():
                self._begin(request, descriptors)
            case m.Keep(note=note):
                self._keeper.write_note(note)
        return ()

    def _job(self, asked: m.Run | m.Kill, descriptors: list[int]) -> None:
        if isinstance(asked, m.Kill):
            self._machines.kill(asked.job)
        elif len(descriptors) == _STREAMS:
            self._machines.run(asked.machine, asked.argv, asked.job, descriptors)
        else:
            raise Refused("a command needs three streams")

    def _socket(self, asked: m.Listen | m.Dial) -> socket.socket:
        if isinstance(asked, m.Dial):
            return self._routers.dial(DIALER, asked.address, asked.port)
        return self._routers.listen(
            asked.router, asked.address, asked.port, datagrams=asked.datagrams
        )

    def _steps(self, steps: tuple[m.Step, ...]) -> None:
        for kind, group in groupby(steps, type):
            if kind is m.AddLink:
                self._join([each for each in group if isinstance(each, m.AddLink)])
                continue
            for step in group:
                if isinstance(step, m.RouterStep):
                    self._router_step(step)
                else:
                    self._machine_step(step)

    def _router_step(self, step: m.RouterStep) -> None:
        match step:
            case m.AddRouter(router=number):
                self._routers.add(number)
                self._watch(number)
            case m.RemoveRouter(router=number):
                router = self._routers.remove(number)
                self._selector.unregister(router.watch)
                router.close()
            case m.AddRouterLink():
                self._join_routers(step)
            case m.Rules(router=number, change=change, whole=whole):
                self._routers.change_rules(number, change, whole)
            case m.Roads(router=number, lines=lines):
                with self._routers.within(number):
                    kernel.roads_that_stand(lines)
            case m.Clean(router=number):
                with self._routers.within(number):
                    kernel.clean()
            case m.Forward(router=number):
                with self._routers.within(number):
                    kernel.carry()

    def _machine_step(self, step: m.MachineStep) -> None:
        try:
            self._do_machine_step(step)
        except (OSError, Refused) as no:
            if isinstance(step, m.EndMachine):
                raise
            self._give_up(step.machine, no)

    def _give_up(self, name: str, no: OSError | Refused) -> None:
        """End a machine that cannot be set up; the others go on."""
        if self._machines.runs(name):
            for event in self._machines.end(name):
                m.send(self._pair, event)
        m.send(self._pair, m.NotStarted(machine=name, reason=str(no) or "refused"))

    def _do_machine_step(self, step: m.MachineStep) -> None:
        match step:
            case m.StartMachine(outsider=outsider):
                self._machines.begin(step, () if outsider else RESOLVERS)
            case m.EndMachine(machine=name) if self._machines.runs(name):
                for event in self._machines.end(name):
                    m.send(self._pair, event)
            case m.AddTree(machine=name, tree=tree) if self._machines.runs(name):
                self._machines.add_tree(name, tree)
            case m.RemoveTree(machine=name, at=at) if self._machines.runs(name):
                self._machines.remove_tree(name, at)
            case m.SizeTrees(machine=name) if self._machines.runs(name):
                self._machines.size_trees(name, step.total_mb, step.file_mb)
            case m.Release(machine=name, user_data=user_data) if self._machines.runs(name):
                self._machines.release(name, user_data)
            case _:
                pass  # The machine ended by itself, and that was told.

    def _join(self, links: list[m.AddLink]) -> None:
        """Join machines and routers: one process for each router, and one for each machine.

        PERF: a process of its own for each pair of devices takes a third of what a machine takes.
        """
        links = [link for link in links if self._has_walls(link.machine)]
        joined: dict[int, list[str]] = defaultdict(list)
        devices: dict[int, list[str]] = defaultdict(list)
        for link in links:
            network = self._machines.network(link.machine)
            ends = (link.device, link.mac), (link.inner, link.inner_mac)
            joined[link.router] += kernel.joining(*ends, network)
            devices[link.router].append(link.device)
        for number, lines in joined.items():
            with self._routers.within(number):
                kernel.roads(lines)
                lengthen(devices[number])
        for link in links:
            if not self._machines.runs(link.machine):
                continue  # An earlier interface of the machine could not be set up.
            try:
                with kernel.inside(self._machines.network(link.machine), self._routers.home):
                    kernel.roads(link.lines)
                    lengthen([link.inner])
            except (OSError, Refused) as no:
                self._give_up(link.machine, no)

    def _has_walls(self, name: str) -> bool:
        """Wait for the walls of a machine; tells whether it runs."""
        if not self._machines.runs(name):
            return False
        try:
            self._machines.network(name)
        except (OSError, Refused) as no:
            self._give_up(name, no)
        return self._machines.runs(name)

    def _join_routers(self, link: m.AddRouterLink) -> None:
        ends = (link.device, link.mac), (link.other_device, link.other_mac)
        other = self._routers.known(link.other)
        with self._routers.within(link.router):
            kernel.roads(kernel.joining(*ends, other.namespace))
            lengthen([link.device])
        with self._routers.within(link.other):
            kernel.roads(kernel.raised(link.other_device))
            lengthen([link.other_device])

    def _begin(self, asked: m.Flows | m.Take, descriptors: list[int]) -> None:
        """Start a process that writes a result into a pipe, and that nothing waits for."""
        if len(descriptors) != 1:
            raise Refused("the result needs a pipe")
        if isinstance(asked, m.Take):
            self._machines.take(asked, descriptors[0])
            return
        if asked.which not in (*REFUSED, *PASSED):
            raise Refused("no such counters")
        with self._routers.within(asked.router):
            kernel.start(["nft", "-j", "-n", f"list set inet juyong {asked.which}"], descriptors[0])
