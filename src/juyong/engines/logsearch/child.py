"""The process that answers queries by DuckDB, bounded in memory, time and files.

    python -I -m juyong.engines.logsearch.child SERVER_PID MEMORY_MB THREADS ZONE

SECURITY: each query has a database of its own in memory, which can read the files of that query and
nothing else; its settings are locked, extensions are never loaded, and the process can write no
file. A query that does not end is interrupted; the server kills what does not react.
"""

import sys
import threading
from functools import partial
from typing import Any, BinaryIO

import duckdb
import msgspec

from juyong.engines.logsearch import duck_sql, errors
from juyong.engines.logsearch.answering import answered
from juyong.engines.logsearch.conditions import DuckWriter
from juyong.engines.logsearch.duck_search import DuckScanner
from juyong.engines.logsearch.messages import Answer, Ask, Refusal, begin, bound, receive, send


class Answerer:
    """Answers one question at a time; the database for the next is open before it comes."""

    def __init__(self, memory_mb: int, threads: int, zone: str) -> None:
        self.memory_mb, self.threads, self.zone = memory_mb, threads, zone
        self.ready = self.opened()

    def opened(self) -> Any:
        """Open a database in memory."""
        database = duckdb.connect(
            ":memory:",
            config={
                "threads": self.threads,
                "memory_limit": f"{self.memory_mb}MiB",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "allow_community_extensions": "false",
                "temp_directory": "",
                "preserve_insertion_order": "false",
            },
        )
        database.execute(f"SET TimeZone = {DuckWriter().text(self.zone)}")
        for statement in duck_sql.PREPARATION:
            database.execute(statement)
        return database

    def answer(self, ask: Ask) -> Answer:
        """Answer a question, or say why not."""
        database, self.ready = self.ready or self.opened(), None
        timer = threading.Timer(ask.seconds, database.interrupt)
        timer.start()
        try:
            _lock(database, [file.path for file in ask.files])
            return _answered(database, ask)
        except (errors.LogSearchError, duckdb.Error, MemoryError, OSError) as raised:
            refused = _told(raised, ask.kind)
            return Answer(refusal=Refusal(type(refused).__name__, str(refused)))
        finally:
            timer.cancel()
            database.close()


def _lock(database: Any, paths: list[str]) -> None:
    listed = ", ".join(map(DuckWriter().text, paths))
    database.execute(f"SET allowed_paths = [{listed}]")
    database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")


def _answered(database: Any, ask: Ask) -> Answer:
    return answered(
        ask,
        DuckScanner(database),
        partial(duck_sql.run, database),
        partial(duck_sql.run_stores, database),
    )


def _told(raised: Exception, kind: str) -> errors.LogSearchError:
    """Turn an error into one that the caller may see; only SQL is the caller's own."""
    match raised:
        case errors.LogSearchError():
            return raised
        case duckdb.OutOfMemoryException() | MemoryError():
            return errors.TooMuchMemory("the query needs too much memory")
        case duckdb.InterruptException():
            return errors.TimedOut("the query took too long and was stopped")
        case duckdb.IOException() | duckdb.InternalException() | OSError():
            return errors.EngineFailed("a file of logs could not be read")
        case _ if kind in ("sql", "stores"):
            return errors.SqlInvalid(duck_sql.plain_reason(str(raised)))
        case _:
            return errors.EngineFailed("a file of logs could not be read")


def serve(source: BinaryIO, out: BinaryIO, answerer: Answerer) -> None:
    """Answer questions until the other side is gone."""
    decoder = msgspec.msgpack.Decoder(Ask)
    while (body := receive(source)) is not None:
        send(answerer.answer(decoder.decode(body)), out)
        answerer.ready = answerer.opened()


def main() -> None:
    """Run the process; nothing but answers goes to the standard output."""
    (server, memory_mb, threads), zone = map(int, sys.argv[1:4]), sys.argv[4]
    out = begin(server)
    bound(memory_mb)
    serve(sys.stdin.buffer, out, Answerer(memory_mb, threads, zone))


if __name__ == "__main__":
    main()
