"""The development fallback: the same face, over a child that keeps sealed files."""

import ctypes
import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tests.unit.hsm.public_half import encrypt, verify

from juyong.engines.crypto.keys import BadInput, NotOffered, Undecipherable
from juyong.hsm.errors import HsmUnavailable, KeyMissing, LabelTaken
from juyong.hsm.open import open_process
from juyong.hsm.process import messages as say
from juyong.hsm.specs import SPECS

KEY = bytes(range(32))
DIGEST = hashlib.sha256(b"message").digest()
SOURCE = str(Path(__file__).parents[3] / "src")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """Open one child for tests that leave it alone."""
    opened = open_process(tmp_path_factory.mktemp("process") / "process", KEY)
    yield opened
    opened.close()


@pytest.fixture
def directory(tmp_path) -> Path:
    return tmp_path / "process"


@pytest.fixture
def hsm(directory):
    opened = open_process(directory, KEY)
    yield opened
    opened.close()


@pytest.mark.parametrize("spec", SPECS)
def test_every_spec_is_offered_as_its_library_is_there(shared, spec):
    there = spec != "EC_SM2" or _has_sm2()
    assert shared.offers(spec) is there
    assert all(shared.offers(spec, algorithm) is there for algorithm in SPECS[spec].algorithms)
    assert not shared.offers(spec, "ECIES")


def _has_sm2() -> bool:
    import importlib.util

    return importlib.util.find_spec("gmssl_pyx") is not None


@pytest.mark.parametrize("spec", ["RSA_2048", "EC_P256", "EC_P256K"])
def test_generated_pair(shared, spec):
    shared.generate(spec, spec)
    key = shared.key(spec, spec)
    public = key.public_key()
    assert public == shared.public_key(spec)
    for algorithm in SPECS[spec].algorithms:
        if algorithm.startswith("RSAES"):
            assert key.decrypt(algorithm, encrypt(algorithm, public, b"plaintext")) == b"plaintext"
        else:
            verify(algorithm, public, key.sign(algorithm, DIGEST), DIGEST)
    with pytest.raises(BadInput):
        key.sign(SPECS[spec].algorithms[-1], b"short")


def test_imported_keys(shared):
    material, nonce = os.urandom(32), os.urandom(12)
    shared.import_material("Aliyun_AES_256", "aes", material)
    key = shared.key("Aliyun_AES_256", "aes")
    sealed = key.seal(nonce, b"plaintext", b"aad")
    assert sealed == AESGCM(material).encrypt(nonce, b"plaintext", b"aad")
    assert key.open(nonce, sealed, b"aad") == b"plaintext"
    with pytest.raises(Undecipherable):
        key.open(nonce, sealed, b"other")
    with pytest.raises(BadInput):
        key.seal(b"short", b"", b"")
    with pytest.raises(BadInput):
        shared.import_material("Aliyun_AES_256", "aes31", material[1:])
    shared.import_material("HMAC_SHA_256", "mac", material)
    import hmac

    expected = hmac.new(material, b"message", "sha256").digest()
    assert shared.key("HMAC_SHA_256", "mac").mac("HMAC_SHA_256", b"message") == expected


def test_what_a_key_is_not_for_is_refused(shared):
    shared.generate("HMAC_SHA_512", "only-mac")
    with pytest.raises(KeyMissing):
        shared.key("EC_P256", "only-mac").sign("ECDSA_SHA_256", DIGEST)
    with pytest.raises(KeyMissing):
        shared.public_key("only-mac")
    with pytest.raises(NotOffered):
        shared.key("HMAC_SHA_512", "only-mac").mac("HMAC_SHA_256", b"")
    with pytest.raises(NotOffered):
        shared.generate("DES", "des")
    with pytest.raises(BadInput):
        shared.generate("EC_P256", "a/b")
    for wrong in (
        say.Seal(spec="HMAC_SHA_512", label="only-mac", nonce=b"n" * 12, plaintext=b"", aad=b""),
        say.Open(spec="HMAC_SHA_512", label="only-mac", nonce=b"n" * 12, sealed=b"", aad=b""),
        say.Sign(spec="HMAC_SHA_512", label="only-mac", algorithm="HMAC_SHA_512", digest=DIGEST),
        say.Decrypt(
            spec="HMAC_SHA_512", label="only-mac", algorithm="HMAC_SHA_512", ciphertext=b""
        ),
        say.Start(directory="/tmp", key=KEY),  # noqa: S108  # never opened
    ):
        with pytest.raises((NotOffered, BadInput)):
            shared.ask(wrong)


def test_labels_and_destroy(hsm):
    assert list(hsm.labels()) == []
    hsm.generate("EC_P256", "b")
    hsm.generate("Aliyun_SM4", "a")
    assert list(hsm.labels()) == ["a", "b"]
    with pytest.raises(LabelTaken):
        hsm.generate("EC_P256", "a")
    with pytest.raises(LabelTaken):
        hsm.import_material("Aliyun_AES_128", "b", b"k" * 16)
    key = hsm.key("EC_P256", "b")
    key.sign("ECDSA_SHA_256", DIGEST)
    for _ in range(2):
        hsm.destroy("b")
        with pytest.raises(KeyMissing):
            key.sign("ECDSA_SHA_256", DIGEST)
    assert list(hsm.labels()) == ["a"]


def test_it_says_what_it_is(hsm):
    assert hsm.health().development
    assert "development fallback" in hsm.health().description


def test_key_destroyed_by_another_process_is_gone_here(hsm, directory):
    hsm.generate("EC_P256", "a")
    key = hsm.key("EC_P256", "a")
    key.sign("ECDSA_SHA_256", DIGEST)
    other = open_process(directory, KEY)
    other.destroy("a")
    other.close()
    with pytest.raises(KeyMissing):
        key.sign("ECDSA_SHA_256", DIGEST)


def test_keys_survive_the_child_and_are_sealed_on_disk(hsm, directory):
    material = os.urandom(32)
    hsm.import_material("Aliyun_AES_256", "a", material)
    sealed = hsm.key("Aliyun_AES_256", "a").seal(b"n" * 12, b"plaintext", b"")
    hsm.close()
    for path in directory.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
        assert material not in path.read_bytes()
    assert directory.stat().st_mode & 0o777 == 0o700
    again = open_process(directory, KEY)
    assert again.key("Aliyun_AES_256", "a").open(b"n" * 12, sealed, b"") == b"plaintext"
    again.close()


def test_another_sealing_key_is_refused(hsm, directory):
    hsm.generate("EC_P256", "a")
    other = open_process(directory, bytes(32))
    with pytest.raises(HsmUnavailable, match="another key"):
        other.health()
    other.close()


def test_any_flipped_byte_is_found(hsm, directory):
    hsm.generate("Aliyun_AES_128", "a")
    (path,) = directory.glob("*.key")
    good = path.read_bytes()
    for at in range(len(good)):
        path.write_bytes(bytes([*good[:at], good[at] ^ 1, *good[at + 1 :]]))
        with pytest.raises(HsmUnavailable):
            hsm.key("Aliyun_AES_128", "a").seal(b"n" * 12, b"", b"")
    path.write_bytes(good)
    hsm.key("Aliyun_AES_128", "a").seal(b"n" * 12, b"", b"")


def test_swapped_files_are_found(hsm, directory):
    hsm.generate("Aliyun_AES_128", "a")
    hsm.generate("Aliyun_AES_128", "b")
    one, two = directory.glob("*.key")
    first = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(first)
    with pytest.raises(HsmUnavailable):
        hsm.key("Aliyun_AES_128", "a").seal(b"n" * 12, b"", b"")


def test_killed_child_is_started_again(hsm):
    hsm.generate("EC_P256", "a")
    key = hsm.key("EC_P256", "a")
    public = key.public_key()
    for _ in range(3):
        os.kill(hsm._child.process.pid, signal.SIGKILL)
        verify("ECDSA_SHA_256", public, key.sign("ECDSA_SHA_256", DIGEST), DIGEST)


def test_generate_that_was_done_when_the_child_died_is_done_once(hsm, monkeypatch):
    hsm.health()
    exchange = type(hsm._child).exchange
    killed = []

    def dies_after(child, sent):
        reply = exchange(child, sent)
        if b"Make" in sent and not killed:
            killed.append(child)
            raise say.Ended
        return reply

    monkeypatch.setattr(type(hsm._child), "exchange", dies_after)
    hsm.generate("EC_P256", "a")
    assert len(killed) == 1
    with pytest.raises(LabelTaken):
        hsm.generate("EC_P256", "a")


def test_child_that_dies_twice_is_an_error(hsm, monkeypatch):
    from juyong.hsm.process import client

    monkeypatch.setattr(client, "_BOOT", "raise SystemExit(3)")
    with pytest.raises(HsmUnavailable, match="died twice"):
        hsm.health()


def test_child_that_hangs_is_ended(directory, monkeypatch):
    from juyong.hsm.process import client

    monkeypatch.setattr(client, "_BOOT", "import time; time.sleep(60)")
    monkeypatch.setattr(client, "_LAST_WAIT_SECONDS", 0.05)
    hsm = client.ProcessHsm(directory, KEY, wait_seconds=0.2)
    with pytest.raises(HsmUnavailable, match="does not answer"):
        hsm.health()
    assert hsm._child is None
    hsm.close()


def test_closed_and_forked_are_refused(hsm):
    hsm.health()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            hsm.health()
        except HsmUnavailable as refused:
            os.write(write, str(refused).encode())
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    assert b"forked" in os.read(read, 200)
    os.close(read)
    hsm.close()
    with pytest.raises(HsmUnavailable, match="closed"):
        hsm.health()


def test_child_inherits_nothing_and_argv_says_nothing(hsm, monkeypatch):
    monkeypatch.setenv("JUYONG_TEST_SECRET", "visible")
    with socket.socket() as inherited:
        os.set_inheritable(inherited.fileno(), True)  # noqa: FBT003  # its only parameter
        hsm.health()
    process = Path("/proc") / str(hsm._child.process.pid)
    argv = process.joinpath("cmdline").read_bytes()
    assert KEY not in argv
    assert KEY.hex().encode() not in argv
    limits = process.joinpath("limits").read_text().splitlines()
    assert [line.split()[4:6] for line in limits if "core file" in line] == [["0", "0"]]
    with suppress(PermissionError):  # Nobody but root may even look.
        assert process.joinpath("environ").read_bytes() == b""
        sockets = [p for p in process.joinpath("fd").iterdir() if "socket" in str(p.readlink())]
        assert len(sockets) == 1


def test_hardened_process_is_not_dumpable():
    from juyong.hsm.process.child import harden

    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        harden()
        os.write(write, bytes([ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)]))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 1) == b"\x00"
    os.close(read)
    os.close(write)


def test_child_ends_with_its_client(directory):
    program = (
        "import sys; from pathlib import Path; from juyong.hsm.open import open_process\n"
        "hsm = open_process(Path(sys.argv[1]), bytes(32)); hsm.health()\n"
        "print(hsm._child.process.pid, flush=True); import os, signal\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, directory],
        env={"PYTHONPATH": SOURCE},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    pid = int(done.stdout)
    ended = threading.Event()
    for _ in range(200):
        if not Path(f"/proc/{pid}").exists() or " Z " in Path(f"/proc/{pid}/stat").read_text():
            break
        ended.wait(0.05)
    else:
        pytest.fail("the child outlives its client")


def test_threads_take_turns(shared):
    shared.generate("Aliyun_AES_256", "threads")
    key = shared.key("Aliyun_AES_256", "threads")

    def work(number):
        for turn in range(50):
            nonce = bytes([number, turn]) * 6
            assert key.open(nonce, key.seal(nonce, nonce, b""), b"") == nonce
        return True

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(work, range(4)))


def test_too_much_at_once_is_refused(shared):
    shared.generate("HMAC_SHA_256", "long")
    key = shared.key("HMAC_SHA_256", "long")
    assert len(key.mac("HMAC_SHA_256", b"m" * (say.MOST_BYTES - 200))) == 32
    with pytest.raises(BadInput):
        key.mac("HMAC_SHA_256", b"m" * say.MOST_BYTES)
    assert len(key.mac("HMAC_SHA_256", b"")) == 32


def test_messages_do_not_show_values():
    assert "k" * 8 not in repr(say.Make(spec="s", label="l", attempt=b"a" * 16, material=b"k" * 8))
    assert repr(say.Start(directory="d", key=KEY)) == "<Start>"
