"""One running platform: store, pipeline and ASGI application, from a home directory."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from juyong.api import registry
from juyong.api.bench import Bench
from juyong.api.context import Kept, LogQueries, LogServer, Platform
from juyong.api.usage import Usage
from juyong.app.blobs import disk_of
from juyong.app.bootstrap import ensure_first_account
from juyong.app.downloading import downloaded
from juyong.app.fetch import fetch_of
from juyong.app.hardware import Hardware
from juyong.app.home import Home, open_home
from juyong.app.keys import KeyRing, Unlocking, open_keys
from juyong.app.keys.unlocking import by_settings
from juyong.app.pages import local_pages
from juyong.app.planes.planes import Planes
from juyong.app.posting import BoundedPost
from juyong.app.reach import authority_of, reach_of
from juyong.app.remember import RememberingFetch
from juyong.app.settings import BadSetting, Settings, load_settings, quotas_in_force
from juyong.base.addresses import networks
from juyong.base.clock import Clock, system_clock
from juyong.blobs.disk import LocalDisk
from juyong.gateway.asgi import Application
from juyong.gateway.metrics import Metrics
from juyong.gateway.pipeline import Pipeline
from juyong.logs.segments import Segments
from juyong.store.database import StoreSettings, open_database
from juyong.store.executor import Executor
from juyong.store.seal import AesSealer
from juyong.waf.running import sites_of
from juyong.worker.bell import Bell
from juyong.worker.figures import Figures

if TYPE_CHECKING:
    from juyong.api.plane import PlaneHealth, PlaneSpec
    from juyong.engines.credentials.passkeys import Site


class Running(msgspec.Struct, kw_only=True):
    """The parts of an opened platform."""

    home: Home
    settings: Settings
    store: Executor
    pipeline: Pipeline
    application: Application
    hardware: Hardware
    planes: Planes
    first_start: bool
    keys: KeyRing
    bell: Bell
    figures: Figures
    metrics: Metrics = msgspec.field(default_factory=Metrics)

    def note(self, name: str) -> None:
        """Write an event of the operator's: `Seal`, `Unseal`."""
        from juyong.services.actiontrail.facade import (  # noqa: PLC0415  # after the start
            record_operation,
        )

        key, region, now = self.keys["audit"], self.settings.region, self.pipeline.clock()
        self.store.call(lambda tx: record_operation(tx, name, {}, key=key, region=region, now=now))

    def close(self) -> None:
        """Stop planes, let go of the hardware module, finish what the store accepted, forget keys.

        Functions under way are stopped: they hold secrets, and no call waits for their answers.
        They are stopped last, so that none of them counts as failed.
        """
        from juyong.sandbox import stop_all  # noqa: PLC0415  # not needed at the start

        try:
            self.planes.stop()
            self.hardware.close()
            self.pipeline.platform.segments.close()
            self.store.close()
        finally:
            stop_all()
            self.keys.forget()


def database_url(home: Home, settings: Settings) -> str:
    """Return the URL of the database the settings name."""
    return f"sqlite:///{home.database}" if settings.database == "sqlite" else settings.database


def open_store(home: Home, settings: Settings, keys: Mapping[str, bytes]) -> Executor:
    """Open the database of a home, created or migrated as needed."""
    store = StoreSettings(
        url=database_url(home, settings),
        durable=settings.durable,
        connections=settings.connections,
    )
    key = keys.lend("columns") if isinstance(keys, KeyRing) else keys["columns"]
    return open_database(store, AesSealer(key), registry.load_tables)


def open_platform(
    path: Path,
    *,
    settings: Settings | None = None,
    clock: Clock = system_clock,
    unlocking: Unlocking | None = None,
) -> Running:
    """Open a home and everything in it, creating what is missing.

    Args:
        path: The home.
        settings: Instead of those of its file and the environment.
        clock: What time it is.
        unlocking: Opens the keys; without it, as the settings say.

    Raises:
        BadHome, BadSetting, StoreError: each says what to do.
    """
    home = open_home(path)
    chosen = settings or load_settings(home.settings)
    keys = open_keys(home, unlocking or by_settings(chosen))
    try:
        return _opened(home, chosen, keys, clock)
    except BaseException:
        keys.forget()
        raise


def _signin_site(origin: str) -> "Site | None":
    """Read the setting `signin_origin`.

    Raises:
        BadSetting: no browser would register a passkey there.
    """
    if not origin:
        return None
    from juyong.engines.credentials.passkeys import (  # noqa: PLC0415  # only where it is set
        BadOrigin,
        site_of_origin,
    )

    try:
        return site_of_origin(origin)
    except BadOrigin as bad:
        raise BadSetting(f"signin_origin: {bad}") from bad


def _log_server(chosen: Settings) -> LogServer | None:
    """Return the server that reads logs, if the settings name one.

    Raises:
        BadSetting: see `log_server_of`.
    """
    if chosen.log_engine == "duckdb" and not chosen.log_clickhouse_url:
        return None
    from juyong.app.logsearch.choosing import log_server_of  # noqa: PLC0415  # few homes have one

    return log_server_of(chosen)


def _residents(hardware: Hardware) -> "Mapping[str, Callable[[], PlaneHealth]]":
    from juyong.app.planes.residents import residents_of  # noqa: PLC0415  # see _planes_of_services

    return residents_of(hardware)


def _planes_of_services() -> "tuple[PlaneSpec[Any, Any], ...]":
    from juyong.worker.hooks import planes  # noqa: PLC0415  # not needed at the start

    return planes()


def _check_planes(names: tuple[str, ...]) -> None:
    """Refuse names that no plane has.

    Raises:
        BadSetting: names one.
    """
    if unknown := set(names) - {each.name for each in _planes_of_services()}:
        raise BadSetting(f"`planes_off`: there is no plane `{min(unknown)}`")


def _opened(home: Home, chosen: Settings, keys: KeyRing, clock: Clock) -> Running:
    # The first call must not import products on the event loop.
    registry.current()
    if chosen.witness_url or chosen.witness_key:
        from juyong.app.witness.asking import witness_of  # noqa: PLC0415  # only where it is set

        witness_of(chosen)
    if chosen.otlp_endpoint:
        from juyong.app.telemetry import server_of  # noqa: PLC0415  # only where it is set

        server_of(chosen)
    if chosen.planes_off:
        _check_planes(chosen.planes_off)
    store = open_store(home, chosen, keys)
    first = ensure_first_account(home, store, clock)
    usage = Usage()
    metrics, figures = Metrics(usage), Figures()
    hardware = Hardware(home, chosen, keys)
    bell = Bell()
    pipeline = Pipeline(
        store=store,
        platform=Platform(
            region=chosen.region,
            keys=keys,
            quotas=quotas_in_force(chosen),
            fetch=RememberingFetch(fetch_of(chosen)),
            hsm=hardware,
            reach=partial(reach_of, home),
            authority=partial(authority_of, home),
            plane=lambda name: planes.plane(name),  # noqa: PLW0108  # made below
            wake_worker=bell.ring,
            usage=usage,
            disk=disk_of(home, chosen),
            segments=Segments(LocalDisk(home.logs), keys),
            signin_site=_signin_site(chosen.signin_origin),
            kept=Kept(
                audit_events_days=chosen.audit_events_days,
                inventory_history_days=chosen.inventory_history_days,
                notices_days=chosen.notices_days,
                trail_failed_days=chosen.trail_failed_days,
            ),
            post=BoundedPost(networks(chosen.outbound_allow)),
            download=partial(downloaded, allowed=networks(chosen.outbound_allow)),
            trail_window_seconds=chosen.trail_window_seconds,
            eip_blocks=chosen.eip_blocks,
            protected_sites=partial(sites_of, home.path),
            log_queries=LogQueries(
                at_once=chosen.log_queries,
                threads=chosen.log_query_threads,
                memory_mb=chosen.log_query_memory_mb,
                seconds=chosen.log_query_seconds,
            ),
            log_server=_log_server(chosen),
        ),
        clock=clock,
        metrics=metrics,
    )
    planes = Planes(
        _planes_of_services,
        home.planes,
        store,
        lambda name: Bench(
            call=store.call,
            clock=clock,
            platform=pipeline.platform,
            job=name,
            over_budget=figures.over_budget,
        ),
        residents=partial(_residents, hardware),
        certificate=home.authority / "ca.pem",
        off=chosen.planes_off,
    )
    pages = local_pages(metrics, figures, store, pipeline, hardware=hardware, planes=planes)
    return Running(
        home=home,
        settings=chosen,
        store=store,
        pipeline=pipeline,
        application=Application(pipeline, pages),
        hardware=hardware,
        planes=planes,
        first_start=first,
        keys=keys,
        bell=bell,
        figures=figures,
        metrics=metrics,
    )
