"""Groups of logs, and a store that they are put into."""

from juyong.app.platform import Running
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.engines.logsearch.log import Log
from juyong.logs.batches import Arrived, arrive, keep, raw_of, read
from juyong.logs.compression import compress
from juyong.logs.loggroup import group_of, logs_of
from juyong.logs.segments import Segments
from juyong.logs.stores import drop_store, make_store, set_index, set_ttl, store_of
from juyong.logs.tables import BatchRow, StoreRow

NOW = Instant(1_790_000_000)
INDEX = '{"line":{"token":[" "]}}'


def log(text: str, at: int = NOW) -> Log:
    return Log(time=at, topic="t", source="s", tags=(), contents=(("text", text),))


def group(*texts: str, at: int = NOW) -> bytes:
    return group_of([log(text, at) for text in texts])


def arrived(segments: Segments, raw: bytes, codec: str = "lz4") -> Arrived:
    return arrive(segments, codec, compress(codec, raw), len(raw))


class Logstore:
    """A store, kept for a day, in a running platform."""

    def __init__(self, running: Running, store_id: str = "s") -> None:
        self.running, self.store_id = running, store_id
        self.segments = running.pipeline.platform.segments
        running.store.call(lambda tx: make_store(tx, store_id, AccountId("1"), ttl_days=1))

    def row(self) -> StoreRow:
        found = self.running.store.call(lambda tx: store_of(tx, self.store_id))
        assert found is not None
        return found

    def put(self, *texts: str, shard: int = 0, at: int = NOW) -> int:
        """Put a group, which arrives at its own time; returns its sequence."""
        taken = arrived(self.segments, group(*texts, at=at))
        return self.running.store.call(
            lambda tx: keep(tx, self.store_id, shard, taken, Instant(at))
        )

    def rows(self, cursor: int = 0, shard: int = 0, count: int = 1000) -> list[BatchRow]:
        return self.running.store.call(
            lambda tx: read(tx, self.store_id, shard, cursor, count=count)
        )

    def texts(self, shard: int = 0) -> list[str]:
        """Read the texts of all logs of a shard."""
        raws = [raw_of(self.segments, row) for row in self.rows(shard=shard)]
        return [each.contents[0][1] for raw in raws for each in logs_of(raw)]

    def index(self, index: str | None = INDEX, at: int = NOW) -> None:
        row = self.row()
        self.running.store.call(lambda tx: set_index(tx, row, index, Instant(at)))

    def keep_for(self, days: int) -> None:
        row = self.row()
        self.running.store.call(lambda tx: set_ttl(tx, row, days))

    def drop(self) -> None:
        row = self.row()
        self.running.store.call(lambda tx: drop_store(tx, row, NOW))
