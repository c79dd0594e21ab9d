"""The operator's acts on the root user of an account: password, MFA device, a look at both.

In the cloud, root does this in the console, or the support helps a root user who lost the device;
here the operator does it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from juyong.api.caller import Root
from juyong.api.command import OperatorError
from juyong.api.context import Context, Platform
from juyong.app.fetch import fetch_of
from juyong.app.operator import Opened, opened
from juyong.app.remember import RememberingFetch
from juyong.app.settings import quotas_in_force
from juyong.base.clock import Instant, iso, system_clock
from juyong.base.ids import new_request_id
from juyong.base.secret import Secret
from juyong.engines.credentials.totp import otpauth_uri
from juyong.services.actiontrail.facade import ACCOUNT_SERVICE, record_operation
from juyong.services.identity.facade import (
    ISSUER,
    AccountRow,
    CodeMalformed,
    CodeWrong,
    RootUser,
    UserHasDevice,
    UserLacksDevice,
    account_named,
    bind_root_device,
    device_of,
    device_to_offer,
    give_root_password,
    hashed,
    is_weak,
    remove_root_device,
    root_owner,
    root_user,
    rules_of,
)
from juyong.store.transaction import Transaction

MOST_TRIES = 3
_LOCAL = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A device that root may bind. SECURITY: the URI carries the seed, and is shown once."""

    serial_number: str
    uri: Secret


def root_of(path: Path, account: str) -> dict[str, Any]:
    """Return the credentials of an account's root.

    Returns:
        `account_id`, `account`, `password` and `mfa` (null where there is none),
        `access_keys` (oldest first); times are UTC, null for never.

    Raises:
        OperatorError: no such account.
    """
    with opened(path) as at:
        row = _account(at, account)
        at.store.settle()
        found = at.store.call(lambda tx: root_user(tx, row.account_id))
    return {
        "account_id": row.account_id,
        "account": row.account_name,
        "password": _password(found),
        "mfa": found.mfa_serial
        and {"serial_number": found.mfa_serial, "bound_at": _time(found.mfa_bound_at)},
        "access_keys": [
            {
                "access_key_id": key.access_key_id,
                "status": key.status,
                "created_at": iso(key.created_at),
                "last_used_at": _time(key.used_at),
                "last_used_with": key.used_with or None,
            }
            for key in found.keys
        ],
    }


def set_root_password_of(path: Path, account: str, password: Secret) -> None:
    """Give an account's root a sign-in password that keeps the account's password policy.

    Raises:
        OperatorError: no such account, or a password the policy refuses.
    """
    with opened(path) as at:
        row = _account(at, account)
        rules = at.store.call(lambda tx: rules_of(tx, row.account_id))
        if is_weak(rules, password, "root"):
            raise OperatorError("the account's password policy refuses it")
        sealed = hashed(password)
        _change(at, row, "PasswordReset", partial(give_root_password, password_hash=sealed))


def bind_root_mfa(
    path: Path, account: str, show: Callable[[Offer], None], ask: Callable[[], tuple[str, str]]
) -> str:
    """Bind a fresh virtual MFA device to an account's root and return its serial number.

    Args:
        path: The home.
        account: The operator's name of the account.
        show: Shows the device to the person with the authenticator app.
        ask: Returns two consecutive codes of the app; asked up to MOST_TRIES times.

    Raises:
        OperatorError: no such account, root has a device, or the codes are wrong; then nothing is
            stored.
    """
    with opened(path) as at:
        row = _account(at, account)
        if at.store.call(lambda tx: device_of(tx, row.account_id)) is not None:
            raise OperatorError("root has an MFA device; juyong account root-mfa unbind deletes it")
        device = device_to_offer(root_owner(row.account_id), system_clock())
        name = f"root@{row.account_id}"
        uri = otpauth_uri(device.seed.reveal(), account_name=name, issuer=ISSUER)
        show(Offer(serial_number=device.serial_number, uri=Secret(uri)))
        for _ in range(MOST_TRIES):
            one, two = ask()
            bind = partial(bind_root_device, device=device, code1=Secret(one), code2=Secret(two))
            try:
                _change(at, row, "MFABind", bind, serialNumber=device.serial_number)
            except (CodeMalformed, CodeWrong):
                continue
            except UserHasDevice:
                raise OperatorError("root was given another device meanwhile") from None
            return device.serial_number
    raise OperatorError("these are not two consecutive codes of the device; nothing was bound")


def unbind_root_mfa(path: Path, account: str) -> None:
    """Delete the MFA device of an account's root and end the sessions of root.

    Raises:
        OperatorError: no such account, or root has no device.
    """
    with opened(path) as at:
        row = _account(at, account)
        try:
            _change(at, row, "MFAUnbind", remove_root_device)
        except UserLacksDevice:
            raise OperatorError(f"root of account `{account}` has no MFA device") from None


def _account(at: Opened, name: str) -> AccountRow:
    row = at.store.call(lambda tx: account_named(tx, name))
    if row is None:
        raise OperatorError(f"there is no account `{name}`: juyong account list")
    return row


def _change(
    at: Opened, account: AccountRow, name: str, change: Callable[[Context], None], **details: str
) -> None:
    """Make a change with its event and its snapshots, in one transaction."""
    now, region = system_clock(), at.settings.region

    def work(tx: Transaction) -> None:
        ctx = _context(at, tx, account, now)
        change(ctx)
        record_operation(
            tx,
            name,
            details,
            key=at.keys["audit"],
            region=region,
            now=now,
            event_id=ctx.request_id,
            journal=ctx.journal,
            account=account,
            service=ACCOUNT_SERVICE,
        )

    at.store.call(work)


def _context(at: Opened, tx: Transaction, account: AccountRow, now: Instant) -> Context:
    region = at.settings.region
    return Context(
        tx=tx,
        caller=Root(account_id=account.account_id),
        account_id=account.account_id,
        now=now,
        request_id=new_request_id(),
        region=region,
        source_ip=_LOCAL,
        secure=True,
        host=_LOCAL,
        platform=Platform(
            region=region,
            keys=at.keys,
            quotas=quotas_in_force(at.settings),
            fetch=RememberingFetch(fetch_of(at.settings)),
        ),
    )


def _password(found: RootUser) -> dict[str, str | None] | None:
    if found.password_set_at is None:
        return None
    return {"set_at": iso(found.password_set_at), "last_login_at": _time(found.last_login_at)}


def _time(at: Instant | None) -> str | None:
    return None if at is None else iso(at)
