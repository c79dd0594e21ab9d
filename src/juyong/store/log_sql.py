"""SQL over the one table of an intake log, whose name and columns stand in the log's file.

No value is ever joined into these texts; parameters stand by position.
"""

import sqlite3

import msgspec

MERGED = "coalesce((SELECT seq FROM main.store_intake WHERE log = (SELECT id FROM intake.log)), 0)"
"""Up to which number the log was merged, on a connection to the database."""
HOW_FAR = f"SELECT {MERGED}"
_OWN = frozenset({"log", "nonce"})


class LogTable(msgspec.Struct, frozen=True):
    """The table; `columns` is text, and leaves out the serial number."""

    name: str
    columns: str

    @property
    def view(self) -> str:
        """Makes the view that shows the rows of both files as one table."""
        select = f'SELECT "seq", {self.columns} FROM'
        return (
            f'CREATE TEMP VIEW "{self.name}" AS {select} main."{self.name}" UNION ALL'
            f' {select} intake."{self.name}" WHERE "seq" > {MERGED}'
        )

    @property
    def copy(self) -> str:
        """Copies rows from the log into the database. Takes two numbers: after, up to."""
        return (
            f'INSERT INTO main."{self.name}" ({self.columns}) SELECT {self.columns}'
            f' FROM intake."{self.name}" WHERE "seq" > ? AND "seq" <= ? ORDER BY "seq"'
        )

    @property
    def page_end(self) -> str:
        """The number of the last row of a page. Takes the number it is after, and the page."""
        return (
            f'SELECT max("seq") FROM (SELECT "seq" FROM intake."{self.name}"'
            ' WHERE "seq" > ? ORDER BY "seq" LIMIT ?)'
        )

    @property
    def newest(self) -> str:
        """The number of the newest row, on a connection to the log."""
        return f'SELECT max("seq") FROM "{self.name}"'

    @property
    def let_go(self) -> str:
        """Deletes rows, on a connection to the log. Takes the number of the last row to delete."""
        return f'DELETE FROM "{self.name}" WHERE "seq" <= ?'

    @property
    def drop(self) -> str:
        """Drops the table."""
        return f'DROP TABLE "{self.name}"'


def log_table(raw: sqlite3.Connection, schema: str) -> LogTable:
    """Return the table of a log, opened or attached."""
    (name,) = (
        name
        for name in table_names(raw, schema)
        if name not in _OWN and not name.startswith("sqlite_")
    )
    found = raw.execute(f"PRAGMA {schema}.table_info({name})")
    return LogTable(name, ", ".join(f'"{row[1]}"' for row in found if row[1] != "seq"))


def table_names(raw: sqlite3.Connection, schema: str = "main") -> list[str]:
    """Return the names of the tables of a file."""
    found = raw.execute(f"SELECT name FROM {schema}.sqlite_master WHERE type = 'table'")
    return [str(row[0]) for row in found]
