"""What a KMS keeps, held against what its writers were promised."""

from collections import Counter

from tests.crash.calls import Client
from tests.crash.evidence import Database, Event
from tests.crash.kms_writer import (
    ENABLED,
    PENDING_IMPORT,
    HeldKey,
    KmsWriter,
    import_parameters,
    import_request,
    wrapped,
)


def check_events(writer: KmsWriter, events: list[Event]) -> bool:
    """Every success left one event, and nothing else did; True if the unanswered call took effect.

    Raises:
        AssertionError: an event is missing, or of a call nobody made.
    """
    answered = {each.request_id: each.action for each in writer.acknowledged}
    done = {e.request_id: e.name for e in events if not e.code}
    lost = {(r, a) for r, a in answered.items() if done.get(r) != a}
    assert not lost, f"acknowledged calls without an event: {lost}"
    unanswered = [name for request_id, name in done.items() if request_id not in answered]
    assert len(unanswered) <= 1, f"events of calls nobody made: {unanswered}"
    if unanswered:
        assert unanswered == [step.action for step in writer.doubtful]
    return bool(unanswered)


def check_versions(database: Database) -> int:
    """Every version is numbered without a gap, and of one rotation; returns how many there are.

    Raises:
        AssertionError: a version is missing, or was made twice.
    """
    numbers: dict[str, list[int]] = {}
    for key_id, number in database.execute("SELECT key_id, number FROM kms_key_version"):
        numbers.setdefault(key_id, []).append(number)
    for key_id, found in numbers.items():
        assert sorted(found) == list(range(1, len(found) + 1)), f"{key_id}: versions {found}"
    names = Counter(
        name for (name,) in database.execute("SELECT event_name FROM actiontrail_event")
    )
    rotations = sum(len(found) - 1 for found in numbers.values())
    assert names["RotateKey"] == rotations, "rotations and versions differ"
    pointing = database.execute(
        "SELECT count(*) FROM kms_key WHERE primary_version IS NOT NULL AND primary_version NOT IN"
        " (SELECT version_id FROM kms_key_version AS v WHERE v.key_id = kms_key.key_id AND number ="
        " (SELECT max(number) FROM kms_key_version AS w WHERE w.key_id = v.key_id))"
    ).fetchone()[0]
    assert pointing == 0, "a key's primary version is not its newest"
    return sum(map(len, numbers.values()))


def check_promises(writer: KmsWriter, client: Client) -> None:
    """Every key, version, ciphertext, signature and value is there, and opens.

    Raises:
        AssertionError: one does not.
    """
    assert not writer.wrong, writer.wrong
    for key in writer.keys.values():
        _check_key(writer, key, client)
    for sealed in writer.sealed:
        opened = client.patient("Decrypt", CiphertextBlob=sealed.blob).members
        assert opened["Plaintext"] == sealed.plaintext, f"{sealed} opens to something else"
    for signed in writer.signed:
        told = client.patient(
            "AsymmetricVerify",
            KeyId=signed.key_id,
            KeyVersionId=signed.version_id,
            Algorithm="ECDSA_SHA_256",
            Digest=signed.digest,
            Value=signed.value,
        ).members
        assert told["Value"] in (True, "true"), f"{signed} does not verify"
    for name, secret in writer.secrets.items():
        for version, value in secret.values.items():
            told = client.patient("GetSecretValue", SecretName=name, VersionId=version).members
            assert told["SecretData"] == value, f"{name} {version}"
        current = client.patient("GetSecretValue", SecretName=name).members["VersionId"]
        expected = {secret.current, *(step.params["VersionId"] for step in writer.doubts(name))}
        assert current in expected, f"{name}: {current} is current, not {expected}"


def _check_key(writer: KmsWriter, key: HeldKey, client: Client) -> None:
    told = client.patient("DescribeKey", KeyId=key.key_id).members["KeyMetadata"]
    expected = {ENABLED, PENDING_IMPORT} if writer.doubts(key.key_id) else {key.state}
    assert told["KeyState"] in expected, f"{key.key_id}: {told['KeyState']}"
    listed = client.patient("ListKeyVersions", KeyId=key.key_id, PageSize="100").members
    found = {version["KeyVersionId"] for version in listed["KeyVersions"]["KeyVersion"]}
    assert listed["TotalCount"] > 100 or key.versions <= found, f"{key.key_id} lost versions"
    if told["KeyState"] == PENDING_IMPORT:
        # What it sealed must open again once the same material is back, by a new wrapping key.
        wrapped(key, client.patient("GetParametersForImport", **import_parameters(key)).members)
        client.patient("ImportKeyMaterial", **import_request(key))
    elif key.wrapping is not None:
        # The wrapping key from before still opens, and the same material is taken again.
        client.patient("ImportKeyMaterial", **import_request(key))
