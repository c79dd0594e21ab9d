"""One story of keys and secrets that every client of the KMS tells.

A key is made, named, and used under its name: texts and data keys are sealed with it, and open only
in the context they were sealed in. Another signs. A secret gets a second value and still knows the
first. Who is allowed to read only is refused the rest, and told why.
"""

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from tests.clients.client import Client, Key, Refused

CALLS = 30
WORDS = "Ann O'Neill ~*+/=& 安"
TEXT = base64.b64encode(WORDS.encode()).decode()
DIGEST = hashlib.sha256(WORDS.encode()).digest()
CONTEXT = {"for": "安 & co", "case": "1/2 + 3"}


def tell(client: Client, account_id: str, name: str) -> None:
    """Go through the story; every name in it begins with `name`."""
    key = _make_key(client, account_id, name)
    _seal_and_open(client, key, f"alias/{name}")
    _sign(client, name)
    _keep_a_secret(client, name)
    _be_refused(client, key, name)
    assert client.calls == CALLS


def _make_key(client: Client, account_id: str, name: str) -> str:
    made = client.call("kms", "CreateKey", Description=f"{name}: {WORDS}", KeySpec="Aliyun_AES_256")
    key = made["KeyMetadata"]
    assert key["Arn"] == f"acs:kms:cn-hangzhou:{account_id}:key/{key['KeyId']}"
    assert (key["KeyState"], key["Description"]) == ("Enabled", f"{name}: {WORDS}")
    client.call("kms", "CreateAlias", KeyId=key["KeyId"], AliasName=f"alias/{name}")
    named = client.call("kms", "DescribeKey", KeyId=f"alias/{name}")["KeyMetadata"]
    assert named["KeyId"] == key["KeyId"]
    listed = client.call("kms", "ListAliasesByKeyId", KeyId=key["KeyId"])["Aliases"]["Alias"]
    assert [alias["AliasName"] for alias in listed] == [f"alias/{name}"]
    client.call(
        "kms",
        "UpdateRotationPolicy",
        KeyId=key["KeyId"],
        EnableAutomaticRotation=True,
        RotationInterval="365d",
    )
    turned = client.call("kms", "DescribeKey", KeyId=key["KeyId"])["KeyMetadata"]
    assert turned["AutomaticRotation"] == "Enabled"
    return str(key["KeyId"])


def _seal_and_open(client: Client, key: str, alias: str) -> None:
    sealed = client.call("kms", "Encrypt", KeyId=alias, Plaintext=TEXT, EncryptionContext=CONTEXT)
    assert sealed["KeyId"] == key
    blob = sealed["CiphertextBlob"]
    opened = client.call("kms", "Decrypt", CiphertextBlob=blob, EncryptionContext=CONTEXT)
    assert opened["Plaintext"] == TEXT
    with pytest.raises(Refused) as other:
        client.call("kms", "Decrypt", CiphertextBlob=blob, EncryptionContext={"for": "else"})
    assert other.value.status == 400

    made = client.call("kms", "GenerateDataKey", KeyId=alias, KeySpec="AES_256")
    assert len(base64.b64decode(made["Plaintext"])) == 32
    opened = client.call("kms", "Decrypt", CiphertextBlob=made["CiphertextBlob"])
    assert opened["Plaintext"] == made["Plaintext"]


def _sign(client: Client, name: str) -> None:
    made = client.call("kms", "CreateKey", KeySpec="EC_P256", KeyUsage="SIGN/VERIFY")
    key = made["KeyMetadata"]["KeyId"]
    versions = client.call("kms", "ListKeyVersions", KeyId=key)["KeyVersions"]["KeyVersion"]
    (version,) = (found["KeyVersionId"] for found in versions)
    signing = {"KeyId": key, "KeyVersionId": version, "Algorithm": "ECDSA_SHA_256"}
    digest = base64.b64encode(DIGEST).decode()
    signature = client.call("kms", "AsymmetricSign", Digest=digest, **signing)["Value"]
    told = client.call("kms", "AsymmetricVerify", Digest=digest, Value=signature, **signing)
    assert told["Value"] in (True, "true")
    pem = client.call("kms", "GetPublicKey", KeyId=key, KeyVersionId=version)["PublicKey"]
    public: Any = load_pem_public_key(pem.encode())
    public.verify(base64.b64decode(signature), DIGEST, ec.ECDSA(Prehashed(hashes.SHA256())))
    client.call("kms", "ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7)
    gone = client.call("kms", "DescribeKey", KeyId=key)["KeyMetadata"]
    assert gone["KeyState"] == "PendingDeletion"
    with pytest.raises(Refused) as refused:
        client.call("kms", "AsymmetricSign", Digest=digest, **signing)
    assert refused.value.status == 409, (name, refused.value)


def _keep_a_secret(client: Client, name: str) -> None:
    secret = f"{name}/db@host"
    first, second = json.dumps({"password": WORDS}), "second & last"
    client.call(
        "kms",
        "CreateSecret",
        SecretName=secret,
        VersionId="v1",
        SecretData=first,
        EncryptionKeyId=f"alias/{name}",
    )
    client.call("kms", "PutSecretValue", SecretName=secret, VersionId="v2", SecretData=second)
    current = client.call("kms", "GetSecretValue", SecretName=secret)
    assert (current["VersionId"], current["SecretData"]) == ("v2", second)
    assert current["VersionStages"]["VersionStage"] == ["ACSCurrent"]
    former = client.call("kms", "GetSecretValue", SecretName=secret, VersionStage="ACSPrevious")
    assert (former["VersionId"], former["SecretData"]) == ("v1", first)


def _be_refused(client: Client, key: str, name: str) -> None:
    reader, policy = f"{name}-reader", f"{name}-reads"
    read = {"Effect": "Allow", "Action": "kms:DescribeKey", "Resource": "*"}
    document = json.dumps({"Version": "1", "Statement": [read]})
    client.call("ram", "CreateUser", UserName=reader)
    client.call("ram", "CreatePolicy", PolicyName=policy, PolicyDocument=document)
    client.call(
        "ram", "AttachPolicyToUser", PolicyType="Custom", PolicyName=policy, UserName=reader
    )
    made = client.call("ram", "CreateAccessKey", UserName=reader)["AccessKey"]
    as_reader = Key(id=made["AccessKeyId"], secret=made["AccessKeySecret"])
    told = client.call("kms", "DescribeKey", key=as_reader, KeyId=key)["KeyMetadata"]
    assert told["KeyId"] == key
    with pytest.raises(Refused) as denied:
        client.call("kms", "Encrypt", key=as_reader, KeyId=key, Plaintext=TEXT)
    assert (denied.value.code, denied.value.status) == ("Forbidden.NoPermission", 403)
    assert denied.value.detail is not None
    assert denied.value.detail["AuthAction"] == "kms:Encrypt"
    assert denied.value.detail["NoPermissionType"] == "ImplicitDeny"
    with pytest.raises(Refused) as hidden:
        client.call("kms", "GetSecretValue", key=as_reader, SecretName=f"{name}/db@host")
    assert hidden.value.status == 403
