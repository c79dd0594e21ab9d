"""The log engine against its slow model: random logs, random indexes, random searches."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from juyong.engines.logsearch import (
    DuckDBEngine,
    Log,
    QueryInvalid,
    Window,
    matches,
    parse,
    parse_index,
    write_file,
)

LETTERS = "aAbß中文 ,.-'\"\\\x00\x1f*?%_"
values = st.one_of(
    st.text(LETTERS, max_size=8),
    st.sampled_from(["1", "-5", "2.5", "nan", "9223372036854775808", '{"x":"a b","y":{"z":1}}']),
    st.sampled_from(['{"x":"', '{"x":[1,2],"x":"b"}', '{"x":null}', "中文 a"]),
)
keys = st.sampled_from(["a", "A", "n", "d", "j", "free"])
logs = st.lists(
    st.builds(
        Log,
        time=st.integers(100, 110),
        contents=st.lists(st.tuples(keys, values), max_size=4).map(tuple),
        topic=st.sampled_from(["", "T t"]),
        tags=st.lists(st.tuples(st.sampled_from(["k", "K"]), values), max_size=2).map(tuple),
    ),
    min_size=1,
    max_size=12,
)
text = st.fixed_dictionaries(
    {
        "type": st.just("text"),
        "token": st.lists(st.sampled_from(" ,.-*"), unique=True),
        "caseSensitive": st.booleans(),
        "chn": st.booleans(),
    }
)
indexes = st.fixed_dictionaries(
    {
        "line": text,
        "keys": st.fixed_dictionaries(
            {
                "a": text,
                "A": text,
                "n": st.just({"type": "long"}),
                "d": st.just({"type": "double"}),
                "j": st.fixed_dictionaries(
                    {
                        "type": st.just("json"),
                        "token": st.just([" "]),
                        "index_all": st.booleans(),
                        "json_keys": st.just({"y.z": {"type": "long"}, "x": {"type": "text"}}),
                    }
                ),
            }
        ),
    }
)
words = st.text("aAbß中文.-'*?%_", min_size=1, max_size=4)
terms = st.one_of(
    words,
    st.text(LETTERS.replace("\x00", "").replace("\x1f", "").replace('"', "").replace("\\", "")).map(
        lambda t: f'"{t}"'
    ),
    st.tuples(st.sampled_from(["a", "A", "j", "j.x", "__topic__", "__tag__:k"]), words).map(
        ":".join
    ),
    st.sampled_from(["a:*", 'a:""', "j:*", "j.x:*", "n:*", "d:*", '#"a b"', 'a:#"b a"', "j.q:*"]),
    st.sampled_from(["n>0", "n<=1", "d in (1 3]", "j.y.z:1", "n:-5", "d=2.5", '__topic__:"T t"']),
)
searches = st.recursive(
    terms,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: f"({p[0]} and {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]} or {p[1]})"),
        inner.map(lambda part: f"not ({part})"),
    ),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def engine():
    made = DuckDBEngine()
    yield made
    made.close()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(logs, indexes, st.lists(searches, min_size=1, max_size=6), st.integers(1, 12))
def test_files_are_searched_as_the_model_searches_logs(  # noqa: PLR0917  # drawn
    engine, tmp_path_factory, made, document, texts, size
):
    index = parse_index(document)
    made = [
        Log(**{**{f: getattr(log, f) for f in log.__struct_fields__}, "sequence": number})
        for number, log in enumerate(made)
    ]
    folder = tmp_path_factory.mktemp("laws")
    files = [
        write_file(made[start : start + size], index, folder / str(start))
        for start in range(0, len(made), size)
    ]
    for text, newest in itertools.product(texts, (False, True)):
        try:
            query = parse(text)
            wanted = [log for log in made if matches(query, log, index)]
        except QueryInvalid:
            continue
        found = engine.search(files, query, Window(100, 110), index, newest_first=newest)
        wanted = [log for log in wanted if log.time < 110]
        wanted.sort(key=lambda log: (log.time, log.sequence), reverse=newest)
        assert list(found.logs) == wanted, (text, document)
