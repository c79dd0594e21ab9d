"""The keys of a home: sealing, unsealing, another root key."""

from collections.abc import Iterator
from typing import Annotated, Literal

from juyong.api.command import Answer, CommandContext, command
from juyong.api.doc import Doc

PassphraseFile = Annotated[str | None, Doc("File of mode 0600 that holds the home's passphrase.")]


class ServersTold(Answer, frozen=True, kw_only=True):
    """The servers that are sealed or open now, by process id."""

    state: str
    servers: tuple[int, ...]

    def lines(self) -> Iterator[str]:
        """Yield a line for each server."""
        for process in self.servers:
            yield f"server {process} is {self.state}"


class RootKeyChanged(Answer, frozen=True, kw_only=True):
    """The root key in force.

    `method` is `file`, `passphrase` or `pkcs11`; `where` is for people; `left_over` says why the
    root key before it is still in the token, and is null when nothing is.
    """

    method: str
    root_key_id: str
    where: str
    left_over: str | None

    def lines(self) -> Iterator[str]:
        """Yield what is in force and what is left to do."""
        yield f"root key {self.root_key_id} is in force, {self.where}"
        yield "keep a new copy of the home's key files; nothing else was encrypted anew"
        if self.left_over:
            yield self.left_over


@command("seal")
def seal(ctx: CommandContext) -> ServersTold:
    """Have the running server forget its keys and refuse every call until it is unsealed."""
    from juyong.app.sealing import seal_home  # noqa: PLC0415

    return ServersTold(state="sealed", servers=seal_home(ctx.home))


@command("unseal")
def unseal(ctx: CommandContext, *, passphrase_file: PassphraseFile = None) -> ServersTold:
    """Have the sealed server open its home; a passphrase is asked for, or read from stdin."""
    from juyong.app.sealing import unseal_home  # noqa: PLC0415

    return ServersTold(state="open", servers=unseal_home(ctx.home, passphrase_file))


@command("rekey", examples=("juyong rekey", "juyong rekey --method passphrase"))
def rekey(
    ctx: CommandContext,
    *,
    method: Annotated[
        Literal["file", "passphrase", "pkcs11"] | None,
        Doc("Where the new root key comes from; by default from where the present one does."),
    ] = None,
    passphrase_file: PassphraseFile = None,
    new_passphrase_file: Annotated[
        str | None, Doc("File of mode 0600 that holds the new passphrase.")
    ] = None,
) -> RootKeyChanged:
    """Make a new root key; nothing that is stored is encrypted anew, and servers run on."""
    from juyong.app.sealing import rekey_home  # noqa: PLC0415

    done = rekey_home(
        ctx.home,
        method,
        passphrase_file=passphrase_file,
        new_passphrase_file=new_passphrase_file,
    )
    where = {
        "file": f"in `{ctx.home / 'root.key'}`",
        "passphrase": "made from the passphrase",
        "pkcs11": "inside the token",
    }[done.method]
    return RootKeyChanged(
        method=done.method, root_key_id=done.key_id, where=where, left_over=done.left or None
    )
