"""Searches of each engine over files find what the slow model finds, in the same order."""

import os
import resource
from pathlib import Path

import msgspec
import pytest
from tests.logsearch_corpus import HOURS, SEARCHES, START, Seen, corpus_files

from juyong.engines.logsearch import (
    DuckDBEngine,
    EngineFailed,
    Limits,
    Log,
    QueryInvalid,
    matches,
    parse,
    parse_index,
)
from juyong.engines.logsearch.columns import write_file
from juyong.engines.logsearch.port import Window

ALL_TIME = Window(START, START + HOURS * 3600)


def in_order(logs, *, newest_first=False):
    return sorted(logs, key=lambda log: (log.time, log.sequence), reverse=newest_first)


@pytest.mark.parametrize("text", SEARCHES)
def test_a_search_finds_what_the_plain_answer_says(text, engine, files, logs, index):
    found = engine.search(files, parse(text), ALL_TIME, index, limit=2000)
    assert list(found.logs) == in_order([log for log in logs if SEARCHES[text](Seen(log))])
    assert found.complete


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("page", [(0, 1), (0, 100), (7, 5), (290, 100), (900, 10)])
def test_pages_are_cut_from_one_order(engine, files, logs, index, newest_first, page):  # noqa: PLR0917  # fixtures
    offset, limit = page
    query = parse("action: *")
    found = engine.search(
        files, query, ALL_TIME, index, newest_first=newest_first, offset=offset, limit=limit
    )
    every = in_order(
        [log for log in logs if Seen(log).all.get("action") is not None], newest_first=newest_first
    )
    assert list(found.logs) == every[offset : offset + limit]
    assert found.complete == (offset + limit >= len(every))


def test_the_window_is_half_open(engine, files, logs, index):
    start, end = START + 3600, START + 3607
    found = engine.search(files, parse("*"), Window(start, end), index)
    assert {log.time for log in found.logs} <= set(range(start, end))
    assert list(found.logs) == in_order([log for log in logs if start <= log.time < end])


def test_the_newest_log_is_found_without_reading_all(engine, files, index):
    found = engine.search(files, parse("*"), ALL_TIME, index, newest_first=True, limit=1)
    assert found.rows_read < 900
    assert not found.complete


def test_a_rare_word_passes_files_over(engine, files, index):
    found = engine.search(files, parse("req-000003"), ALL_TIME, index)
    assert [log.sequence for log in found.logs] == [3]
    assert found.rows_read == 150


def test_a_filter_that_is_missing_or_broken_hides_nothing(engine, logs, index, tmp_path):
    files = corpus_files(logs, index, tmp_path)
    for number, file in enumerate(files):
        words = tmp_path / (file.path + ".words")
        if number % 2:
            words.unlink()
        else:
            words.write_bytes(words.read_bytes()[:100])
    found = engine.search(files, parse("req-000003"), ALL_TIME, index)
    assert [log.sequence for log in found.logs] == [3]


def test_a_histogram_counts_each_step(engine, files, logs, index):
    window = Window(START, START + 1000)
    buckets = engine.histogram(files, parse("action: block"), window, index, interval_s=300)
    assert [(b.start_s - START, b.end_s - START) for b in buckets] == [
        *((0, 300), (300, 600), (600, 900), (900, 1000))
    ]
    hits = [log.time for log in logs if Seen(log).all.get("action", "").lower() == "block"]
    assert [b.count for b in buckets] == [
        sum(b.start_s <= time < b.end_s for time in hits) for b in buckets
    ]


@pytest.mark.parametrize("interval", [0, -1])
def test_a_histogram_needs_an_interval(engine, files, index, interval):
    with pytest.raises(QueryInvalid, match="interval"):
        engine.histogram(files, parse("*"), ALL_TIME, index, interval_s=interval)
    with pytest.raises(QueryInvalid, match="interval"):
        engine.histogram(files, parse("*"), Window(0, 1_000_000), index, interval_s=1)


@pytest.mark.parametrize(("offset", "limit"), [(-1, 1), (0, 0)])
def test_a_page_must_be_one(engine, files, index, offset, limit):
    with pytest.raises(QueryInvalid, match="offset"):
        engine.search(files, parse("*"), ALL_TIME, index, offset=offset, limit=limit)


def test_logs_are_searched_as_they_were_indexed(engine, tmp_path):
    old = parse_index({"keys": {"code": {"type": "text", "token": []}}})
    new = parse_index(
        {
            "keys": {"code": {"type": "long"}, "b": {"type": "text", "token": []}},
            "line": {"token": []},
        }
    )
    one, two = (
        Log(time=t, contents=(("code", "200"), ("b", "x")), sequence=t) for t in (START, START + 1)
    )
    files = [write_file([one], old, tmp_path / "1"), write_file([two], new, tmp_path / "2")]

    def found(text):
        return engine.search(files, parse(text), ALL_TIME, new).logs

    assert found("*") == (one, two)
    assert found("code: 200") == (one, two)
    assert found("code > 100") == (two,)
    assert found("b: x") == (two,)
    assert found("x") == (two,)


def test_a_damaged_or_missing_file_is_no_empty_answer(engine, logs, index, tmp_path):
    file = write_file(logs, index, tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(EngineFailed):
        engine.search([file], parse("*"), ALL_TIME, index)
    (tmp_path / "a.parquet").unlink()
    with pytest.raises(EngineFailed):
        engine.search([file], parse("*"), ALL_TIME, index)


def test_a_file_is_whole_or_absent(logs, index, tmp_path, monkeypatch):
    import pyarrow.parquet

    def full(*_args, **_named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pyarrow.parquet, "write_table", full)
    with pytest.raises(OSError, match="No space"):
        write_file(logs, index, tmp_path / "a.parquet")
    assert not list(tmp_path.glob("*.parquet*new"))
    assert not (tmp_path / "a.parquet").exists()


@pytest.mark.parametrize("step", range(3))
def test_a_write_that_breaks_off_never_leaves_the_filter_of_another_file(
    engine, index, tmp_path, monkeypatch, step
):
    """A file that is written again may be cut off before each step that names a new one."""
    old, new = (
        Log(time=START, contents=(("requestId", name),), sequence=1) for name in ("old", "new")
    )
    path = tmp_path / "a.parquet"
    file = write_file([old], index, path)
    steps = iter(range(3))

    def stopping(call):
        def stop(self, *args, **named):
            if next(steps, None) == step:
                raise KeyboardInterrupt
            return call(self, *args, **named)

        return stop

    monkeypatch.setattr(Path, "replace", stopping(Path.replace))
    if step == 2:
        write_file([new], index, path)
    else:
        with pytest.raises(KeyboardInterrupt):
            write_file([new], index, path)
    kept = old if step == 0 else new
    for log, name in ((old, "old"), (new, "new")):
        found = engine.search([file], parse(name), ALL_TIME, index)
        assert found.logs == ((log,) if log == kept else ())
    assert {each.name for each in tmp_path.iterdir()} <= {"a.parquet", "a.parquet.words"}


def test_a_process_is_heard_with_many_open_files(files, index):
    """select.select knows no descriptor beyond 1023."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
    opened = [os.open("/dev/null", os.O_RDONLY) for _ in range(1050)]
    made = DuckDBEngine(Limits(processes=1))
    try:
        assert made.search(files, parse("req-000003"), ALL_TIME, index).logs
    finally:
        made.close()
        for each in opened:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("logs_of_file", [[], None])
def test_a_file_has_some_logs_and_not_too_many(logs_of_file, index, tmp_path):
    many = [Log(time=0)] * 200_001 if logs_of_file is None else logs_of_file
    with pytest.raises(ValueError, match="from 1 to 200000"):
        write_file(many, index, tmp_path / "a")


def test_tags_and_reserved_fields_may_have_an_index_of_their_own(engine, tmp_path):
    cut = {"type": "text", "token": ["."], "caseSensitive": True, "doc_value": True}
    names = ("__tag__:k", "__topic__", "__source__")
    index = parse_index(
        {"keys": {**dict.fromkeys(names, cut), "__time__": {"type": "long", "doc_value": True}}}
    )
    log = Log(
        time=START,
        topic="a.B",
        source="10.1",
        tags=(("k", "x.Y"), ("other", "x.Y")),
        contents=(("source", "no"),),
    )
    files = [write_file([log], index, tmp_path / "a")]
    for text, hit in {
        "__tag__:k:Y": True,
        "__tag__:k:y": False,
        "__tag__:k:x.Y": True,
        "__tag__:other:Y": False,
        '__tag__:other:"X.y"': True,
        "__topic__:B": True,
        "__topic__:b": False,
        "source:10": True,
        f"__time__:{START}": True,
    }.items():
        query = parse(text)
        assert matches(query, log, index) is hit, text
        assert engine.search(files, query, ALL_TIME, index).logs == ((log,) if hit else ()), text
    query = parse('* | SELECT "__tag__:k" AS t, __topic__, __source__, __time__')
    table = engine.sql(files, query, ALL_TIME, index)
    assert table.rows == (("x.Y", "a.B", "10.1", str(START)),)


def test_quotes_and_odd_characters_reach_the_file_as_they_are(engine, tmp_path):
    odd = 'it\'s \\ "q" % _ \x00 \x1f ;--\n😀'
    index = parse_index(
        {"line": {"token": [" "]}, "keys": {"it's\"k": {"type": "text", "token": [" "]}}}
    )
    log = Log(time=START, contents=(("it's\"k", odd), ("it's\"k", "second")), topic="'", sequence=1)
    files = [write_file([log], index, tmp_path / "it's.parquet")]
    for text in [
        '"it\'s"',
        r'"it\'s"',
        "it's*",
        r'"\\"',
        "%",
        ";--*",
        "second",
        r'"it\'s\"k":"it\'s"',
    ]:
        query = parse(text.replace(r"\'", "'"))
        found = engine.search(files, query, ALL_TIME, index)
        assert found.logs == (log,), text
    assert engine.search(files, parse("_x or %x or i_*"), ALL_TIME, index).logs == ()


def test_index_and_query_survive_the_pipe(index):
    query = parse('a (b or not host:"d") status>1')
    for each in (index, query):
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(each), type=type(each)) == each
