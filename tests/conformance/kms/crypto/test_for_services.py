"""Another product encrypts under a key its customer names: who may, who may not, what remains."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alibabacloud_actiontrail20200706 import models as trail_models
from alibabacloud_actiontrail20200706.client import Client as TrailClient
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_tea_openapi import models as openapi
from alibabacloud_tea_openapi.client import Client as PlainClient
from darabonba.runtime import RuntimeOptions
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server, refused, stored_bytes, with_host
from tests.conformance.kms.conftest import Inside
from tests.conformance.kms.crypto.calls import Kms
from tests.conformance.kms.crypto.locker import PRODUCT, SERVICE, VERSION, registered, use_of
from tests.conformance.kms.crypto.modules import MemoryModule

from juyong.api.denial import AccessDenied
from juyong.audit.evidence import read_evidence
from juyong.audit.tables import EventRow
from juyong.services.identity.facade import NewAccount
from juyong.services.kms.errors import InvalidParameter
from juyong.services.kms.facade import data_key, open_content, open_data_key, seal_content
from juyong.services.kms.tables import default_instance_id

TEXT = "the thing nobody else shall read"
Call = Callable[..., Any]


@pytest.fixture(autouse=True)
def locker() -> Iterator[None]:
    with registered():
        yield


def calling(config: openapi.Config) -> Call:
    client = PlainClient(with_host(config, PRODUCT))

    def call(action: str, **query: str) -> Any:
        params = openapi.Params(
            action=action,
            version=VERSION,
            protocol="HTTP",
            pathname="/",
            method="POST",
            auth_type="AK",
            style="RPC",
            req_body_type="formData",
            body_type="json",
        )
        return client.call_api(params, openapi.OpenApiRequest(query=query), RuntimeOptions())[
            "body"
        ]

    return call


@pytest.fixture
def call(server: Server, account: NewAccount) -> Call:
    """The locker as the account's administrator calls it."""
    return calling(server.config(account.access_key_id, account.secret.reveal()))


@pytest.fixture
def as_user(
    server: Server, ram: RamClient, new_user: Callable[[str], Clients]
) -> Callable[..., Call]:
    """The locker as a user calls it who may use it and do so much more."""

    def make(name: str, *more: str) -> Call:
        user = new_user(name)
        statements = [{"Effect": "Allow", "Action": "locker:*", "Resource": "*"}]
        statements += [{"Effect": "Allow", "Action": action, "Resource": "*"} for action in more]
        document = json.dumps({"Version": "1", "Statement": statements})
        ram.create_policy(
            ram_models.CreatePolicyRequest(policy_name=name, policy_document=document)
        )
        ram.attach_policy_to_user(
            ram_models.AttachPolicyToUserRequest(
                policy_type="Custom", policy_name=name, user_name=name
            )
        )
        key = user.ram._credential.get_credential()
        return calling(server.config(key.access_key_id, key.access_key_secret))

    return make


def policy(account: NewAccount, effect: str, *actions: str, **more: Any) -> str:
    """Return a key policy with a statement about the service, beside the default one."""
    statements = [
        {
            "Effect": "Allow",
            "Principal": {"RAM": [f"acs:ram::{account.account_id}:*"]},
            "Action": ["kms:*"],
            "Resource": ["*"],
        },
        {
            "Effect": effect,
            "Principal": {"Service": [SERVICE]},
            "Action": list(actions),
            "Resource": ["*"],
            **more,
        },
    ]
    return json.dumps({"Version": "1", "Statement": statements})


def instance_key(keys: Kms, account: NewAccount, effect: str, *actions: str) -> str:
    made = keys.new_key(
        dkmsinstance_id=default_instance_id(account.account_id),
        policy=policy(account, effect, *actions),
    )
    return str(made.key_id)


def test_thing_comes_back(keys: Kms, call: Call) -> None:
    key_id = keys.new_key().key_id
    kept = call("PutThing", Name="a", Text=TEXT, KeyId=key_id)
    assert call("GetThing", Name="a", Sealed=kept["Sealed"])["Text"] == TEXT
    with refused("InvalidParameter", 400):
        call("GetThing", Name="b", Sealed=kept["Sealed"])


def test_thing_under_a_hardware_key(keys: Kms, memory: MemoryModule, call: Call) -> None:
    key_id = keys.new_key(protection_level="HSM").key_id
    kept = call("PutThing", Name="a", Text=TEXT, KeyId=key_id)
    assert call("GetThing", Name="a", Sealed=kept["Sealed"])["Text"] == TEXT
    assert memory.used == 2


def test_every_changed_byte_is_noticed(keys: Kms, call: Call) -> None:
    kept = call("PutThing", Name="a", Text="x", KeyId=keys.new_key().key_id)
    sealed = base64.b64decode(kept["Sealed"])
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with refused("InvalidParameter", 400):
            call("GetThing", Name="a", Sealed=base64.b64encode(changed).decode())
    for end in (0, 1, 3, 40, len(sealed) - 1):
        with refused("InvalidParameter", 400):
            call("GetThing", Name="a", Sealed=base64.b64encode(sealed[:end] or b"x").decode())


def test_caller_needs_permission_on_the_key(keys: Kms, as_user: Callable[..., Call]) -> None:
    key_id = keys.new_key().key_id
    nobody = as_user("nobody")
    with refused("NoPermission", 403) as caught:
        nobody("PutThing", Name="a", Text=TEXT, KeyId=key_id)
    assert caught.value.access_denied_detail["AuthAction"] == "kms:GenerateDataKey"
    writer = as_user("writer", "kms:GenerateDataKey")
    kept = writer("PutThing", Name="a", Text=TEXT, KeyId=key_id)
    with refused("NoPermission", 403) as caught:
        writer("GetThing", Name="a", Sealed=kept["Sealed"])
    assert caught.value.access_denied_detail["AuthAction"] == "kms:Decrypt"
    reader = as_user("reader", "kms:Decrypt")
    assert reader("GetThing", Name="a", Sealed=kept["Sealed"])["Text"] == TEXT


def test_key_policy_that_denies_the_service(
    keys: Kms, call: Call, account: NewAccount, server: Server
) -> None:
    key_id = instance_key(keys, account, "Deny", "kms:Decrypt")
    kept = call("PutThing", Name="a", Text=TEXT, KeyId=key_id)
    with refused("Forbidden.NoPermission", 403) as caught:
        call("GetThing", Name="a", Sealed=kept["Sealed"])
    detail = caught.value.access_denied_detail
    assert (detail["AuthPrincipalType"], detail["NoPermissionType"]) == ("Service", "ExplicitDeny")
    rows = server.running.store.call(lambda tx: tx.find(EventRow, account_id=account.account_id))
    (event,) = [row for row in rows if row.event_name == "GetThing"]
    asked = read_evidence(event.evidence).questions
    assert [(each.action, each.decision) for each in asked if each.principal == SERVICE] == [
        ("kms:Decrypt", "ExplicitDeny")
    ]
    assert [each.decision for each in asked if not each.principal] == ["Allow"] * (len(asked) - 1)
    open_key = instance_key(keys, account, "Allow", "kms:GenerateDataKey", "kms:Decrypt")
    kept = call("PutThing", Name="a", Text=TEXT, KeyId=open_key)
    assert call("GetThing", Name="a", Sealed=kept["Sealed"])["Text"] == TEXT


def test_key_policy_that_denies_the_service_keys_of_a_class(
    keys: Kms, call: Call, account: NewAccount
) -> None:
    of_class = {"StringEquals": {"kms:tag/class": "top"}}
    denying = policy(account, "Deny", "kms:GenerateDataKey", Condition=of_class)
    made = {
        name: keys.new_key(
            dkmsinstance_id=default_instance_id(account.account_id),
            policy=denying,
            tags=json.dumps([{"TagKey": "class", "TagValue": name}]),
        ).key_id
        for name in ("top", "low")
    }
    with refused("Forbidden.NoPermission", 403):
        call("PutThing", Name="a", Text=TEXT, KeyId=made["top"])
    call("PutThing", Name="a", Text=TEXT, KeyId=made["low"])


@pytest.mark.parametrize(
    ("change", "code", "status"),
    [
        (("DisableKey", {}), "Rejected.Disabled", 409),
        (
            ("ScheduleKeyDeletion", {"pending_window_in_days": 7}),
            "Rejected.PendingDeletion",
            409,
        ),
    ],
)
def test_key_that_may_not_be_used(
    keys: Kms, call: Call, change: tuple[str, dict[str, Any]], code: str, status: int
) -> None:
    key_id = keys.new_key().key_id
    kept = call("PutThing", Name="a", Text=TEXT, KeyId=key_id)
    keys(change[0], key_id=key_id, **change[1])
    with refused(code, status):
        call("PutThing", Name="a", Text=TEXT, KeyId=key_id)
    with refused(code, status):
        call("GetThing", Name="a", Sealed=kept["Sealed"])


def test_events_show_the_service(
    keys: Kms, call: Call, server: Server, account: NewAccount
) -> None:
    key_id = keys.new_key().key_id
    kept = call("PutThing", Name="a", Text=TEXT, KeyId=key_id)
    call("GetThing", Name="a", Sealed=kept["Sealed"])
    trail = TrailClient(server.config(account.access_key_id, account.secret.reveal()))
    body: Any = trail.lookup_events(
        trail_models.LookupEventsRequest(
            lookup_attribute=[
                trail_models.LookupEventsRequestLookupAttribute(
                    key="EventType", value="AliyunServiceEvent"
                )
            ]
        )
    ).body
    events = {event["eventName"]: event for event in body.events}
    assert set(events) == {"GenerateDataKey", "Decrypt"}
    for event in events.values():
        assert event["serviceName"] == "Kms"
        assert event["userIdentity"]["userName"] == SERVICE
        assert event["userIdentity"]["type"] == "system"
        assert event["referencedResources"] == {"ACS::KMS::Key": [key_id]}
        assert event["additionalEventData"] == {
            "encryptionContext": '{"acs:locker:thing":"a"}',
            "onBehalfOf": f"acs:ram::{account.account_id}:user/administrator",
        }
    assert TEXT not in json.dumps(body.to_map())


def test_database_does_not_show_the_thing(keys: Kms, call: Call, server: Server) -> None:
    if server.running.settings.database != "sqlite":
        pytest.skip("reads the database's files")
    kept = call("PutThing", Name="a", Text=TEXT, KeyId=keys.new_key().key_id)
    held = stored_bytes(server.running.home.path)
    assert kept["Sealed"].encode() in held
    assert TEXT.encode() not in held
    assert base64.b64encode(TEXT.encode()).rstrip(b"=") not in held


def test_service_that_acts_alone(keys: Kms, account: NewAccount, inside: Inside) -> None:
    """No caller has been judged: the key's policy must allow the service."""
    allowed = instance_key(keys, account, "Allow", "kms:GenerateDataKey")
    use = use_of("a")
    made = inside(lambda ctx: data_key(ctx, allowed, use))
    sealed = inside(lambda ctx: seal_content(ctx, allowed, use, b"content"))
    with pytest.raises(AccessDenied):
        inside(lambda ctx: open_data_key(ctx, made.blob, use))
    with pytest.raises(AccessDenied):
        inside(lambda ctx: open_content(ctx, sealed, use))
    keys("SetKeyPolicy", key_id=allowed, policy=policy(account, "Allow", "kms:Decrypt"))
    assert inside(lambda ctx: open_data_key(ctx, made.blob, use)) == made.plaintext
    assert inside(lambda ctx: open_content(ctx, sealed, use)) == b"content"
    with pytest.raises(InvalidParameter):
        inside(lambda ctx: open_data_key(ctx, made.blob, use_of("b")))
    with pytest.raises(AccessDenied):
        inside(lambda ctx: data_key(ctx, allowed, use))
    without_policy = keys.new_key().key_id
    with pytest.raises(AccessDenied):
        inside(lambda ctx: data_key(ctx, without_policy, use))
