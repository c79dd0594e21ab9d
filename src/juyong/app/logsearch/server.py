"""Statements to a ClickHouse server, over its HTTP interface.

Source: ClickHouse documentation, HTTP interface (documented): the statement is the body, settings
and `param_…` stand in the URL, the user and the password in headers, and an error is a text that
begins with `Code: N.`. A parameter is escaped as a tab-separated value is.
"""

import time
from collections.abc import Mapping
from urllib.parse import urlencode

from juyong.app.named_server import NamedServer
from juyong.base.addresses import networks
from juyong.engines.logsearch.click_answers import FORMAT, Rows, refusal_of, rows_of
from juyong.engines.logsearch.click_engine import FirstMessage
from juyong.engines.logsearch.click_search import SETTINGS, Statement
from juyong.engines.logsearch.errors import EngineFailed, SqlInvalid, TimedOut
from juyong.engines.logsearch.sql_results import MOST_BYTES

_MIB = 1 << 20
_MOST_ANSWER_BYTES = 2 * MOST_BYTES
_MOST_URL = 1_000_000
"""Characters of a URL; ClickHouse reads a few more."""
_ANSWERED = 200
_GRACE_SECONDS = 1.0
_ESCAPES = str.maketrans(
    {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0", "\b": "\\b", "\f": "\\f"}
)


class ClickHouseServer:
    """Asks a server, each statement within what is left of the question's time.

    Raises:
        BadSetting: the URL is none.
    """

    def __init__(self, told: FirstMessage) -> None:
        self._told = told
        self._allowed = networks(told.allowed)
        self._headers = {"X-ClickHouse-User": told.user, "X-ClickHouse-Key": told.word}
        self._ends = 0.0
        self._server(1.0)

    def begin(self, seconds: float) -> None:
        """Begin a question that may take so long."""
        self._ends = time.monotonic() + seconds

    def __call__(self, statement: Statement) -> Rows:
        """Answer a statement.

        Raises:
            LogSearchError: as the server says, or where there is no server or no time.
        """
        seconds = self._ends - time.monotonic()
        if seconds <= 0:
            raise TimedOut("the query took too long and was stopped")
        path = "/?" + urlencode(self._asked(statement.parameters, seconds))
        if len(path) > _MOST_URL:
            raise SqlInvalid("the texts of the query, or the files that it reads, are too many")
        try:
            status, body = self._server(seconds + _GRACE_SECONDS).post(
                path, statement.sql.encode(), self._headers, _MOST_ANSWER_BYTES
            )
        except TimeoutError:
            raise TimedOut("the query took too long and was stopped") from None
        except OSError:  # also FetchRefused: the name leads where it may not
            raise EngineFailed("the ClickHouse server cannot be asked") from None
        if status != _ANSWERED:
            text = body.decode("utf-8", "replace")
            raise refusal_of(text, of_caller=statement.of_caller)
        return rows_of(body)

    def _server(self, seconds: float) -> NamedServer:
        its = self._told
        return NamedServer(
            its.url,
            "log_clickhouse_url",
            self._allowed,
            seconds=seconds,
            ca_file=its.ca_file,
        )

    def _asked(self, parameters: Mapping[str, str], seconds: float) -> dict[str, str]:
        its = self._told
        return {
            **SETTINGS,
            "default_format": FORMAT,
            "wait_end_of_query": "1",
            "cancel_http_readonly_queries_on_client_close": "1",
            "session_timezone": its.zone,
            "max_threads": str(its.threads),
            "max_memory_usage": str(its.memory_mb * _MIB),
            "max_execution_time": f"{seconds:.3f}",
            "max_result_bytes": str(MOST_BYTES),
            **{f"param_{name}": text.translate(_ESCAPES) for name, text in parameters.items()},
        }
