"""What is deleted from a SQLite database is not left in its file."""

from pathlib import Path

from juyong.store.sqlite import SqliteConnection


def test_deleted_content_is_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    raw = SqliteConnection(file, durable=False).raw
    raw.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, x TEXT)")
    for number in range(100):
        raw.execute("INSERT INTO t VALUES (?, ?)", (number, f"sealed-material-{number}"))
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"sealed-material-7" in file.read_bytes()
    raw.execute("DELETE FROM t WHERE n = 7")
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    found = file.read_bytes()
    assert b"sealed-material-70" in found
    assert found.count(b"sealed-material-7") == 10
