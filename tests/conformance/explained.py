"""The events that official clients caused, explained: each question is decided again as it was."""

from collections import Counter

import msgspec
from tests.conformance.harness import Server

from juyong.app.state import state_of
from juyong.app.why.explaining import explained
from juyong.audit.tables import EventRow
from juyong.store.transaction import Transaction

_ALIKE = 2
"""How many events of one operation, kind of caller and outcome are explained."""
_PAGE = 500


def unexplained(server: Server) -> list[str]:
    """Return the events whose questions are not decided again as they were, and why."""
    state = state_of(server.running)
    state.settle()
    return server.running.store.call(lambda tx: list(_odd(tx, state.keys["audit"])))


def _odd(tx: Transaction, key: bytes) -> list[str]:
    found, seen, after = [], Counter[tuple[str, ...]](), 0
    while rows := tx.find(EventRow, order=("seq",), after=("seq", after), limit=_PAGE):
        after = rows[-1].seq
        for row in rows:
            who = msgspec.json.decode(row.body)["userIdentity"]["type"]
            kind = (row.service_name, row.event_name, who, row.error_code)
            seen[kind] += bool(row.evidence)
            if row.evidence and seen[kind] <= _ALIKE:
                told = explained(tx, row.event_id, key)
                if told.same is not True and not _is_too_much(told.reasons):
                    found.append(f"{kind}: {told.reasons or row.evidence}")
    return found


def _is_too_much(reasons: tuple[str, ...]) -> bool:
    return bool(reasons) and all("did not fit" in each for each in reasons)
