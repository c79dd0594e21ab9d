"""The process that answers queries by a ClickHouse server.

    python -I -m juyong.app.logsearch.child SERVER_PID MEMORY_MB

The first message that comes says which server; see `click_engine.FirstMessage`.
"""

import sys
from functools import partial

import msgspec

from juyong.app.logsearch.server import ClickHouseServer
from juyong.engines.logsearch import click_sql, errors
from juyong.engines.logsearch.answering import answered
from juyong.engines.logsearch.click_engine import FirstMessage
from juyong.engines.logsearch.click_search import ClickScanner
from juyong.engines.logsearch.messages import Answer, Ask, Refusal, begin, bound, receive, serve


def answer(server: ClickHouseServer, ask: Ask) -> Answer:
    """Answer a question, or say why not."""
    server.begin(ask.seconds)
    try:
        return answered(
            ask,
            ClickScanner(server, ask.log_files()),
            partial(click_sql.run, server),
            partial(click_sql.run_stores, server),
        )
    except errors.LogSearchError as refused:
        return Answer(refusal=Refusal(type(refused).__name__, str(refused)))
    except MemoryError:
        return Answer(refusal=Refusal("TooMuchMemory", "the query needs too much memory"))
    except OSError:
        return Answer(refusal=Refusal("EngineFailed", "a file of logs could not be read"))


def main() -> None:
    """Run the process; nothing but answers goes to the standard output."""
    parent, memory_mb = map(int, sys.argv[1:3])
    out = begin(parent)
    bound(memory_mb)
    source = sys.stdin.buffer
    first = receive(source)
    if first is None:
        return
    server = ClickHouseServer(msgspec.msgpack.decode(first, type=FirstMessage))
    serve(source, out, Ask, partial(answer, server))


if __name__ == "__main__":
    main()
