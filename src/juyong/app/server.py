"""`juyong serve`: the platform of one home, listening until it is told to stop."""

import asyncio
import atexit
import errno
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from juyong.api.command import Answer, OperatorError
from juyong.app.allowed import allowed_now
from juyong.app.blobs import warn_of_store
from juyong.app.home import Home, open_home
from juyong.app.inside import Inside
from juyong.app.keys.opening import read_seal
from juyong.app.keys.process import no_core_dumps, no_onlookers
from juyong.app.platform import Running, open_platform
from juyong.app.presence import Presence, announce, running_servers
from juyong.app.sealable import Sealable
from juyong.app.settings import Settings, load_settings
from juyong.base.heap import share_one_heap
from juyong.base.log import log
from juyong.front.late_authority import LateAuthority
from juyong.front.listener import try_port
from juyong.front.loop import loop_factory
from juyong.front.server import Front
from juyong.front.vouching import AuthorityUnusable
from juyong.store.errors import StoreError

if TYPE_CHECKING:
    from juyong.app.collectors import Stored
    from juyong.app.control.server import Control
    from juyong.gateway.metrics import Collector
    from juyong.worker.errands import Errand
    from juyong.worker.witnessing import Keeper
    from juyong.worker.worker import Worker

_GRACE_SECONDS = 10.0
_COLLECT_AFTER = 20_000
_HANDOVER_SECONDS = 0.0005
_THREADS = 64


class ServeOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Command-line options; None leaves the setting."""

    host: str | None = None
    port: int | None = None
    tls_port: int | None = None
    allow_hosts: tuple[str, ...] = ()
    passphrase_file: str | None = None


class Started(Answer, frozen=True, kw_only=True):
    """A server that listens; shown once it does, while the command goes on.

    `https` is null where it is off, and `state` is `open` or `sealed`. At the first start,
    `administrator` is the file that holds the AccessKey of account `default`, and `local_ca` the
    certificate of the local authority; both are null at others.
    """

    http: str
    https: str | None
    home: str
    state: str
    process: int
    administrator: str | None
    local_ca: str | None

    def lines(self) -> Iterator[str]:
        """Yield the greeting."""
        yield f"juyong listens on {self.http}" + (f" and {self.https}" if self.https else "")
        yield f"state and keys: {self.home}"
        if self.state == "sealed":
            yield "sealed: every call is refused until you run: juyong unseal"
            return
        if self.administrator:
            yield "first start: account `default`, RAM user `administrator`"
            yield f"its AccessKey (mode 0600): {self.administrator}"
            yield f"local CA: {self.local_ca}"
        yield "use it: juyong exec -- CMD …    (unmodified SDKs, CLI, Terraform)"


def serve_home(path: Path, options: ServeOptions, show: Callable[[Answer], None]) -> None:
    """Serve until SIGINT or SIGTERM, then let calls under way finish.

    Args:
        path: The home.
        options: What the command line says.
        show: Gets the facts about the server once it listens.

    Raises:
        OperatorError: the store cannot be opened, or the port is taken.
    """
    no_core_dumps()
    home = open_home(path)
    settings = _chosen(load_settings(home.settings), options)
    # A first start that cannot listen makes no account, whose AccessKey it could not name.
    for port in {settings.port, settings.tls_port}:
        if port > 0:
            _try_port(home, settings.host, port)
    try:
        running = None if _starts_sealed(home, settings) else open_platform(path, settings=settings)
    except StoreError as failure:
        raise OperatorError(f"the store cannot be opened: {failure}") from failure
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(_serve(home, settings, running, show))
    finally:
        if running is not None:
            running.close()


def _try_port(home: Home, host: str, port: int) -> None:
    try:
        try_port(host, port)
    except OSError as refusal:
        for own in running_servers(home):
            if port in (own.port, own.tls_port):
                raise OperatorError(
                    f"a server of `{home.path}` listens on port {port} already, as process "
                    f"{own.process}: use that one, or give this one other ports by --port and "
                    "--tls-port"
                ) from refusal
        taken = refusal.errno == errno.EADDRINUSE
        why = "another program listens there" if taken else str(refusal.strerror)
        raise OperatorError(_cannot_listen(f"{host}:{port}: {why}")) from refusal


def _cannot_listen(why: str) -> str:
    return (
        f"cannot listen on {why}; "
        "other ports: --port and --tls-port, or JUYONG_PORT and JUYONG_TLS_PORT"
    )


def _starts_sealed(home: Home, settings: Settings) -> bool:
    """Tell whether the server waits for a passphrase."""
    seal = read_seal(home)
    return seal is not None and seal.method == "passphrase" and not settings.passphrase_file


def _chosen(settings: Settings, options: ServeOptions) -> Settings:
    return replace(
        settings,
        host=settings.host if options.host is None else options.host,
        port=settings.port if options.port is None else options.port,
        tls_port=settings.tls_port if options.tls_port is None else options.tls_port,
        allow_hosts=(*settings.allow_hosts, *options.allow_hosts),
        passphrase_file=options.passphrase_file or settings.passphrase_file,
    )


async def _serve(
    home: Home, settings: Settings, running: Running | None, show: Callable[[Answer], None]
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    if settings.blob_store:
        # A thread waits for the store with each body on its way; other work must find one free.
        loop.set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="juyong"))
        share_one_heap()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    sealable = Sealable(home, settings, _run_worker)
    atexit.register(sealable.forget)
    if running is not None:
        sealable.admit(running)
    authority = LateAuthority(home.authority)
    front = Front(
        sealable.gate,
        authority,
        host=settings.host,
        port=settings.port,
        tls_port=None if settings.tls_port < 0 else settings.tls_port,
        allow_hosts=frozenset(settings.allow_hosts),
        also_allowed=partial(allowed_now, home.path),
    )
    sealable.inside = Inside(front, loop, sealable.gate)
    try:
        await front.start()
    except OSError as taken:
        ports = f"{settings.host}:{settings.port} or :{settings.tls_port}: {taken}"
        raise OperatorError(_cannot_listen(ports)) from taken
    try:
        await authority.ready()
    except (AuthorityUnusable, OSError) as unusable:
        raise OperatorError(f"the local CA cannot be used: {unusable}") from unusable
    _leave_the_heap_alone()
    _hand_over_sooner()
    control = None if running is not None else await _controlled(home, sealable)
    presence = Presence(
        process=os.getpid(), host=settings.host, port=front.port, tls_port=front.tls_port
    )
    withdraw = announce(home, presence)
    show(_started(home, running, presence))
    shielding = asyncio.create_task(asyncio.to_thread(no_onlookers))
    try:
        # PERF: an open server answers calls first; a sealed one has nothing else to do.
        control = control or await _controlled(home, sealable)
        sealable.start_worker()
        await stop.wait()
    finally:
        withdraw()
        await shielding
        if control is not None:
            control.stop()
        await front.stop(_GRACE_SECONDS)
        await sealable.stop()
        sys.stdout.flush()


def _leave_the_heap_alone() -> None:
    """Keep the garbage collector off the objects of the start, and let it run less often.

    PERF: calls leave few cycles, and most objects live as long as the process.
    """
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 10, 10)
    gc.enable()


def _hand_over_sooner() -> None:
    """Let a thread that waits for the interpreter have it after half a millisecond, not five.

    PERF: the thread that commits begins and ends while the event loop answers calls, and the loop
    waits for other threads whenever a statement gave the interpreter away.
    """
    sys.setswitchinterval(_HANDOVER_SECONDS)


async def _controlled(home: Home, sealable: Sealable) -> "Control | None":
    """Listen on the control socket; an open server works without the socket, and logs that.

    Raises:
        OperatorError: without the socket, no command could unseal the server.
    """
    from juyong.app.control.handling import control_of  # noqa: PLC0415

    control = control_of(home, sealable)
    try:
        await control.start()
    except OSError as failure:
        if sealable.sealed:
            raise OperatorError(f"cannot listen in `{home.control}`: {failure}") from failure
        log().warning("control socket", cause=str(failure))
        return None
    return control


async def _run_worker(running: Running) -> None:
    """Run the worker; its modules are imported once the first calls can be answered."""
    running.hardware.warn()
    await asyncio.to_thread(warn_of_store, running.pipeline.platform.disk)
    worker = await asyncio.to_thread(worker_of, running)
    await worker.run()


def worker_of(running: Running) -> "Worker":
    """Return the worker of a platform; failures go to the log."""
    from juyong.app.anchor import HomeAnchor  # noqa: PLC0415
    from juyong.worker.worker import Worker  # noqa: PLC0415

    pipeline, anchor = running.pipeline, HomeAnchor(running.home)
    return Worker(
        store=running.store,
        platform=pipeline.platform,
        clock=pipeline.clock,
        report=lambda job, cause: log().error("housekeeping", job=job, cause=cause),
        anchor=anchor,
        errands=tuple(errands_of(running, anchor)),
        bell=running.bell,
        figures=running.figures,
    )


def errands_of(running: Running, keeper: "Keeper") -> "Iterator[Errand]":
    """Yield the errands to servers that the settings name."""
    from juyong.app.witness.asking import witness_of  # noqa: PLC0415
    from juyong.worker.errands import Errand  # noqa: PLC0415
    from juyong.worker.witnessing import WITNESS_SECONDS, Witnessing  # noqa: PLC0415

    witness = witness_of(running.settings)
    if witness is not None:
        running.figures.witness = "starting"
        witnessing = Witnessing(
            store=running.store,
            keys=running.keys,
            keeper=keeper,
            witness=witness,
            figures=running.figures,
        )
        yield Errand("witness", WITNESS_SECONDS, witnessing.round)
    if running.settings.otlp_endpoint:
        from juyong.app.telemetry import EVERY_SECONDS, telemetry_of  # noqa: PLC0415

        telemetry = telemetry_of(
            running.settings, partial(_collectors, running), running.pipeline.clock
        )
        yield Errand("telemetry", EVERY_SECONDS, telemetry.round)


def _collectors(running: Running) -> "tuple[Collector, ...]":
    """Return what the page /metrics shows."""
    from juyong.app.collectors import all_of, stored  # noqa: PLC0415

    now = running.pipeline.clock()
    held: Stored = ()
    with suppress(StoreError):
        held = running.store.look(lambda tx: stored(tx, now))
    return all_of(running.pipeline.metrics, running.figures, running.planes, held)


def _started(home: Home, running: Running | None, presence: Presence) -> Started:
    first = running is not None and running.first_start
    tls = presence.tls_port
    return Started(
        http=f"http://{presence.host}:{presence.port}",
        https=f"https://{presence.host}:{tls}" if tls else None,
        home=str(home.path),
        state="sealed" if running is None else "open",
        process=presence.process,
        administrator=str(home.credentials) if first else None,
        local_ca=str(home.authority / "ca.pem") if first else None,
    )
