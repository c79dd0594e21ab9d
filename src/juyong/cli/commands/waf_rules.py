"""The WAF: a proxy before a site that blocks attacks."""

from collections.abc import Iterator
from typing import Annotated

import msgspec

from juyong.api.command import Answer, BadInput, CommandContext, Option, command
from juyong.api.doc import Doc


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


@command("waf rules show", examples=("juyong waf rules show own",))
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


@command("waf rules use", examples=("juyong waf rules use debian",))
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


@command(
    "waf rules install",
    examples=(
        "juyong waf rules install ./coreruleset-4.25.0",
        "juyong waf rules install https://example.com/crs.tar.gz --sha256 9f2b…",
    ),
)
def install_rules(
    ctx: CommandContext,
    where: Annotated[str, Doc("A folder, a tar archive, or the https URL of one.")],
    *,
    name: Annotated[str, Doc("Name of the set.")] = "crs",
    sha256: Annotated[
        str, Option(takes="DIGEST"), Doc("Digest of the archive, in hexadecimal digits.")
    ] = "",
    allow: Annotated[
        list[str] | None,
        Option(takes="CIDR"),
        Doc("Network that may be asked though it is not public; repeatable."),
    ] = None,
    ca: Annotated[
        str,
        Option(takes="FILE"),
        Doc("PEM file of certificates that vouch for the server of a URL."),
    ] = "",
) -> Installed:
    """Copy a set of rules into the home, after a look at every file.

    Links, bombs, files outside the archive and rules that no engine carries out are refused.
    A URL is fetched from public addresses, and unpacked only where the digest is right.
    """
    from juyong.cli.waf.installing import Place, install  # noqa: PLC0415

    place = Place(where=where, sha256=sha256, allowed=tuple(allow or ()), ca_file=ca)
    source = install(ctx.home, name, place)
    return Installed(name=source.name, folder=source.folders[""])
