"""The questions of a search, asked of DuckDB."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from juyong.engines.logsearch.conditions import DuckWriter
from juyong.engines.logsearch.log import Log
from juyong.engines.logsearch.parts import Part
from juyong.engines.logsearch.port import Window
from juyong.engines.logsearch.searching import FETCHED, Hit, log_of

WRITER = DuckWriter()


def source_of(part: Part) -> str:
    """Write the files of a part as a table of DuckDB's SQL."""
    names = ", ".join(WRITER.text(file.path) for file in part.files)
    return f"read_parquet([{names}], filename=true, file_row_number=true)"


class DuckScanner:
    """Answers what a search asks; see `searching.Scanner`."""

    def __init__(self, database: Any) -> None:
        self._database = database

    def hits(self, part: Part, window: Window, *, newest_first: bool, most: int) -> list[Hit]:
        """Return the first logs that the search finds."""
        order = "DESC" if newest_first else "ASC"
        self._database.execute(
            "SELECT _time, _seq, filename, file_row_number FROM "
            f"{source_of(part)} WHERE {part.where(window, WRITER)} "
            f"ORDER BY _time {order}, _seq {order} LIMIT {most}"
        )
        found: list[Hit] = self._database.fetchall()
        return found

    def logs(self, hits: Sequence[Hit]) -> Iterator[Log]:
        """Read whole logs, each file once."""
        rows: dict[tuple[str, int], Log] = {}
        by_file: dict[str, list[int]] = {}
        for _, _, name, row in hits:
            by_file.setdefault(name, []).append(row)
        for name, numbers in by_file.items():
            places = ", ".join(map(str, numbers))
            table = f"read_parquet([{WRITER.text(name)}], file_row_number=true)"
            self._database.execute(
                f"SELECT file_row_number, {FETCHED} FROM {table} "
                f"WHERE file_row_number IN ({places})"
            )
            rows |= {(name, row[0]): log_of(row[1:]) for row in self._database.fetchall()}
        return (rows[name, row] for _, _, name, row in hits)

    def counts(self, part: Part, window: Window, interval_s: int) -> Iterable[tuple[int, int]]:
        """Count logs by their step."""
        self._database.execute(
            f"SELECT (_time - {window.start_s}) // {interval_s} AS step, count(*) FROM "
            f"{source_of(part)} WHERE {part.where(window, WRITER)} GROUP BY step"
        )
        found: list[tuple[int, int]] = self._database.fetchall()
        return found
