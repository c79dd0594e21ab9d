"""The process that answers queries by DuckDB, bounded in memory, time and files.

    python -I -m juyong.engines.logsearch.child SERVER_PID MEMORY_MB THREADS ZONE

SECURITY: a query has a database in memory, which can read the files of that query and nothing else;
its settings are locked, extensions are never loaded, and the process can write no file. The next
query has the same database only if its files are the same and the query before was answered. A
query that does not end is interrupted; the server kills what does not react.
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
    """Answers one question at a time; the database for the next is open before it comes.

    COST: opening and closing a database takes 30 ms. Several questions about the same files, as a
    dashboard asks them, share one. No files and no rows stay in it between them.
    """

    def __init__(self, memory_mb: int, threads: int, zone: str) -> None:
        self.memory_mb, self.threads, self.zone = memory_mb, threads, zone
        self._ready = self.opened()
        self._held: tuple[list[str], Any] = ([], None)

    def prepare(self) -> None:
        """Open the database for the next question, unless one is open."""
        self._ready = self._ready or self.opened()

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
        paths = [file.path for file in ask.files]
        database = self._taken(paths)
        timer = threading.Timer(ask.seconds, database.interrupt)
        timer.start()
        try:
            answer = _answered(database, ask)
        except (errors.LogSearchError, duckdb.Error, MemoryError, OSError) as raised:
            database.close()
            refused = _told(raised, ask.kind)
            return Answer(refusal=Refusal(type(refused).__name__, str(refused)))
        finally:
            timer.cancel()
        self._held = (paths, database)
        return answer

    def _taken(self, paths: list[str]) -> Any:
        """Take the database of the question before, if its files are the same, or a new one."""
        (of_paths, held), self._held = self._held, ([], None)
        if held is not None:
            if of_paths == paths:
                return held
            held.close()
        self.prepare()
        database, self._ready = self._ready, None
        _lock(database, paths)
        return database


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
        answerer.prepare()


def main() -> None:
    """Run the process; nothing but answers goes to the standard output."""
    (server, memory_mb, threads), zone = map(int, sys.argv[1:4]), sys.argv[4]
    out = begin(server)
    bound(memory_mb)
    serve(sys.stdin.buffer, out, Answerer(memory_mb, threads, zone))


if __name__ == "__main__":
    main()
