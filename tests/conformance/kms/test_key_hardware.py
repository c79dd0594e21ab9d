"""Keys inside a hardware module: made there, used there, rotated, erased and never lost by us."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client as KmsClient
from tests.conformance.harness import Server, quotas, refused
from tests.conformance.kms.conftest import Inside, module
from tests.conformance.kms.crypto.modules import MemoryModule, attached
from tests.conformance.kms.test_key_import import MATERIAL, Importing
from tests.conformance.kms.test_key_jobs import at_once, pass_time

from juyong.api.bench import Bench
from juyong.api.context import Context, no_hsm
from juyong.audit.tables import EventRow
from juyong.base.clock import Instant
from juyong.engines.crypto.public import load_public
from juyong.hsm.errors import HsmUnavailable
from juyong.hsm.port import Hsm
from juyong.services.identity.facade import NewAccount
from juyong.services.kms.instances import HARDWARE, SOFTWARE, kind_of_instances
from juyong.services.kms.keys.checks import check
from juyong.services.kms.keys.hardware import label_of, own_labels
from juyong.services.kms.keys.jobs import turn, work
from juyong.services.kms.keys.material import PURPOSE, in_hardware, load, public_key_of
from juyong.services.kms.keys.tables import KeyRow, KeyVersionRow, TokenObjectRow
from juyong.services.kms.tables import default_instance_id
from juyong.store.inventory import ResourceEventRow

DAY = 86_400


@pytest.fixture
def ours(server: Server, hsm: Hsm) -> Callable[[], set[str]]:
    """Labels of the platform's objects in the module."""
    begin = own_labels(server.running.pipeline.platform.keys[PURPOSE])
    return lambda: {label for label in hsm.labels() if label.startswith(begin)}


@pytest.fixture(autouse=True)
def nothing_left(server: Server, hsm: Hsm) -> Iterator[None]:
    """Forget keys and objects of other tests, so that the module holds only this one's."""
    _forget(server, hsm)
    yield
    _forget(server, hsm)


def _forget(server: Server, hsm: Hsm) -> None:
    begin = own_labels(server.running.pipeline.platform.keys[PURPOSE])

    def forget(tx: Any) -> None:
        for row_type in (KeyVersionRow, TokenObjectRow):
            for row in tx.find(row_type):
                if row_type is TokenObjectRow or row.token_label is not None:
                    tx.delete(row)
        for row in tx.find(KeyRow, protection="HSM"):
            tx.delete(row)

    server.running.store.call(forget)
    for label in [one for one in hsm.labels() if one.startswith(begin)]:
        hsm.destroy(label)


def rows(inside: Inside, key_id: str) -> tuple[KeyRow, list[KeyVersionRow]]:
    def read(ctx: Context) -> tuple[KeyRow, list[KeyVersionRow]]:
        row = ctx.tx.get(KeyRow, key_id)
        assert row is not None
        return row, ctx.tx.find(KeyVersionRow, order=("number",), key_id=key_id)

    found: tuple[KeyRow, list[KeyVersionRow]] = inside(read)
    return found


def written(server: Server, account: NewAccount) -> list[dict[str, Any]]:
    server.running.store.settle()
    rows = server.running.store.call(
        lambda tx: tx.find(EventRow, account_id=account.account_id, order=("seq",))
    )
    return [json.loads(row.body) for row in rows]


def marks(inside: Inside, key_id: str) -> list[str | None]:
    """What the snapshots of a key say of its keeper, in order."""

    def read(ctx: Context) -> list[str | None]:
        found = ctx.tx.find(ResourceEventRow, order=("seq",), resource_id=key_id)
        return [json.loads(row.snapshot).get("HsmKeeper") for row in found]

    return list(inside(read))


def test_what_no_hardware_keeps_is_marked_in_snapshots_and_events_and_on_no_wire(
    server: Server,
    kms: KmsClient,
    new_key: Callable[..., Any],
    inside: Inside,
    account: NewAccount,
) -> None:
    real = new_key(protection_level="HSM", description="of the token")
    with attached(server, MemoryModule()):
        soft = new_key(protection_level="SOFTWARE")
        kept = new_key(protection_level="HSM", description="for orders")
        external = new_key(protection_level="HSM", origin="EXTERNAL")
        Importing(kms).bring(external.key_id)
        shown = kms.describe_key(models.DescribeKeyRequest(key_id=kept.key_id)).body.key_metadata
        assert (shown.protection_level, shown.description) == ("HSM", "for orders")
        assert "development" not in json.dumps(shown.to_map())
        sealed = kms.encrypt(models.EncryptRequest(key_id=kept.key_id, plaintext="dGV4dA==")).body
        kms.encrypt(models.EncryptRequest(key_id=soft.key_id, plaintext="dGV4dA=="))
        kms.decrypt(models.DecryptRequest(ciphertext_blob=sealed.ciphertext_blob))
        assert inside(lambda ctx: kind_of_instances(ctx.platform)) == SOFTWARE
    kms.encrypt(models.EncryptRequest(key_id=real.key_id, plaintext="dGV4dA=="))
    assert marks(inside, kept.key_id) == ["development process"]
    assert marks(inside, external.key_id) == [None, "development process"]
    assert marks(inside, soft.key_id) == marks(inside, real.key_id) == [None]
    marked = [
        (event["eventName"], event["referencedResources"]["ACS::KMS::Key"])
        for event in written(server, account)
        if event.get("additionalEventData", {}).get("hsmKeeper") == "development process"
    ]
    assert sorted(marked) == sorted(
        [
            *((name, [kept.key_id]) for name in ("CreateKey", "Encrypt", "Decrypt")),
            ("ImportKeyMaterial", [external.key_id]),
        ]
    )


@pytest.mark.parametrize("spec", ["Aliyun_AES_256", "HMAC_SHA_256"])
def test_symmetric_key_inside_the_module(
    new_key: Callable[..., Any], inside: Inside, ours: Callable[[], set[str]], spec: str
) -> None:
    made = new_key(protection_level="HSM", key_spec=spec)
    assert made.protection_level == "HSM"
    row, (version,) = rows(inside, made.key_id)
    assert in_hardware(version)
    assert ours() == {version.token_label}
    key: Any = inside(lambda ctx: load(ctx, row, version))
    if spec == "HMAC_SHA_256":
        assert key.mac(spec, b"message") == key.mac(spec, b"message")
    else:
        sealed = key.seal(b"n" * 12, b"plaintext", b"aad")
        assert key.open(b"n" * 12, sealed, b"aad") == b"plaintext"


@pytest.mark.parametrize("spec", ["RSA_2048", "EC_P256"])
def test_pair_inside_the_module(
    kms: KmsClient, new_key: Callable[..., Any], inside: Inside, spec: str
) -> None:
    made = new_key(protection_level="HSM", key_spec=spec, key_usage="SIGN/VERIFY")
    row, (version,) = rows(inside, made.key_id)
    key: Any = inside(lambda ctx: load(ctx, row, version))
    algorithm = "RSA_PSS_SHA_256" if spec == "RSA_2048" else "ECDSA_SHA_256"
    signature = key.sign(algorithm, b"d" * 32)
    public = inside(lambda ctx: public_key_of(ctx, row, version))
    load_public(spec, public).verify(algorithm, b"d" * 32, signature)
    request = models.GetPublicKeyRequest(key_id=made.key_id, key_version_id=version.version_id)
    assert kms.get_public_key(request).body.public_key


def test_instance_with_a_module_is_hardware(
    new_key: Callable[..., Any], inside: Inside, account: NewAccount
) -> None:
    instance = default_instance_id(account.account_id)
    assert inside(lambda ctx: kind_of_instances(ctx.platform)) == HARDWARE
    assert new_key(dkmsinstance_id=instance).protection_level == "HSM"
    rotation = {"enable_automatic_rotation": True, "rotation_interval": "30d"}
    stored = new_key(
        dkmsinstance_id=instance, key_storage_mechanism="HsmEncryptedDatabase", **rotation
    )
    assert stored.protection_level == "SOFTWARE"
    assert stored.automatic_rotation == "Enabled"
    with refused("UnsupportedOperation", 400):
        new_key(dkmsinstance_id=instance, key_storage_mechanism="HsmInternal", **rotation)


def test_internal_keys_get_no_versions(
    kms: KmsClient, new_key: Callable[..., Any], account: NewAccount
) -> None:
    instance = default_instance_id(account.account_id)
    key_id = new_key(dkmsinstance_id=instance).key_id
    with refused("Rejected.UnsupportedOperation", 400):
        kms.update_rotation_policy(
            models.UpdateRotationPolicyRequest(
                key_id=key_id, enable_automatic_rotation=True, rotation_interval="30d"
            )
        )
    pair = new_key(dkmsinstance_id=instance, key_spec="EC_P256").key_id
    for inside in (key_id, pair):
        with refused("Rejected.UnsupportedOperation", 400):
            kms.create_key_version(models.CreateKeyVersionRequest(key_id=inside))


def test_new_version_inside_the_module_is_the_primary_one(
    kms: KmsClient, new_key: Callable[..., Any], describe: Callable[[str], Any]
) -> None:
    made = new_key(protection_level="HSM")
    sealed: Any = kms.encrypt(models.EncryptRequest(key_id=made.key_id, plaintext="aGVsbG8=")).body
    answer: Any = kms.create_key_version(models.CreateKeyVersionRequest(key_id=made.key_id)).body
    version_id = answer.key_version.key_version_id
    assert describe(made.key_id).primary_key_version == version_id
    renewed: Any = kms.encrypt(models.EncryptRequest(key_id=made.key_id, plaintext="eHl6")).body
    assert renewed.key_version_id == version_id
    for blob, plaintext, version in (
        (sealed.ciphertext_blob, "aGVsbG8=", made.primary_key_version),
        (renewed.ciphertext_blob, "eHl6", version_id),
    ):
        opened: Any = kms.decrypt(models.DecryptRequest(ciphertext_blob=blob)).body
        assert (opened.plaintext, opened.key_version_id) == (plaintext, version)


def test_spec_the_module_does_not_offer(server: Server, new_key: Callable[..., Any]) -> None:
    class Poor:
        def offers(self, _spec: str, _algorithm: str = "") -> bool:
            return False

    poor: Any = Poor()
    with module(server, lambda: poor), refused("Unsupported.ProtectionLevel", 400):
        new_key(protection_level="HSM")


def away() -> Hsm:
    class Away:
        def __getattr__(self, _name: str) -> Any:
            def fail(*_args: Any) -> Any:
                raise HsmUnavailable("the module is away")

            return fail

    gone: Any = Away()
    return gone


def test_module_that_is_away_is_unavailable(
    server: Server,
    kms: KmsClient,
    new_key: Callable[..., Any],
    age: Callable[[str, int], None],
) -> None:
    symmetric, pair = (
        new_key(protection_level="HSM", key_spec=s).key_id for s in ("Aliyun_AES_256", "EC_P256")
    )
    external = new_key(protection_level="HSM", origin="EXTERNAL").key_id
    parameters = Importing(kms).parameters(external)
    for key_id in (symmetric, pair):
        age(key_id, 8 * DAY)
    version = models.CreateKeyVersionRequest(key_id=pair)
    policy = models.UpdateRotationPolicyRequest(
        key_id=symmetric, enable_automatic_rotation=True, rotation_interval="7d"
    )
    wrapped = Importing(kms).wrap(parameters, MATERIAL)
    with module(server, away):
        for call in (
            lambda: new_key(protection_level="HSM"),
            lambda: kms.create_key_version(version),
            lambda: kms.update_rotation_policy(policy),
            lambda: Importing(kms).send(external, wrapped, parameters.import_token),
        ):
            with refused("Rejected.Unavailable", 409):
                call()
    # Without any module the keys are out of reach for good.
    with module(server, no_hsm):
        for call in (
            lambda: kms.create_key_version(version),
            lambda: kms.update_rotation_policy(policy),
            lambda: Importing(kms).send(external, wrapped, parameters.import_token),
        ):
            with refused("Unsupported.ProtectionLevel", 400):
                call()
    kms.update_rotation_policy(policy)
    kms.create_key_version(version)


def test_rotation_inside_the_module(
    bench: Bench, new_key: Callable[..., Any], inside: Inside, ours: Callable[[], set[str]]
) -> None:
    key_id = new_key(
        protection_level="HSM", enable_automatic_rotation=True, rotation_interval="7d"
    ).key_id
    for rotations in range(1, 4):
        pass_time(bench, 7 * DAY)
        at_once(bench, lambda bench: turn(bench, key_id))
        row, versions = rows(inside, key_id)
        assert len(versions) == 1 + rotations
        assert row.primary_version == versions[-1].version_id
        assert ours() == {version.token_label for version in versions}


def test_object_of_a_failed_call_goes_after_an_hour(
    server: Server,
    bench: Bench,
    new_key: Callable[..., Any],
    inside: Inside,
    ours: Callable[[], set[str]],
) -> None:
    kept = new_key(protection_level="HSM").key_id
    with quotas(server, {"kms.versions": 1}), refused("Rejected.LimitExceeded", 400):
        new_key(protection_level="HSM")
    _, (version,) = rows(inside, kept)
    assert len(ours()) == 2
    work(bench)
    pass_time(bench, 3599)
    work(bench)
    assert len(ours()) == 2
    pass_time(bench, 1)
    work(bench)
    assert ours() == {version.token_label}
    pass_time(bench, 100 * DAY)
    work(bench)
    assert ours() == {version.token_label}


def test_object_that_a_row_came_to_name_is_kept(
    bench: Bench, new_key: Callable[..., Any], inside: Inside, ours: Callable[[], set[str]]
) -> None:
    """As when the job saw the object while its call was still under way."""
    key_id = new_key(protection_level="HSM").key_id
    _, (version,) = rows(inside, key_id)
    label = str(version.token_label)
    inside(lambda ctx: ctx.tx.insert(TokenObjectRow(label=label, destroy_at=ctx.now)))
    work(bench)
    assert ours() == {label}
    assert inside(lambda ctx: ctx.tx.get(TokenObjectRow, label)) is None


def test_old_objects_without_a_row_are_left_alone_and_told_once(
    server: Server, bench: Bench, hsm: Hsm, ours: Callable[[], set[str]]
) -> None:
    """As after a restore of an older backup."""
    keys = server.running.pipeline.platform.keys
    old, young = (
        label_of(keys[PURPOSE], version, Instant(bench.clock() - DAY + spare), hsm)
        for version, spare in (("old", 0), ("young", 60))
    )
    for label in (old, young):
        hsm.generate("Aliyun_AES_256", label)
    with pytest.raises(ExceptionGroup) as caught:
        work(bench)
    assert old in str(caught.value.exceptions[0])
    for _ in range(3):
        pass_time(bench, DAY)
        work(bench)
    assert ours() == {old}


def test_labels_of_others_are_left_alone(bench: Bench, hsm: Hsm) -> None:
    hsm.generate("Aliyun_AES_256", "kms-00000000-theirs")
    for _ in range(2):
        work(bench)
        pass_time(bench, 2 * 3600)
    assert "kms-00000000-theirs" in set(hsm.labels())
    hsm.destroy("kms-00000000-theirs")


def test_lost_object_is_reported(
    bench: Bench, new_key: Callable[..., Any], inside: Inside, hsm: Hsm
) -> None:
    key_id = new_key(protection_level="HSM").key_id
    _, (version,) = rows(inside, key_id)
    hsm.destroy(str(version.token_label))
    with pytest.raises(ExceptionGroup) as caught:
        work(bench)
    assert key_id in str(caught.value.exceptions[0])


def test_deletion_destroys_the_object(
    kms: KmsClient, bench: Bench, new_key: Callable[..., Any], ours: Callable[[], set[str]]
) -> None:
    key_id = new_key(protection_level="HSM").key_id
    kms.schedule_key_deletion(
        models.ScheduleKeyDeletionRequest(key_id=key_id, pending_window_in_days=7)
    )
    assert len(ours()) == 1
    pass_time(bench, 8 * DAY)
    work(bench)
    assert ours() == set()


def test_import_into_the_module_and_erasure(
    kms: KmsClient,
    bench: Bench,
    new_key: Callable[..., Any],
    inside: Inside,
    ours: Callable[[], set[str]],
) -> None:
    key_id = new_key(protection_level="HSM", origin="EXTERNAL").key_id
    importing = Importing(kms)
    importing.bring(key_id, expires=int(time.time()) + 10 * DAY)
    row, (version,) = rows(inside, key_id)
    key: Any = inside(lambda ctx: load(ctx, row, version))
    sealed = key.seal(b"n" * 12, b"plaintext", b"")
    importing.erase(key_id)
    work(bench)
    assert ours() == set()
    with refused("InvalidKeyMaterial", 400):
        importing.bring(key_id, MATERIAL[::-1])
    importing.bring(key_id)
    row, (again,) = rows(inside, key_id)
    assert again.version_id == version.version_id
    assert again.token_label != version.token_label
    key = inside(lambda ctx: load(ctx, row, again))
    assert key.open(b"n" * 12, sealed, b"") == b"plaintext"


def test_moved_labels_are_noticed(
    server: Server, new_key: Callable[..., Any], inside: Inside
) -> None:
    one, other = (new_key(protection_level="HSM").key_id for _ in range(2))
    (_, (first,)), (_, (second,)) = rows(inside, one), rows(inside, other)
    keys = server.running.pipeline.platform.keys
    inside(lambda ctx: ctx.tx.update(first, token_label=second.token_label))
    found = inside(lambda ctx: list(check(ctx.tx, keys)))
    assert [f.code for f in found if first.version_id in f.where] == ["material-unreadable"]
