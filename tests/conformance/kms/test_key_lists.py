"""ListKeys with its filters, aliases, and the bounds of pages."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client as KmsClient
from tests.conformance.harness import Server, quotas, refused
from tests.conformance.kms.secret_calls import Secrets

from juyong.services.identity.facade import NewAccount
from juyong.services.kms.tables import default_instance_id


def listed(kms: KmsClient, *filters: tuple[str, list[str]], **page: int) -> list[str]:
    text = json.dumps([{"Key": key, "Values": values} for key, values in filters])
    request = models.ListKeysRequest(filters=text if filters else None, **page)
    answer: Any = kms.list_keys(request)
    return [key.key_id for key in answer.body.keys.key]


def test_pages_cover_all_keys_once(kms: KmsClient, new_key: Callable[..., Any]) -> None:
    made = {new_key().key_id for _ in range(5)}
    pages = [listed(kms, page_number=n, page_size=2) for n in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert {key_id for page in pages for key_id in page} == made
    answer: Any = kms.list_keys(models.ListKeysRequest())
    body = answer.body
    assert (body.total_count, body.page_number, body.page_size) == (5, 1, 10)
    assert body.keys.key[0].key_arn.endswith(f":key/{body.keys.key[0].key_id}")


@pytest.mark.parametrize(("number", "size"), [(0, 10), (1, 0), (1, 101)])
def test_bounds_of_pages(
    kms: KmsClient, new_key: Callable[..., Any], number: int, size: int
) -> None:
    key_id = new_key().key_id
    page = {"page_number": number, "page_size": size}
    for ask in (
        lambda: kms.list_keys(models.ListKeysRequest(**page)),
        lambda: kms.list_aliases(models.ListAliasesRequest(**page)),
        lambda: kms.list_aliases_by_key_id(models.ListAliasesByKeyIdRequest(key_id=key_id, **page)),
        lambda: kms.list_key_versions(models.ListKeyVersionsRequest(key_id=key_id, **page)),
    ):
        with refused("InvalidParameter", 400):
            ask()


def test_each_filter(kms: KmsClient, new_key: Callable[..., Any], account: NewAccount) -> None:
    instance = default_instance_id(account.account_id)
    plain = new_key(tags='[{"TagKey":"team","TagValue":"red"},{"TagKey":"env","TagValue":"p"}]')
    pair = new_key(key_spec="RSA_2048", key_usage="SIGN/VERIFY")
    owned = new_key(dkmsinstance_id=instance)
    waiting = new_key(origin="EXTERNAL")
    kms.create_alias(models.CreateAliasRequest(key_id=pair.key_id, alias_name="alias/pair"))
    every = sorted(k.key_id for k in (plain, pair, owned, waiting))
    for filters, keys in (
        ([("KeyState", ["PendingImport"])], [waiting]),
        ([("KeyState", ["PendingImport", "Enabled"])], [plain, pair, owned, waiting]),
        ([("KeySpec", ["RSA_2048"])], [pair]),
        ([("KeyUsage", ["SIGN/VERIFY"])], [pair]),
        ([("ProtectionLevel", ["HSM"])], []),
        ([("CreatorType", ["User"])], [plain, pair, owned, waiting]),
        ([("CreatorType", ["Service"])], []),
        ([("Creator", [str(account.account_id)])], [plain, pair, owned, waiting]),
        ([("DKMSInstanceId", [instance])], [owned]),
        ([("keyId", [plain.key_id])], [plain]),
        ([("AliasName", ["alias/pair"])], [pair]),
        ([("TagKey", ["team"])], [plain]),
        ([("TagValue", ["red"])], [plain]),
        ([("TagKey", ["env"]), ("TagValue", ["red"])], []),
        (
            [("KeySpec", ["RSA_2048"]), ("KeySpec", ["Aliyun_AES_256"])],
            [plain, pair, owned, waiting],
        ),
        ([("KeySpec", ["RSA_2048"]), ("KeyState", ["PendingImport"])], []),
        ([("KeySpec", [])], [plain, pair, owned, waiting]),
    ):
        assert listed(kms, *filters) == sorted(k.key_id for k in keys), filters
    assert listed(kms) == every


@pytest.mark.parametrize(
    "text",
    [
        "nothing",
        "{}",
        '[{"Key":"Nothing","Values":["a"]}]',
        '[{"Key":"KeyState","Values":"Enabled"}]',
        '[{"Key":"KeyState","Values":["a"],"More":1}]',
        '[{"Values":["a"]}]',
        json.dumps([{"Key": "KeyState", "Values": []}] * 11),
        json.dumps([{"Key": "KeyState", "Values": ["a"] * 11}]),
    ],
)
def test_refused_filters(kms: KmsClient, text: str) -> None:
    with refused("InvalidParameter", 400):
        kms.list_keys(models.ListKeysRequest(filters=text))


def aliases(kms: KmsClient, key_id: str | None = None) -> dict[str, str]:
    answer: Any = (
        kms.list_aliases_by_key_id(models.ListAliasesByKeyIdRequest(key_id=key_id))
        if key_id
        else kms.list_aliases(models.ListAliasesRequest())
    )
    return {alias.alias_name: alias.key_id for alias in answer.body.aliases.alias}


def test_life_of_an_alias(
    kms: KmsClient, new_key: Callable[..., Any], describe: Callable[[str], Any], account: NewAccount
) -> None:
    one, other = new_key().key_id, new_key().key_id
    create, update = models.CreateAliasRequest, models.UpdateAliasRequest
    for name in ("alias/a", "alias/b/c"):
        kms.create_alias(create(key_id=one, alias_name=name))
    assert describe("alias/a").key_id == one
    assert describe(f"acs:kms:cn-hangzhou:{account.account_id}:alias/b/c").key_id == one
    assert aliases(kms) == aliases(kms, one) == {"alias/a": one, "alias/b/c": one}
    with refused("AliasAlreadyExists", 400):
        kms.create_alias(create(key_id=other, alias_name="alias/a"))
    kms.update_alias(update(key_id=other, alias_name="alias/a"))
    assert describe("alias/a").key_id == other
    assert aliases(kms, other) == {"alias/a": other}
    kms.delete_alias(models.DeleteAliasRequest(alias_name="alias/a"))
    with refused("Forbidden.AliasNotFound", 404):
        describe("alias/a")
    with refused("Forbidden.AliasNotFound", 404):
        kms.delete_alias(models.DeleteAliasRequest(alias_name="alias/a"))
    with refused("Forbidden.AliasNotFound", 404):
        kms.update_alias(update(key_id=other, alias_name="alias/a"))


@pytest.mark.parametrize(
    "name", ["alias/", "a", "alias/a b", "alias/" + "a" * 250, "alias/acs/oss", "Alias/a"]
)
def test_refused_alias_names(kms: KmsClient, new_key: Callable[..., Any], name: str) -> None:
    with refused("InvalidParameter", 400):
        kms.create_alias(models.CreateAliasRequest(key_id=new_key().key_id, alias_name=name))


@pytest.mark.parametrize("name", ["alias/acs/secretsmanager", "alias/acs/oss"])
def test_aliases_of_the_platform_stay(
    kms: KmsClient, new_key: Callable[..., Any], secrets: Secrets, name: str
) -> None:
    secrets.create()
    before = aliases(kms)
    with refused("InvalidParameter", 400):
        kms.update_alias(models.UpdateAliasRequest(key_id=new_key().key_id, alias_name=name))
    with refused("InvalidParameter", 400):
        kms.delete_alias(models.DeleteAliasRequest(alias_name=name))
    assert aliases(kms) == before
    assert list(before) == ["alias/acs/secretsmanager"]


def test_longest_alias(kms: KmsClient, new_key: Callable[..., Any]) -> None:
    name = "alias/" + "a" * 249
    kms.create_alias(models.CreateAliasRequest(key_id=new_key().key_id, alias_name=name))
    assert list(aliases(kms)) == [name]


def test_quota_of_aliases(server: Server, kms: KmsClient, new_key: Callable[..., Any]) -> None:
    key_id = new_key().key_id
    with quotas(server, {"kms.aliases": 1}):
        kms.create_alias(models.CreateAliasRequest(key_id=key_id, alias_name="alias/a"))
        with refused("Rejected.LimitExceeded", 400):
            kms.create_alias(models.CreateAliasRequest(key_id=key_id, alias_name="alias/b"))


def test_alias_names_keys_of_its_own_account(
    server: Server, kms: KmsClient, new_key: Callable[..., Any]
) -> None:
    arn = new_key().arn.replace("cn-hangzhou", "cn-beijing")
    with refused("Forbidden.KeyNotFound", 404):
        kms.create_alias(models.CreateAliasRequest(key_id=arn, alias_name="alias/a"))
