"""Search and SQL over logs: the search language of SLS, and SELECT behind a `|`.

    index = parse_index(body)            # IndexConfig
    query = parse(text)                  # Query: search and SQL text
    check(query, index)                  # what the index cannot answer is refused here
    matches(query, log, index)           # one log at a time, slow and plain
    file = write_file(logs, index, path) # LogFile: a file of columns, and its times and index
    engine = DuckDBEngine(Limits())      # LogEngine; its processes start with the first question
    engine.search([file], query, Window(start_s, end_s), index)
    engine.sql([file], query, Window(start_s, end_s), index)

The caller keeps the files and their LogFiles, gives those that a question may need, and deletes a
file with its `.words` when its time is over. Logs that are in no file yet are judged by `matches`.
Whatever is refused is a LogSearchError with the code of SLS. Importing the package imports neither
DuckDB, Arrow nor sqlglot: Arrow is imported when a file is written, the others in the processes.
"""

from juyong.engines.logsearch.columns import MOST_ROWS, LogFile, words_path, write_file
from juyong.engines.logsearch.duckdb_engine import DuckDBEngine
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
from juyong.engines.logsearch.port import Bucket, Found, LogEngine, Table, Window
from juyong.engines.logsearch.predicates import check, matches
from juyong.engines.logsearch.process_engine import Limits
from juyong.engines.logsearch.query import Query

__all__ = [
    "MOST_ROWS",
    "Bucket",
    "DuckDBEngine",
    "EngineFailed",
    "Field",
    "FieldType",
    "Found",
    "IndexConfig",
    "IndexInvalid",
    "Limits",
    "LineIndex",
    "Log",
    "LogEngine",
    "LogFile",
    "LogSearchError",
    "Query",
    "QueryInvalid",
    "SqlInvalid",
    "Table",
    "TimedOut",
    "TooMuchMemory",
    "UnsupportedFunction",
    "Window",
    "check",
    "matches",
    "parse",
    "parse_index",
    "words_path",
    "write_file",
]
