"""The service, and the instance every account has: shown, moved, protected, released."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client as KmsClient
from alibabacloud_tea_openapi import models as openapi
from alibabacloud_tea_util import models as util
from tests.conformance.conftest import Clients, clients
from tests.conformance.harness import Server, quotas, refused, serving
from tests.conformance.kms.conftest import Inside
from tests.conformance.kms.secret_calls import Secrets

from juyong.app.settings import Settings
from juyong.front.authority import LocalAuthority
from juyong.hsm.port import Hsm
from juyong.services.identity.facade import NewAccount
from juyong.services.kms.keys.tables import AliasRow, KeyRow, KeyVersionRow, TokenObjectRow
from juyong.services.kms.secrets.tables import SecretRow, SecretVersionRow
from juyong.services.kms.tables import default_instance_id
from juyong.store.tags import TagRow


@pytest.fixture
def instance_id(account: NewAccount) -> str:
    return default_instance_id(account.account_id)


def got(kms: KmsClient, instance_id: str) -> Any:
    answer: Any = kms.get_kms_instance(models.GetKmsInstanceRequest(kms_instance_id=instance_id))
    return answer.body.kms_instance


def listed(kms: KmsClient, **request: Any) -> Any:
    answer: Any = kms.list_kms_instances(models.ListKmsInstancesRequest(**request))
    return answer.body


def release(kms: KmsClient, instance_id: str, *, force: bool = False) -> Any:
    return kms.release_kms_instance(
        models.ReleaseKmsInstanceRequest(
            kms_instance_id=instance_id, force_delete_without_backup="true" if force else "false"
        )
    )


def protect(kms: KmsClient, instance_id: str) -> Any:
    return kms.set_deletion_protection(
        models.SetDeletionProtectionRequest(
            kms_instance_id=instance_id, enable_deletion_protection=True
        )
    )


def used(kms: KmsClient, **request: str) -> dict[str, Any]:
    answer: Any = kms.get_kms_instance_quota_infos(
        models.GetKmsInstanceQuotaInfosRequest(**request)
    )
    infos = answer.body.kms_instance_quota_infos
    return {i.resource_type: (i.resource_quota, i.used_quantity) for i in infos}


def test_regions_need_no_permission(new_user: Callable[[str], Clients]) -> None:
    answer: Any = new_user("nobody").kms.describe_regions()
    assert "cn-hangzhou" in {r.region_id for r in answer.body.regions.region}


def test_the_service_is_open_to_every_account(kms: KmsClient) -> None:
    with refused("Forbidden.Opened", 400):
        kms.open_kms_service()
    answer: Any = kms.describe_account_kms_status()
    assert answer.body.account_status == "Enabled"


def test_every_account_has_one_instance(
    kms: KmsClient, account: NewAccount, instance_id: str
) -> None:
    body = listed(kms)
    assert (body.total_count, body.page_number, body.page_size) == (1, 1, 20)
    (only,) = body.kms_instances.kms_instance
    arn = f"acs:kms:cn-hangzhou:{account.account_id}:keystore/{instance_id}"
    assert (only.kms_instance_id, only.kms_instance_arn) == (instance_id, arn)
    answer: Any = kms.get_default_kms_instance()
    assert answer.body.default_kms_instance_id == instance_id
    shown = got(kms, instance_id)
    assert (shown.status, shown.deletion_protection, shown.key_num) == ("Connected", False, 200)
    assert shown.secret_num == "1000"
    assert shown.create_time.endswith("Z")
    with refused("Forbidden.DKMSInstanceNotFound", 403):
        got(kms, "kst-other")


def test_clients_get_the_certificate_to_trust(tmp_path: Path) -> None:
    with serving(tmp_path / "home", Settings(hsm_module="none")) as server:
        account = server.new_account()
        kms = clients(server, account.access_key_id, account.secret.reveal()).kms
        instance_id = default_instance_id(account.account_id)
        assert got(kms, instance_id).ca_certificate_chain_pem is None
        pem = LocalAuthority.open(server.running.home.authority).certificate_pem.decode()
        assert got(kms, instance_id).ca_certificate_chain_pem == pem


@pytest.mark.parametrize(
    ("number", "size", "count"), [(1, 1, 1), (1, 100, 1), (2, 1, 0), (1_000_000, 100, 0)]
)
def test_pages_of_instances(kms: KmsClient, number: int, size: int, count: int) -> None:
    body = listed(kms, page_number=number, page_size=size)
    assert len(body.kms_instances.kms_instance) == count
    assert body.total_count == 1


@pytest.mark.parametrize(("number", "size"), [(0, 1), (1, 0), (1, 101)])
def test_bounds_of_pages_of_instances(kms: KmsClient, number: int, size: int) -> None:
    with refused("InvalidParameter", 400):
        listed(kms, page_number=number, page_size=size)


def test_filter_of_instances(kms: KmsClient, instance_id: str) -> None:
    for values, count in (([instance_id], 1), (["kst-other"], 0), ([], 1)):
        text = json.dumps([{"Key": "KmsInstanceId", "Values": values}])
        assert listed(kms, filters=text).total_count == count
    with refused("InvalidParameter", 400):
        listed(kms, filters='[{"Key":"Nothing","Values":[]}]')


def test_quotas_of_an_instance(
    server: Server,
    kms: KmsClient,
    instance_id: str,
    new_key: Callable[..., Any],
    secrets: Secrets,
) -> None:
    new_key()
    new_key(dkmsinstance_id=instance_id)
    secrets.create()
    before = used(kms)
    assert set(before) == {"key", "secret", "qps"}
    assert before["secret"] == (1000, 1)
    assert before["qps"][1] is None
    # The key under which the service seals the secret counts as well.
    assert before["key"] == (200, 3)
    assert used(kms, resource_type="key", kms_instance_id=instance_id) == {"key": (200, 3)}
    assert used(kms, resource_type="vpc") == {}
    with quotas(server, {"kms.keys": 3}):
        assert used(kms, resource_type="key") == {"key": (3, 3)}
        with refused("Rejected.LimitExceeded", 400):
            new_key()
    with refused("Forbidden.DKMSInstanceNotFound", 403):
        used(kms, kms_instance_id="kst-other")
    with refused("InvalidParameter", 400):
        used(kms, resource_type="other")


def test_a_protected_instance_is_not_released(
    kms: KmsClient, account: NewAccount, instance_id: str
) -> None:
    protect = models.SetDeletionProtectionRequest
    kms.set_deletion_protection(
        protect(
            kms_instance_id=instance_id,
            enable_deletion_protection=True,
            deletion_protection_description="in use",
        )
    )
    shown = got(kms, instance_id)
    assert (shown.deletion_protection, shown.deletion_protection_description) == (True, "in use")
    with refused("Rejected.DeletionProtectionEnabled", 409):
        release(kms, instance_id, force=True)
    arn = f"acs:kms:cn-hangzhou:{account.account_id}:keystore/{instance_id}"
    kms.set_deletion_protection(
        protect(protected_resource_arn=arn, enable_deletion_protection=False)
    )
    release(kms, instance_id)


def test_a_protected_key_keeps_its_instance(
    kms: KmsClient, instance_id: str, new_key: Callable[..., Any]
) -> None:
    key_id = new_key(dkmsinstance_id=instance_id).key_id
    protect = models.SetDeletionProtectionRequest
    kms.set_deletion_protection(protect(key_id=key_id, enable_deletion_protection=True))
    with refused("Rejected.DeletionProtectionEnabled", 409):
        release(kms, instance_id, force=True)


def test_an_empty_instance_is_released_for_good(
    kms: KmsClient, instance_id: str, new_key: Callable[..., Any]
) -> None:
    plain = new_key().key_id
    with refused("Forbidden.DKMSInstanceNotFound", 403):
        release(kms, "kst-other")
    release(kms, instance_id)
    assert listed(kms).total_count == 0
    answer: Any = kms.get_default_kms_instance()
    assert answer.body.default_kms_instance_id is None
    for ask in (
        lambda: got(kms, instance_id),
        lambda: release(kms, instance_id),
        lambda: used(kms),
        lambda: new_key(dkmsinstance_id=instance_id),
    ):
        with refused("Forbidden.DKMSInstanceNotFound", 403):
            ask()
    kms.describe_key(models.DescribeKeyRequest(key_id=plain))


def test_release_destroys_all_that_is_inside(
    kms: KmsClient,
    inside: Inside,
    instance_id: str,
    new_key: Callable[..., Any],
    secrets: Secrets,
) -> None:
    tags = '[{"TagKey":"k","TagValue":"v"}]'
    inner = new_key(dkmsinstance_id=instance_id, tags=tags)
    kms.create_alias(models.CreateAliasRequest(key_id=inner.key_id, alias_name="alias/in"))
    secrets.create("inner", encryption_key_id=inner.key_id, dkmsinstance_id=instance_id)
    plain = new_key(tags=tags).key_id
    secrets.create("plain")
    tag = models.TagResourcesRequest(
        region_id="cn-hangzhou",
        resource_type="instance",
        resource_id=[instance_id],
        tag=[models.TagResourcesRequestTag(key="k", value="v")],
    )
    kms.tag_resources(tag)
    with refused("Forbidden.NoBackup", 403):
        release(kms, instance_id)
    sealed: Any = kms.encrypt(models.EncryptRequest(key_id=inner.key_id, plaintext="dGV4dA=="))
    opening = models.DecryptRequest(ciphertext_blob=sealed.body.ciphertext_blob)
    kms.decrypt(opening)
    release(kms, instance_id, force=True)
    with refused("InvalidParameter", 400):
        kms.decrypt(opening)
    with refused("Forbidden.KeyNotFound", 404):
        kms.describe_key(models.DescribeKeyRequest(key_id=inner.key_id))
    with refused("Forbidden.ResourceNotFound", 404):
        secrets.value("inner")
    assert secrets.value("plain").secret_data == "hunter2-value"

    def left(ctx: Any) -> None:
        tx, owner = ctx.tx, ctx.account_id
        keys = {row.key_id for row in tx.find(KeyRow, account_id=owner)}
        assert plain in keys
        assert inner.key_id not in keys
        assert tx.count(KeyVersionRow, key_id=inner.key_id) == 0
        assert tx.count(AliasRow, key_id=inner.key_id) == 0
        assert [row.name for row in tx.find(SecretRow, account_id=owner)] == ["plain"]
        assert tx.count(SecretVersionRow, account_id=owner) == 1
        assert [row.resource_id for row in tx.find(TagRow, account_id=owner)] == [plain]

    inside(left)


def test_release_dooms_what_is_in_the_module(
    kms: KmsClient,
    inside: Inside,
    hsm: Hsm,
    instance_id: str,
    new_key: Callable[..., Any],
) -> None:
    inner = new_key(dkmsinstance_id=instance_id)
    assert inner.protection_level == "HSM"
    (label,) = inside(
        lambda ctx: [r.token_label for r in ctx.tx.find(KeyVersionRow, key_id=inner.key_id)]
    )
    release(kms, instance_id, force=True)
    assert inside(lambda ctx: ctx.tx.get(TokenObjectRow, label)) is not None


def test_state_of_an_instance_survives_a_restart(tmp_path: Any) -> None:
    settings = Settings(hsm_module="none")
    with serving(tmp_path / "home", settings) as server:
        moved, gone = server.new_account(), server.new_account()
        kms = clients(server, moved.access_key_id, moved.secret.reveal()).kms
        protect(kms, default_instance_id(moved.account_id))
        kms = clients(server, gone.access_key_id, gone.secret.reveal()).kms
        release(kms, default_instance_id(gone.account_id))
    with serving(tmp_path / "home", settings) as server:
        kms = clients(server, moved.access_key_id, moved.secret.reveal()).kms
        assert got(kms, default_instance_id(moved.account_id)).deletion_protection
        kms = clients(server, gone.access_key_id, gone.secret.reveal()).kms
        assert listed(kms).total_count == 0


@pytest.mark.parametrize(
    "action",
    [
        *("GetCertificate", "CreateCertificate", "UpdateKmsInstance"),
        *("ConnectKmsInstance", "UpdateKmsInstanceBindVpc"),
    ],
)
def test_what_is_retired_is_refused_by_name(kms: KmsClient, action: str) -> None:
    params = openapi.Params(
        action=action,
        version="2016-01-20",
        protocol="HTTP",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    with refused("UnsupportedOperation", 400):
        kms.call_api(params, openapi.OpenApiRequest(query={}), util.RuntimeOptions())
