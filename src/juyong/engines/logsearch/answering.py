"""A question to a process, given to the functions of the process's engine."""

from collections.abc import Callable, Sequence

from juyong.engines.logsearch import searching, sql_stores
from juyong.engines.logsearch.columns import LogFile
from juyong.engines.logsearch.messages import Answer, Ask
from juyong.engines.logsearch.port import Source, Table


def answered(
    ask: Ask,
    scanner: searching.Scanner,
    sql: Callable[[Sequence[LogFile], Ask], Table],
    stores: Callable[[Sequence[Source], str], Table],
) -> Answer:
    """Answer a question.

    Args:
        ask: The question.
        scanner: Answers what searches ask.
        sql: Answers SQL over the logs that a search finds.
        stores: Answers SQL over several logstores.

    Raises:
        LogSearchError: as the functions raise.
    """
    files = ask.log_files()
    match ask.kind:
        case "search":
            found = searching.search(
                scanner,
                files,
                ask.query.search,
                ask.window,
                newest_first=ask.newest_first,
                offset=ask.offset,
                limit=ask.limit,
            )
            return Answer(found=found)
        case "histogram":
            return Answer(
                buckets=searching.histogram(
                    scanner, files, ask.query.search, ask.window, ask.interval_s
                )
            )
        case "windows":
            return Answer(windows=sql_stores.windows(ask.query.sql or "", ask.names))
        case "stores":
            return Answer(table=stores(ask.log_sources(), ask.query.sql or ""))
        case _:
            return Answer(table=sql(files, ask))
