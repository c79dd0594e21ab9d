"""The processes that answer queries: bounded in time, memory and files, replaced when they die."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.logsearch_corpus import HOURS, START
from tests.waiting import wait_until

from juyong.engines.logsearch import (
    DuckDBEngine,
    EngineFailed,
    Limits,
    TimedOut,
    TooMuchMemory,
    Window,
    parse,
)
from juyong.engines.logsearch.child import Answerer, _lock
from juyong.engines.logsearch.messages import Ask, packed_files

ALL_TIME = Window(START, START + HOURS * 3600)
ENDLESS = "* | SELECT count(*) FROM log a, log b, log c, log d"
HUGE = "* | SELECT array_agg(a.event || b.message || c.uri) FROM log a, log b, log c"


def pids(engine):
    return [child.pid for child in engine._processes._idle]


@pytest.fixture
def small():
    engine = DuckDBEngine(Limits(processes=1, threads=1, memory_mb=256, seconds=20))
    yield engine
    engine.close()


def test_a_query_that_does_not_end_is_stopped_and_the_process_stays(small, files, index):
    small.search(files, parse("*"), ALL_TIME, index)
    before = pids(small)
    small.limits = Limits(processes=1, seconds=1.0)
    with pytest.raises(TimedOut):
        small.sql(files, parse(ENDLESS), ALL_TIME, index)
    assert pids(small) == before
    assert small.search(files, parse("req-000003"), ALL_TIME, index).logs


def test_a_query_that_needs_too_much_memory_is_refused(small, files, index):
    with pytest.raises(TooMuchMemory):
        small.sql(files, parse(HUGE), ALL_TIME, index)
    assert small.search(files, parse("req-000003"), ALL_TIME, index).logs


def test_a_result_that_is_too_long_is_refused(small, files, index):
    query = parse("* | SELECT a.event FROM log a, log b WHERE a.event <> '' LIMIT 1000000")
    with pytest.raises(TooMuchMemory, match="characters"):
        small.sql(files, query, ALL_TIME, index)


def test_a_process_that_was_killed_is_replaced(small, files, index):
    small.search(files, parse("*"), ALL_TIME, index)
    (before,) = pids(small)
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: small._processes._idle[0].poll() is not None)
    assert small.search(files, parse("req-000003"), ALL_TIME, index).logs
    assert pids(small) != [before]


def test_a_query_whose_process_is_killed_fails_and_the_next_is_answered(small, files, index):
    def kill():
        wait_until(lambda: bool(small._processes._busy))
        for child in list(small._processes._busy):
            child.kill()

    small.search(files, parse("*"), ALL_TIME, index)
    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(EngineFailed, match="ended"):
        small.sql(files, parse(ENDLESS), ALL_TIME, index)
    killer.join()
    assert small.search(files, parse("req-000003"), ALL_TIME, index).logs


def test_a_query_waits_for_room_no_longer_than_its_time(small, files, index):
    small.search(files, parse("*"), ALL_TIME, index)
    failed = []

    def ask():
        try:
            small.sql(files, parse(ENDLESS), ALL_TIME, index)
        except (TimedOut, EngineFailed) as late:
            failed.append(late)

    busy = threading.Thread(target=ask)
    busy.start()
    wait_until(lambda: bool(small._processes._busy))
    small.limits = Limits(processes=1, seconds=0.1)
    with pytest.raises(TimedOut, match="too many queries"):
        small.search(files, parse("*"), ALL_TIME, index)
    small.close()
    busy.join()
    assert failed


def test_a_closed_engine_answers_no_more(files, index):
    engine = DuckDBEngine(Limits(processes=1))
    engine.search(files, parse("*"), ALL_TIME, index)
    (pid,) = pids(engine)
    engine.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(EngineFailed, match="closed"):
        engine.search(files, parse("*"), ALL_TIME, index)


def test_processes_end_with_the_server(files, index, tmp_path):
    """Also when the server is killed in the midst of a query."""
    code = (
        "import os, sys, threading, msgspec\n"
        "from juyong.engines.logsearch import DuckDBEngine, Limits, IndexConfig, Window, parse\n"
        "from juyong.engines.logsearch import LogFile\n"
        "files = msgspec.json.decode(sys.stdin.read(), type=list[LogFile])\n"
        "engine = DuckDBEngine(Limits(processes=1, threads=1))\n"
        f"ask = (files, parse({ENDLESS!r}), Window({START}, {START + 30000}), files[0].index)\n"
        "threading.Thread(target=engine.sql, args=ask, daemon=True).start()\n"
        "while not engine._processes._busy: pass\n"
        "print([c.pid for c in engine._processes._busy][0], flush=True)\n"
        "threading.Event().wait()\n"
    )
    import msgspec

    server = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    server.stdin.write(msgspec.json.encode(files))
    server.stdin.close()
    pid = int(server.stdout.readline())
    server.kill()
    server.wait()
    server.stdout.close()
    wait_until(lambda: _is_gone(pid), seconds=15)


def _is_gone(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_parquet('{other}')",
        "SELECT * FROM '{other}'",
        "COPY (SELECT 1) TO '{folder}/new'",
        "COPY (SELECT 1) TO '{allowed}'",
        "ATTACH '{folder}/new.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET allowed_paths = ['/etc/passwd']",
        "SET memory_limit = '100GB'",
        "EXPORT DATABASE '{folder}'",
    ],
)
def test_sql_that_came_through_would_read_and_write_nothing_else(files, statement, tmp_path):
    """The second line of defence: such SQL never reaches the database."""
    import duckdb

    database = Answerer(256, 1, "UTC").opened()
    _lock(database, [files[0].path])
    text = statement.format(other=files[1].path, allowed=files[0].path, folder=tmp_path)
    with pytest.raises((duckdb.PermissionException, duckdb.InvalidInputException, duckdb.Error)):
        database.execute(text)
    assert not list(tmp_path.iterdir())
    assert database.read_parquet(files[0].path).limit(1).fetchall()


def asked(files, index, text):
    indexes, packed = packed_files(files)
    return Ask(
        kind="sql",
        query=parse(text),
        window=ALL_TIME,
        index=index,
        seconds=20.0,
        indexes=indexes,
        files=packed,
    )


COUNT = "* | SELECT count(*) AS c"


def test_a_question_about_the_same_files_has_the_same_database(files, index):
    answerer = Answerer(256, 1, "UTC")
    first = answerer.answer(asked(files, index, COUNT)).table
    _, held = answerer._held
    again = answerer.answer(asked(files, index, "not * | SELECT count(*) AS c"))
    assert (first.rows[0][0], again.table.rows[0][0]) == (str(sum(f.rows for f in files)), "0")
    assert answerer._held[1] is held


def test_a_question_about_other_files_has_another_database(files, index):
    """The database of the question before may read files that this one may not."""
    answerer = Answerer(256, 1, "UTC")
    answerer.answer(asked(files, index, COUNT))
    _, held = answerer._held
    one = answerer.answer(asked(files[:1], index, COUNT)).table
    assert one.rows == ((str(files[0].rows),),)
    assert answerer._held[1] is not held


def test_a_question_that_failed_leaves_no_database(files, index):
    answerer = Answerer(256, 1, "UTC")
    answerer.answer(asked(files, index, COUNT))
    refused = answerer.answer(asked(files, index, "* | SELECT nothing"))
    assert refused.refusal is not None
    assert answerer._held[1] is None


def test_the_edges_of_a_window_hold_in_files_that_it_cuts(engine, files, logs, index):
    """Times are not asked of files that lie in the window, and are of all others."""
    first, last = min(f.first_s for f in files), max(f.last_s for f in files)
    for start, end in ((first, last + 1), (first, last), (first + 1, last + 1), (first + 1, last)):
        expected = sum(start <= log.time < end for log in logs)
        table = engine.sql(files, parse(COUNT), Window(start, end), index)
        assert table.rows == ((str(expected),),)
        buckets = engine.histogram(files, parse("*"), Window(start, end), index, interval_s=3600)
        assert sum(bucket.count for bucket in buckets) == expected
