"""The state as a whole: reset, keep, put back, prove."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec

from juyong.api.command import Answer, BadInput, CommandContext, OperatorError, command
from juyong.api.doc import Doc

Yes = Annotated[bool, Doc("Do not ask.")]


class BackAtTheStart(Answer, frozen=True, kw_only=True):
    """The administrator, whose AccessKey still works after a reset."""

    account_id: str
    user_name: str
    access_key_id: str

    def lines(self) -> list[str]:
        """Return one line."""
        kept = "the administrator's AccessKey is unchanged"
        return [f"back to the state after the first start; {kept}"]


class Kept(Answer, frozen=True, kw_only=True):
    """A snapshot."""

    name: str
    size_bytes: int

    def lines(self) -> list[str]:
        """Return one line."""
        return [f"snapshot {self.name}: {self.size_bytes} bytes"]


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot in a list; `created_at` is when it was made, UTC."""

    name: str
    size_bytes: int
    created_at: str


class Snapshots(Answer, frozen=True, kw_only=True):
    """The snapshots of a home, oldest first."""

    snapshots: tuple[Listed, ...]

    def lines(self) -> Iterator[str]:
        """Yield a line for each."""
        for each in self.snapshots:
            yield f"{each.created_at}  {each.name}  {each.size_bytes} bytes"
        if not self.snapshots:
            yield "there are no snapshots"


class BackedUp(Answer, frozen=True, kw_only=True):
    """A backup; `home` has the keys that open it."""

    file: str
    rows: int
    home: str

    def lines(self) -> list[str]:
        """Return one line."""
        return [f"{self.file}: {self.rows} rows; it opens only with the keys of `{self.home}`"]


class PutBack(Answer, frozen=True, kw_only=True):
    """The state that a restore put back; `created_at` is when it was archived, UTC."""

    source: str
    rows: int
    created_at: str

    def lines(self) -> list[str]:
        """Return one line."""
        return [f"restored {self.rows} rows as of {self.created_at}"]


class FindingShown(msgspec.Struct, frozen=True, kw_only=True):
    """One finding; `severity` is `damage` or `notice`."""

    severity: str
    code: str
    where: str
    what: str


_TOLD = ("none", "failing")
"""How the states of planes begin of which an operator must hear; the JSON document has all."""


class Checked(Answer, frozen=True, kw_only=True):
    """The findings of a check; `retried` counts items of work, and is null without `--retry`.

    `planes` says how each plane does, which has no part in whether the store is sound.
    """

    sound: bool
    findings: tuple[FindingShown, ...]
    planes: dict[str, str]
    retried: int | None

    @property
    def status(self) -> int:
        """0 when sound; a notice is no damage."""
        return 0 if self.sound else 1

    def lines(self) -> Iterator[str]:
        """Yield a line for each finding, and a summary."""
        for found in self.findings:
            yield f"{found.severity}: {found.code}: {found.where}: {found.what}"
        damage = sum(found.severity == "damage" for found in self.findings)
        if self.findings:
            yield f"{damage} damaged, {len(self.findings) - damage} to look at"
        else:
            yield "sound: store, sealed columns, audit log"
        for name, state in self.planes.items():
            if state.startswith(_TOLD):
                yield f"{name}: {state}"
        if self.retried is not None:
            yield f"{self.retried} items of work are due again"


@command("reset", examples=("juyong reset --yes",))
def reset(ctx: CommandContext, *, yes: Yes = False) -> BackAtTheStart:
    """Bring the platform back to its state after the first start."""
    from juyong.app.bootstrap import read_credentials  # noqa: PLC0415
    from juyong.app.home import serve_command  # noqa: PLC0415
    from juyong.app.operator import home_at  # noqa: PLC0415
    from juyong.app.state import reset as empty  # noqa: PLC0415
    from juyong.app.state_work import state_opened  # noqa: PLC0415

    if not home_at(ctx.home).credentials.is_file():
        raise OperatorError(f"`{ctx.home}` has no account yet: {serve_command(ctx.home)} makes one")
    if not yes:
        ctx.person.confirm("Delete everything but the first account and its administrator?")
    with state_opened(ctx.home) as state:
        empty(state)
        kept = read_credentials(state.home)
    return BackAtTheStart(
        account_id=kept.account_id, user_name=kept.user_name, access_key_id=kept.access_key_id
    )


@command("snapshot", examples=("juyong snapshot before-the-change",))
def snapshot(ctx: CommandContext, name: Annotated[str, Doc("Letters, digits, dot, dash.")]) -> Kept:
    """Keep the present state under a name."""
    from juyong.app.state import snapshot as keep  # noqa: PLC0415
    from juyong.app.state_work import state_opened  # noqa: PLC0415

    with state_opened(ctx.home) as state:
        kept = keep(state, name, progress=ctx.progress)
    return Kept(name=kept.name, size_bytes=kept.size_bytes)


@command("snapshots")
def snapshots(ctx: CommandContext) -> Snapshots:
    """List the snapshots, oldest first."""
    from juyong.app.operator import home_at  # noqa: PLC0415
    from juyong.app.state import snapshots as kept  # noqa: PLC0415
    from juyong.base.clock import iso  # noqa: PLC0415

    return Snapshots(
        snapshots=tuple(
            Listed(name=each.name, size_bytes=each.size_bytes, created_at=iso(each.created_at))
            for each in kept(home_at(ctx.home))
        )
    )


@command("restore", examples=("juyong restore before-the-change", "juyong restore monday.jyb"))
def restore(
    ctx: CommandContext, source: Annotated[str, Doc("Snapshot name or backup file.")]
) -> PutBack:
    """Bring back a snapshot or a backup; everything since is replaced."""
    from juyong.app.state import restore as put_back  # noqa: PLC0415
    from juyong.app.state import restore_snapshot  # noqa: PLC0415
    from juyong.app.state_work import state_opened  # noqa: PLC0415

    with state_opened(ctx.home) as state:
        if "/" in source or Path(source).exists():
            done = put_back(state, Path(source), progress=ctx.progress)
        else:
            done = restore_snapshot(state, source, progress=ctx.progress)
    return PutBack(source=source, rows=done.rows, created_at=done.created_at)


@command("backup", examples=("juyong backup monday.jyb",))
def backup(
    ctx: CommandContext, target: Annotated[Path, Doc("File to write; one that exists is replaced.")]
) -> BackedUp:
    """Write the whole state to a file; secrets in it stay sealed under the home's keys."""
    from juyong.app.state import backup as write  # noqa: PLC0415
    from juyong.app.state_work import state_opened  # noqa: PLC0415

    if not target.absolute().parent.is_dir():
        raise BadInput(f"`{target.parent}` is no folder to write a backup to")
    with state_opened(ctx.home) as state:
        rows = write(state, target, progress=ctx.progress)
    return BackedUp(file=str(target), rows=rows, home=str(ctx.home))


@command("check", answers=("sound", "damaged", "could not look"))
def check(
    ctx: CommandContext,
    *,
    retry: Annotated[bool, Doc("Have work that was given up tried again.")] = False,
) -> Checked:
    """Prove the store and the audit log sound; status 1 when they are damaged.

    Notices, such as work that was given up, are listed and are no damage. A line for each plane
    that is not idle says whether the plane runs, or why this machine cannot carry it.
    """
    from juyong.app.planes.asking import planes_of  # noqa: PLC0415
    from juyong.app.state import check as prove  # noqa: PLC0415
    from juyong.app.state_work import retry_work, state_opened  # noqa: PLC0415

    with state_opened(ctx.home) as state:
        found = prove(state, progress=ctx.progress)
        retried = retry_work(state) if retry else None
        planes = planes_of(state.home, state.settings)
    return Checked(
        sound=not any(each.severity == "damage" for each in found),
        findings=tuple(
            FindingShown(severity=f.severity, code=f.code, where=f.where, what=f.what)
            for f in found
        ),
        planes=planes,
        retried=retried,
    )
