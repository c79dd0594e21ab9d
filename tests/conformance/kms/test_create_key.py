"""CreateKey and DescribeKey: every spec, every rule between parameters."""

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_kms20160120 import models
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server, quotas, refused

from juyong.gateway.throttle import Throttle
from juyong.services.identity.facade import NewAccount
from juyong.services.kms.tables import default_instance_id

DEFAULT_USAGE = {
    "Aliyun_AES_256": "ENCRYPT/DECRYPT",
    "Aliyun_AES_192": "ENCRYPT/DECRYPT",
    "Aliyun_AES_128": "ENCRYPT/DECRYPT",
    "Aliyun_SM4": "ENCRYPT/DECRYPT",
    "RSA_2048": "ENCRYPT/DECRYPT",
    "EC_P256": "SIGN/VERIFY",
    "EC_P256K": "SIGN/VERIFY",
    "EC_SM2": "ENCRYPT/DECRYPT",
    "HMAC_SHA_256": "GENERATE/VERIFY_MAC",
}


@pytest.mark.parametrize(("spec", "usage"), DEFAULT_USAGE.items())
def test_each_spec_has_its_default_usage(
    new_key: Callable[..., Any], describe: Callable[[str], Any], spec: str, usage: str
) -> None:
    made = new_key(key_spec=spec)
    assert (made.key_spec, made.key_usage, made.key_state) == (spec, usage, "Enabled")
    symmetric = usage != "SIGN/VERIFY" and spec not in ("RSA_2048", "EC_SM2")
    assert bool(made.primary_key_version) is symmetric
    assert describe(made.key_id).key_spec == spec


def test_key_without_parameters(new_key: Callable[..., Any], account: NewAccount) -> None:
    made = new_key()
    assert made.arn == f"acs:kms:cn-hangzhou:{account.account_id}:key/{made.key_id}"
    assert made.creator == account.account_id
    assert (made.origin, made.protection_level) == ("Aliyun_KMS", "SOFTWARE")
    assert (made.description, made.delete_date, made.material_expire_time) == ("", "", "")
    assert made.automatic_rotation == "Disabled"
    assert made.rotation_interval is None
    assert made.next_rotation_date is None
    assert made.last_rotation_date == made.creation_date


def test_description_is_kept(new_key: Callable[..., Any], describe: Callable[[str], Any]) -> None:
    text = "d" * 8192
    made = new_key(description=text)
    shown = describe(made.arn)
    assert shown.description == text
    assert shown.deletion_protection == "Disabled"


def test_key_that_rotates(new_key: Callable[..., Any]) -> None:
    made = new_key(enable_automatic_rotation=True, rotation_interval="365d")
    assert (made.automatic_rotation, made.rotation_interval) == ("Enabled", "31536000s")
    assert made.next_rotation_date is not None


@pytest.mark.parametrize("interval", ["7d", "604800s", "168h", "10080m", "730d", "604800"])
def test_intervals_within_bounds(new_key: Callable[..., Any], interval: str) -> None:
    assert new_key(enable_automatic_rotation=True, rotation_interval=interval).rotation_interval


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"enable_automatic_rotation": True}, "MissingParameter"),
        ({"enable_automatic_rotation": True, "rotation_interval": "6d"}, "InvalidParameter"),
        ({"enable_automatic_rotation": True, "rotation_interval": "731d"}, "InvalidParameter"),
        ({"enable_automatic_rotation": True, "rotation_interval": "0d"}, "InvalidParameter"),
        ({"enable_automatic_rotation": True, "rotation_interval": "7w"}, "InvalidParameter"),
        (
            {
                "key_spec": "RSA_2048",
                "enable_automatic_rotation": True,
                "rotation_interval": "365d",
            },
            "UnsupportedOperation",
        ),
        (
            {"origin": "EXTERNAL", "enable_automatic_rotation": True, "rotation_interval": "9d"},
            "UnsupportedOperation",
        ),
        ({"key_spec": "aliyun_aes_256"}, "InvalidParameter"),
        ({"key_usage": "SIGN/VERIFY"}, "UnsupportedOperation"),
        ({"key_spec": "EC_P256", "key_usage": "ENCRYPT/DECRYPT"}, "UnsupportedOperation"),
        ({"key_spec": "EC_P256", "origin": "EXTERNAL"}, "UnsupportedOperation"),
        ({"protection_level": "HSM"}, "Unsupported.ProtectionLevel"),
        ({"protection_level": "hsm"}, "InvalidParameter"),
        ({"key_storage_mechanism": "HsmInternal"}, "InvalidParameter"),
        ({"policy": "{}"}, "Forbidden.KeyPolicyUnSupported"),
        ({"description": "d" * 8193}, "InvalidParameter"),
        ({"tags": "nothing"}, "InvalidParameter"),
        ({"tags": '[{"TagKey":"acs:x","TagValue":""}]'}, "InvalidParameter.TagKey"),
        ({"tags": '[{"TagKey":"","TagValue":""}]'}, "InvalidParameter.TagKey"),
        ({"tags": '[{"TagKey":"k","TagValue":"' + "v" * 129 + '"}]'}, "InvalidParameter.TagValue"),
        ({"tags": '[{"TagKey":"k"},{"TagKey":"k"}]'}, "Duplicate.TagKey"),
    ],
)
def test_refused_requests(new_key: Callable[..., Any], request_: dict[str, Any], code: str) -> None:
    with refused(code, 400):
        new_key(**request_)


def test_hsm_without_a_module_names_the_setting(new_key: Callable[..., Any]) -> None:
    with refused("Unsupported.ProtectionLevel", 400) as caught:
        new_key(protection_level="HSM")
    assert "hsm_module" in caught.value.message


def test_external_key_waits_for_its_material(new_key: Callable[..., Any]) -> None:
    made = new_key(origin="EXTERNAL")
    assert (made.key_state, made.primary_key_version) == ("PendingImport", None)


def test_key_of_the_default_instance(new_key: Callable[..., Any], account: NewAccount) -> None:
    instance = default_instance_id(account.account_id)
    made = new_key(dkmsinstance_id=instance)
    assert made.dkmsinstance_id == instance
    assert made.key_id.startswith("key-hzz")
    assert made.protection_level == "SOFTWARE"


def test_storage_needs_a_hardware_instance(
    new_key: Callable[..., Any], account: NewAccount
) -> None:
    with refused("InvalidParameter", 400):
        new_key(
            dkmsinstance_id=default_instance_id(account.account_id),
            key_storage_mechanism="HsmInternal",
        )


def test_instance_of_another_account_is_none(new_key: Callable[..., Any]) -> None:
    with refused("Forbidden.DKMSInstanceNotFound", 403):
        new_key(dkmsinstance_id=default_instance_id("1000000000000000"))  # type: ignore[arg-type]


def test_quota_of_keys(server: Server, new_key: Callable[..., Any]) -> None:
    with quotas(server, {"kms.keys": 1}):
        new_key()
        with refused("Rejected.LimitExceeded", 400):
            new_key()


def test_quota_of_versions(server: Server, new_key: Callable[..., Any]) -> None:
    with quotas(server, {"kms.versions": 1}):
        new_key(key_spec="EC_P256")
        with refused("Rejected.LimitExceeded", 400):
            new_key()


def test_describe_needs_an_existing_key(describe: Callable[[str], Any]) -> None:
    with refused("Forbidden.KeyNotFound", 404):
        describe("6c2b3ad7-0b8e-4d7e-8c55-8f3f7a3f0000")
    with refused("Forbidden.AliasNotFound", 404):
        describe("alias/nothing")


def test_key_of_another_account_is_denied(
    server: Server, new_key: Callable[..., Any], as_key: Callable[..., Clients]
) -> None:
    other = server.new_account()
    stranger = as_key(other.access_key_id, other.secret.reveal()).kms
    with refused("Forbidden.NoPermission", 403):
        stranger.describe_key(models.DescribeKeyRequest(key_id=new_key().arn))
    with refused("Forbidden.KeyNotFound", 404):
        stranger.describe_key(models.DescribeKeyRequest(key_id=new_key().key_id))


def test_description_changes(
    kms: Any, new_key: Callable[..., Any], describe: Callable[[str], Any]
) -> None:
    made = new_key(description="old")
    for text in ("new", "new", ""):
        kms.update_key_description(
            models.UpdateKeyDescriptionRequest(key_id=made.key_id, description=text)
        )
        assert describe(made.key_id).description == text
    with refused("Unsupported.Alias", 400):
        kms.update_key_description(
            models.UpdateKeyDescriptionRequest(key_id="alias/a", description="d")
        )
    with refused("Forbidden.KeyNotFound", 404):
        kms.update_key_description(
            models.UpdateKeyDescriptionRequest(key_id="nothing", description="d")
        )


def test_rate_of_creation(
    server: Server, new_key: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.running.pipeline, "throttle", Throttle(lambda: 0.0))
    for _ in range(10):
        new_key()
    with refused("Rejected.Throttling", 429):
        new_key()
