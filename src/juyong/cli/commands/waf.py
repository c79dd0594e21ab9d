"""The WAF: a proxy before a site that blocks attacks."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec

from juyong.api.command import Answer, BadInput, CommandContext, Option, command
from juyong.api.doc import Doc

RuleSet = Annotated[
    str, Option(takes="SET"), Doc("Rules to judge by; see `juyong waf rules list`.")
]


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


@command(
    "waf protect",
    examples=(
        "juyong waf protect http://127.0.0.1:3000",
        "juyong waf protect http://127.0.0.1:3000 --detect --port 80 --host 0.0.0.0",
    ),
)
def protect(
    ctx: CommandContext,
    url: Annotated[str, Doc("The site, such as http://127.0.0.1:3000.")],
    *,
    port: Annotated[int, Doc("Port to listen on; 0: any.")] = 8080,
    host: Annotated[str, Doc("Address to listen on.")] = "127.0.0.1",
    also: Annotated[
        list[str] | None,
        Option(takes="URL"),
        Doc("URL of a further server of the site; repeatable."),
    ] = None,
    rules: RuleSet = "",
    exclusions: Annotated[
        str,
        Option(takes="FILE"),
        Doc("File of exclusions, read before the rules; see `juyong waf tune`."),
    ] = "",
    detect: Annotated[bool, Doc("Log what would be blocked, and block nothing.")] = False,
    fail_open: Annotated[bool, Doc("Let a request pass that the rules fail on.")] = False,
    oversize: Annotated[
        Literal["refuse", "pass"], Doc("What is done with a body longer than what is inspected.")
    ] = "refuse",
    body_limit: Annotated[
        int,
        Option(takes="BYTES"),
        Doc("Bytes of a body without files that are inspected: 131072 to 4194304."),
    ] = 1_048_576,
    json_values: Annotated[
        int,
        Option(takes="COUNT"),
        Doc("Values of a JSON body, objects and lists counted: 1000 to 100000."),
    ] = 6_000,
    cert: Annotated[
        list[str] | None,
        Option(takes="FILE"),
        Doc("PEM file of a certificate chain, for HTTPS; repeatable."),
    ] = None,
    key: Annotated[
        list[str] | None, Option(takes="FILE"), Doc("PEM file of its key; as many as --cert.")
    ] = None,
    tls: Annotated[Literal["1.2", "1.3"], Doc("The lowest version of TLS.")] = "1.2",
    tls_max: Annotated[Literal["1.2", "1.3"], Doc("The highest version of TLS.")] = "1.3",
    ciphers: Annotated[
        str, Doc("Suites of TLS 1.2: `default`, `strong`, `all`, or names with colons between.")
    ] = "default",
    http2: Annotated[
        Literal["tls", "clear", "off"],
        Doc("HTTP/2 over HTTPS; with `clear` also without, to clients that begin so."),
    ] = "tls",
    trust: Annotated[
        list[str] | None,
        Option(takes="CIDR"),
        Doc("Network of proxies whose X-Forwarded-For counts; repeatable."),
    ] = None,
    proxy_protocol: Annotated[
        list[str] | None,
        Option(takes="CIDR"),
        Doc("Network of peers that send a PROXY header; repeatable."),
    ] = None,
    forwarded: Annotated[
        Literal["replace", "append"], Doc("X-Forwarded-For of peers that are not trusted.")
    ] = "replace",
    health: Annotated[
        str, Option(takes="PATH"), Doc("Path that a healthy server answers with 2xx or 3xx.")
    ] = "",
    workers: Annotated[
        int, Option(takes="COUNT"), Doc("Processes, 0 to 64; 0: one a processor, at most 4.")
    ] = 0,
    log: Annotated[str, Option(takes="FILE"), Doc("Access log; one in the home if none.")] = "",
    metrics_port: Annotated[int, Doc("Port of loopback for /metrics; 0: none.")] = 0,
    domain: Annotated[
        str, Doc("Name under which a platform of the home lists the site; the address if none.")
    ] = "",
    account: Annotated[
        str, Doc("Name of the account of that platform that sees the site.")
    ] = "default",
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
    if not 131_072 <= body_limit <= 4_194_304:  # noqa: PLR2004
        raise BadInput("--body-limit is 131072 to 4194304")
    if not 1_000 <= json_values <= 100_000:  # noqa: PLR2004
        raise BadInput("--json-values is 1000 to 100000")
    if health and not health.startswith("/"):
        raise BadInput("--health is a path, such as /healthz")
    wanted = Wanted(
        backends=(url, *(also or ())),
        host=host,
        port=port,
        rules=rules,
        exclusions=exclusions,
        detect=detect,
        fail_open=fail_open,
        oversize=oversize,
        body_limit=body_limit,
        json_values=json_values,
        certificates=tuple(zip(cert or (), key or (), strict=True)),
        tls=tls,
        tls_max=tls_max,
        ciphers=ciphers,
        http2=http2,
        trusted=tuple(trust or ()),
        proxy_protocol=tuple(proxy_protocol or ()),
        forwarded=forwarded,
        health=health,
        workers=workers,
        log=log,
        metrics_port=metrics_port,
        domain=domain,
        account=account,
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


class Rows(Answer, frozen=True, kw_only=True):
    """Lines of the access log, the oldest first."""

    rows: tuple[dict[str, Any], ...]

    def lines(self) -> Iterator[str]:
        """Yield a line for each row."""
        from juyong.cli.waf.following import line_of  # noqa: PLC0415

        yield from map(line_of, self.rows)


@command("waf tail", examples=("juyong waf tail --follow",))
def tail(
    ctx: CommandContext,
    *,
    port: Annotated[int, Doc("Port of the site; 0: the one that was started last.")] = 0,
    file: Annotated[str, Doc("The log, where it is not of a running site.")] = "",
    count: Annotated[int, Doc("How many lines that are there, 0 to 10000.")] = 20,
    follow: Annotated[bool, Doc("Go on with the lines that come, until interrupted.")] = False,
    everything: Annotated[bool, Doc("Also requests that passed.")] = False,
) -> Rows:
    """Show requests that were blocked, and why."""
    from juyong.cli.waf.following import coming_rows, last_rows, log_of  # noqa: PLC0415

    if not 0 <= count <= 10_000:  # noqa: PLR2004
        raise BadInput("--count is 0 to 10000")
    path = log_of(ctx.home, port, file)
    rows = Rows(rows=tuple(last_rows(path, count, everything=everything)))
    if not follow:
        return rows
    ctx.show(rows)
    for row in coming_rows(path, everything=everything):
        ctx.show(Rows(rows=(row,)))
    return Rows(rows=())
