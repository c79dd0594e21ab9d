"""A generic secret is rotated by a real function, with the operations any customer has."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from tests.conformance.fc.conftest import Fc, fc, role
from tests.conformance.fc.packages import main
from tests.conformance.harness import Server
from tests.conformance.kms.secret_calls import Secrets
from tests.conformance.kms.test_secret_rotation import rounds

from juyong.audit.tables import EventRow
from juyong.services.identity.facade import NewAccount

__all__ = ["fc", "role"]
ROTATOR = """
import json
from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client
from alibabacloud_tea_openapi.models import Config

PENDING = "MyPendingLabel"

def handler(event, context):
    given, event = context.credentials, json.loads(event)
    client = Client(Config(
        access_key_id=given.access_key_id,
        access_key_secret=given.access_key_secret,
        security_token=given.security_token,
        region_id="cn-hangzhou",
        protocol="http",
    ))
    name, version = event["SecretName"], event["VersionId"]
    if event["Step"] == "create":
        drawn = client.get_random_password(models.GetRandomPasswordRequest()).body.random_password
        client.put_secret_value(models.PutSecretValueRequest(
            secret_name=name, version_id=version, secret_data=drawn,
            version_stages=json.dumps([PENDING])))
    elif event["Step"] in ("set", "test"):
        client.get_secret_value(models.GetSecretValueRequest(
            secret_name=name, version_stage=PENDING))
    else:
        current = client.get_secret_value(models.GetSecretValueRequest(secret_name=name)).body
        for stage, to, off in (("ACSCurrent", version, current.version_id),
                               (PENDING, None, version)):
            client.update_secret_version_stage(models.UpdateSecretVersionStageRequest(
                secret_name=name, version_stage=stage, move_to_version=to,
                remove_from_version=off))
    return "done"
"""
CONFIG = {"SecretSubType": "Custom"}
POLICY = json.dumps(
    {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [
                    *("kms:PutSecretValue", "kms:GetSecretValue"),
                    "kms:UpdateSecretVersionStage",
                ],
                "Resource": "acs:kms:*:*:secret/own",
            }
        ],
    }
)


def attach(ram: RamClient, role_name: str) -> None:
    ram.create_policy(ram_models.CreatePolicyRequest(policy_name="Rotator", policy_document=POLICY))
    ram.attach_policy_to_role(
        ram_models.AttachPolicyToRoleRequest(
            policy_type="Custom", policy_name="Rotator", role_name=role_name
        )
    )


@pytest.fixture
def function(
    fc: Fc, role: Callable[..., str], ram: RamClient, server: Server, account: NewAccount
) -> str:
    """The name in full of a function that rotates secrets."""
    arn = role("Rotator")
    attach(ram, "Rotator")
    fc.create(
        "rotator",
        main(ROTATOR),
        role=arn,
        timeout=30,
        memory_size=512,
        environment_variables={"HTTP_PROXY": f"http://127.0.0.1:{server.port}"},
    )
    return f"acs:fc:cn-hangzhou:{account.account_id}:functions/rotator"


def test_a_function_rotates_a_secret_with_its_own_role(
    secrets: Secrets, function: str, server: Server
) -> None:
    secrets.create("own", extended_config={**CONFIG, "RotationFunction": function})
    for number in (1, 2):
        secrets.rotate("own", f"r{number}")
        rounds(server)
        current = secrets.value("own")
        assert current.version_id == f"r{number}"
        assert len(current.secret_data) == 32
    assert secrets.stages("own") == {"r2": ["ACSCurrent"], "r1": ["ACSPrevious"], "v1": []}


def test_a_function_that_fails_leaves_the_secret_as_it_is(
    secrets: Secrets, fc: Fc, server: Server, account: NewAccount
) -> None:
    fc.create("broken", main("def handler(event, context):\n    raise ValueError('hunter2')"))
    arn = f"acs:fc:cn-hangzhou:{account.account_id}:functions/broken"
    for name, function in (("own", arn), ("lost", arn.replace("broken", "nothing"))):
        secrets.create(name, extended_config={**CONFIG, "RotationFunction": function})
        secrets.rotate(name)
    try:
        for minutes in (0, 1, 3, 7, 15):
            server.clock.offset = minutes * 60
            rounds(server)
    finally:
        server.clock.offset = 0
    events: list[Any] = server.running.store.call(
        lambda tx: tx.find(
            EventRow,
            account_id=account.account_id,
            event_name="Secret:RotateSecret:Failure",
        )
    )
    messages = sorted(json.loads(e.body)["errorMessage"] for e in events)
    assert len(messages) == 2
    assert "cannot be run" in messages[0]
    assert "FunctionFailed" in messages[1]
    assert not any("hunter2" in message for message in messages)
    for name in ("own", "lost"):
        assert secrets.stages(name) == {"v1": ["ACSCurrent"]}
        secrets.rotate(name, "again")
