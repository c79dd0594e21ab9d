"""`juyong seal`, `unseal` and `rekey`: what the operator does to the keys of a home."""

from functools import partial
from pathlib import Path

from juyong.api.command import OperatorError
from juyong.app.control.client import ask_servers
from juyong.app.control.messages import Request, SealRequest, UnsealRequest
from juyong.app.home import Home, open_home, serve_command
from juyong.app.keys.opening import read_seal
from juyong.app.keys.passphrase import (
    UnusablePassphrase,
    fit_for_new,
    from_file,
    from_input,
    from_terminal,
)
from juyong.app.keys.rekey import Rekeyed, rekey
from juyong.app.keys.seal_file import MethodName
from juyong.app.keys.unlocking import Unlocking
from juyong.app.platform import open_store
from juyong.app.settings import Settings, load_settings
from juyong.base.clock import system_clock
from juyong.base.secret import Secret
from juyong.services.actiontrail.facade import record_operation
from juyong.store.errors import StoreError


def seal_home(path: Path) -> tuple[int, ...]:
    """Have every running server of a home forget its keys; returns their process ids.

    Raises:
        OperatorError: none runs, or one refused.
    """
    return _told(open_home(path), SealRequest(), "sealed")


def unseal_home(path: Path, passphrase_file: str | None) -> tuple[int, ...]:
    """Have every running server of a home open it; returns their process ids.

    Raises:
        OperatorError: none runs, or one refused.
        BadHome: no passphrase is to be had.
    """
    home = open_home(path)
    seal = read_seal(home)
    passphrase = None
    if seal is not None and seal.method == "passphrase":
        passphrase = _present_passphrase(load_settings(home.settings), passphrase_file)
    request = UnsealRequest(None if passphrase is None else passphrase.reveal())
    return _told(home, request, "open")


def _told(home: Home, request: Request, wanted: str) -> tuple[int, ...]:
    replies = ask_servers(home, request)
    if not replies:
        raise OperatorError(
            f"no server runs with `{home.path}`; start one: {serve_command(home.path)}"
        )
    refusals = {r.refusal for r in replies.values() if r.state != wanted}
    if refusals:
        raise OperatorError("; ".join(sorted(refusals)))
    return tuple(sorted(replies))


def rekey_home(
    path: Path,
    method: MethodName | None,
    *,
    passphrase_file: str | None,
    new_passphrase_file: str | None,
) -> Rekeyed:
    """Put the master key under another root key; servers may run on.

    Returns:
        The result of the rekey; its keys are forgotten.

    Raises:
        BadHome: the present keys cannot be had; nothing was changed.
        OperatorError: the event could not be written; the keys were changed.
    """
    home = open_home(path)
    settings = load_settings(home.settings)
    done = rekey(
        home,
        Unlocking(
            passphrase=partial(_present_passphrase, settings, passphrase_file), settings=settings
        ),
        method,
        partial(_new_passphrase, new_passphrase_file),
    )
    try:
        _note(home, settings, done)
    except StoreError as failure:
        raise OperatorError(
            f"the root key was changed, but the event of it was not written: {failure}"
        ) from failure
    finally:
        done.keys.forget()
    return done


def _present_passphrase(settings: Settings, file: str | None) -> Secret:
    named = file or settings.passphrase_file
    if named:
        return from_file(Path(named).expanduser())
    return from_input("Passphrase of the home")


def _new_passphrase(file: str | None) -> Secret:
    if file:
        return fit_for_new(from_file(Path(file).expanduser()))
    typed = fit_for_new(from_input("New passphrase"))
    again = from_terminal("The same again")
    if again is not None and not again.same_as(typed):
        raise UnusablePassphrase("the two passphrases differ; nothing was changed")
    return typed


def _note(home: Home, settings: Settings, done: Rekeyed) -> None:
    """Write the event, where there is a platform yet."""
    if settings.database == "sqlite" and not home.database.exists():
        return
    store = open_store(home, settings, done.keys)
    try:
        store.call(
            lambda tx: record_operation(
                tx,
                "Rekey",
                {"method": done.method, "rootKeyId": done.key_id},
                key=done.keys["audit"],
                region=settings.region,
                now=system_clock(),
            )
        )
    finally:
        store.close()
