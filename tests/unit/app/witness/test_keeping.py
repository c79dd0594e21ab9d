"""A witness remembers before it answers, and cosigns no two checkpoints that do not agree."""

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.ledger_logs import LOG, ORIGIN, Log, Signing, events, signed
from tests.unit.app.state.conftest import NOW
from tests.unit.app.witness.conftest import FORK, GROWN, SAME_SIZE, SHORT, request, witness_at

from juyong.api.command import BadInput, OperatorError
from juyong.app.home import open_home
from juyong.app.platform import open_platform
from juyong.app.settings import Settings
from juyong.app.witness import keeping
from juyong.app.witness.keeping import CosigningKey, MemoryDamaged, Witness, key_of_witness
from juyong.engines.ledger import Malformed, Note, open_checkpoint


def files(home: Path) -> list[str]:
    return sorted(each.name for each in (home / "witnessed").iterdir())


def test_what_is_cosigned_is_remembered_and_proves_itself(home: Path, witness: Witness) -> None:
    assert witness.newest(ORIGIN) is None
    said = witness.add(request(SHORT))
    assert said.status == 200
    note = Note.parse(SHORT.note.encode() + said.text.encode())
    opened = open_checkpoint(note, ORIGIN, [LOG.key], witnesses=[witness.key], quorum=1)
    assert opened.cosigned[witness.key] == NOW
    assert witness.newest(ORIGIN) == note.encode()
    again = witness_at(home)
    assert again.key == witness.key
    assert again.add(request(GROWN, 8)).status == 200
    assert witness.add(request(SHORT)).text == "20\n", "both look at the disk"


def test_only_what_a_known_log_signed_is_kept(home: Path, witness: Witness) -> None:
    other = Signing(ORIGIN, b"other")
    strange = Signing("other.test/x", b"other")
    assert witness.add(request(SHORT, note=signed(SHORT.checkpoint, other))).status == 403
    assert witness.add(b"old 0\n\nx").status == 400
    assert witness.add(request(SHORT, note=signed(SHORT.checkpoint, LOG, strange))).status == 200
    kept = witness.newest(ORIGIN)
    assert kept is not None
    assert [each.name for each in Note.parse(kept).signatures] == [ORIGIN, witness.key.name]
    stranger = Witness(open_home(home), [strange.key], lambda: NOW)
    assert stranger.add(request(GROWN, 8)).status == 404
    assert stranger.newest(ORIGIN) is None


@pytest.mark.parametrize("fork", [FORK, SAME_SIZE])
def test_a_fork_is_refused_and_changes_nothing(witness: Witness, fork: Log) -> None:
    witness.add(request(GROWN))
    kept = witness.newest(ORIGIN)
    for old in (0, 3, 20):
        said = witness.add(request(fork, old))
        assert said.status in (409, 422)
        assert "\N{EM DASH}" not in said.text
    assert said.verdict is not None
    assert said.verdict.is_fork
    assert witness.newest(ORIGIN) == kept


def test_the_same_checkpoint_is_cosigned_again_and_written_once(
    witness: Witness, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = witness.add(request(GROWN))
    monkeypatch.setattr(keeping, "write_private", _fails(OSError(errno.ENOSPC, "full")))
    assert witness.add(request(GROWN, 20)) == first._replace(
        request=witness.add(request(GROWN, 20)).request
    )


def _fails(failure: BaseException) -> Callable[..., None]:
    def fail(*_given: object, **_named: object) -> None:
        raise failure

    return fail


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "full"), Killed()])
@pytest.mark.parametrize("step", ["fsync", "replace", "sync_folder"])
def test_a_full_disk_or_a_kill_at_any_step_brings_no_cosignature(
    home: Path, witness: Witness, monkeypatch: pytest.MonkeyPatch, failure: Exception, step: str
) -> None:
    witness.add(request(SHORT))
    with monkeypatch.context() as patch:
        place = {
            "fsync": "os.fsync",
            "replace": "pathlib.Path.replace",
            "sync_folder": "juyong.base.private_file.sync_folder",
        }[step]
        patch.setattr(place, _fails(failure))
        with pytest.raises(type(failure)):
            witness.add(request(GROWN, 8))
    again = witness_at(home)
    size = 20 if step == "sync_folder" else 8
    assert again.add(request(FORK, size)).status == 422
    assert again.add(request(GROWN, size)).status == 200
    assert len(files(home)) == 1, "what a kill left is removed"


def test_leftovers_of_a_kill_are_removed_at_the_next_start(home: Path, witness: Witness) -> None:
    (home / "witnessed" / ".x.1.ab").write_bytes(b"half")
    witness.add(request(SHORT))
    assert len(files(home)) == 2
    witness_at(home)
    assert len(files(home)) == 1


@pytest.mark.parametrize(
    "damage",
    [b"", b"x", GROWN.note.encode(), b"old"],
)
def test_a_memory_that_cannot_be_read_is_not_taken_for_none(
    home: Path, witness: Witness, damage: bytes
) -> None:
    """An attacker, or a disk: the first checkpoint of all would be cosigned otherwise."""
    witness.add(request(SHORT))
    (file,) = (home / "witnessed").iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b"\n8\n", b"\n7\n") if damage == b"old" else damage)
    for ask in (lambda: witness.add(request(GROWN)), lambda: witness.newest(ORIGIN)):
        with pytest.raises(MemoryDamaged, match="is not what this witness cosigned"):
            ask()
    file.write_bytes(whole)
    assert witness.add(request(GROWN, 8)).status == 200


def test_a_folder_that_is_gone_brings_no_cosignature(home: Path, witness: Witness) -> None:
    """A disk that is not mounted any more."""
    witness.add(request(SHORT))
    (home / "witnessed").rename(home / "elsewhere")
    with pytest.raises(FileNotFoundError):
        witness.add(request(FORK))
    with pytest.raises(OperatorError, match="is gone, and what was cosigned with it"):
        witness_at(home)
    (home / "elsewhere").rename(home / "witnessed")
    assert witness_at(home).add(request(GROWN, 8)).status == 200


def test_of_many_requests_from_one_checkpoint_one_passes(home: Path, witness: Witness) -> None:
    """Each of another continuation; threads meet at a gate before they ask."""
    witness.add(request(SHORT))
    bodies = [request(Log([*events(8), *events(30 + n)[29:]]), 8) for n in range(1, 13)]
    gate, said = threading.Barrier(len(bodies)), list[int]()

    def ask(body: bytes, through: Witness) -> None:
        gate.wait()
        said.append(through.add(body).status)

    each_its_own = [witness if n % 2 else witness_at(home) for n in range(len(bodies))]
    threads = [
        threading.Thread(target=ask, args=pair) for pair in zip(bodies, each_its_own, strict=True)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(said) == [200, *[409] * 11]


def test_the_key_is_private_and_others_can_read_its_form(home: Path) -> None:
    made = key_of_witness(open_home(home), "witness.test/w1")
    file = home / "witness-key"
    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text().strip()
    assert text.startswith(f"PRIVATE+KEY+witness.test/w1+{made.public.id.hex()}+")
    assert CosigningKey.parse(text).public == made.public
    assert text.rpartition("+")[2] not in repr(made)
    assert key_of_witness(open_home(home)).public == made.public
    with pytest.raises(BadInput, match=r"has the name `witness\.test/w1`"):
        key_of_witness(open_home(home), "other")


@pytest.mark.parametrize("name", ["a b", "a+b", "", "a\nb"])
def test_a_name_that_no_key_can_have_is_refused(home: Path, name: str) -> None:
    with pytest.raises(BadInput, match="a key's name is not empty"):
        key_of_witness(open_home(home), name)
    assert not (home / "witness-key").exists()


def test_a_name_is_drawn_where_none_is_given(home: Path, tmp_path: Path) -> None:
    first = key_of_witness(open_home(home)).public.name
    assert first.startswith("juyong-witness/")
    assert key_of_witness(open_home(tmp_path / "other")).public.name != first


def test_a_key_that_others_can_read_or_that_is_none_is_not_used(home: Path) -> None:
    key_of_witness(open_home(home))
    file = home / "witness-key"
    os.chmod(file, 0o644)  # noqa: PTH101  # as a shell does
    with pytest.raises(OperatorError, match="must have mode 0600"):
        key_of_witness(open_home(home))
    os.chmod(file, 0o600)  # noqa: PTH101
    text = file.read_text()
    name = text.split("+")[2]
    for wrong in ("", "x", text.replace(name, "other"), text[:-9], text.replace("PRIVATE", "")):
        file.write_text(wrong)
        with pytest.raises(OperatorError, match="cannot be used"):
            key_of_witness(open_home(home))
    with pytest.raises(Malformed):
        CosigningKey.parse("PRIVATE+KEY+a+00000000+AQ==")


def test_a_platforms_home_is_no_witness(tmp_path: Path) -> None:
    open_platform(tmp_path / "p", settings=Settings()).close()
    with pytest.raises(BadInput, match="is a platform's home"):
        witness_at(tmp_path / "p")
    assert not (tmp_path / "p" / "witness-key").exists()
