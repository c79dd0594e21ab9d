"""The WAF: a proxy before a site that blocks attacks."""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec

from juyong.api.command import Answer, BadInput, CommandContext, command
from juyong.api.doc import Doc


class Protected(Answer, frozen=True, kw_only=True):
    """A site that is protected now; shown once it is, while the command goes on."""

    url: str
    backends: tuple[str, ...]
    rules: str
    mode: str
    log: str
    process: int
    workers: int
    metrics: str

    def lines(self) -> Iterator[str]:
        """Yield the greeting."""
        yield f"juyong protects {', '.join(self.backends)} at {self.url}"
        yield f"rules: {self.rules}, {self.mode}"
        yield f"log: {self.log}    (follow it: juyong waf tail)"
        if self.metrics:
            yield f"metrics: {self.metrics}"


class SiteShown(msgspec.Struct, frozen=True, kw_only=True):
    """One protected site."""

    url: str
    backends: tuple[str, ...]
    rules: str
    log: str
    process: int
    workers: int
    since: str
    metrics: str


class Sites(Answer, frozen=True, kw_only=True):
    """The sites that are protected now from this home."""

    sites: tuple[SiteShown, ...]

    def lines(self) -> Iterator[str]:
        """Yield a line for each site."""
        for each in self.sites:
            yield f"{each.url}  {', '.join(each.backends)}  {each.rules}  process {each.process}"
        if not self.sites:
            yield "no site is protected; begin with: juyong waf protect URL"


@command("waf protect")
def protect(
    ctx: CommandContext,
    url: Annotated[str, Doc("The site, such as http://127.0.0.1:3000.")],
    *,
    port: Annotated[int, Doc("Port to listen on; 0: any.")] = 8080,
    host: Annotated[str, Doc("Address to listen on.")] = "127.0.0.1",
    also: Annotated[
        list[str] | None, Doc("URL of a further server of the site; repeatable.")
    ] = None,
    rules: Annotated[str, Doc("Rules to judge by; see `juyong waf rules list`.")] = "",
    detect: Annotated[bool, Doc("Log what would be blocked, and block nothing.")] = False,
    fail_open: Annotated[bool, Doc("Let a request pass that the rules fail on.")] = False,
    oversize: Annotated[
        Literal["refuse", "pass"], Doc("What is done with a body longer than what is inspected.")
    ] = "refuse",
    cert: Annotated[
        list[str] | None, Doc("PEM file of a certificate chain, for HTTPS; repeatable.")
    ] = None,
    key: Annotated[list[str] | None, Doc("PEM file of its key; as many as --cert.")] = None,
    tls: Annotated[Literal["1.2", "1.3"], Doc("The lowest version of TLS.")] = "1.2",
    trust: Annotated[
        list[str] | None, Doc("Network of proxies whose X-Forwarded-For counts; repeatable.")
    ] = None,
    proxy_protocol: Annotated[
        list[str] | None, Doc("Network of peers that send a PROXY header; repeatable.")
    ] = None,
    forwarded: Annotated[
        Literal["replace", "append"], Doc("X-Forwarded-For of peers that are not trusted.")
    ] = "replace",
    health: Annotated[str, Doc("Path that a healthy server answers with 2xx or 3xx.")] = "",
    workers: Annotated[int, Doc("Processes; 0: one a processor, at most 4.")] = 0,
    log: Annotated[str, Doc("Access log; default: in the home.")] = "",
    metrics_port: Annotated[int, Doc("Port of loopback for /metrics; 0: none.")] = 0,
) -> None:
    """Protect a site in the foreground until interrupted.

    The answer is printed once the proxy listens. Needs no platform, and takes no lock of the home.
    """
    from juyong.cli.waf.protecting import Wanted, protect_site  # noqa: PLC0415

    if not 0 <= port < 1 << 16 or not 0 <= metrics_port < 1 << 16:
        raise BadInput("a port is 0 to 65535")
    if len(cert or ()) != len(key or ()):
        raise BadInput("give a --key for each --cert")
    if not 0 <= workers <= 64:  # noqa: PLR2004
        raise BadInput("--workers is 0 to 64")
    if health and not health.startswith("/"):
        raise BadInput("--health is a path, such as /healthz")
    wanted = Wanted(
        backends=(url, *(also or ())),
        host=host,
        port=port,
        rules=rules,
        detect=detect,
        fail_open=fail_open,
        oversize=oversize,
        certificates=tuple(zip(cert or (), key or (), strict=True)),
        tls=tls,
        trusted=tuple(trust or ()),
        proxy_protocol=tuple(proxy_protocol or ()),
        forwarded=forwarded,
        health=health,
        workers=workers,
        log=log,
        metrics_port=metrics_port,
    )
    protect_site(ctx.home, wanted, lambda told: ctx.show(msgspec.convert(told, Protected)))


@command("waf sites")
def sites(ctx: CommandContext) -> Sites:
    """List the sites that are protected now."""
    from juyong.waf.running import sites_of  # noqa: PLC0415

    found = sites_of(ctx.home)
    return Sites(
        sites=tuple(msgspec.convert(each, SiteShown, from_attributes=True) for each in found)
    )
