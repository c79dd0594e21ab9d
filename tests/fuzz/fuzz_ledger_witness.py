"""Requests to cosign: read in one form, decided without a failure, and no fork is cosigned."""

from tests.ledger_logs import LOG, Log, event_leaf, events, signed

from juyong.engines.ledger import LedgerError, Request, Seen, judge, prove_consistency

_GROWN, _OLD = Log(events(20)), Log(events(8))
_FORK = Log([event_leaf(99), *events(20)[1:]])
_SEEN = Seen(8, _OLD.frontier.root())


def _body(log: Log, old: int) -> bytes:
    note, size = signed(log.checkpoint), log.frontier.size
    proof = prove_consistency(log.tiles.read, old, size) if old <= size else []
    return Request(old, tuple(proof), note, log.checkpoint).encode()


SEEDS: list[bytes] = [
    _body(_GROWN, 8),
    _body(_GROWN, 0),
    _body(_GROWN, 20),
    _body(_GROWN, 21),
    _body(_FORK, 8),
    _body(_OLD, 8),
    _body(Log(), 0),
    b"old 8\n\n",
    b"old 8\n" + b"A" * 43 + b"=\n\no\n1\n",
    b"",
]


def target(data: bytes) -> None:
    """Decide about the bytes, with and without a state."""
    try:
        request = Request.parse(data)
    except LedgerError:
        return
    assert request.encode() == data
    for seen in (None, _SEEN):
        verdict = judge(request, [LOG.key], seen)
        assert verdict.status in (200, 400, 403, 409, 422)
        if verdict.status != 200:
            assert verdict.seen == seen
            assert verdict.reason.endswith("\n")
        elif seen is not None:
            # Only what the log itself signed and what follows from the old tree.
            assert verdict.seen in (_SEEN, Seen(20, _GROWN.frontier.root()))
    assert judge(request, [], None).status == 404
