"""The WAF: a proxy before a site that blocks attacks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

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
    exclusions: Annotated[
        str, Doc("File of exclusions, read before the rules; see `juyong waf tune`.")
    ] = "",
    detect: Annotated[bool, Doc("Log what would be blocked, and block nothing.")] = False,
    fail_open: Annotated[bool, Doc("Let a request pass that the rules fail on.")] = False,
    oversize: Annotated[
        Literal["refuse", "pass"], Doc("What is done with a body longer than what is inspected.")
    ] = "refuse",
    body_limit: Annotated[
        int, Doc("Bytes of a body without files that are inspected: 131072 to 4194304.")
    ] = 1_048_576,
    json_values: Annotated[
        int, Doc("Values of a JSON body, objects and lists counted: 1000 to 100000.")
    ] = 6_000,
    cert: Annotated[
        list[str] | None, Doc("PEM file of a certificate chain, for HTTPS; repeatable.")
    ] = None,
    key: Annotated[list[str] | None, Doc("PEM file of its key; as many as --cert.")] = None,
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
    domain: Annotated[
        str, Doc("Name under which a platform of the home lists the site; default: the address.")
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


class HitShown(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that matched."""

    rule: int
    msg: str
    variable: str
    value: str
    transformations: tuple[str, ...]
    severity: int | None
    times: int
    tags: tuple[str, ...]


class Tested(Answer, frozen=True, kw_only=True):
    """The verdict on a request, and each rule that matched with its reason."""

    verdict: Literal["pass", "block"]
    rule: int
    answer: int
    reason: str
    scores: dict[str, int]
    hits: tuple[HitShown, ...]

    @property
    def status(self) -> int:
        """0 for a request that passes, 1 for one that is blocked."""
        return int(self.verdict == "block")

    def lines(self) -> Iterator[str]:
        """Yield the verdict, then the rules."""
        from juyong.cli.waf.following import printable  # noqa: PLC0415

        if self.verdict == "block":
            yield printable(f"block with {self.answer}: rule {self.rule}, {self.reason}")
        else:
            yield "pass"
        for each in self.hits:
            steps = ", ".join(each.transformations) or "none"
            yield printable(f"  {each.rule}  {each.msg}")
            yield printable(f"    in {each.variable}: {each.value}")
            yield f"    transformations {steps}; severity {each.severity}; times {each.times}"
        for name, value in self.scores.items():
            yield f"  score {name} = {value}"


@command("waf test", answers=("the request passes", "the request is blocked", "could not judge"))
def judge_file(
    ctx: CommandContext,
    request: Annotated[Path, Doc("File with a request, as HTTP writes one.")],
    *,
    rules: Annotated[str, Doc("Rules to judge by; see `juyong waf rules list`.")] = "",
    exclusions: Annotated[str, Doc("File of exclusions, read before the rules.")] = "",
) -> Tested:
    """Judge a request in a file, and say which rules match where and why."""
    from juyong.cli.waf.explaining import judged, message_of  # noqa: PLC0415
    from juyong.cli.waf.sets import chosen, compiled_from  # noqa: PLC0415
    from juyong.waf.logged import text_of  # noqa: PLC0415
    from juyong.waf.record import source_of  # noqa: PLC0415

    source = chosen(ctx.home, rules, exclusions)
    message = message_of(request)
    engine = compiled_from(source).engine
    verdict, report = judged(engine, message)
    return Tested(
        verdict="pass" if verdict is None else "block",
        rule=0 if verdict is None else verdict.rule,
        answer=0 if verdict is None else verdict.status,
        reason="" if verdict is None else verdict.reason,
        scores=dict(report.scores),
        hits=tuple(
            HitShown(
                rule=each.rule,
                msg=each.msg,
                variable=source_of(each.variable),
                value=text_of(each.value),
                transformations=each.transforms,
                severity=each.severity,
                times=each.times,
                tags=each.tags,
            )
            for each in report.hits
            if each.logged
        ),
    )


class Rows(Answer, frozen=True, kw_only=True):
    """Lines of the access log, the oldest first."""

    rows: tuple[dict[str, Any], ...]

    def lines(self) -> Iterator[str]:
        """Yield a line for each row."""
        from juyong.cli.waf.following import line_of  # noqa: PLC0415

        yield from map(line_of, self.rows)


@command("waf tail")
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


class SetShown(msgspec.Struct, frozen=True, kw_only=True):
    """A set of rules; used: Whether sites of this home judge by the set."""

    name: str
    used: bool
    folders: dict[str, str]


class Sets(Answer, frozen=True, kw_only=True):
    """The sets of rules that there are."""

    sets: tuple[SetShown, ...]

    def lines(self) -> Iterator[str]:
        """Yield a line for each set."""
        for each in self.sets:
            mark = "used" if each.used else ""
            yield f"{each.name:12}  {mark:4}  {', '.join(each.folders.values())}"


@command("waf rules list")
def list_rules(ctx: CommandContext) -> Sets:
    """List the sets of rules."""
    from juyong.cli.waf.sets import sources, used  # noqa: PLC0415

    name = used(ctx.home)
    return Sets(
        sets=tuple(
            SetShown(name=each.name, used=each.name == name, folders=each.folders)
            for each in sources(ctx.home)
        )
    )


class RuleShown(msgspec.Struct, frozen=True, kw_only=True):
    """One rule; place: File and line."""

    id: int
    phase: int
    msg: str
    place: str
    tags: tuple[str, ...]


class SetDescribed(Answer, frozen=True, kw_only=True):
    """A set of rules as the engine reads the set."""

    name: str
    digest: str
    core: str
    rules: tuple[RuleShown, ...]

    def lines(self) -> Iterator[str]:
        """Yield the set, then a line for each rule."""
        yield f"{self.name}: {len(self.rules)} rules, digest {self.digest[:16]}; {self.core}"
        for each in self.rules:
            yield f"{each.id}  phase {each.phase}  {each.msg}  {each.place}"


@command("waf rules show")
def show_rules(
    ctx: CommandContext,
    name: Annotated[str, Doc("Name of the set, as `juyong waf rules list` shows it.")],
) -> SetDescribed:
    """Show the rules of a set."""
    from juyong.cli.waf.sets import compiled_from, source_of  # noqa: PLC0415
    from juyong.engines.inspect.native import core_state  # noqa: PLC0415
    from juyong.engines.inspect.rules import Rule  # noqa: PLC0415

    source = source_of(ctx.home, name)
    if source is None:
        raise BadInput("the rules `none` are no set")
    rules = compiled_from(source).rules
    return SetDescribed(
        name=name,
        digest=rules.digest,
        core=core_state(),
        rules=tuple(
            RuleShown(
                id=each.id,
                phase=int(each.phase),
                msg=each.msg.decode("utf-8", "backslashreplace"),
                place=str(each.links[0].place),
                tags=each.tags,
            )
            for each in rules.items
            if isinstance(each, Rule)
        ),
    )


class Using(Answer, frozen=True, kw_only=True):
    """The set that sites judge by from now on; told: Processes that were told to read it."""

    name: str
    rules: int
    told: tuple[int, ...]

    def lines(self) -> Iterator[str]:
        """Yield what changed."""
        yield f"sites of this home judge by `{self.name}`, {self.rules} rules"
        for each in self.told:
            yield f"told process {each}, which loses no request"


@command("waf rules use")
def use_rules(
    ctx: CommandContext,
    name: Annotated[str, Doc("Name of the set, as `juyong waf rules list` shows it.")],
) -> Using:
    """Have sites judge by a set: those that run now, and those that are started later."""
    import os  # noqa: PLC0415
    import signal  # noqa: PLC0415

    from juyong.cli.waf.sets import compiled_from, source_of, use  # noqa: PLC0415
    from juyong.waf.running import sites_of  # noqa: PLC0415

    source = source_of(ctx.home, name)
    count = 0 if source is None else len(compiled_from(source).rules.items)
    use(ctx.home, name)
    told = [each.process for each in sites_of(ctx.home)]
    for process in told:
        os.kill(process, signal.SIGHUP)
    return Using(name=name, rules=count, told=tuple(told))


class Installed(Answer, frozen=True, kw_only=True):
    """A set of rules that was copied into the home."""

    name: str
    folder: str

    def lines(self) -> Iterator[str]:
        """Yield what to do next."""
        yield f"rules `{self.name}` are in {self.folder}"
        yield f"judge by them: juyong waf rules use {self.name}"


@command("waf rules install")
def install_rules(
    ctx: CommandContext,
    where: Annotated[str, Doc("A folder, a tar archive, or the https URL of one.")],
    *,
    name: Annotated[str, Doc("Name of the set.")] = "crs",
    sha256: Annotated[str, Doc("Digest of the archive, in hexadecimal digits.")] = "",
    allow: Annotated[
        list[str] | None, Doc("Network that may be asked though it is not public; repeatable.")
    ] = None,
    ca: Annotated[str, Doc("PEM file of certificates that vouch for the server of a URL.")] = "",
) -> Installed:
    """Copy a set of rules into the home, after a look at every file.

    Links, bombs, files outside the archive and rules that no engine carries out are refused.
    A URL is fetched from public addresses, and unpacked only where the digest is right.
    """
    from juyong.cli.waf.installing import Place, install  # noqa: PLC0415

    place = Place(where=where, sha256=sha256, allowed=tuple(allow or ()), ca_file=ca)
    source = install(ctx.home, name, place)
    return Installed(name=source.name, folder=source.folders[""])


class ReplayedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request that is blocked now, or was; rules: Those that match now."""

    request: str
    was_blocked: bool | None
    is_blocked: bool
    rules: tuple[int, ...]


class Replayed(Answer, frozen=True, kw_only=True):
    """The verdicts of today on recorded requests.

    changed: Of a log, requests with another verdict than then; of a HAR file, those blocked now.
    malformed: Requests that the proxy would refuse with 400.
    """

    requests: int
    blocked: int
    malformed: int
    changed: tuple[ReplayedRequest, ...]

    @property
    def status(self) -> int:
        """0 where nothing changed, 1 where something did."""
        return int(bool(self.changed))

    def lines(self) -> Iterator[str]:
        """Yield the figures, then what changed."""
        from juyong.cli.waf.following import printable  # noqa: PLC0415

        yield f"{self.requests} requests, {self.blocked} blocked now, {self.malformed} malformed"
        for each in self.changed:
            now = "blocked" if each.is_blocked else "passes"
            yield printable(f"{now} now: {each.request}  rules {', '.join(map(str, each.rules))}")


@command("waf replay", answers=("the verdicts are the same", "some differ", "could not judge"))
def replay(
    ctx: CommandContext,
    file: Annotated[Path, Doc("A HAR file, or an access log of the WAF.")],
    *,
    rules: Annotated[str, Doc("Rules to judge by; see `juyong waf rules list`.")] = "",
    exclusions: Annotated[str, Doc("File of exclusions, read before the rules.")] = "",
) -> Replayed:
    """Judge recorded requests by the rules of today; nothing is sent.

    A log has no bodies and few headers, so a request that was blocked for one of these passes now.
    """
    from juyong.cli.waf.explaining import judged  # noqa: PLC0415
    from juyong.cli.waf.replaying import recorded_in  # noqa: PLC0415
    from juyong.cli.waf.sets import chosen, compiled_from  # noqa: PLC0415

    source = chosen(ctx.home, rules, exclusions)
    recorded = list(recorded_in(file))
    engine = compiled_from(source).engine
    changed = []
    blocked = malformed = 0
    for each in ctx.progress.track("judging", recorded, len(recorded)):
        if each.message is None:
            malformed += 1
            continue
        verdict, report = judged(engine, each.message)
        blocked += verdict is not None
        if (verdict is not None) != bool(each.blocked):
            changed.append(
                ReplayedRequest(
                    request=each.name,
                    was_blocked=each.blocked,
                    is_blocked=verdict is not None,
                    rules=tuple(hit.rule for hit in report.hits if hit.logged),
                )
            )
    return Replayed(
        requests=len(recorded), blocked=blocked, malformed=malformed, changed=tuple(changed)
    )
