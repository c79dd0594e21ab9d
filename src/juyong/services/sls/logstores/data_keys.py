"""The data keys of a logstore whose owner has a key of the KMS.

The logs of a day are sealed under one data key, which lies sealed under the key of the KMS. The
service draws and opens data keys as the role that the logstore names. Each call is judged anew: the
trust of the role, its policies, the policy and the state of the key. A data key that was opened
stays open in memory for KEPT_SECONDS, so that not each call leaves an event; where the key or the
role refuses meanwhile, the open data key is of no use to any call.

Source: SLS, "Data encryption" (documented): the role, and that all reads and writes of the logstore
fail once the key is disabled or deleted. Assumed: the code of that error, a data key a day, and the
context that binds the data key to the logstore.
"""

import base64
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from juyong.api.context import Context, Journal, Platform
from juyong.api.denial import AccessDenied
from juyong.api.errors import ApiError, ServiceUnavailable
from juyong.base.clock import DAY_SECONDS, Instant
from juyong.base.ids import AccountId, new_uuid
from juyong.logs.batches import Arrived
from juyong.logs.keys import DataKey
from juyong.logs.tables import BatchRow, FileRow, KeyRow
from juyong.services.identity.facade import RoleRow, acting_as, role_may
from juyong.services.kms.facade import (
    REFUSALS,
    KeyUse,
    check_reading,
    data_key,
    open_data_key,
    reading_needs,
    sealing_needs,
)
from juyong.services.sls.acting import SERVICE, assumed_role
from juyong.services.sls.logstores.encrypt_conf import UserCmk, key_in_force, key_named
from juyong.services.sls.logstores.logstore import LOGSTORE
from juyong.services.sls.tables import LogstoreRow
from juyong.services.sts.facade import RoleTrustsNot
from juyong.store.transaction import Transaction

KEPT_SECONDS = 300
"""How long an open data key stays in memory."""
_SESSION = "log"
_HELD = "sls.data_keys"


class KeyRefused(ApiError):
    """The key of the KMS, or the role that uses the key, refuses (code and status assumed)."""

    code, status, text = (
        "EncryptKeyInvalid",
        403,
        "the key that encrypts the logstore can not be used: {why}",
    )


class Opened:
    """Data keys that a transaction may use; calling it returns the one of an id."""

    __slots__ = ("_at", "_fresh", "_keys")

    def __init__(self, at: Instant) -> None:
        self._at = at
        self._keys: dict[str, DataKey] = {}
        self._fresh: list[DataKey] = []

    def __call__(self, key_id: str) -> DataKey:
        return self._keys[key_id]

    def __contains__(self, key_id: str) -> bool:
        return key_id in self._keys

    def add(self, key: DataKey, *, is_fresh: bool) -> DataKey:
        """Take a key; is_fresh: the transaction leaves the event of opening the key."""
        self._keys[key.key_id] = key
        if is_fresh:
            self._fresh.append(key)
        return key

    def committed(self, platform: Platform) -> None:
        """Keep the fresh keys in memory: the events of their opening are committed."""
        if not self._fresh:
            return
        held = _held(platform)
        for key_id in [k for k, (_, at) in [*held.items()] if not _is_kept(at, self._at)]:
            held.pop(key_id, None)
        for key in self._fresh:
            held[key.key_id] = key, self._at


_Held = dict[str, tuple[DataKey, Instant]]


def _held(platform: Platform) -> _Held:
    """Return the open keys of a platform, which go when the platform is closed or sealed."""
    held: _Held = platform.memory.setdefault(_HELD, {})
    return held


def _is_kept(opened_at: Instant, now: Instant) -> bool:
    return 0 <= now - opened_at < KEPT_SECONDS


class _Master(NamedTuple):
    """A key of the KMS in the hands of a role: for one logstore."""

    account_id: AccountId
    region: str
    name: str
    role: str
    about: str

    @property
    def use(self) -> KeyUse:
        return KeyUse(service=SERVICE, context={"acs:log:arn": self.about})


class _Acting(NamedTuple):
    """The surroundings in which the service acts as the role."""

    ctx: Context
    role: RoleRow
    master: _Master


def _master_of(row: LogstoreRow, key: UserCmk) -> _Master:
    return _Master(
        account_id=row.account_id,
        region=key.region_id,
        name=key_named(row.account_id, key),
        role=key.arn,
        about=LOGSTORE.arn_of(row),
    )


def _acting(ctx: Context, master: _Master) -> _Acting:
    """Assume the role.

    Raises:
        KeyRefused: the role is gone, or does not trust the service.
    """
    try:
        role = assumed_role(ctx, master.account_id, master.role)
    except RoleTrustsNot:
        raise KeyRefused(why=f"the role does not trust {SERVICE}") from None
    own = msgspec.structs.replace(
        ctx,
        caller=acting_as(role, _SESSION, ctx.now),
        account_id=master.account_id,
        region=master.region,
        journal=Journal(),
        cache={},
    )
    return _Acting(own, role, master)


def _judge(acting: _Acting, *, draws: bool) -> None:
    """Ask the policies of the role.

    Raises:
        KeyRefused: they do not let the role draw data keys, or open them.
    """
    ctx, role, master = acting
    needs = (sealing_needs if draws else reading_needs)(ctx, master.name, master.use)
    for each in needs:
        if not role_may(ctx.tx, role, _SESSION, each, ctx.now):
            raise KeyRefused(why=f"the role may not {each.action}")


def prove_key(ctx: Context, row: LogstoreRow) -> None:
    """Prove that the key of a logstore serves now, and that the role may draw and open data keys.

    Raises:
        KeyRefused: see there.
    """
    key = key_in_force(row)
    if key is None:
        return
    acting = _acting(ctx, _master_of(row, key))
    _judge(acting, draws=True)
    _check(acting)


def _check(acting: _Acting) -> None:
    """Judge a read, without a use of the key.

    Raises:
        KeyRefused: see there.
    """
    _judge(acting, draws=False)
    try:
        check_reading(acting.ctx, acting.master.name, acting.master.use)
    except (AccessDenied, *REFUSALS) as refusal:
        raise KeyRefused(why=refusal.code) from refusal


def key_to_write(ctx: Context, row: LogstoreRow) -> tuple[DataKey | None, Opened]:
    """Return the data key that seals what arrives now; None where no key of the KMS is in force.

    The first write of a day draws the data key of the day.

    Raises:
        KeyRefused: see there.
    """
    opened, key = Opened(ctx.now), key_in_force(row)
    if key is None:
        return None, opened
    day = ctx.now - ctx.now % DAY_SECONDS
    held = ctx.tx.find(
        KeyRow, store_id=row.store_id, order=("made_at",), after=("made_at", day - 1), limit=1
    )
    if held and held[0].made_at <= ctx.now:
        _open(ctx, held, opened)
        return opened(held[0].key_id), opened
    return _draw(ctx, row, _master_of(row, key), opened), opened


def _draw(ctx: Context, row: LogstoreRow, master: _Master, opened: Opened) -> DataKey:
    acting = _acting(ctx, master)
    _judge(acting, draws=True)
    try:
        made = data_key(acting.ctx, master.name, master.use)
    except (AccessDenied, *REFUSALS) as refusal:
        raise KeyRefused(why=refusal.code) from refusal
    kept = KeyRow(
        key_id=new_uuid(),
        store_id=row.store_id,
        account_id=row.account_id,
        region=master.region,
        master=master.name,
        role=master.role,
        about=master.about,
        sealed=base64.b64encode(made.blob).decode(),
        made_at=ctx.now,
    )
    ctx.tx.insert(kept)
    return opened.add(DataKey(kept.key_id, made.plaintext), is_fresh=True)


def keys_to_read(ctx: Context, row: LogstoreRow, sealed: Iterable[BatchRow | FileRow]) -> Opened:
    """Return the data keys of what a call reads of a logstore.

    A logstore whose key is in force is read only while the key serves, whatever there is to read.

    Raises:
        KeyRefused: see there.
    """
    opened, key = Opened(ctx.now), key_in_force(row)
    if key is not None:
        _check(_acting(ctx, _master_of(row, key)))
    open_keys(ctx, {each.key_id for each in sealed if each.key_id}, opened)
    return opened


class KeysOnDemand:
    """The data keys of a logstore, each opened when a call meets something that the key seals.

    Raises KeyRefused, as `keys_to_read`, when made and when called.
    """

    def __init__(self, ctx: Context, row: LogstoreRow) -> None:
        self._ctx, self._opened = ctx, keys_to_read(ctx, row, ())

    def __call__(self, key_id: str) -> DataKey:
        if key_id not in self._opened:
            open_keys(self._ctx, (key_id,), self._opened)
        return self._opened(key_id)


def open_keys(ctx: Context, key_ids: Iterable[str], opened: Opened) -> None:
    """Open data keys by their ids.

    Raises:
        KeyRefused: see there.
    """
    rows = [ctx.tx.get(KeyRow, key_id) for key_id in sorted(key_ids)]
    _open(ctx, [row for row in rows if row is not None], opened)


def _open(ctx: Context, rows: Iterable[KeyRow], opened: Opened) -> None:
    held, judged = _held(ctx.platform), dict[_Master, _Acting]()
    for row in rows:
        master = _Master(row.account_id, row.region, row.master, row.role, row.about)
        if master not in judged:
            acting = _acting(ctx, master)
            _check(acting)
            judged[master] = acting
        known = held.get(row.key_id)
        if known is not None and _is_kept(known[1], ctx.now):
            opened.add(known[0], is_fresh=False)
            continue
        blob = base64.b64decode(row.sealed)
        try:
            plain = open_data_key(judged[master].ctx, blob, master.use)
        except (AccessDenied, *REFUSALS) as refusal:
            raise KeyRefused(why=refusal.code) from refusal
        opened.add(DataKey(row.key_id, plain), is_fresh=True)


def refuse_open_logs(tx: Transaction, row: LogstoreRow, arrived: Arrived) -> None:
    """Refuse logs that are not sealed as the logstore is encrypted by now.

    Raises:
        ServiceUnavailable: the encryption or the logstore changed while the logs came in.
    """
    if not arrived.key_id:
        if key_in_force(row) is not None:
            raise ServiceUnavailable
        return
    key = tx.get(KeyRow, arrived.key_id)
    if key is None or key.store_id != row.store_id:
        raise ServiceUnavailable
