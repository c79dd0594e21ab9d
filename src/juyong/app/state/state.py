"""A state: a home, its database, its keys."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import sqlalchemy as sa

from juyong.api.registry import load_tables
from juyong.app.blobs import disk_of
from juyong.app.home import Home
from juyong.app.keys import open_keys
from juyong.app.keys.unlocking import Ask, by_settings, no_passphrase
from juyong.app.platform import Running, database_url, open_store
from juyong.app.settings import Settings
from juyong.app.state.shelves import Shelves
from juyong.blobs.disk import Disk, LocalDisk
from juyong.logs.segments import Segments
from juyong.store.database import engine_of
from juyong.store.executor import Executor
from juyong.store.seal import derive_key
from juyong.store.transaction import Transaction

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The state of one home; making one opens nothing.

    store: The executor of a platform running in this process; without one, the database is opened
        for each unit of work.
    """

    home: Home
    settings: Settings
    keys: Mapping[str, bytes] = field(repr=False)
    store: Executor | None = None

    @property
    def url(self) -> str:
        """The database."""
        return database_url(self.home, self.settings)

    @property
    def disk(self) -> Disk:
        """The place of the files: those of blobs, and segments of raw logs."""
        return Shelves(disk_of(self.home, self.settings), LocalDisk(self.home.logs))

    @property
    def segments(self) -> Segments:
        """The segments of raw logs."""
        return Segments(LocalDisk(self.home.logs), self.keys)

    @property
    def fingerprint(self) -> str:
        """A name of the state's master key; it tells nothing about the key itself."""
        return derive_key(self.keys["columns"], "fingerprint")[:8].hex()

    @property
    def archive_key(self) -> bytes:
        """Authenticates archives."""
        return derive_key(self.keys["columns"], "archive")

    def engine(self) -> sa.Engine:
        """Return an engine for whole-database work, every table known."""
        load_tables()
        return engine_of(self.url)

    @contextmanager
    def opened(self) -> Iterator[Executor]:
        """Open the store, or lend the one of the platform that runs in this process."""
        if self.store is not None:
            yield self.store
            return
        store = open_store(self.home, self.settings, self.keys)
        try:
            yield store
        finally:
            store.close()

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run work in one transaction of the store."""
        with self.opened() as store:
            return store.call(work)

    def settle(self) -> None:
        """Bring everything that reads left so far into its tables.

        Raises:
            Unavailable: another process kept the database's lock.
        """
        with self.opened() as store:
            store.settle()


def state_at(home: Home, settings: Settings, ask: Ask = no_passphrase) -> State:
    """Return the state of a home for a command.

    Args:
        home: Which.
        settings: Where its database is.
        ask: Returns the passphrase, if the settings name no file with it.

    Raises:
        BadHome: its keys cannot be had.
    """
    return State(home=home, settings=settings, keys=open_keys(home, by_settings(settings, ask)))


def state_of(running: Running) -> State:
    """Return the state of a platform that runs in this process."""
    return State(
        home=running.home,
        settings=running.settings,
        keys=running.pipeline.platform.keys,
        store=running.store,
    )
