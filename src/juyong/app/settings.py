"""Settings: one documented `juyong.toml` in the home, each overridable by `JUYONG_…`."""

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from juyong.api.command import BadInput

_EIP_BLOCKS = ("198.18.0.0/15",)
"""Kept for tests by RFC 2544; no network of the Internet announces the block."""


class BadSetting(BadInput):
    """A setting is unknown or has the wrong type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an operator can set; `juyong.toml` uses the same names.

    region: The region global products and single-endpoint calls belong to.
    database: `sqlite` (in the home) or a `postgresql://…` URL.
    durable: With SQLite: False answers before the disk has the commit; a power cut may then lose
        the last calls, a killed process loses nothing either way.
    connections: PostgreSQL connections of one process.
    host: Address to listen on; the forward proxy serves loopback connections only, whatever it is.
    port: Plain HTTP and forward proxy. tls_port: HTTPS; 0 picks a free one, -1 turns it off.
    allow_hosts: Foreign hosts the forward proxy may reach.
    outbound_allow: Networks that are not public and that the platform may ask all the same, such as
        `10.1.0.0/16` for an OIDC issuer or a webhook there. A metadata service must be named by its
        address.
    oidc_allow_http_loopback: Accept `http://127.0.0.1` OIDC issuers, and those over HTTPS at
        loopback addresses, for development.
    hsm_module: PKCS#11 module that holds keys of protection level HSM. Empty: SoftHSM2 where it
        is installed, with a token in the home, else the development fallback; `none`: neither, keys
        of that level are refused; `process`: the fallback, whatever is installed.
    hsm_token: Label of the token in that module.
    hsm_pin_file: File of mode 0600 that holds the token's PIN.
    hsm_fallback: Where `hsm_module` is empty and SoftHSM2 is not installed, keep such keys in an
        isolated process of this machine, which is for development.
    passphrase_file: File of mode 0600 with the passphrase of a home that is sealed by one.
    signin_origin: Where browsers see the sign-in pages, such as `https://console.example.com`;
        passkeys belong to it. Empty: `localhost`, at the ports of the server.
    blob_store: Where bodies above 16 KiB are kept: `s3://BUCKET/PREFIX` or `oss://BUCKET/PREFIX`
        (the prefix may be absent). Empty: in the home. Needs the client, `pip install 'juyong[s3]'`
        or `'juyong[oss]'`. The platform connects to the store whatever `outbound_allow` says.
    blob_endpoint: Its URL, such as `https://minio.example:9000`; `http` at loopback addresses only.
        Empty: Amazon's or Alibaba Cloud's own in `blob_region`.
    blob_region: The region that requests to it are signed for. Empty: `us-east-1`, `cn-hangzhou`.
    blob_key_file: File of mode 0600 with two lines, the AccessKey's id and its secret. Empty: the
        environment says them, as `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or as
        `OSS_ACCESS_KEY_ID` and `OSS_ACCESS_KEY_SECRET`.
    blob_ca_file: Certificates (PEM) that vouch for it, in the place of the system's.
    audit_events_days: For how many days the bodies of audit events are kept, from 1 on; 0 is for
        ever. Their leaves in the ledger are never deleted, and uses outlive events.
    inventory_history_days: For how many days former states of resources are kept; 0 is for ever.
        Of each resource that exists, one state from before stays.
    notices_days: For how many days mails of the mailbox (`juyong mail`) and the outcomes of
        notices are kept; 0 is for ever.
    trail_failed_days: For how many days a target of a trail may fail before events expire that the
        target did not get, from 1 on; 0 stands for `audit_events_days`. Such a loss is told by the
        status of the trail, the log, `/metrics` and an event of the operator's.
    trail_window_seconds: How long the events of a trail wait for others that go to its bucket in
        the same object, 1 to 3600. The cloud has 300.
    log_queries: How many questions about logs run at once, each in a process of its own.
    log_query_threads: Threads of each of these processes.
    log_query_memory_mb: Memory of each of these processes, in MiB.
    log_query_seconds: How long a question may take; then the caller reads ExceedQuota.
    log_engine: Reads logs for questions: `duckdb`, in processes of this machine, or `clickhouse`, a
        ClickHouse server.
    log_clickhouse_url: Of the server's HTTP interface, such as `https://clickhouse.example:8443`;
        `http` at loopback addresses only.
    log_clickhouse_user: The user of the server that asks.
    log_clickhouse_password_file: File of mode 0600 that holds the user's password. Empty: none.
    log_clickhouse_ca_file: Certificates (PEM) that vouch for the server, in the place of the
        system's.
    log_clickhouse_folder: A folder below the server's `user_files_path`, by the same path here and
        there. Files of logs lie in it, opened, while questions need them, and its group reads them.
    witness_url: A witness that cosigns the checkpoints of the audit log, such as
        `https://witness.example`; it answers `add-checkpoint` of C2SP's tlog-witness below this
        URL. Empty: none.
    witness_key: The verifier key of its cosignatures, as `juyong audit witness-key` prints it.
    eip_blocks: Blocks of IPv4 that EIPs are drawn from. They must be ones that the Internet
        carries, and should be ones that no network announces.
    otlp_endpoint: A collector of OpenTelemetry that gets, every minute, what `/metrics` shows, by
        OTLP over HTTP with JSON, such as `http://localhost:4318`; `/v1/metrics` is below this URL.
        Empty: none.
    planes_off: Planes that must not run, by their names in `/health`: what they would do is
        simulated.
    quotas: Overrides of published quotas, e.g. `"ram.users" = 10000`.
    """

    region: str = "cn-hangzhou"
    database: str = "sqlite"
    durable: bool = True
    connections: int = 8
    host: str = "127.0.0.1"
    port: int = 8480
    tls_port: int = 8443
    allow_hosts: tuple[str, ...] = ()
    outbound_allow: tuple[str, ...] = ()
    oidc_allow_http_loopback: bool = False
    hsm_module: str = ""
    hsm_token: str = "juyong"  # noqa: S105  # the name of the token
    hsm_pin_file: str = ""
    hsm_fallback: bool = True
    passphrase_file: str = ""
    signin_origin: str = ""
    blob_store: str = ""
    blob_endpoint: str = ""
    blob_region: str = ""
    blob_key_file: str = ""
    blob_ca_file: str = ""
    audit_events_days: int = 0
    inventory_history_days: int = 365
    notices_days: int = 30
    trail_failed_days: int = 0
    trail_window_seconds: int = 30
    log_queries: int = 2
    log_query_threads: int = 2
    log_query_memory_mb: int = 1024
    log_query_seconds: int = 55
    log_engine: str = "duckdb"
    log_clickhouse_url: str = ""
    log_clickhouse_user: str = "default"
    log_clickhouse_password_file: str = ""
    log_clickhouse_ca_file: str = ""
    log_clickhouse_folder: str = ""
    witness_url: str = ""
    witness_key: str = ""
    eip_blocks: tuple[str, ...] = _EIP_BLOCKS
    otlp_endpoint: str = ""
    planes_off: tuple[str, ...] = ()
    quotas: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse numbers and networks that cannot be meant, wherever they were given.

        Raises:
            BadSetting: a number is out of its range, or a network is none.
        """
        for name, (least, most) in _RANGES.items():
            if not least <= getattr(self, name) <= most:
                raise BadSetting(f"`{name}` must be {least} to {most}")
        if self.log_engine not in _LOG_ENGINES:
            raise BadSetting(f"`log_engine` must be one of {', '.join(_LOG_ENGINES)}")
        for name, quota in self.quotas.items():
            if quota < 0:
                raise BadSetting(f"quota `{name}` must not be negative")
        if self.outbound_allow:
            from juyong.base.addresses import networks  # noqa: PLC0415  # few homes name any

            try:
                networks(self.outbound_allow)
            except ValueError as bad:
                raise BadSetting(f"`outbound_allow`: {bad}") from bad
        if self.eip_blocks != _EIP_BLOCKS:
            _check_eip_blocks(self.eip_blocks)


def _check_eip_blocks(blocks: tuple[str, ...]) -> None:
    """Refuse blocks whose addresses could not be EIPs.

    Raises:
        BadSetting: names the first that cannot.
    """
    from juyong.engines.packet import Cidr, PacketError, is_public_block  # noqa: PLC0415

    if not blocks:
        raise BadSetting("`eip_blocks` needs a block")
    for text in blocks:
        try:
            is_fit = is_public_block(Cidr.parse(text))
        except PacketError as bad:
            raise BadSetting(f"`eip_blocks`: {bad}") from bad
        if not is_fit:
            raise BadSetting(f"`eip_blocks`: the Internet carries nothing to {text}")


_LOG_ENGINES = ("duckdb", "clickhouse")
_MOST_DAYS = 36_500
_RANGES = {
    "port": (0, 65_535),
    "tls_port": (-1, 65_535),
    "connections": (1, 10_000),
    "audit_events_days": (0, _MOST_DAYS),
    "inventory_history_days": (0, _MOST_DAYS),
    "notices_days": (0, _MOST_DAYS),
    "trail_failed_days": (0, _MOST_DAYS),
    "trail_window_seconds": (1, 3600),
    "log_queries": (1, 64),
    "log_query_threads": (1, 64),
    "log_query_memory_mb": (128, 1_048_576),
    "log_query_seconds": (1, 3600),
}
"""The least and the most of settings that are numbers."""
_PREFIX = "JUYONG_"
_NOT_SETTINGS = ("JUYONG_HOME", "JUYONG_CA_BUNDLE")
"""Other variables of juyong: the home, and the variables of `juyong exec` for Python clients."""
_FOR_TESTS = "JUYONG_TEST_"
"""Begins the names of variables that the platform's own tests read."""


def load_settings(path: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings file (absent: defaults) and the environment over it.

    Raises:
        BadSetting: unknown name in the file or the environment, unknown quota, wrong type, or no
            TOML.
    """
    given: dict[str, Any] = {}
    if path.exists():
        try:
            given = tomllib.loads(path.read_text())
        except tomllib.TOMLDecodeError as bad:
            raise BadSetting(f"`{path}`: {bad}") from bad
    known = [f.name for f in fields(Settings)]
    unknown = set(given) - set(known)
    if unknown:
        name = min(unknown)
        raise BadSetting(f"`{path}`: unknown setting `{name}`{_meant(name, known)}")
    given |= _from_environment(os.environ if environment is None else environment)
    settings = Settings(**{name: _checked(name, value) for name, value in given.items()})
    if settings.quotas:
        quotas_in_force(settings)
    return settings


def quotas_in_force(settings: Settings) -> Mapping[str, int]:
    """Return every quota by name: as the products declare it, or as the operator set it.

    Raises:
        BadSetting: no product has a quota of a name that was set.
    """
    # PERF: most commands need no products, and most homes set no quotas.
    from juyong.api import registry  # noqa: PLC0415

    known = registry.quotas()
    if unknown := settings.quotas.keys() - known:
        name = min(unknown)
        raise BadSetting(f"unknown quota `{name}`{_meant(name, known)}")
    return {**known, **settings.quotas}


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    variables = {f"{_PREFIX}{f.name.upper()}": f for f in fields(Settings)}
    given = {}
    for name, text in environment.items():
        setting = variables.get(name)
        if setting is not None:
            given[setting.name] = _from_text(setting.name, text, setting)
        elif name.startswith(_PREFIX) and not _is_other(name):
            meant = _meant(name.upper(), (*variables, *_NOT_SETTINGS))
            raise BadSetting(f"unknown environment variable `{name}`{meant}")
    return given


def _is_other(name: str) -> bool:
    return name in _NOT_SETTINGS or name.startswith(_FOR_TESTS)


def _meant(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415  # only those who misspelt pay for it

    close = get_close_matches(name, known, n=1)
    return f"; did you mean `{close[0]}`?" if close else ""


def _from_text(name: str, text: str, spec: Any) -> Any:
    default = spec.default
    if isinstance(default, bool):
        if text.lower() not in ("true", "false", "1", "0"):
            raise BadSetting(f"JUYONG_{name.upper()} must be true or false")
        return text.lower() in ("true", "1")
    if isinstance(default, int):
        try:
            return int(text)
        except ValueError as bad:
            raise BadSetting(f"JUYONG_{name.upper()} must be a number") from bad
    if isinstance(default, tuple):
        return [part for part in text.split(",") if part]
    if name == "quotas":
        try:
            return {k: int(v) for k, v in (part.split("=") for part in text.split(",") if part)}
        except ValueError as bad:
            raise BadSetting("JUYONG_QUOTAS must be name=number,…") from bad
    return text


def _checked(name: str, value: Any) -> Any:
    default = Settings.__dataclass_fields__[name].default
    if isinstance(default, bool):
        good, wanted = isinstance(value, bool), "true or false"
    elif isinstance(default, int):
        good, wanted = isinstance(value, int) and not isinstance(value, bool), "a number"
    elif isinstance(default, tuple):
        good = isinstance(value, list) and all(isinstance(v, str) for v in value)
        value, wanted = (tuple(value) if good else value), "a list of texts"
    elif name == "quotas":
        good = isinstance(value, dict) and all(type(v) is int for v in value.values())
        wanted = "a table of numbers"
    else:
        good, wanted = isinstance(value, str), "a text"
    if not good:
        raise BadSetting(f"setting `{name}` has the wrong type: write {wanted}")
    if name == "database" and value != "sqlite" and not value.startswith("postgresql://"):
        raise BadSetting("setting `database` is `sqlite` or a URL `postgresql://…`")
    return value
