"""The first statements that need SQLAlchemy may come from several threads at once."""

import subprocess
import sys

# In a process of its own: in this one the library was imported long ago.
SEVERAL_AT_ONCE = """
import sys, threading
import psycopg
from juyong.api import registry
from juyong.store.late import sa, table_of
from juyong.store.nonces import NonceRow
from juyong.store.statements import Statements

def first(kind):
    return Statements(kind).of(lambda: sa.select(table_of(NonceRow).c.nonce))

works = [
    lambda: first("postgresql"),
    lambda: first("sqlite"),
    lambda: table_of(NonceRow),
    lambda: registry._import_core(["juyong.store.nonces"]),
]

def run(work):
    together.wait()
    try:
        work()
    except BaseException as fault:
        print(repr(fault))

registry.load_tables()
assert "sqlalchemy" not in sys.modules
sys.setswitchinterval(1e-6)
together = threading.Barrier(len(works))
threads = [threading.Thread(target=run, args=(work,)) for work in works]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_threads_that_import_it_at_once_find_it_whole() -> None:
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", SEVERAL_AT_ONCE], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
