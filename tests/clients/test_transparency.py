"""The ledger and the Go implementations of transparency logs read each other's bytes.

They are golang.org/x/mod/sumdb/{tlog,note}, which Go's own module log uses, and filippo.io/torchwood,
which witnesses use.
"""

import json
import subprocess
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from tests.clients.build import built_transparency
from tests.ledger_logs import LOG, WITNESS, Log, Signing, events, signed
from tests.witnesses import witnessing

from juyong.engines.ledger import (
    COSIGNING,
    ENTRIES,
    WIDTH,
    Key,
    Note,
    Request,
    Signature,
    Tile,
    cosign,
    open_checkpoint,
    pack_entries,
    prove_consistency,
    prove_inclusion,
    root_from_tiles,
    width_at,
)

pytestmark = pytest.mark.timeout(600)
NOW = 1_700_000_000
SIZES = (1, 2, 255, 256, 257, 65_536, 66_000)


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_transparency(tmp_path_factory.mktemp("transparency"))


def places(size: int) -> list[int]:
    wanted = (0, 1, 100, 254, 255, 256, size // 2, size - 2, size - 1)
    return sorted({each for each in wanted if 0 <= each < size})


def proofs(log: Log) -> dict[str, Any]:
    """Return our proofs of a log, as the program reads and writes them."""
    size, reader = log.frontier.size, log.tiles.read
    olds = [each + 1 for each in places(size)]
    return {
        "Records": {str(i): text(prove_inclusion(reader, size, i)) for i in places(size)},
        "Trees": {str(old): text(prove_consistency(reader, old, size)) for old in olds},
        "OldRoots": {str(old): base64(root_from_tiles(reader, old)) for old in olds},
        "Leaves": {str(i): base64(log.leaves[i]) for i in places(size)},
    }


def base64(data: bytes) -> str:
    return b64encode(data).decode()


def text(hashes: list[bytes]) -> list[str]:
    return [base64(each) for each in hashes]


def write(
    log: Log,
    folder: Path,
    told: dict[str, Any],
    witness: Signing = WITNESS,
    cosignature: Signature | None = None,
) -> None:
    """Lay a log out in a folder as it is published."""
    size, note = log.frontier.size, signed(log.checkpoint)
    witnessed = cosignature or cosign(note.text, witness.key, witness.sign, NOW)
    note = note._replace(signatures=(*note.signatures, witnessed))
    files = {"checkpoint": note.encode()}
    for (level, index), hashes in log.tiles.kept.items():
        files[Tile(level, index, width_at(size, level, index)).path] = hashes
    for index in range(-(-size // WIDTH)):
        leaves = log.leaves[index * WIDTH : (index + 1) * WIDTH]
        files[Tile(ENTRIES, index, len(leaves)).path] = pack_entries(leaves)
    seed = witness.private.private_bytes_raw()
    asked = {"Key": LOG.key.text, "WitnessName": witness.key.name, "WitnessSeed": base64(seed)}
    files["told.json"] = json.dumps(asked | told).encode()
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def read(program: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program, folder], capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize("size", SIZES)
def test_go_reads_our_log_and_makes_the_same_proofs(
    program: Path, tmp_path: Path, size: int
) -> None:
    log = Log(events(size))
    told = proofs(log)
    write(log, tmp_path, told)
    done = read(program, tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["Origin"], found["Size"]) == (log.checkpoint.origin, size)
    assert b64decode(found["Root"]) == log.frontier.root()
    assert found["Cosigned"] == [LOG.key.name, WITNESS.key.name]
    assert {i: each or [] for i, each in found["Records"].items()} == told["Records"]
    assert {old: each or [] for old, each in found["Trees"].items()} == told["Trees"]
    assert found["Entries"] == size


def test_go_verifies_what_a_witness_cosigned(program: Path, tmp_path: Path) -> None:
    """From the command's key file to its answer over HTTP."""
    log, home = Log(events(300)), tmp_path / "w"
    with witnessing(home, LOG.key.text) as served:
        said = served.ask(Request(0, (), log.note, log.checkpoint).encode())
    assert said.status == 200
    (cosignature,) = Note.parse(log.note.encode() + said.text.encode()).signatures[1:]
    _, _, name, _, secret = (home / "witness-key").read_text().strip().split("+", 4)
    witness = Signing(name, b64decode(secret)[1:], COSIGNING)
    assert witness.key == served.key
    write(log, tmp_path, proofs(log), witness, cosignature)
    done = read(program, tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["Cosigned"] == [LOG.key.name, served.key.name]
    value = bytes([*cosignature.value[:7], cosignature.value[7] ^ 1, *cosignature.value[8:]])
    write(log, tmp_path, proofs(log), witness, cosignature._replace(value=value))
    assert "invalid signature" in read(program, tmp_path).stderr, "the time is signed too"


def test_we_verify_what_go_signs(program: Path, tmp_path: Path) -> None:
    log = Log(events(3))
    write(log, tmp_path, proofs(log))
    found = json.loads(read(program, tmp_path).stdout)
    note, key = found["Note"].encode(), Key.parse(found["NoteKey"])
    witness = Key.parse(found["WitnessKey"])
    assert (key.text, witness.text) == (found["NoteKey"], found["WitnessKey"])
    opened = open_checkpoint(note, log.checkpoint.origin, [key], witnesses=[witness], quorum=1)
    assert opened.checkpoint == log.checkpoint
    assert opened.cosigned[witness] > NOW
    assert Note.parse(note).encode() == note


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("checkpoint", "invalid signature"),
        ("tile/0/000.p/200", "inconsistent tile"),
        ("tile/entries/000.p/200", "hash mismatch for entry 199"),
        ("told.json", "invalid transparency proof"),
    ],
)
def test_go_refuses_what_was_changed(
    program: Path, tmp_path: Path, path: str, complaint: str
) -> None:
    """The program's word counts for something: one changed byte, and there is none."""
    log = Log(events(200))
    told = proofs(log)
    if path == "told.json":
        told["Records"]["7"], told["Leaves"]["7"] = told["Records"]["0"], told["Leaves"]["0"]
    write(log, tmp_path, told)
    if path != "told.json":
        data = (tmp_path / path).read_bytes()
        changed = data.replace(b"\n200\n", b"\n201\n") if path == "checkpoint" else data[:-1] + b"x"
        (tmp_path / path).write_bytes(changed)
    done = read(program, tmp_path)
    assert done.returncode == 1
    assert complaint in done.stderr
