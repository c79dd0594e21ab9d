"""Who may do what with a key: conditions, tags, policies, other accounts."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from tests.conformance.conftest import Clients, clients
from tests.conformance.harness import Server, refused
from tests.conformance.kms.crypto.calls import Kms, b64, unb64

from juyong.services.identity.facade import NewAccount
from juyong.services.kms.tables import default_instance_id

DENIED = ("Forbidden.NoPermission", 403)
NO_VERSION = b64(b"6c2b3ad7-0b8e-4d7e-8c55-8f3f7a3f0000" + bytes([1, 1, 1]) + bytes(40))


@pytest.fixture
def as_user(ram: RamClient, new_user: Callable[[str], Clients]) -> Callable[..., Kms]:
    """The KMS as a user with some statements calls it."""

    def make(name: str, *statements: dict[str, Any]) -> Kms:
        user = new_user(name)
        allow = {"Effect": "Allow", "Resource": "*"}
        document = {"Version": "1", "Statement": [{**allow, **each} for each in statements]}
        ram.create_policy(
            ram_models.CreatePolicyRequest(policy_name=name, policy_document=json.dumps(document))
        )
        ram.attach_policy_to_user(
            ram_models.AttachPolicyToUserRequest(
                policy_type="Custom", policy_name=name, user_name=name
            )
        )
        return Kms(user.kms)

    return make


@pytest.fixture
def stranger(server: Server) -> tuple[NewAccount, Kms]:
    """Another account and its administrator."""
    made = server.new_account()
    return made, Kms(clients(server, made.access_key_id, made.secret.reveal()).kms)


def test_context_condition(keys: Kms, as_user: Callable[..., Kms]) -> None:
    key_id = keys.new_key().key_id
    blue = as_user(
        "blue",
        {
            "Action": ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"],
            "Condition": {"StringEquals": {"kms:EncryptionContext:tenant": "blue"}},
        },
    )
    blob = blue.encrypt(key_id, encryption_context={"tenant": "blue", "more": "x"})
    context = {"tenant": "blue", "more": "x"}
    assert blue.decrypt(blob, encryption_context=context) == "aGVsbG8="
    others: tuple[dict[str, str] | None, ...] = (
        {"tenant": "red"},
        {"more": "blue"},
        # Of two names that differ in case alone, one is not enough to be allowed.
        {"tenant": "blue", "Tenant": "red"},
        None,
    )
    for other in others:
        for act in (
            lambda: blue.encrypt(key_id, encryption_context=other),  # noqa: B023
            lambda: blue.decrypt(blob, encryption_context=other),  # noqa: B023
            lambda: blue("GenerateDataKey", key_id=key_id, encryption_context=other),  # noqa: B023
        ):
            with refused(*DENIED):
                act()


def test_no_name_hides_another_from_a_deny(keys: Kms, as_user: Callable[..., Kms]) -> None:
    key_id = keys.new_key().key_id
    user = as_user(
        "user",
        {"Action": "kms:*"},
        {
            "Effect": "Deny",
            "Action": "kms:*",
            "Condition": {"StringEquals": {"kms:EncryptionContext:tenant": "red"}},
        },
    )
    user.encrypt(key_id, encryption_context={"tenant": "blue"})
    for hidden in ({"tenant": "red", "Tenant": "blue"}, {"TENANT": "blue", "tenant": "red"}):
        with refused(*DENIED):
            user.encrypt(key_id, encryption_context=hidden)


def test_algorithm_condition(keys: Kms, as_user: Callable[..., Kms]) -> None:
    pair, key_id = keys.new_pair("RSA_2048", "ENCRYPT/DECRYPT"), keys.new_key().key_id

    def only(name: str, algorithm: str) -> Kms:
        return as_user(
            name,
            {
                "Action": "kms:*",
                "Condition": {"StringEquals": {"kms:EncryptionAlgorithm": algorithm}},
            },
        )

    symmetric, oaep = only("symmetric", "SYMMETRIC_DEFAULT"), only("oaep", "RSAES_OAEP_SHA_256")
    assert keys.decrypt(symmetric.encrypt(key_id)) == "aGVsbG8="
    with refused(*DENIED):
        oaep.encrypt(key_id)
    good = {**pair, "algorithm": "RSAES_OAEP_SHA_256"}
    sealed = oaep("AsymmetricEncrypt", **good, plaintext="aGVsbG8=").ciphertext_blob
    assert oaep("AsymmetricDecrypt", **good, ciphertext_blob=sealed).plaintext == "aGVsbG8="
    with refused(*DENIED):
        symmetric("AsymmetricDecrypt", **good, ciphertext_blob=sealed)
    with refused(*DENIED):
        oaep("AsymmetricEncrypt", **{**good, "algorithm": "RSAES_OAEP_SHA_1"}, plaintext="eA==")


def test_tag_condition(keys: Kms, as_user: Callable[..., Kms]) -> None:
    tags = json.dumps([{"TagKey": "team", "TagValue": "a"}])
    ours, theirs = keys.new_key(tags=tags).key_id, keys.new_key().key_id
    user = as_user(
        "user", {"Action": "kms:*", "Condition": {"StringEquals": {"kms:tag/team": "a"}}}
    )
    blob = user.encrypt(ours)
    assert user.decrypt(blob) == "aGVsbG8="
    with refused(*DENIED):
        user.encrypt(theirs)
    with refused(*DENIED):
        user.decrypt(keys.encrypt(theirs))
    with refused(*DENIED):
        user("ReEncrypt", ciphertext_blob=blob, destination_key_id=theirs)


def test_blob_is_authorised_on_its_key(keys: Kms, as_user: Callable[..., Kms]) -> None:
    mine, other = keys.new_key(), keys.new_key()
    user = as_user(
        "user", {"Action": "kms:Decrypt", "Resource": mine.arn.replace(":kms:", ":kms:")}
    )
    assert user.decrypt(keys.encrypt(mine.key_id)) == "aGVsbG8="
    with refused(*DENIED):
        user.decrypt(keys.encrypt(other.key_id))


def test_blob_of_no_key_looks_like_one_of_a_key_that_is_denied(
    keys: Kms, as_user: Callable[..., Kms]
) -> None:
    mine, other = keys.new_key(), keys.new_key()
    user = as_user("user", {"Action": "kms:Decrypt", "Resource": mine.arn})
    for blob in (NO_VERSION, "aGVsbG8=", "no base64", keys.encrypt(other.key_id)):
        with refused(*DENIED):
            user.decrypt(blob)
    for blob in (NO_VERSION, "aGVsbG8=", "no base64"):
        with refused("InvalidParameter", 400):
            keys.decrypt(blob)


def test_re_encryption_needs_both_keys(keys: Kms, as_user: Callable[..., Kms]) -> None:
    source, destination = keys.new_key(), keys.new_key()
    asked = {
        "ciphertext_blob": keys.encrypt(source.key_id),
        "destination_key_id": destination.key_id,
    }
    from_, to = (
        {"Action": "kms:ReEncryptFrom", "Resource": source.arn},
        {"Action": "kms:ReEncryptTo", "Resource": destination.arn},
    )
    for name, statements, lacking in (
        ("from", [from_], "kms:ReEncryptTo"),
        ("to", [to], "kms:ReEncryptFrom"),
        ("wrong", [from_, {**to, "Resource": source.arn}], "kms:ReEncryptTo"),
    ):
        with refused(*DENIED) as caught:
            as_user(name, *statements)("ReEncrypt", **asked)
        assert caught.value.access_denied_detail["AuthAction"] == lacking
    both = as_user("both", from_, to)("ReEncrypt", **asked)
    assert keys.decrypt(both.ciphertext_blob) == "aGVsbG8="


def test_each_side_of_a_re_encryption_has_its_own_context(
    keys: Kms, as_user: Callable[..., Kms]
) -> None:
    key_id = keys.new_key().key_id
    blue = {"StringEquals": {"kms:EncryptionContext:tenant": "blue"}}
    user = as_user(
        "user",
        {"Action": "kms:ReEncryptFrom"},
        {"Action": "kms:ReEncryptTo", "Condition": blue},
    )
    asked = {
        "ciphertext_blob": keys.encrypt(key_id, encryption_context={"tenant": "blue"}),
        "source_encryption_context": {"tenant": "blue"},
        "destination_key_id": key_id,
    }
    with refused(*DENIED):
        user("ReEncrypt", **asked)
    user("ReEncrypt", **asked, destination_encryption_context={"tenant": "blue"})


def test_re_encryption_from_a_pair_is_authorised_on_the_pair(
    keys: Kms, as_user: Callable[..., Kms]
) -> None:
    pair, destination = keys.new_pair("RSA_2048", "ENCRYPT/DECRYPT"), keys.new_key()
    algorithm = "RSAES_OAEP_SHA_256"
    made = keys("AsymmetricEncrypt", **pair, algorithm=algorithm, plaintext="aGVsbG8=")
    asked = {
        "ciphertext_blob": made.ciphertext_blob,
        "source_key_id": pair["key_id"],
        "source_key_version_id": pair["key_version_id"],
        "source_encryption_algorithm": algorithm,
        "destination_key_id": destination.key_id,
    }
    arn = destination.arn
    to = {"Action": "kms:ReEncryptTo", "Resource": arn}
    with refused(*DENIED):
        as_user("half", to)("ReEncrypt", **asked)
    from_ = {
        "Action": "kms:ReEncryptFrom",
        "Resource": arn.replace(destination.key_id, pair["key_id"]),
        "Condition": {"StringEquals": {"kms:EncryptionAlgorithm": algorithm}},
    }
    answer = as_user("both", to, from_)("ReEncrypt", **asked)
    assert keys.decrypt(answer.ciphertext_blob) == "aGVsbG8="


def shared_key(keys: Kms, owner: NewAccount, *who: str) -> Any:
    """Make an instance key whose policy lets others encrypt and decrypt."""
    document = {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"RAM": [f"acs:ram::{owner.account_id}:*"]},
                "Action": ["kms:*"],
                "Resource": ["*"],
            },
            {
                "Effect": "Allow",
                "Principal": {"RAM": list(who)},
                "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:DescribeKey"],
                "Resource": ["*"],
            },
        ],
    }
    return keys.new_key(
        dkmsinstance_id=default_instance_id(owner.account_id), policy=json.dumps(document)
    )


def test_other_account_by_the_key_policy(
    keys: Kms, account: NewAccount, stranger: tuple[NewAccount, Kms]
) -> None:
    other, theirs = stranger
    administrator = f"acs:ram::{other.account_id}:user/administrator"
    shared = shared_key(keys, account, administrator)
    blob = theirs.encrypt(shared.arn)
    assert keys.decrypt(blob) == theirs.decrypt(blob) == "aGVsbG8="
    with refused("Forbidden.KeyNotFound", 404):
        theirs.encrypt(shared.key_id)
    with refused(*DENIED):
        theirs("GenerateDataKey", key_id=shared.arn)
    own = theirs.new_key()
    moved = theirs("ReEncrypt", ciphertext_blob=blob, destination_key_id=own.key_id)
    assert theirs.decrypt(moved.ciphertext_blob) == "aGVsbG8="
    with refused(*DENIED):
        theirs("ReEncrypt", ciphertext_blob=moved.ciphertext_blob, destination_key_id=shared.arn)


def test_other_account_without_the_key_policy(
    keys: Kms, account: NewAccount, stranger: tuple[NewAccount, Kms]
) -> None:
    _, theirs = stranger
    plain = keys.new_key()
    with refused(*DENIED):
        theirs.encrypt(plain.arn)
    # A key that no policy shares is no key to them: nothing tells it from one that is not there.
    said = set()
    for blob in (keys.encrypt(plain.key_id), NO_VERSION):
        with refused("InvalidParameter", 400) as caught:
            theirs.decrypt(blob)
        said.add(caught.value.message.partition(" request id")[0])
    assert len(said) == 1
    shared = shared_key(keys, account, f"acs:ram::{account.account_id}:user/somebody")
    with refused(*DENIED):
        theirs.decrypt(keys.encrypt(shared.key_id))


def test_forged_version_id_opens_nothing(keys: Kms, stranger: tuple[NewAccount, Kms]) -> None:
    _, theirs = stranger
    ours, own = keys.new_key(), theirs.new_key()
    blob = unb64(keys.encrypt(ours.key_id))
    with refused("InvalidParameter", 400):
        theirs.decrypt(b64(own.primary_key_version.encode() + blob[36:]))
