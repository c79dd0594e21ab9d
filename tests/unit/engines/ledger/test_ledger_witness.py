"""A witness's decision, case by case. Source: C2SP tlog-witness, add-checkpoint (documented)."""

import pytest
from tests.ledger_logs import LOG, ORIGIN, WITNESS, Log, Signing, event_leaf, events, signed

from juyong.engines.ledger import (
    EMPTY_ROOT,
    Checkpoint,
    Malformed,
    Note,
    Request,
    Seen,
    Verdict,
    cosign,
    judge,
    prove_consistency,
    sign,
)
from juyong.engines.ledger.witness import MOST_REQUEST_BYTES

GROWN = Log(events(20))
SEEN = Seen(8, Log(events(8)).frontier.root())
FORK = Log([*events(3), event_leaf(99), *events(20)[4:]])


def request(log: Log = GROWN, old: int = 8, note: Note | None = None, proof=None) -> Request:
    if proof is None:
        size = log.frontier.size
        proof = prove_consistency(log.tiles.read, old, size) if old <= size else []
    note = note or log.note
    return Request(old, tuple(proof), note, Checkpoint.parse(note.text))


def decided(request: Request, seen: Seen | None = SEEN, keys=(LOG.key,)) -> Verdict:
    """Decide from the bytes, as they arrive."""
    verdict = judge(Request.parse(request.encode()), keys, seen)
    assert (verdict.seen == seen) == (verdict.status != 200 or request.old_size == 20)
    return verdict


def test_a_consistent_checkpoint_is_cosigned():
    wanted = Seen(20, GROWN.frontier.root())
    assert decided(request()) == Verdict(200, wanted)
    assert decided(request(old=0), None) == Verdict(200, wanted)
    assert decided(request(old=20), wanted) == Verdict(200, wanted)
    line = cosign(request().note.text, WITNESS.key, WITNESS.sign, 1).line
    Note.parse(GROWN.note.encode() + line.encode()).check([WITNESS.key])


def test_an_unknown_log_is_not_found():
    assert decided(request(), None, ()).status == 404


def test_a_checkpoint_without_the_logs_signature_is_forbidden():
    other = Signing(ORIGIN, b"other")
    assert decided(request(note=signed(GROWN.checkpoint, other))).status == 403
    right = sign(GROWN.checkpoint.text, LOG.key, LOG.sign)
    wrong = right._replace(value=bytes(64))
    note = Note(GROWN.checkpoint.text, (right, wrong))
    assert decided(request(note=note)).status == 403


def test_signatures_of_others_are_ignored():
    note = signed(GROWN.checkpoint, LOG, Signing("other", b"other"))
    assert decided(request(note=note)).status == 200


def test_an_old_size_beyond_the_new_is_a_bad_request():
    assert decided(request(old=21, proof=[])).status == 400


@pytest.mark.parametrize("old", [0, 7, 9, 20])
def test_another_old_size_is_a_conflict_that_tells_the_right_one(old: int):
    verdict = decided(request(old=old))
    assert (verdict.status, verdict.reason) == (409, "8\n")


def test_a_log_that_was_never_seen_begins_at_zero():
    verdict = decided(request(old=8), None)
    assert (verdict.status, verdict.reason) == (409, "0\n")


def test_a_fork_is_refused():
    verdict = decided(request(FORK))
    assert (verdict.status, verdict.is_fork) == (422, True)
    verdict = decided(request(FORK, old=20), Seen(20, GROWN.frontier.root()))
    assert verdict == Verdict(409, Seen(20, GROWN.frontier.root()), "20\n", is_fork=True)
    assert not decided(request(old=7)).is_fork, "a log that did not know is no fork"


def test_a_rollback_is_refused():
    """A log put back from an older copy: whatever old size it claims."""
    back, seen = Log(events(10)), Seen(20, GROWN.frontier.root())
    assert decided(request(back, old=10, proof=[]), seen).status == 409
    assert decided(request(back, old=20, proof=[]), seen).status == 400


def test_a_wrong_proof_is_refused():
    right = list(request().proof)
    for wrong in ([], right[:-1], [*right, bytes(32)], right[::-1]):
        assert decided(request(proof=wrong)).status == 422
    assert decided(request(old=0, proof=right), None).status == 422
    assert decided(request(old=20, proof=right), Seen(20, GROWN.frontier.root())).status == 422


def test_an_empty_log_has_the_empty_root():
    empty, forged = Log(), Checkpoint(origin=ORIGIN, size=0, root=bytes(32))
    verdict = decided(request(empty, old=0), None)
    assert verdict == Verdict(200, Seen(0, EMPTY_ROOT))
    assert decided(request(empty, old=0, note=signed(forged)), None).status == 422


BODY = request().encode()


def test_a_request_reads_as_it_was_written():
    assert Request.parse(BODY) == request()
    assert BODY.startswith(b"old 8\n")


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"\n", b"old 8\n\n", b"old 8", BODY.replace(b"old 8", b"old 08")),
        *(BODY.replace(b"old 8", b"old -8"), BODY.replace(b"old 8", b"new 8"), b"x" + BODY),
        *(BODY.replace(b"old 8", b"old 8 "), BODY.replace(b"\n", b"\r\n", 1), b"\n" + BODY),
        *(BODY.replace(b"=\n", b"\n", 1), BODY.replace(b"=\n", b"=\xff\n", 1), BODY[:-1]),
        request(proof=[bytes(32)] * 64).encode(),
        BODY.replace(ORIGIN.encode(), b"", 1),
        BODY.replace(b"\n20\n", b"\n20x\n"),
        BODY + b"x" * 200_000,
    ],
)
def test_other_bodies_are_no_request(body: bytes):
    with pytest.raises(Malformed):
        Request.parse(body)


def test_sixty_three_hashes_are_read():
    made = request(proof=[bytes(32)] * 63)
    assert Request.parse(made.encode()) == made
    assert len(made.encode()) <= MOST_REQUEST_BYTES - 128 * 1024 + len(made.note.encode())
