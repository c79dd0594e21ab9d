"""Sessions: bounded, shared by threads, found again after the token was away."""

import hashlib
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.unit.hsm.public_half import verify

from juyong.base.secret import Secret
from juyong.hsm.errors import HsmNotConfigured, HsmUnavailable, KeyMissing
from juyong.hsm.files import held
from juyong.hsm.open import open_token

pkcs11 = pytest.importorskip("pkcs11")

from juyong.hsm.token import cryptoki  # noqa: E402  # after the skip

DIGEST = hashlib.sha256(b"message").digest()


@pytest.fixture
def label(request) -> str:
    """Return a label that only this test uses."""
    return hashlib.sha256(request.node.nodeid.encode()).hexdigest()


def call(hsm, place, *arguments) -> int:
    """Call one function of the loaded module directly, by its place in the list."""
    import ctypes

    functions = ctypes.POINTER(cryptoki._FunctionList)()
    hsm._pool._module.raw._library.C_GetFunctionList(ctypes.byref(functions))
    types = [ctypes.c_ulong if isinstance(a, int) else ctypes.c_void_p for a in arguments]
    return ctypes.CFUNCTYPE(ctypes.c_ulong, *types)(functions.contents.functions[place])(*arguments)


def close_all_sessions(hsm) -> None:
    assert call(hsm, 14, hsm._pool._token.slot.slot_id) == 0


def log_out(hsm) -> None:
    assert call(hsm, 19, hsm._pool._anchor.handle) == 0


def finalise(hsm) -> None:
    assert call(hsm, 1, None) == 0


LOSSES = [close_all_sessions, log_out, finalise]


@pytest.mark.parametrize("lose", LOSSES)
def test_key_is_used_after_the_login_was_lost(hsm, label, lose):
    hsm.generate("EC_P256", label)
    key = hsm.key("EC_P256", label)
    public = key.public_key()
    for _ in range(2):
        lose(hsm)
        verify("ECDSA_SHA_256", public, key.sign("ECDSA_SHA_256", DIGEST), DIGEST)
        lose(hsm)
        assert key.public_key() == public
        lose(hsm)
        assert label in list(hsm.labels())
        lose(hsm)
        assert not hsm.health().development


@pytest.mark.parametrize("lose", LOSSES)
def test_no_login_is_not_taken_for_a_missing_key(hsm, label, lose):
    hsm.generate("Aliyun_AES_256", label)
    key = hsm.key("Aliyun_AES_256", label)
    hsm.health()
    lose(hsm)
    sealed = key.seal(b"n" * 12, b"plaintext", b"")
    lose(hsm)
    assert key.open(b"n" * 12, sealed, b"") == b"plaintext"
    lose(hsm)
    hsm.destroy(label)
    with pytest.raises(KeyMissing):
        key.seal(b"n" * 12, b"plaintext", b"")


@pytest.mark.parametrize("lose", LOSSES)
def test_generate_after_loss_makes_one_key(hsm, label, lose):
    hsm.health()
    lose(hsm)
    hsm.generate("EC_P256", label)
    lose(hsm)
    hsm.key("EC_P256", label).sign("ECDSA_SHA_256", DIGEST)


def test_threads_use_keys_at_once(hsm, label):
    hsm.generate("EC_P256", "e" + label[1:])
    hsm.import_material("HMAC_SHA_256", label, b"k" * 32)
    signer, authenticator = hsm.key("EC_P256", "e" + label[1:]), hsm.key("HMAC_SHA_256", label)
    public, expected = signer.public_key(), authenticator.mac("HMAC_SHA_256", b"message")

    def work(number):
        for _ in range(100):
            verify("ECDSA_SHA_256", public, signer.sign("ECDSA_SHA_256", DIGEST), DIGEST)
            assert authenticator.mac("HMAC_SHA_256", b"message") == expected
        mine = f"t{number}-{label}"[:64]
        hsm.generate("Aliyun_AES_128", mine)
        hsm.destroy(mine)
        return True

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(work, range(4)))
    assert len(hsm._pool._free) <= 4


# python-pkcs11 complains of a search whose session ends between its beginning and its end.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_threads_go_on_when_the_token_logs_out_under_them(hsm, label):
    hsm.generate("EC_P256", label)
    key = hsm.key("EC_P256", label)
    public = key.public_key()

    def work(number):
        done = 0
        for turn in range(100):
            if turn % 10 == number:
                hsm._pool.run(lambda held: call(hsm, 19, held.session.handle))
                hsm._pool.run(lambda held: held.session.close())
            try:
                verify("ECDSA_SHA_256", public, key.sign("ECDSA_SHA_256", DIGEST), DIGEST)
                done += 1
            except HsmUnavailable:
                continue  # Lost twice in one call.
        return done

    with ThreadPoolExecutor(2) as threads:
        assert all(done > 50 for done in threads.map(work, range(2)))
    verify("ECDSA_SHA_256", public, key.sign("ECDSA_SHA_256", DIGEST), DIGEST)


def test_waiting_for_a_session_is_bounded(settings):
    hsm = open_token(replace(settings, sessions=1, wait_seconds=0.05))
    entered, leave = threading.Event(), threading.Event()

    def hold(_held):
        entered.set()
        assert leave.wait(30)

    with ThreadPoolExecutor(1) as threads:
        holding = threads.submit(hsm._pool.run, hold)
        assert entered.wait(30)
        with pytest.raises(HsmUnavailable, match="busy"):
            hsm.health()
        leave.set()
        holding.result(30)
    hsm.health()
    hsm.close()


def test_closed_token_serves_no_more_and_opens_again(settings):
    hsm = open_token(settings)
    hsm.health()
    hsm.close()
    hsm.close()
    with pytest.raises(HsmUnavailable, match="closed"):
        hsm.health()
    again = open_token(settings)
    again.health()
    again.close()


def test_closing_under_load_ends_calls_with_a_word(settings, label):
    hsm = open_token(settings)
    hsm.generate("EC_P256", label)
    key = hsm.key("EC_P256", label)
    public = key.public_key()

    def work(_number):
        signed = 0
        with suppress(HsmUnavailable):
            while True:
                verify("ECDSA_SHA_256", public, key.sign("ECDSA_SHA_256", DIGEST), DIGEST)
                signed += 1
        return signed

    with ThreadPoolExecutor(3) as threads:
        working = [threads.submit(work, number) for number in range(3)]
        threading.Event().wait(0.1)
        hsm.close()
        assert all(one.result(30) for one in working)


def test_two_users_of_one_token_in_a_process(hsm, settings, label):
    other = open_token(settings)
    hsm.generate("EC_P256", label)
    other.key("EC_P256", label).sign("ECDSA_SHA_256", DIGEST)
    other.close()
    hsm.key("EC_P256", label).sign("ECDSA_SHA_256", DIGEST)


def test_wrong_pin_is_refused_once_and_not_tried_again(settings):
    hsm = open_token(replace(settings, pin=Secret("no such PIN"), own=settings.own))
    with pytest.raises(HsmUnavailable, match="the PIN is wrong") as refused:
        hsm.health()
    assert "no such PIN" not in str(refused.value)
    tried = []
    raw = hsm._pool._module.raw
    raw._login = lambda *arguments: tried.append(arguments) or 0
    with pytest.raises(HsmUnavailable, match="the PIN is wrong"):
        hsm.health()
    assert tried == []
    hsm.close()


def test_missing_token_is_named(settings):
    hsm = open_token(replace(settings, token_label="another", own=None))
    with pytest.raises((HsmUnavailable, HsmNotConfigured)):
        hsm.health()
    hsm.close()


def test_another_configuration_in_one_process_is_refused(hsm, settings, tmp_path):
    hsm.health()
    own = replace(settings.own, config=tmp_path / "other.conf")
    other = open_token(replace(settings, own=own))
    with pytest.raises(HsmUnavailable, match="another configuration"):
        other.health()
    other.close()
    hsm.health()


def test_forked_process_is_refused(hsm):
    hsm.health()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            hsm.health()
            os.write(write, b"served")
        except HsmUnavailable as refused:
            os.write(write, str(refused).encode())
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    assert b"forked" in os.read(read, 200)
    os.close(read)
    hsm.health()


def test_module_is_configured_only_while_it_loads(hsm, monkeypatch):
    monkeypatch.setenv("SOFTHSM2_CONF", "/nowhere")
    hsm.health()
    assert os.environ["SOFTHSM2_CONF"] == "/nowhere"


def test_secrets_are_not_shown(hsm, settings, token_home):
    hsm.health()
    shown = f"{settings!r} {hsm!r} {hsm._pool!r} {hsm.health()!r}"
    assert settings.pin.reveal() not in shown
    assert settings.own.so_pin.reveal() not in shown
    assert len(settings.pin) == len(settings.own.so_pin) == 32


PROGRAM = """
import sys
from pathlib import Path
from juyong.hsm.discover import discover
from juyong.hsm.open import open_token
hsm = open_token(discover(Path(sys.argv[1])))
print(hsm.key("EC_P256", sys.argv[2]).sign("ECDSA_SHA_256", bytes.fromhex(sys.argv[3])).hex())
"""


def test_key_survives_into_a_new_process(hsm, token_home, label):
    hsm.generate("EC_P256", label)
    source = str(Path(__file__).parents[3] / "src")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, token_home, label, DIGEST.hex()],
        env={"PYTHONPATH": source},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    verify("ECDSA_SHA_256", hsm.public_key(label), bytes.fromhex(done.stdout.strip()), DIGEST)


def test_keys_are_made_and_destroyed_by_one_process_at_a_time(hsm, settings, label):
    hsm.generate("EC_P256", label)
    with ThreadPoolExecutor(2) as pool:
        with held(settings.own.lock):  # as another process would
            waiting = [
                pool.submit(hsm.generate, "EC_P256", f"{label[:60]}-two"),
                pool.submit(hsm.destroy, label),
            ]
            signature = hsm.key("EC_P256", label).sign("ECDSA_SHA_256", DIGEST)
            verify("ECDSA_SHA_256", hsm.public_key(label), signature, DIGEST)
            with pytest.raises(TimeoutError):
                waiting[0].result(timeout=0.2)
            assert not waiting[1].done()
        for each in waiting:
            each.result(timeout=10)
    labels = set(hsm.labels())
    assert f"{label[:60]}-two" in labels
    assert label not in labels
