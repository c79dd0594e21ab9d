"""Material at rest: it opens in its place only, survives restarts, and one account has one key."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client as KmsClient
from msgspec.structs import replace
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server, refused, serving
from tests.conformance.kms.conftest import Inside, Time
from tests.conformance.kms.test_key_import import MATERIAL, Importing

from juyong.api.bench import Bench
from juyong.api.context import Context
from juyong.app.settings import Settings
from juyong.app.state import check as check_platform
from juyong.app.state import state_of
from juyong.services.identity.facade import NewAccount
from juyong.services.kms.errors import KeyPendingImport, NoKeyVersion
from juyong.services.kms.keys.checks import check
from juyong.services.kms.keys.jobs import work
from juyong.services.kms.keys.material import (
    account_key_of,
    in_hardware,
    load,
    open_version,
    primary_version,
    public_key_of,
    version_of,
)
from juyong.services.kms.keys.tables import (
    AccountKeyRow,
    AliasRow,
    ImportPairRow,
    KeyRow,
    KeyVersionRow,
)
from juyong.store.errors import Tampered
from juyong.store.finding import Finding

NONCE = b"n" * 12


@pytest.fixture
def findings(server: Server) -> Callable[[str], list[Finding]]:
    """Check the keys; returns what is found about something."""

    def find(about: str) -> list[Finding]:
        keys = server.running.pipeline.platform.keys
        found = server.running.store.call(lambda tx: list(check(tx, keys)))
        return [finding for finding in found if about in finding.where]

    return find


def row_of(inside: Inside, key_id: str) -> KeyRow:
    row: KeyRow = inside(lambda ctx: ctx.tx.get(KeyRow, key_id))
    return row


def first_version(inside: Inside, key_id: str) -> KeyVersionRow:
    version: KeyVersionRow = inside(lambda ctx: ctx.tx.find_one(KeyVersionRow, key_id=key_id))
    return version


def opens(inside: Inside, row: KeyRow, version: KeyVersionRow) -> bool:
    def attempt(ctx: Context) -> bool:
        try:
            load(ctx, row, version)
        except Tampered:
            return False
        return True

    found: bool = inside(attempt)
    return found


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_load_gives_the_same_key_each_time(inside: Inside, new_key: Callable[..., Any]) -> None:
    key_id = new_key().key_id

    def seal(ctx: Context) -> bytes:
        row = row_of_ctx(ctx, key_id)
        key: Any = load(ctx, row, primary_version(ctx, row))
        return bytes(key.seal(NONCE, b"plaintext", b"aad"))

    def open_(ctx: Context) -> bytes:
        row = row_of_ctx(ctx, key_id)
        key: Any = load(ctx, row, primary_version(ctx, row))
        return bytes(key.open(NONCE, sealed, b"aad"))

    sealed = inside(seal)
    assert inside(open_) == b"plaintext"


def row_of_ctx(ctx: Context, key_id: str) -> KeyRow:
    row = ctx.tx.get(KeyRow, key_id)
    assert row is not None
    return row


@pytest.mark.parametrize("spec", ["Aliyun_AES_256", "EC_P256", "EC_SM2", "HMAC_SHA_256"])
def test_any_flipped_byte_is_noticed(
    inside: Inside, new_key: Callable[..., Any], spec: str
) -> None:
    key_id = new_key(key_spec=spec).key_id
    row, version = row_of(inside, key_id), first_version(inside, key_id)
    assert opens(inside, row, version)
    assert version.material is not None
    for at in range(len(version.material)):
        assert not opens(inside, row, replace(version, material=flipped(version.material, at)))
    assert not opens(inside, row, replace(version, material=version.material[:-1]))
    assert not opens(inside, row, replace(version, material=b""))
    for at in range(len(version.public_key or b"")):
        changed = replace(version, public_key=flipped(version.public_key or b"", at))
        assert not opens(inside, row, changed)


@pytest.mark.parametrize(
    "changes",
    [
        {"spec": "Aliyun_SM4"},
        {"usage": "SIGN/VERIFY"},
        {"origin": "EXTERNAL"},
        {"protection": "HSM"},
        {"key_id": "another"},
    ],
)
def test_what_a_key_is_cannot_be_changed(
    inside: Inside, new_key: Callable[..., Any], changes: dict[str, str]
) -> None:
    key_id = new_key().key_id
    row, version = row_of(inside, key_id), first_version(inside, key_id)
    assert not opens(inside, replace(row, **changes), version)


def test_swapped_versions_are_noticed(
    inside: Inside, new_key: Callable[..., Any], findings: Callable[[str], list[Finding]]
) -> None:
    one, other = new_key().key_id, new_key().key_id
    first, second = first_version(inside, one), first_version(inside, other)
    swapped = replace(first, material=second.material)
    assert not opens(inside, row_of(inside, one), swapped)
    assert findings(first.version_id) == []
    inside(lambda ctx: ctx.tx.update(first, material=second.material))
    (found,) = findings(first.version_id)
    assert (found.code, found.severity) == ("material-unreadable", "damage")
    inside(lambda ctx: ctx.tx.update(replace(first, version=1), material=first.material))
    assert findings(first.version_id) == []


def test_public_key_of_another_pair_is_noticed(
    kms: KmsClient,
    inside: Inside,
    new_key: Callable[..., Any],
    findings: Callable[[str], list[Finding]],
) -> None:
    one, other = (new_key(key_spec="RSA_2048").key_id for _ in range(2))
    version, stolen = first_version(inside, one), first_version(inside, other).public_key
    inside(lambda ctx: ctx.tx.update(version, public_key=stolen))
    assert [f.code for f in findings(version.version_id)] == ["material-unreadable"]
    request = models.GetPublicKeyRequest(key_id=one, key_version_id=version.version_id)
    with refused("ServiceUnavailableTemporary", 503):
        kms.get_public_key(request)
    row = row_of(inside, one)
    with pytest.raises(Tampered):
        inside(lambda ctx: public_key_of(ctx, row, replace(version, public_key=stolen)))
    inside(lambda ctx: ctx.tx.update(replace(version, version=1), public_key=version.public_key))
    assert findings(version.version_id) == []


@pytest.fixture
def account_row(inside: Inside, new_key: Callable[..., Any]) -> AccountKeyRow:
    new_key()
    row: AccountKeyRow = inside(lambda ctx: ctx.tx.get(AccountKeyRow, ctx.account_id))
    return row


def test_any_flipped_byte_of_an_account_key_is_noticed(
    inside: Inside, account_row: AccountKeyRow, findings: Callable[[str], list[Finding]]
) -> None:
    for at in range(len(account_row.wrapped)):
        changed = flipped(account_row.wrapped, at)
        inside(lambda ctx, changed=changed: ctx.tx.update(account_row, wrapped=changed))
        with pytest.raises(Tampered):
            inside(lambda ctx: account_key_of(ctx, ctx.account_id))
    assert [f.code for f in findings(f"kms_account_key {account_row.account_id}")] == [
        "account-key-unreadable"
    ]
    inside(lambda ctx: ctx.tx.update(account_row, wrapped=account_row.wrapped))
    assert findings(account_row.account_id) == []


def test_account_keys_cannot_be_swapped(
    server: Server,
    inside: Inside,
    account_row: AccountKeyRow,
    as_key: Callable[..., Clients],
    findings: Callable[[str], list[Finding]],
) -> None:
    other = server.new_account()
    as_key(other.access_key_id, other.secret.reveal()).kms.create_key(models.CreateKeyRequest())
    theirs = inside(lambda ctx: ctx.tx.get(AccountKeyRow, other.account_id)).wrapped
    inside(lambda ctx: ctx.tx.update(account_row, wrapped=theirs))
    with pytest.raises(Tampered):
        inside(lambda ctx: account_key_of(ctx, ctx.account_id))
    assert [f.code for f in findings(f"kms_account_key {account_row.account_id}")]
    inside(lambda ctx: ctx.tx.update(account_row, wrapped=account_row.wrapped))


def test_lost_account_key_is_not_made_anew_for_old_material(
    kms: KmsClient, inside: Inside, account_row: AccountKeyRow, new_key: Callable[..., Any]
) -> None:
    row = inside(lambda ctx: ctx.tx.find_one(KeyRow, account_id=ctx.account_id))
    version = first_version(inside, row.key_id)
    inside(lambda ctx: ctx.tx.delete(account_row))
    assert not opens(inside, row, version)
    assert inside(lambda ctx: ctx.tx.get(AccountKeyRow, ctx.account_id)) is None
    inside(lambda ctx: ctx.tx.insert(account_row))
    assert opens(inside, row, version)


def test_first_uses_at_once_make_one_account_key(inside: Inside) -> None:
    start, keys = threading.Barrier(4), []

    def use() -> None:
        start.wait()
        keys.append(inside(lambda ctx: account_key_of(ctx, ctx.account_id)))

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 4
    assert len(set(keys)) == 1
    assert len(keys[0]) == 32


def test_versions_belong_to_their_key(inside: Inside, new_key: Callable[..., Any]) -> None:
    one, other = new_key(), new_key(key_spec="EC_P256")
    row, pair = row_of(inside, one.key_id), row_of(inside, other.key_id)
    version = inside(lambda ctx: version_of(ctx, row, one.primary_key_version))
    assert version == inside(lambda ctx: primary_version(ctx, row))
    assert not in_hardware(version)
    with pytest.raises(NoKeyVersion):
        inside(lambda ctx: version_of(ctx, pair, one.primary_key_version))
    with pytest.raises(NoKeyVersion):
        inside(lambda ctx: primary_version(ctx, pair))


def test_absent_and_expired_material_does_not_load(
    kms: KmsClient, inside: Inside, new_key: Callable[..., Any], server: Server
) -> None:
    key_id = new_key(origin="EXTERNAL").key_id
    with pytest.raises(KeyPendingImport):
        inside(lambda ctx: primary_version(ctx, row_of_ctx(ctx, key_id)))
    importing = Importing(kms)
    importing.bring(key_id, expires=server.clock() + 3600)
    row, version = row_of(inside, key_id), first_version(inside, key_id)
    key: Any = inside(lambda ctx: load(ctx, row, version))
    assert key.seal(NONCE, b"p", b"")
    expired = replace(row, material_expires_at=server.clock())
    with pytest.raises(KeyPendingImport):
        inside(lambda ctx: load(ctx, expired, version))
    importing.erase(key_id)
    with pytest.raises(KeyPendingImport):
        inside(lambda ctx: load(ctx, row_of_ctx(ctx, key_id), first_of(ctx, key_id)))


def first_of(ctx: Context, key_id: str) -> KeyVersionRow:
    version = ctx.tx.find_one(KeyVersionRow, key_id=key_id)
    assert version is not None
    return version


Break = Callable[[Context, str], object]


def lose_versions(ctx: Context, key_id: str) -> None:
    for version in ctx.tx.find(KeyVersionRow, key_id=key_id):
        ctx.tx.delete(version)


def lose_key(ctx: Context, key_id: str) -> None:
    ctx.tx.delete(row_of_ctx(ctx, key_id))


def lose_material(ctx: Context, key_id: str) -> None:
    ctx.tx.update(first_of(ctx, key_id), material=None)


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lose_versions, "key-without-version"),
        (lose_material, "key-without-material"),
        (
            lambda ctx, key_id: ctx.tx.update(row_of_ctx(ctx, key_id), primary_version="none"),
            "key-without-version",
        ),
        (
            lambda ctx, key_id: ctx.tx.update(row_of_ctx(ctx, key_id), primary_version=None),
            "key-without-version",
        ),
        (
            lambda ctx, key_id: ctx.tx.update(row_of_ctx(ctx, key_id), policy="{}"),
            "document-unreadable",
        ),
    ],
)
def test_check_finds_keys_that_are_not_whole(
    inside: Inside,
    new_key: Callable[..., Any],
    findings: Callable[[str], list[Finding]],
    harm: Break,
    code: str,
) -> None:
    key_id = new_key().key_id
    assert findings(key_id) == []
    inside(lambda ctx: harm(ctx, key_id))
    assert [f.code for f in findings(key_id)] == [code]
    inside(lambda ctx: lose_key(ctx, key_id))
    inside(lambda ctx: lose_versions(ctx, key_id))


def test_check_finds_what_names_no_key(
    kms: KmsClient,
    inside: Inside,
    new_key: Callable[..., Any],
    findings: Callable[[str], list[Finding]],
) -> None:
    made = new_key()
    kms.create_alias(models.CreateAliasRequest(key_id=made.key_id, alias_name="alias/lost"))
    inside(lambda ctx: lose_key(ctx, made.key_id))
    assert [f.code for f in findings(made.primary_key_version)] == ["version-without-key"]
    assert [f.code for f in findings("alias/lost")] == ["alias-without-key"]
    inside(lambda ctx: lose_versions(ctx, made.key_id))
    inside(lambda ctx: [ctx.tx.delete(a) for a in ctx.tx.find(AliasRow, key_id=made.key_id)])


def test_check_opens_wrapping_pairs(
    kms: KmsClient,
    inside: Inside,
    new_key: Callable[..., Any],
    findings: Callable[[str], list[Finding]],
) -> None:
    key_id = new_key(origin="EXTERNAL").key_id
    Importing(kms).parameters(key_id)
    pair = inside(lambda ctx: ctx.tx.find_one(ImportPairRow, key_id=key_id))
    assert findings(pair.pair_id) == []
    inside(lambda ctx: ctx.tx.update(pair, private_key=flipped(pair.private_key, 40)))
    assert [f.code for f in findings(pair.pair_id)] == ["material-unreadable"]
    inside(lambda ctx: ctx.tx.delete(replace(pair, version=1)))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    return tmp_path / "home"


def test_keys_survive_a_restart(home: Path) -> None:
    def client(server: Server, account: NewAccount) -> KmsClient:
        return KmsClient(server.config(account.access_key_id, account.secret.reveal()))

    with serving(home, Settings()) as server:
        account = server.new_account()
        kms: Any = client(server, account)
        external = models.CreateKeyRequest(origin="EXTERNAL")
        key_id = kms.create_key(external).body.key_metadata.key_id
        importing = Importing(kms)
        parameters = importing.parameters(key_id)
        wrapped = importing.wrap(parameters, MATERIAL)
        own = kms.create_key(models.CreateKeyRequest()).body.key_metadata
        before = Inside(server, account)(
            lambda ctx: opened(ctx, own.key_id),
        )
    with serving(home, Settings()) as server:
        kms = client(server, account)
        Importing(kms).send(key_id, wrapped, parameters.import_token)
        inside = Inside(server, account)
        assert inside(lambda ctx: opened(ctx, key_id)) == MATERIAL
        assert inside(lambda ctx: opened(ctx, own.key_id)) == before


def opened(ctx: Context, key_id: str) -> bytes:
    return open_version(ctx, row_of_ctx(ctx, key_id), first_of(ctx, key_id))


def test_check_of_a_whole_platform(home: Path) -> None:
    with serving(home, Settings()) as server:
        account = server.new_account()
        kms: Any = KmsClient(server.config(account.access_key_id, account.secret.reveal()))
        made = [
            kms.create_key(models.CreateKeyRequest(key_spec=spec)).body.key_metadata.key_id
            for spec in ("Aliyun_AES_256", "Aliyun_AES_256", "RSA_2048", "EC_SM2")
        ]
        external = kms.create_key(models.CreateKeyRequest(origin="EXTERNAL"))
        Importing(kms).bring(external.body.key_metadata.key_id)
        rotating = models.CreateKeyRequest(enable_automatic_rotation=True, rotation_interval="7d")
        made.append(kms.create_key(rotating).body.key_metadata.key_id)
        running = server.running
        later = Time(server.clock() + 8 * 86_400)
        work(Bench(call=running.store.call, clock=later, platform=running.pipeline.platform))
        versions = Inside(server, account)(lambda ctx: ctx.tx.count(KeyVersionRow, key_id=made[-1]))
        assert versions == 2
        state = state_of(running)
        assert check_platform(state) == []
        inside = Inside(server, account)
        one, other = (first_version(inside, key_id) for key_id in made[:2])
        inside(lambda ctx: ctx.tx.update(one, material=other.material))
        (found,) = check_platform(state)
        assert found.where == f"kms_key_version {one.version_id}"
        request = models.DescribeKeyRequest(key_id=made[0])
        assert kms.describe_key(request).body.key_metadata.key_id == made[0]
