"""What happens between the attempts of a call that works outside its transaction, and to limits."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server, quotas, refused
from tests.conformance.kms.crypto.calls import DIGEST, Kms, b64, unb64
from tests.conformance.kms.crypto.modules import MemoryModule, attached

from juyong.api.context import Journal
from juyong.engines.crypto import pairs, selftest
from juyong.gateway.throttle import Throttle
from juyong.services.kms import soundness
from juyong.services.kms.crypto.allowance import ALLOWANCE, BLOCK
from juyong.services.kms.crypto.using import IDLE_SECONDS, LoadedKeys
from juyong.services.kms.keys.deletion import delete_for_good
from juyong.services.kms.keys.tables import KeyRow, SealedMessagesRow


class Pausing(MemoryModule):
    """Lets a test act while the module works."""

    def __init__(self) -> None:
        super().__init__()
        self.at_work, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()

    def _reach(self) -> None:
        super()._reach()
        self.at_work.set()
        assert self.go_on.wait(10)


@pytest.fixture
def pausing(server: Server) -> Iterator[Pausing]:
    module = Pausing()
    with attached(server, module):
        yield module


def during(module: Pausing, call: Callable[[], Any], act: Callable[[], Any]) -> list[Any]:
    """Act while a call is in the module; return what the call gave or raised."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(call())
        except Exception as error:  # noqa: BLE001  # looked at by the test
            found.append(error)

    module.at_work.clear()
    module.go_on.clear()
    thread = threading.Thread(target=run)
    thread.start()
    assert module.at_work.wait(10)
    act()
    module.go_on.set()
    thread.join()
    return found


@pytest.mark.parametrize("spec", ["Aliyun_AES_256", "EC_P256"])
def test_key_disabled_while_the_module_works(keys: Kms, pausing: Pausing, spec: str) -> None:
    made = keys.new_key(key_spec=spec, protection_level="HSM")

    def call() -> Any:
        if spec == "EC_P256":
            return keys(
                "AsymmetricSign",
                key_id=made.key_id,
                key_version_id=version,
                algorithm="ECDSA_SHA_256",
                digest=b64(DIGEST),
            )
        return keys.encrypt(made.key_id)

    version = keys.version(made.key_id)
    (found,) = during(pausing, call, lambda: keys("DisableKey", key_id=made.key_id))
    assert getattr(found, "code", found) == "Rejected.Disabled"


def test_data_key_is_the_one_that_was_sealed(keys: Kms, pausing: Pausing) -> None:
    """The call runs twice, and must not draw twice."""
    made = keys.new_key(protection_level="HSM")
    answer = keys("GenerateDataKey", key_id=made.key_id)
    assert keys.decrypt(answer.ciphertext_blob) == answer.plaintext


@pytest.mark.parametrize("spec", ["RSA_3072", "RSA_4096"])
def test_long_keys_work_outside(keys: Kms, spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a millisecond of work is none for the thread that everybody shares."""
    threads: list[str] = []
    sign = pairs.RsaPair.sign

    def noting(self: Any, algorithm: str, digest: bytes) -> bytes:
        threads.append(threading.current_thread().name)
        return sign(self, algorithm, digest)

    monkeypatch.setattr(pairs.RsaPair, "sign", noting)
    for each in ("RSA_2048", spec):
        pair = keys.new_pair(each, "SIGN/VERIFY")
        keys("AsymmetricSign", **pair, algorithm="RSA_PSS_SHA_256", digest=b64(DIGEST))
    shared, own = threads
    assert shared != own


def claimed(server: Server, version_id: str) -> int:
    row = server.running.store.call(lambda tx: tx.get(SealedMessagesRow, version_id))
    return row.claimed if row else 0


def test_messages_are_counted_in_blocks(keys: Kms, server: Server) -> None:
    made = keys.new_key()
    version = made.primary_key_version
    for _ in range(3):
        keys.encrypt(made.key_id)
    assert claimed(server, version) == BLOCK
    ALLOWANCE.forget()
    keys.encrypt(made.key_id)
    assert claimed(server, version) == 2 * BLOCK


def test_opening_counts_nothing(keys: Kms, server: Server) -> None:
    made = keys.new_key()
    blob = keys.encrypt(made.key_id)
    with quotas(server, {"kms.messages-per-key-version": 0}):
        ALLOWANCE.forget()
        assert keys.decrypt(blob) == "aGVsbG8="
    assert claimed(server, made.primary_key_version) == BLOCK


def test_last_message_and_one_more(keys: Kms, server: Server) -> None:
    made = keys.new_key()
    with quotas(server, {"kms.messages-per-key-version": 4}):
        for _ in range(4):
            keys.encrypt(made.key_id)
        for _ in range(2):
            with refused("Rejected.LimitExceeded", 400):
                keys.encrypt(made.key_id)
        ALLOWANCE.forget()
        with refused("Rejected.LimitExceeded", 400):
            keys("GenerateDataKey", key_id=made.key_id)
    assert claimed(server, made.primary_key_version) == 4


def test_claim_that_was_not_committed_is_not_used(keys: Kms, server: Server) -> None:
    """A dry run is undone, its claim with it."""
    made = keys.new_key()
    for _ in range(3):
        with refused("DryRunOperationError", 400):
            keys("Encrypt", key_id=made.key_id, plaintext="eA==", dry_run="true")
        assert claimed(server, made.primary_key_version) == 0
    keys.encrypt(made.key_id)
    assert claimed(server, made.primary_key_version) == BLOCK


def test_published_rates_can_be_raised(
    keys: Kms, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.running.pipeline, "throttle", Throttle(clock=lambda: 0.0))
    made = keys.new_key()
    with quotas(server, {"kms.symmetric-per-second": 2}):
        keys.encrypt(made.key_id)
        keys.encrypt(made.key_id)
        with refused("Rejected.Throttling", 429):
            keys.encrypt(made.key_id)
    pair = keys.new_pair("EC_P256", "SIGN/VERIFY")
    good = {**pair, "algorithm": "ECDSA_SHA_256", "digest": b64(DIGEST)}
    with quotas(server, {"kms.asymmetric-per-second": 1}):
        keys("AsymmetricSign", **good)
        with refused("Rejected.Throttling", 429):
            keys("AsymmetricSign", **good)


def test_broken_cryptography_serves_nothing(
    keys: Kms, admin: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = keys.new_key()
    blob = keys.encrypt(made.key_id)

    def wrong() -> None:
        raise ValueError("another ciphertext")

    soundness._wrong_answer.cache_clear()
    with monkeypatch.context() as patched:
        patched.setitem(selftest._TESTS, "AES-GCM", wrong)
        for call in (
            lambda: keys.decrypt(blob),
            lambda: keys.encrypt(made.key_id),
            lambda: keys("DescribeKey", key_id=made.key_id),
        ):
            with refused("ServiceUnavailableTemporary", 503):
                call()
        admin.sts.get_caller_identity()
    soundness._wrong_answer.cache_clear()
    assert keys.decrypt(blob) == "aGVsbG8="


def test_two_data_keys_of_a_hardware_key_differ(keys: Kms, memory: MemoryModule) -> None:
    made = keys.new_key(protection_level="HSM")
    answers = [keys("GenerateDataKey", key_id=made.key_id) for _ in range(3)]
    assert len({unb64(answer.plaintext) for answer in answers}) == 3
    assert memory.used == 3


def test_opened_keys_are_kept_with_their_platform(keys: Kms, server: Server) -> None:
    platform = server.running.pipeline.platform
    platform.memory.clear()
    made = keys.new_key()
    blob = keys.encrypt(made.key_id)
    pair = keys.new_pair("RSA_2048", "SIGN/VERIFY")
    for _ in range(2):
        keys.decrypt(blob)
        keys("AsymmetricSign", **pair, algorithm="RSA_PSS_SHA_256", digest=b64(DIGEST))
    assert len(platform.memory["kms.loaded"]) == 2


def test_opened_keys_that_nobody_uses_go(
    keys: Kms, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = LoadedKeys()
    monkeypatch.setitem(server.running.pipeline.platform.memory, "kms.loaded", held)
    made = [keys.new_key().key_id for _ in range(3)]
    for key_id in made:
        keys.encrypt(key_id)
    assert len(held) == 3
    monkeypatch.setattr(server.clock, "offset", server.clock.offset + IDLE_SECONDS + 1)
    keys.encrypt(made[0])
    assert len(held) == 1


def test_count_goes_with_the_key(keys: Kms, server: Server) -> None:
    made = keys.new_key()
    keys.encrypt(made.key_id)
    keys("ScheduleKeyDeletion", key_id=made.key_id, pending_window_in_days=7)
    assert claimed(server, made.primary_key_version) == BLOCK

    def end(tx: Any) -> None:
        delete_for_good(tx, tx.get(KeyRow, made.key_id), server.clock(), Journal())

    server.running.store.call(end)
    assert claimed(server, made.primary_key_version) == 0


def test_only_so_many_opened_keys_are_kept(
    keys: Kms, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = LoadedKeys(most=2)
    monkeypatch.setitem(server.running.pipeline.platform.memory, "kms.loaded", few)
    blobs = [keys.encrypt(keys.new_key().key_id, text) for text in ("a", "b", "c")]
    assert [keys.decrypt(blob) for blob in blobs * 2] == ["a", "b", "c"] * 2
    assert len(few) == 2


def test_many_first_uses_at_once(keys: Kms, server: Server) -> None:
    """They claim the same block, or blocks one after the other; none of them fails."""
    made = keys.new_key()
    ALLOWANCE.forget()
    with ThreadPoolExecutor(8) as pool:
        blobs = list(pool.map(lambda at: keys.encrypt(made.key_id, f"text {at}"), range(40)))
    assert [keys.decrypt(blob) for blob in blobs] == [f"text {at}" for at in range(40)]
    assert BLOCK <= claimed(server, made.primary_key_version) <= 8 * BLOCK
