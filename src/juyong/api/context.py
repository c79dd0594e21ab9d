"""The surroundings of an operation: transaction, caller, time, ids, quotas, journal, platform."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

from juyong.api.caller import Caller
from juyong.api.errors import ApiError
from juyong.api.outside import Results
from juyong.api.usage import Usage
from juyong.base.clock import Instant
from juyong.base.ids import AccountId, RequestId
from juyong.blobs.disk import NOWHERE
from juyong.hsm.errors import HsmNotConfigured
from juyong.hsm.port import Hsm
from juyong.logs.segments import NO_SEGMENTS, Segments
from juyong.notices.message import Post, no_post
from juyong.store.inventory import Noted, Ref, merged
from juyong.store.transaction import Transaction

if TYPE_CHECKING:
    from juyong.api.asked import Asked
    from juyong.api.plane import Plane
    from juyong.blobs.disk import Disk
    from juyong.engines.credentials.passkeys import Site
    from juyong.engines.logsearch.process_engine import Limits, ProcessEngine

T = TypeVar("T")


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """An answer from outside: body and the TLS certificates (DER, leaf first) it came under."""

    status: int
    body: bytes
    chain: tuple[bytes, ...]


class FetchRefused(OSError):
    """The platform does not ask this URL; the text says why, and what would allow the URL."""


class Fetch(Protocol):
    """Reads a small document from outside, bounded in size and time.

    Raises OSError, or FetchRefused of a URL that is not asked. An answer may be a few minutes old.
    """

    def __call__(self, url: str, *, fresh: bool = False) -> Fetched:
        """GET url; `fresh` asks again unless that was done a moment ago."""
        ...


class Download(Protocol):
    """Reads a document from outside over HTTPS, bounded in time.

    Raises OSError, or FetchRefused of a URL that is not asked.
    """

    def __call__(self, url: str, most: int, /) -> bytes:
        """GET url; the document has at most so many bytes."""
        ...


def no_download(_url: str, _most: int) -> bytes:
    """Raise FetchRefused: the platform reads nothing from outside."""
    raise FetchRefused("this platform reads nothing from outside")


def no_hsm() -> Hsm:
    """Raise HsmNotConfigured: the platform has no hardware module."""
    raise HsmNotConfigured("no PKCS#11 module: set `hsm_module`")


def no_plane(_name: str) -> None:
    """Return None: the platform runs no planes."""


class ProtectedSite(Protocol):
    """A web site of the operator that the WAF of this home protects now.

    url: Where clients come, with scheme and port. backends: URLs of the site's servers.
    domain: The name of the site. account: The name of the account that sees the site.
    """

    @property
    def url(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def backends(self) -> tuple[str, ...]: ...
    @property
    def domain(self) -> str: ...
    @property
    def account(self) -> str: ...


def no_worker() -> None:
    """Do nothing: the platform has no worker to wake."""


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """The settings by which code that the platform runs calls the platform with a usual client.

    variables: Environment of the code. files: The files that these variables name, by absolute
        path. hook: A directory with a `sitecustomize` that Python runs first.
    """

    variables: Mapping[str, str] = msgspec.field(default_factory=dict)
    files: tuple[str, ...] = ()
    hook: str | None = None


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """For how many days the platform keeps what grows with time; 0 stands for ever.

    audit_events_days: Bodies of events; their leaves in the ledger stay.
    inventory_history_days: States that resources had before.
    notices_days: Mails of the mailbox, and the outcomes of notices.
    trail_failed_days: How long a target of a trail that fails holds back the expiry of events; 0
        stands for `audit_events_days`.
    """

    audit_events_days: int = 0
    inventory_history_days: int = 365
    notices_days: int = 30
    trail_failed_days: int = 0


class LogQueries(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of questions about logs.

    at_once: How many run at once, each in a process. threads, memory_mb: Of each process. seconds:
    Of each question.
    """

    at_once: int = 2
    threads: int = 2
    memory_mb: int = 1024
    seconds: int = 55


class LogServer(msgspec.Struct, frozen=True, kw_only=True):
    """A server that reads logs for questions, in the place of processes of this machine.

    engine: Makes the engine that asks the server. folder: Where files of logs lie open for it.
    """

    engine: "Callable[[Limits], ProcessEngine]"
    folder: Path


class Platform(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the surroundings that all calls share: settings, derived keys, the way out.

    keys: Purpose to 32-byte key, derived from the root key of the home.
    quotas: Every quota in force, by name.
    hsm: Returns the hardware module, or raises HsmNotConfigured; quick to ask.
    memory: What services keep while this platform is open, such as opened keys, under names that
        the services choose. Closing or sealing the platform drops everything in it.
    authority: Returns the certificate (PEM) under which the platform serves TLS; empty where it
        does not. It may be replaced while the platform runs.
    reach: Asked at every run of a function, since the port is known once the server listens.
    signin_site: Where browsers see the sign-in pages; None: at localhost.
    disk: Where the blobs are. segments: Where raw logs are.
    kept: How long what grows with time stays. post: Sends the request of a notice.
    usage: The registry of calls.
    trail_window_seconds: How long events wait for others that go to a bucket in the same object.
    eip_blocks: Blocks that EIPs are drawn from.
    protected_sites: Returns the web sites that the WAF protects now.
    log_queries: Bounds of questions about logs. log_server: Reads the logs; None: DuckDB does.
    plane: Returns the plane of a name while this server runs it, for what the plane offers beyond
        the port of planes; else None, and what the plane would do is simulated or refused.
    wake_worker: Asks the worker for a round before its minute is over. The worker finds the work
        that a call left for it in the store all the same.
    """

    region: str
    keys: Mapping[str, bytes]
    quotas: Mapping[str, int]
    fetch: Fetch
    site: str = "intl"
    require_signed_saml_sha256: bool = True
    hsm: Callable[[], Hsm] = no_hsm
    memory: dict[str, Any] = msgspec.field(default_factory=dict)
    reach: Callable[[], Reach] = Reach
    authority: Callable[[], str] = str
    plane: "Callable[[str], Plane[Any, Any] | None]" = no_plane
    wake_worker: Callable[[], None] = no_worker
    disk: "Disk" = NOWHERE
    segments: Segments = NO_SEGMENTS
    signin_site: "Site | None" = None
    kept: Kept = Kept()
    usage: Usage = msgspec.field(default_factory=Usage)
    post: Post = no_post
    download: Download = no_download
    trail_window_seconds: int = 30
    eip_blocks: tuple[str, ...] = ("198.18.0.0/15",)
    protected_sites: Callable[[], Sequence[ProtectedSite]] = tuple
    log_queries: LogQueries = LogQueries()
    log_server: LogServer | None = None


class Journal(msgspec.Struct):
    """The changes and questions of a call; written with its rows, in one transaction."""

    noted: dict[Ref, Noted] = msgspec.field(default_factory=dict)
    """Changes of resources, one a resource; `api/resource.py` alone adds them."""
    references: list[tuple[str, str]] = msgspec.field(default_factory=list)
    extra: dict[str, str] = msgspec.field(default_factory=dict)
    owners: set[AccountId] = msgspec.field(default_factory=set)
    """The accounts of referred resources; names are not unique across them."""
    asked: "list[Asked]" = msgspec.field(default_factory=list)
    """The authorisation questions of the call, in order."""
    acting: Caller | None = None
    """The identity of an anonymous call, once the call's own proof was verified."""

    def effects(self) -> "Journal":
        """Return the states that resources took and the questions, for an event without names."""
        return Journal(noted=self.noted, asked=self.asked)

    def without_effects(self) -> "Journal":
        """Return what remains to be told of a call whose effects were undone."""
        return msgspec.structs.replace(self, noted={})

    def refer(self, resource_type: str, name: str, owner: AccountId | None = None) -> None:
        """Name a resource the call was about.

        Args:
            resource_type: Such as `ACS::KMS::Key`.
            name: Its name or id.
            owner: The account it belongs to, where that may be another than the caller's: the
                event is then the owner's too.
        """
        if (resource_type, name) not in self.references:
            self.references.append((resource_type, name))
        if owner is not None:
            self.owners.add(owner)

    def note(self, noted: Noted, owner: AccountId | None = None) -> None:
        """Note a change of a resource; several changes of one resource in a call become one.

        owner: As for `refer`.
        """
        before = self.noted.pop(noted.ref, None)
        now = merged(before, noted) if before else noted
        if now is not None:
            self.noted[noted.ref] = now
        self.refer(noted.ref.resource_type, noted.name, owner)


class Context(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One call's surroundings; frozen, made by the gateway, the same for every product.

    account_id: The caller's account (empty for anonymous calls).
    region: The region called; global products get the platform's own.
    source_ip: The peer's address as the gateway saw it; never taken from the request.
    cache: What the rules of this attempt have read, so that the operation need not read it again.
    denied: For an operation with parts: the parts the caller may not have, each with its refusal.
    """

    tx: Transaction
    caller: Caller
    account_id: AccountId
    now: Instant
    request_id: RequestId
    region: str
    source_ip: str
    secure: bool
    host: str
    platform: Platform
    journal: Journal = msgspec.field(default_factory=Journal)
    results: Results = msgspec.field(default_factory=Results)
    denied: dict[str, ApiError] = msgspec.field(default_factory=dict)
    cache: dict[Hashable, Any] = msgspec.field(default_factory=dict)

    def quota(self, name: str) -> int:
        """Return a quota that some product declares, as it is in force."""
        return self.platform.quotas[name]

    def outside(self, key: Hashable, work: Callable[[], T]) -> T:
        """Return the result of slow work, done while no transaction is open (see api.outside).

        Args:
            key: Names the work and all state that the work depends on, such as the id of the row it
                read: if that state has changed by the next attempt, the key has changed too.
            work: Reads nothing of the transaction; an ApiError it raises is raised here.
        """
        return self.results.get(key, work)

    def key(self, purpose: str) -> bytes:
        """Return the platform's 32-byte key for one purpose."""
        return self.platform.keys[purpose]


Arguments = dict[str, Any]
"""Decoded parameters of one call by Python name."""
