"""The members of a logstore that calls set, and their rules.

Source: SLS API reference, CreateLogStore, UpdateLogStore (documented); LogStoreInfoInvalid for a
mix of times that no logstore can have, and for more than 256 shards (observed in the tests of the
Java SDK); that `maxSplitShard` may be absent, null or 0 (observed in aliyun-log-python-sdk).
"""

import re
from typing import Annotated, Any

import msgspec

from juyong.api.errors import NotSupported
from juyong.api.fields import Doc, Wire
from juyong.logs.stores import FOREVER
from juyong.services.sls.errors import BadArgument, BadLogstore
from juyong.services.sls.logstores.encrypt_conf import EncryptConf
from juyong.services.sls.tables import LogstoreRow

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]")
_LEAST_HOT = 7
_LEAST_COLD = 30
_MOST_SHARDS = 256
_MOST_NEW_SHARDS = 100
_MODES = ("standard", "query", "lite")
_TELEMETRY = ("", "None", "Event")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The members that making and changing a logstore have in common; None is absent."""

    ttl: Annotated[int, Doc("Days that logs are kept, 1 to 3650; 3650 is for ever.")] | None = None
    hot_ttl: (
        Annotated[int, Wire("hot_ttl"), Doc("Days in hot storage, 7 to ttl; 0 is none.")] | None
    ) = None
    infrequent_access_ttl: (
        Annotated[
            int,
            Wire("infrequentAccessTTL"),
            Doc("Days in storage for infrequent access, from 30; 0 is none."),
        ]
        | None
    ) = None
    shard_count: Annotated[int, Doc("Shards of a new logstore, 1 to 100.")] | None = None
    enable_tracking: (
        Annotated[bool, Wire("enable_tracking"), Doc("Whether pages may send logs.")] | None
    ) = None
    auto_split: Annotated[bool, Doc("Whether busy shards are split.")] | None = None
    max_split_shard: Annotated[int, Doc("The most shards then, 1 to 256.")] | None = None
    append_meta: (
        Annotated[bool, Doc("Whether logs get the client's address and the time.")] | None
    ) = None
    telemetry_type: Annotated[str, Doc("`None`, `Event` or empty.")] | None = None
    mode: Annotated[str, Doc("`standard`, `query` or `lite`.")] | None = None
    encrypt_conf: (
        Annotated[EncryptConf, Wire("encrypt_conf"), Doc("How logs are encrypted.")] | None
    ) = None
    processor_id: Annotated[str, Doc("Refused: logs are kept as they come.")] | None = None
    sharding_policy: Annotated[dict[str, Any], Doc("Refused: shards are ranges.")] | None = None


def checked_name(name: str) -> str:
    """Return a name that a logstore can have.

    Raises:
        BadLogstore: it can not.
    """
    if _NAME.fullmatch(name) is None:
        raise BadLogstore(why="the name has 3 to 63 small letters, digits, `-` and `_`")
    return name


def columns_of(given: Settings, held: LogstoreRow | None) -> dict[str, Any]:
    """Return the columns that a call sets.

    Args:
        given: The members of the call.
        held: The logstore that is changed; None for a new one.

    Raises:
        BadLogstore: no logstore can have them. BadArgument: they cannot be changed.
        NotSupported: they are not served.
    """
    _refuse_unserved(given)
    _refuse_changes(given, held)
    columns = {
        "ttl_days": given.ttl,
        "hot_days": given.hot_ttl,
        "cold_days": given.infrequent_access_ttl,
        "web_tracking": given.enable_tracking,
        "auto_split": given.auto_split,
        "max_shards": given.max_split_shard,
        "append_meta": given.append_meta,
        "telemetry": given.telemetry_type,
        "mode": given.mode,
    }
    found = {name: value for name, value in columns.items() if value is not None}
    _check_times(found, held)
    _check_rest(found)
    return found


def checked_count(count: int | None) -> int:
    """Return how many shards a new logstore has.

    Raises:
        BadLogstore: none, or more than 100.
    """
    if count is None or not 1 <= count <= _MOST_NEW_SHARDS:
        raise BadLogstore(why=f"shardCount is from 1 to {_MOST_NEW_SHARDS}")
    return count


def _refuse_unserved(given: Settings) -> None:
    if given.telemetry_type == "Metrics":
        raise NotSupported(name="telemetryType", reason="there are logs and no metrics")
    if given.processor_id:
        raise NotSupported(name="processorId", reason="logs are kept as they come")
    if given.sharding_policy:
        raise NotSupported(name="shardingPolicy", reason="shards are ranges of keys alone")


def _refuse_changes(given: Settings, held: LogstoreRow | None) -> None:
    if held is None:
        return
    # Shards that were split or merged since are more or fewer than the logstore began with.
    if given.telemetry_type is not None and _kind(given.telemetry_type) != _kind(held.telemetry):
        raise BadArgument(why="telemetryType can not be changed.")


def _kind(telemetry: str) -> str:
    return "" if telemetry == "None" else telemetry


def _check_times(found: dict[str, Any], held: LogstoreRow | None) -> None:
    ttl = found.get("ttl_days", held.ttl_days if held else None)
    hot = found.get("hot_days", held.hot_days if held else 0)
    cold = found.get("cold_days", held.cold_days if held else 0)
    if ttl is None or not 1 <= ttl <= FOREVER:
        raise BadLogstore(why=f"ttl is from 1 to {FOREVER}")
    if hot and not min(_LEAST_HOT, ttl) <= hot <= ttl:
        raise BadLogstore(why=f"hot_ttl is from {_LEAST_HOT} to ttl")
    if cold and not (cold >= _LEAST_COLD and hot and hot + cold <= ttl):
        raise BadLogstore(
            why=f"infrequentAccessTTL is at least {_LEAST_COLD}, and with hot_ttl at most ttl"
        )


def _check_rest(found: dict[str, Any]) -> None:
    if not 0 <= found.get("max_shards", 0) <= _MOST_SHARDS:
        raise BadLogstore(why=f"maxSplitShard is from 1 to {_MOST_SHARDS}")
    if found.get("mode", "standard") not in _MODES:
        raise BadLogstore(why=f"mode is one of {', '.join(_MODES)}")
    if found.get("telemetry", "") not in _TELEMETRY:
        raise BadLogstore(why="telemetryType is None, Event or empty")
