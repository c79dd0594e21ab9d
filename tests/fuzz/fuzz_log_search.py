"""The search language: a query that is read is judged without an error, or refused by name."""

from tests.logsearch_corpus import SEARCHES, corpus_index, make_logs

from juyong.engines.logsearch import QueryInvalid, matches, parse

SEEDS = [text.encode() for text in SEARCHES] + [b"* | select 1", b"((((", b'"\\', b"a in [1 2]"]
_INDEX = corpus_index()
_LOGS = make_logs(12)


def target(data: bytes) -> None:
    """Read, and judge a few logs; the answer to a negation is the opposite."""
    text = data.decode("utf-8", "replace")
    try:
        query = parse(text)
        found = [matches(query, log, _INDEX) for log in _LOGS]
    except QueryInvalid:
        return
    if query.sql is None and text.strip() and len(text) < 10_000 and text.count("(") < 30:
        negated = parse(f"not ({text})")
        assert [matches(negated, log, _INDEX) for log in _LOGS] == [not each for each in found]
