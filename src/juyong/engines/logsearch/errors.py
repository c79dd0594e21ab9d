"""Refusals of the log engine, each with the code that SLS answers."""


class LogSearchError(Exception):
    """A request that is not answered; the text is fit for the caller.

    `code` is the error code of SLS; all are answered with status 400 unless their text says so.
    """

    code = "ParameterInvalid"


class IndexInvalid(LogSearchError):
    """The index is not one. Source: SLS API reference, CreateIndex, error codes (documented)."""

    code = "IndexInfoInvalid"


class QueryInvalid(LogSearchError):
    """The search expression cannot be read, or asks for a key that has no index.

    Source: SLS API reference, GetLogs, error codes (documented).
    """


class SqlInvalid(LogSearchError):
    """The SQL part cannot be read, or is no question about the log."""


class UnsupportedFunction(SqlInvalid):
    """The SQL part calls a function that the engine does not have; the text names the function."""


class TimedOut(LogSearchError):
    """The query did not end within its time and was stopped. Status 500 (assumed)."""

    code = "QueryTimeout"


class TooMuchMemory(LogSearchError):
    """The query needs more memory than one query may have. Status 400 (assumed)."""

    code = "ExceedQueryMemory"


class EngineFailed(LogSearchError):
    """The process that answered the query ended, or could not read a file. Status 500."""

    code = "InternalServerError"
