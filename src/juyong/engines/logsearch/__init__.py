"""Search and SQL over logs: the search language of SLS, and SELECT behind a `|`.

    index = parse_index(body)            # IndexConfig
    query = parse(text)                  # Query: search and SQL text
    check(query, index)                  # what the index cannot answer is refused here
    matches(query, log, index)           # one log at a time, slow and plain

Pure: values in, values out; whatever is refused is a LogSearchError with the code of SLS.
"""

from juyong.engines.logsearch.errors import (
    EngineFailed,
    IndexInvalid,
    LogSearchError,
    QueryInvalid,
    SqlInvalid,
    TimedOut,
    TooMuchMemory,
    UnsupportedFunction,
)
from juyong.engines.logsearch.index import Field, FieldType, IndexConfig, LineIndex, parse_index
from juyong.engines.logsearch.log import Log
from juyong.engines.logsearch.parse import parse
from juyong.engines.logsearch.predicates import check, matches
from juyong.engines.logsearch.query import Query

__all__ = [
    "EngineFailed",
    "Field",
    "FieldType",
    "IndexConfig",
    "IndexInvalid",
    "LineIndex",
    "Log",
    "LogSearchError",
    "Query",
    "QueryInvalid",
    "SqlInvalid",
    "TimedOut",
    "TooMuchMemory",
    "UnsupportedFunction",
    "check",
    "matches",
    "parse",
    "parse_index",
]
