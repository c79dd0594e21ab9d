"""A process that works on a table of stored collections until it is killed.

Arguments: the descriptor of the table, and what to do. `count` adds to one member and writes a byte
after each time; `hold` takes the lock of the member's set, writes a byte, and keeps the lock.
"""

import os
import signal
import sys

from juyong.waf.shared_store import SharedStore, Table

RECORD = ("IP", b"192.0.2.1")


def main() -> None:
    table = Table(int(sys.argv[1]))
    if sys.argv[2] == "hold":
        at, _ = table.place(RECORD)
        table.take(at)
        os.write(1, b".")
        signal.pause()
    store = SharedStore(table)
    while True:
        store.change(RECORD, b"n", "+", b"1", 1_000.0)
        os.write(1, b".")


if __name__ == "__main__":
    main()
