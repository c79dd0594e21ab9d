"""The log engine over files of columns by DuckDB, in processes of its own."""

import os

from juyong.base.own_process import python_command
from juyong.engines.logsearch.process_engine import Limits, ProcessEngine


class DuckDBEngine(ProcessEngine):
    """Answers searches and SQL by DuckDB; see `port.LogEngine`."""

    _CHILD = "juyong.engines.logsearch.child"

    def __init__(self, limits: Limits | None = None) -> None:
        its = limits or Limits()
        command = python_command(self._CHILD, os.getpid(), its.memory_mb, its.threads, its.zone)
        super().__init__(its, command)
