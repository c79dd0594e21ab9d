"""Projects, logstores, shards, and what belongs to them."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.store.table import table


@table(
    "sls_project",
    key=("project_name",),
    index=(("account_id", "region", "project_name"),),
)
class ProjectRow(msgspec.Struct, frozen=True, kw_only=True):
    """One project; names are unique over all accounts.

    redundancy: `LRS` or `ZRS`. policy: As it was sent, empty for none.
    """

    project_name: str
    account_id: AccountId
    region: str
    description: str = ""
    redundancy: str = "LRS"
    policy: str = ""
    created_at: Instant
    modified_at: Instant
    version: int = 0


@table(
    "sls_logstore",
    key=("project_name", "logstore_name"),
    index=(("account_id", "region", "project_name", "logstore_name"),),
)
class LogstoreRow(msgspec.Struct, frozen=True, kw_only=True):
    """One logstore.

    store_id: Of this logstore and of no later one of the same name. ttl_days: How long logs are
    kept from their arrival; 3650 is for ever. hot_days, cold_days: The days in hot storage and in
    storage for infrequent access; 0 where none were given. shard_count: As the logstore was made.
    next_shard: The id of the next shard. mode: `standard`, `query` or `lite`. encryption: JSON of
    `encrypt_conf` as it is shown, empty for none. writer: The service that alone writes the logs;
    empty where callers do.
    """

    project_name: str
    logstore_name: str
    store_id: str
    account_id: AccountId
    region: str
    ttl_days: int
    hot_days: int = 0
    cold_days: int = 0
    shard_count: int
    next_shard: int
    auto_split: bool = False
    max_shards: int = 0
    web_tracking: bool = False
    append_meta: bool = False
    mode: str = "standard"
    telemetry: str = ""
    metering: str = "ChargeByFunction"
    encryption: str = ""
    writer: str = ""
    created_at: Instant
    modified_at: Instant
    version: int = 0

    @property
    def place(self) -> str:
        """The logstore as calls about tags name it."""
        return f"{self.project_name}#{self.logstore_name}"

    @property
    def path(self) -> str:
        """The logstore as policies name it."""
        return f"{self.project_name}/logstore/{self.logstore_name}"


@table(
    "sls_shard",
    key=("project_name", "logstore_name", "shard_id"),
    index=(("project_name", "status"),),
)
class ShardRow(msgspec.Struct, frozen=True, kw_only=True):
    """One shard: a range of the 128 bits of MD5.

    status: `readwrite`, or `readonly` once it was split or merged. begin_key, end_key: 32 digits in
    hex; the end is excluded, except that the last range holds its end. parents: JSON array of the
    ids of the shards that this one took over from.
    """

    project_name: str
    logstore_name: str
    shard_id: int
    status: str = "readwrite"
    begin_key: str
    end_key: str
    parents: str = "[]"
    created_at: Instant
    closed_at: Instant = Instant(0)
    version: int = 0


@table("sls_document", key=("project_name", "kind", "name"))
class DocumentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A document of a project: a saved search or a dashboard.

    kind: `savedsearch` or `dashboard`. document: JSON, as it was sent.
    """

    project_name: str
    kind: str
    name: str
    document: str
    modified_at: Instant
    version: int = 0


@table("sls_consumer_group", key=("project_name", "logstore_name", "group_name"))
class ConsumerGroupRow(msgspec.Struct, frozen=True, kw_only=True):
    """A group of consumers that share the shards of a logstore.

    timeout_seconds: A consumer that is silent for so long loses its shards. ordered: Shards that
    took over from another are read when that one is read to its end.
    """

    project_name: str
    logstore_name: str
    group_name: str
    timeout_seconds: int
    ordered: bool
    version: int = 0


@table("sls_consumer", key=("project_name", "logstore_name", "group_name", "consumer"))
class ConsumerRow(msgspec.Struct, frozen=True, kw_only=True):
    """A consumer of a group, and when it was heard last."""

    project_name: str
    logstore_name: str
    group_name: str
    consumer: str
    heard_at: Instant
    version: int = 0


@table("sls_checkpoint", key=("project_name", "logstore_name", "group_name", "shard_id"))
class CheckpointRow(msgspec.Struct, frozen=True, kw_only=True):
    """How far a group has read a shard, and which consumer reads the shard.

    checkpoint: A cursor, empty for none. consumer: The one that made it. updated_us: When, in
    microseconds. holder: The consumer that reads the shard now, empty for none.
    """

    project_name: str
    logstore_name: str
    group_name: str
    shard_id: int
    checkpoint: str = ""
    consumer: str = ""
    updated_us: int = 0
    holder: str = ""
    version: int = 0


@table("sls_resource", key=("account_id", "resource_name"))
class LogResourceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A resource of an account, which holds records.

    schema, acl: JSON, as they were sent.
    """

    account_id: AccountId
    resource_name: str
    kind: str
    schema: str = ""
    description: str = ""
    acl: str = ""
    ext_info: str = ""
    created_at: Instant
    modified_at: Instant
    version: int = 0


@table("sls_record", key=("account_id", "resource_name", "record_id"))
class RecordRow(msgspec.Struct, frozen=True, kw_only=True):
    """One record; value: JSON, as it was sent. SECURITY: webhooks have secrets in it."""

    account_id: AccountId
    resource_name: str
    record_id: str
    tag: str = ""
    value: Secret
    created_at: Instant
    modified_at: Instant
    version: int = 0
