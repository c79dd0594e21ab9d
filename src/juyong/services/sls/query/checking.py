"""Queries that other services keep: whether one can be asked about logs of an index."""

from collections.abc import Mapping
from typing import Any

import msgspec

from juyong.api.context import Platform
from juyong.engines.logsearch import LogSearchError, check, parse, parse_index
from juyong.engines.logsearch.port import Window
from juyong.services.sls.query.asking import BadQuery, engine

_ANY = Window(0, 1)


def check_query(platform: Platform, text: str, index: Mapping[str, Any]) -> None:
    """Ask whether a query can be asked about logs of an index.

    Args:
        platform: Has the engine, which reads SQL in a process of its own.
        text: A search, and SQL behind `|`.
        index: Of the logs, as JSON has it.

    Raises:
        BadQuery: it cannot be read, or asks for what the index does not have; the text says why.
        QueryTooLarge, QueryStopped: the engine could not tell.

    Cost: SQL is answered over no logs at all, which takes as long as a small question.
    """
    known = parse_index(msgspec.json.encode(index).decode())
    try:
        query = parse(text)
        check(query, known)
    except LogSearchError as refusal:
        raise BadQuery(why=str(refusal)) from None
    if query.sql is not None:
        with engine(platform) as (asked, _):
            asked.sql([], query, _ANY, known)
