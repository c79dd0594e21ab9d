"""Each credential provider of the official library gets its credentials from the platform."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.clients.client import PROGRAMS, Client, Platform, Refused
from tests.clients.issuer import issuing, serving
from tests.clients.story import trust_document

AUDIENCE = "sts.aliyuncs.com"
SUBJECT = "repo:juyong/app"


@pytest.fixture(scope="module")
def admin(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    errors = tmp_path_factory.mktemp("providers") / "errors"
    command = [sys.executable, PROGRAMS / "python_sync.py"]
    with platform.client(command, errors) as client:
        yield client


def make_role(admin: Client, name: str, trust: str) -> None:
    admin.call("ram", "CreateRole", RoleName=name, AssumeRolePolicyDocument=trust)
    admin.call(
        "ram",
        "AttachPolicyToRole",
        PolicyName="AliyunRAMReadOnlyAccess",
        PolicyType="System",
        RoleName=name,
    )


def identity(platform: Platform, *options: str, **given: Any) -> dict[str, str]:
    command = [sys.executable, PROGRAMS / "credential_provider.py", json.dumps(given)]
    done = platform.run_client(command, options=options)
    assert done.returncode == 0, done.stderr
    told: dict[str, str] = json.loads(done.stdout)
    return told


def held_by(account_id: str, role: str, session: str) -> dict[str, str]:
    """Return what a session of a read-only role sees."""
    arn = f"acs:ram::{account_id}:assumed-role/{role}/{session}"
    return {"sync": arn, "async": arn, "group": "NoPermission"}


def test_ram_role_arn_provider(platform: Platform, admin: Client) -> None:
    make_role(admin, "provider-role", trust_document(f"acs:ram::{platform.account_id}:root"))
    told = identity(
        platform,
        type="ram_role_arn",
        access_key_id=platform.credentials["access_key_id"],
        access_key_secret=platform.credentials["access_key_secret"],
        role_arn=f"acs:ram::{platform.account_id}:role/provider-role",
        role_session_name="from-library",
    )
    assert told == held_by(platform.account_id, "provider-role", "from-library")


def test_oidc_role_arn_provider(platform: Platform, admin: Client, tmp_path: Path) -> None:
    with issuing() as issuer:
        admin.call(
            "ims",
            "CreateOIDCProvider",
            OIDCProviderName="provider-ci",
            IssuerUrl=issuer.url,
            ClientIds=AUDIENCE,
        )
        provider = f"acs:ram::{platform.account_id}:oidc-provider/provider-ci"
        make_role(admin, "provider-ci", federated_trust(provider, issuer.url))
        token = tmp_path / "token"
        given = {
            "type": "oidc_role_arn",
            "role_arn": f"acs:ram::{platform.account_id}:role/provider-ci",
            "oidc_provider_arn": provider,
            "oidc_token_file_path": str(token),
            "role_session_name": "build-7",
        }
        token.write_text(issuer.token(AUDIENCE, SUBJECT))
        told = identity(platform, **given)
        assert told == held_by(platform.account_id, "provider-ci", "build-7")

        token.write_text(issuer.token(AUDIENCE, "repo:somebody/else"))
        command = [sys.executable, PROGRAMS / "credential_provider.py", json.dumps(given)]
        refused = platform.run_client(command)
        assert refused.returncode == 1
        assert "NoPermission" in refused.stderr


def federated_trust(provider: str, issuer: str) -> str:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Federated": [provider]},
        "Condition": {
            "StringEquals": {"oidc:iss": [issuer], "oidc:aud": [AUDIENCE], "oidc:sub": [SUBJECT]}
        },
    }
    return json.dumps({"Version": "1", "Statement": [statement]})


def test_credentials_uri_provider(platform: Platform, admin: Client) -> None:
    make_role(admin, "provider-uri", trust_document(f"acs:ram::{platform.account_id}:root"))
    assumed = admin.call(
        "sts",
        "AssumeRole",
        RoleArn=f"acs:ram::{platform.account_id}:role/provider-uri",
        RoleSessionName="handed-out",
    )
    page = {"Code": "Success", **assumed["Credentials"]}
    with serving(lambda: {"/credentials": page}) as url:
        # The dispenser is no Alibaba Cloud host, and this client asks it through the proxy.
        told = identity(
            platform,
            "--allow-host",
            "127.0.0.1",
            type="credentials_uri",
            credentials_uri=f"{url}/credentials",
        )
    assert told == held_by(platform.account_id, "provider-uri", "handed-out")


def test_role_that_does_not_trust_the_caller_is_refused(platform: Platform, admin: Client) -> None:
    admin.call("ram", "CreateUser", UserName="provider-other")
    other = f"acs:ram::{platform.account_id}:user/provider-other"
    make_role(admin, "provider-closed", trust_document(other))
    with pytest.raises(Refused) as refused:
        admin.call(
            "sts",
            "AssumeRole",
            RoleArn=f"acs:ram::{platform.account_id}:role/provider-closed",
            RoleSessionName="nobody",
        )
    assert (refused.value.code, refused.value.status) == ("NoPermission", 403)
