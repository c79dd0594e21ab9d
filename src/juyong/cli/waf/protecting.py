"""The work of `juyong waf protect`: a site served by the supervisor of `juyong.waf`."""

import asyncio
import os
import re
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import msgspec

from juyong.api.command import BadInput, OperatorError
from juyong.base.addresses import networks
from juyong.base.clock import iso, system_clock
from juyong.cli.waf.sets import NONE, source_of, used, with_exclusions
from juyong.engines.inspect.limits import Limits
from juyong.waf.backends.guard import Guarded, origin_of
from juyong.waf.running import Running, announce, folder_of, sites_of
from juyong.waf.site import Certificate, Forwarded, Http2, Site, TlsVersion
from juyong.waf.supervisor import NotServed, Supervisor, listening, supervise
from juyong.waf.tls_policies import suites_of

_MOST_WORKERS = 4
_NAME_BYTES = 64
"""Of the name of a value in JSON, on average, where a site allows more values."""
_NOT_SHOWN = frozenset({"port", "since", "domain", "account"})
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*", re.ASCII)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A site as the command line describes one."""

    backends: tuple[str, ...]
    host: str
    port: int
    rules: str
    exclusions: str
    detect: bool
    fail_open: bool
    oversize: Literal["refuse", "pass"]
    body_limit: int
    json_values: int
    certificates: tuple[tuple[str, str], ...]
    tls: TlsVersion
    tls_max: TlsVersion
    ciphers: str
    http2: Http2
    trusted: tuple[str, ...]
    proxy_protocol: tuple[str, ...]
    forwarded: Forwarded
    health: str
    workers: int
    log: str
    metrics_port: int
    domain: str
    account: str


def protect_site(home: Path, wanted: Wanted, show: Callable[[dict[str, Any]], None]) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        home: The home, which need not exist and may be a platform's.
        wanted: The site.
        show: Gets the facts about the site once the proxy listens.

    Raises:
        BadInput: the site is described wrongly.
        OperatorError: the site cannot be served.
    """
    _check(wanted)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            listeners = listening(wanted.host, wanted.port)
            for each in listeners:
                stack.callback(each.close)
            port = int(listeners[0].getsockname()[1])
            asyncio.run(_serve(home, wanted, port, listeners, show))
        except (NotServed, Guarded) as refused:
            raise OperatorError(str(refused)) from None


def _check(wanted: Wanted) -> None:
    try:
        for url in wanted.backends:
            origin_of(url)
        networks((*wanted.trusted, *wanted.proxy_protocol))
        suites_of(wanted.ciphers)
        if wanted.exclusions and wanted.rules == NONE:
            raise BadInput("the rules `none` have nothing to exclude from")
        if wanted.domain and _DOMAIN.fullmatch(wanted.domain) is None:
            raise BadInput("--domain is a name such as shop.example")
    except ValueError as bad:
        raise BadInput(str(bad)) from None
    if wanted.tls > wanted.tls_max:
        raise BadInput("--tls is above --tls-max")


def site_of(home: Path, wanted: Wanted, port: int) -> Site:
    """Build the settings of the site, by the rules that the home uses now."""
    log = Path(wanted.log).absolute() if wanted.log else folder_of(home) / "logs" / f"{port}.log"
    source = source_of(home, wanted.rules or used(home))
    return Site(
        host=wanted.host,
        port=port,
        backends=wanted.backends,
        own_ports=tuple(sorted(own_ports(home, port, wanted.metrics_port))),
        rules=None if source is None else with_exclusions(source, wanted.exclusions),
        plans=str((folder_of(home) / "plans").absolute()),
        spool=str((folder_of(home) / "spool").absolute()),
        detect_only=wanted.detect,
        forwarded=wanted.forwarded,
        trusted=wanted.trusted,
        proxy_protocol=wanted.proxy_protocol,
        fail_open=wanted.fail_open,
        oversize=wanted.oversize,
        limits=msgspec.structs.replace(
            Limits(),
            body_without_files=wanted.body_limit,
            inflated=max(Limits().inflated, wanted.body_limit),
            values=wanted.json_values,
            names=max(Limits().names, wanted.json_values * _NAME_BYTES),
        ),
        certificates=tuple(
            Certificate(chain=str(Path(chain).absolute()), key=str(Path(key).absolute()))
            for chain, key in wanted.certificates
        ),
        minimum_tls=wanted.tls,
        maximum_tls=wanted.tls_max,
        ciphers=wanted.ciphers,
        http2=wanted.http2,
        health_path=wanted.health,
        workers=wanted.workers or min(_MOST_WORKERS, len(os.sched_getaffinity(0))),
        log=str(log),
    )


def own_ports(home: Path, *ports: int) -> set[int]:
    """Return the ports that juyong listens on: the platform's, and those of protected sites."""
    from juyong.app.home import Home  # noqa: PLC0415
    from juyong.app.presence import running_servers  # noqa: PLC0415

    found = set(ports)
    for server in running_servers(Home(home)):
        found |= {server.port, server.tls_port or 0}
    found |= {each.port for each in sites_of(home)}
    return found - {0}


async def _serve(
    home: Path,
    wanted: Wanted,
    port: int,
    listeners: list[Any],
    show: Callable[[dict[str, Any]], None],
) -> None:
    site = site_of(home, wanted, port)
    figures: list[Supervisor] = []
    metrics = ""
    if wanted.metrics_port:
        from juyong.waf.metrics import Metrics, listen  # noqa: PLC0415  # few sites have figures

        try:
            server = await listen(
                Metrics(lambda: figures[0].figures() if figures else {}), wanted.metrics_port
            )
        except OSError as failure:
            raise NotServed(f"port {wanted.metrics_port}: {failure.strerror}") from None
        metrics = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/metrics"
    with ExitStack() as stack:

        def ready(supervisor: Supervisor) -> None:
            figures.append(supervisor)
            told = Running(
                url=f"{'https' if site.certificates else 'http'}://{_shown(wanted.host)}:{port}",
                port=port,
                backends=wanted.backends,
                rules=site.rules.name if site.rules else "none",
                log=site.log,
                process=os.getpid(),
                workers=site.workers,
                since=iso(system_clock()),
                metrics=metrics,
                domain=wanted.domain or wanted.host,
                account=wanted.account,
            )
            stack.callback(announce(home, told))
            mode = "nothing is blocked" if site.detect_only else "attacks are blocked"
            facts = msgspec.to_builtins(told)
            show({each: facts[each] for each in facts if each not in _NOT_SHOWN} | {"mode": mode})

        await supervise(
            site,
            listeners,
            ready=ready,
            newest=lambda: _newest(home, wanted, port),
            own_ports=lambda: own_ports(home, port, wanted.metrics_port),
        )


def _newest(home: Path, wanted: Wanted, port: int) -> Site:
    """Build the settings again.

    Raises:
        ValueError: the set is no longer there; the supervisor goes on by the old one.
    """
    try:
        return site_of(home, wanted, port)
    except OperatorError as refused:
        raise ValueError(str(refused)) from None


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
