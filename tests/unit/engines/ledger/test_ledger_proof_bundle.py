"""The file that proves one event, and the script that checks one without this product."""

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from tests.docs.walkthrough import ROOT
from tests.ledger_logs import LOG, ORIGIN, WITNESS, Log, Signing, events

from juyong.engines.ledger import (
    BadProof,
    BadSignature,
    Beginning,
    Leaf,
    LedgerError,
    Malformed,
    NotSigned,
    ProofBundle,
    cosign,
    decode_leaf,
    encode_event,
    prove_inclusion,
)

SCRIPT = ROOT / "docs" / "check_proof.py"
BODY = b'{"eventId":"8f14e45f-ceea-467f-9b5a-5a4a3a2a1a0a","eventName":"CreateUser"}'
EVENT = encode_event(
    "8f14e45f-ceea-467f-9b5a-5a4a3a2a1a0a", 1_700_000_000_123, sha256(BODY).digest()
)
LEAVES = [*events(300), EVENT, *events(700)[301:]]
HOLDER = Log(LEAVES)
NOW = 1_700_000_100


def bundle(index: int = 300, log: Log = HOLDER, *, cosigned: bool = False) -> ProofBundle:
    proof = prove_inclusion(log.tiles.read, log.frontier.size, index)
    note = log.note
    if cosigned:
        made = cosign(note.text, WITNESS.key, WITNESS.sign, NOW)
        note = note._replace(signatures=(*note.signatures, made))
    return ProofBundle(index, tuple(proof), note, log.leaves[index])


def test_the_form_of_the_file():
    lines = bundle().encode().decode().split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1].startswith("extra ")
    assert lines[2] == "index 300"
    assert lines[lines.index("") + 1 :][:2] == [ORIGIN, "700"]


@pytest.mark.parametrize("index", [0, 255, 256, 300, 699])
def test_a_leaf_is_proven(index: int):
    read = ProofBundle.parse(bundle(index, cosigned=True).encode())
    proven = read.check(ORIGIN, [LOG.key], witnesses=[WITNESS.key], quorum=1)
    assert (proven.leaf, proven.index) == (decode_leaf(LEAVES[index]), index)
    assert proven.opened.checkpoint == HOLDER.checkpoint
    assert proven.opened.cosigned == {WITNESS.key: NOW}


def test_the_only_leaf_of_a_log_is_proven():
    log = Log([EVENT])
    assert bundle(0, log).proof == ()
    assert ProofBundle.parse(bundle(0, log).encode()).check(ORIGIN, [LOG.key]).index == 0


def test_a_beginning_is_proven():
    began = Beginning(
        old_origin="old", old_checkpoint_hash=bytes(32), operator="o", reason="r", time_ms=1
    )
    log = Log([began.encode(), EVENT])
    assert bundle(0, log).check(ORIGIN, [LOG.key]).leaf == began


def changed(**values) -> ProofBundle:
    made = bundle()
    fields = {name: getattr(made, name) for name in made.__struct_fields__}
    return ProofBundle(**fields | values)


def test_what_is_not_in_the_log_is_not_proven():
    other = Leaf("other", 1, bytes(32)).encode()
    for wrong in (
        changed(extra=other),
        changed(index=299),
        changed(proof=bundle().proof[1:]),
        changed(proof=(*bundle().proof, bytes(32))),
        changed(note=Log(events(700)).note),
    ):
        with pytest.raises(BadProof):
            wrong.check(ORIGIN, [LOG.key])
    with pytest.raises(Malformed):
        changed(extra=b"").check(ORIGIN, [LOG.key])


def test_a_checkpoint_of_others_proves_nothing():
    made = bundle()
    with pytest.raises(NotSigned):
        made.check("other", [LOG.key])
    with pytest.raises(NotSigned):
        made.check(ORIGIN, [Signing("other", b"x").key])
    with pytest.raises(NotSigned):
        made.check(ORIGIN, [LOG.key], witnesses=[WITNESS.key], quorum=1)
    forged = made.note._replace(
        signatures=tuple(each._replace(value=bytes(64)) for each in made.note.signatures)
    )
    with pytest.raises(BadSignature):
        changed(note=forged).check(ORIGIN, [LOG.key])


FILE = bundle().encode()
EXTRA = FILE.split(b"\n")[1] + b"\n"


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"c2sp.org/tlog-proof@v1\n\n", FILE.replace(b"@v1", b"@v2"), b"\n" + FILE),
        *(FILE.replace(EXTRA, b"extra \n"), FILE.replace(EXTRA, EXTRA * 2), FILE[:-1]),
        *(FILE.replace(EXTRA, EXTRA.replace(b"extra", b"Extra")), FILE.replace(b"\n", b"\r\n")),
        *(FILE.replace(b"index 300\n", b""), FILE.replace(b"index 300", b"index 0300")),
        *(FILE.replace(b"index 300\n", b"index 300\n" + EXTRA), FILE.replace(b"=\n", b"\xff\n")),
        changed(proof=(bytes(32),) * 64).encode(),
        changed(extra=bytes(300_000)).encode(),
        FILE + b"x" * 300_000,
    ],
)
def test_other_bytes_are_no_proof(data: bytes):
    with pytest.raises(Malformed):
        ProofBundle.parse(data)


def test_sixty_three_hashes_and_the_longest_leaf_are_read():
    made = changed(proof=(bytes(32),) * 63, extra=bytes(65_535))
    assert ProofBundle.parse(made.encode()).encode() == made.encode()


def test_a_file_without_a_leaf_is_read():
    read = ProofBundle.parse(FILE.replace(EXTRA, b""))
    assert read.extra == b""
    assert read.encode() == FILE.replace(EXTRA, b"")


# -- the independent script ---------------------------------------------------------------------------


def script(place: Path, data: bytes, *more: str, origin: str = ORIGIN, key: str = LOG.key.text):
    """Run the script on a file, without any path to this product."""
    file = place / "event.tlog-proof"
    file.write_bytes(data)
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(file), origin, key, *more],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_script_is_short_and_knows_nothing_of_us():
    text = SCRIPT.read_text()
    assert len(text.splitlines()) <= 50
    assert "import juyong" not in text
    assert "from juyong" not in text


def test_the_script_proves_an_event_and_its_body(tmp_path: Path):
    body = tmp_path / "body.json"
    body.write_bytes(BODY)
    done = script(tmp_path, bundle(cosigned=True).encode(), str(body))
    assert (done.returncode, done.stderr) == (0, "")
    assert "8f14e45f-ceea-467f-9b5a-5a4a3a2a1a0a" in done.stdout
    assert "2023-11-14 22:13:20.123" in done.stdout
    assert "leaf 300 of 700" in done.stdout
    body.write_bytes(BODY + b" ")
    assert script(tmp_path, FILE, str(body)).returncode == 1


@pytest.mark.parametrize("index", [0, 1, 255, 256, 511, 512, 698, 699])
def test_the_script_agrees_with_us(tmp_path: Path, index: int):
    assert script(tmp_path, bundle(index).encode()).returncode == 0


WRONG = {
    "index": FILE.replace(b"index 300", b"index 301"),
    "beyond": FILE.replace(b"index 300", b"index 700"),
    "leaf": changed(extra=Leaf("other", 1, bytes(32)).encode()).encode(),
    "trailing": changed(extra=EVENT + b"\0").encode(),
    "short": changed(proof=bundle().proof[1:]).encode(),
    "long": changed(proof=(*bundle().proof, bytes(32))).encode(),
    "root": changed(note=Log(events(700)).note).encode(),
    "text": FILE.replace(b"\n700\n", b"\n699\n"),
    "unsigned": FILE.replace("— ".encode(), "— other".encode()),
    "nothing": b"",
    "version": FILE.replace(b"@v1", b"@v2"),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_script_refuses_what_we_refuse(tmp_path: Path, name: str):
    with pytest.raises(LedgerError):
        ProofBundle.parse(WRONG[name]).check(ORIGIN, [LOG.key])
    done = script(tmp_path, WRONG[name])
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


def test_the_script_knows_the_log_it_was_asked_about(tmp_path: Path):
    assert script(tmp_path, FILE, origin="other").returncode == 1
    assert script(tmp_path, FILE, key=Signing(ORIGIN, b"other").key.text).returncode == 1
