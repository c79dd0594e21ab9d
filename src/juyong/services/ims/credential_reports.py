"""The credential report: one line of CSV for root and for each user."""

import base64
import csv
import io
from collections import defaultdict
from dataclasses import dataclass
from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Arguments, Context, Platform
from juyong.api.fields import Between
from juyong.api.listing import Marker, bad_token, by_token
from juyong.api.operation import Prepare, operation
from juyong.api.shape import Shape
from juyong.base.clock import Instant, iso
from juyong.engines.credentials.passwords import PasswordPolicy, password_state
from juyong.services.identity.account.alias import account_of
from juyong.services.identity.account.password_policy import rules_of
from juyong.services.identity.credentials.access_keys import last_use
from juyong.services.identity.credentials.tables import (
    AccessKeyRow,
    CredentialReportRow,
    LoginProfileRow,
    MfaDeviceRow,
)
from juyong.services.identity.errors import missing
from juyong.services.identity.users.tables import UserRow
from juyong.services.ims.product import PRODUCT as IMS

RESOURCE = "ACS::RAM::CredentialReport"
COMPLETED = "COMPLETED"
"""How far a report is: made within the call, it is never on its way."""
FRESH_SECONDS = 4 * 3600
_KEYS = (
    "access_key_1",
    "access_key_2",
    "additional_access_key_1",
    "additional_access_key_2",
    "additional_access_key_3",
)
_KEY_COLUMNS = ("exist", "active", "last_rotated", "last_used")
COLUMNS = (
    *("user", "user_creation_time", "user_last_logon"),
    *("password_exist", "password_active", "password_last_changed", "password_next_rotation"),
    "mfa_active",
    *(f"{key}_{column}" for key in _KEYS for column in _KEY_COLUMNS),
)
_TRUE, _FALSE, _NONE, _NEVER = "TRUE", "FALSE", "-", "N/A"
MaxItems = Annotated[int, Between(1, 3501)]
_PAGING = by_token(bad_token("NextToken"))
NoReport = missing(
    "EntityNotExist.CredentialReport", "credential report", "No report was ever generated."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _KeyFigures:
    """An AccessKey and its newest use, None for never."""

    key: AccessKeyRow
    used_at: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figures:
    """The credentials of one identity; `user` is None for root, which is as old as its account.
    Keys stand oldest first."""

    user: UserRow | None
    created_at: Instant
    profile: LoginProfileRow | None
    mfa: bool
    keys: tuple[_KeyFigures, ...]


class ReportAnswer(Shape, frozen=True, kw_only=True):
    """A page of the report: base64 of CSV; IsTruncated is a text, `true` or `false`."""

    content: str
    generated_time: str
    is_truncated: str
    next_token: str | msgspec.UnsetType = msgspec.UNSET


def _fresh(ctx: Context) -> bool:
    row = ctx.tx.get(CredentialReportRow, ctx.account_id)
    return row is not None and ctx.now < row.generated_at + FRESH_SECONDS


def _gather(ctx: Context, _arguments: Arguments) -> str | None:
    """Write the report of this moment; None if the newest report is young enough."""
    return None if _fresh(ctx) else _content(ctx)


def _as_gathered(_platform: Platform, _arguments: Arguments, content: str | None) -> str | None:
    return content


@operation(
    IMS,
    "GenerateCredentialReport",
    resource=acs("ram", "*"),
    prepare=Prepare(gather=_gather, work=_as_gathered, scans=True),
    answers="State",
)
def generate_credential_report(ctx: Context, *, prepared: str | None) -> str:
    """Make the credential report at once, unless the newest is less than four hours old.

    Args:
        prepared: The report, gathered on a thread while nothing waited for it.

    Cost: four reads of the account's rows, and one indexed read of events an AccessKey; a few
    seconds for thousands of users.
    """
    if prepared is None or _fresh(ctx):
        return COMPLETED
    row = ctx.tx.get(CredentialReportRow, ctx.account_id)
    if row is not None:
        ctx.tx.update(row, generated_at=ctx.now, content=prepared)
    else:
        ctx.tx.insert(
            CredentialReportRow(account_id=ctx.account_id, generated_at=ctx.now, content=prepared)
        )
    ctx.journal.refer(RESOURCE, ctx.account_id)
    return COMPLETED


@operation(
    IMS,
    "GetCredentialReport",
    resource=acs("ram", "*"),
    raises=(NoReport,),
    reads_only=True,
    scans=True,
)
def get_credential_report(
    ctx: Context, *, max_items: MaxItems = 3501, next_token: Marker = ""
) -> ReportAnswer:
    """Return the newest credential report.

    Args:
        max_items: Lines a page, 1 to 3501, without the heading, which every page has.
        next_token: Where the last page ended; good while the report is the same.

    Returns:
        A page; times in it are UTC, `-` stands for what cannot be and `N/A` for what never was.

    Source: IMS API reference, GetCredentialReport; RAM documentation, credential reports
    (documented); that root has a time of creation, and that a password which is absent is `N/A` in
    `password_active` (observed in Steampipe); the heading on every page and the code (assumed).
    """
    row = ctx.tx.get(CredentialReportRow, ctx.account_id)
    if row is None:
        raise NoReport
    listing = f"credential-report/{row.generated_at}"
    (start,) = _PAGING.position(listing, next_token, 0)
    lines = row.content.splitlines()
    end = start + max_items
    more = end < len(lines)
    page = "\n".join((",".join(COLUMNS), *lines[start:end])) + "\n"
    return ReportAnswer(
        content=base64.b64encode(page.encode()).decode(),
        generated_time=iso(row.generated_at),
        is_truncated="true" if more else "false",
        next_token=_PAGING.next(listing, end) if more else msgspec.UNSET,
    )


def _content(ctx: Context) -> str:
    rules = rules_of(ctx.tx, ctx.account_id)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(_line(ctx.now, one, rules) for one in _figures_of(ctx))
    return text.getvalue()


def _figures_of(ctx: Context) -> list[_Figures]:
    """Read the credentials of root and of every user, root first, users by name."""
    tx, account_id = ctx.tx, ctx.account_id
    profiles = {row.owner_id: row for row in tx.find(LoginProfileRow, account_id=account_id)}
    bound = {row.owner_id for row in tx.find(MfaDeviceRow, account_id=account_id)}
    keys: defaultdict[str, list[_KeyFigures]] = defaultdict(list)
    for key in tx.find(AccessKeyRow, order=("created_at", "access_key_id"), account_id=account_id):
        keys[key.owner_id].append(_KeyFigures(key=key, used_at=last_use(tx, key).at))
    users = tx.find(UserRow, order=("user_name",), account_id=account_id)
    owners: list[tuple[str, UserRow | None]] = [(account_id, None)]
    owners += [(user.user_id, user) for user in users]
    account = account_of(tx, account_id)
    return [
        _Figures(
            user=user,
            created_at=(user or account).created_at,
            profile=profiles.get(owner_id),
            mfa=owner_id in bound,
            keys=tuple(keys[owner_id]),
        )
        for owner_id, user in owners
    ]


def _line(now: Instant, one: _Figures, rules: PasswordPolicy) -> list[str]:
    user = one.user
    slots: list[_KeyFigures | None] = [*one.keys[: len(_KEYS)]]
    slots += [None] * (len(_KEYS) - len(slots))
    return [
        user.user_name if user else "<root>",
        iso(one.created_at),
        _last_login(one),
        *_password(now, one, rules),
        _flag(one.mfa),
        *(cell for slot in slots for cell in _key(slot)),
    ]


def _last_login(one: _Figures) -> str:
    """Root has no row of its own; its login profile gives the facts."""
    if one.user is not None:
        return _time(one.user.last_login_at)
    return _time(one.profile.last_login_at) if one.profile else _NEVER


def _password(now: Instant, one: _Figures, rules: PasswordPolicy) -> tuple[str, ...]:
    profile = one.profile
    if profile is None:
        return _FALSE, _NEVER, _NONE, _NONE
    state = password_state(rules, profile.password_changed_at, profile.initial, now)
    return (
        _TRUE,
        _flag(profile.active),
        iso(profile.password_changed_at),
        _NONE if state.expires_at is None else iso(Instant(state.expires_at)),
    )


def _key(slot: _KeyFigures | None) -> tuple[str, ...]:
    if slot is None:
        return _FALSE, _NONE, _NONE, _NONE
    return (_TRUE, _flag(slot.key.active), iso(slot.key.created_at), _time(slot.used_at))


def _flag(value: bool) -> str:
    return _TRUE if value else _FALSE


def _time(at: Instant | None) -> str:
    return _NEVER if at is None else iso(at)
