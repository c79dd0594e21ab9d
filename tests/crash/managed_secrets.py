"""Secrets that are rotated for real, and the doors that their current values must open."""

import http.client
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

from tests.conformance.databases import ADMIN, ADMIN_PASSWORD, Database, logs_in, run
from tests.crash.calls import KMS, STS, Client, Credentials
from tests.crash.server import ServerProcess

ROLE = "AliyunKMSManagedRAMCrendentialsRole"
INSTANCE = "pgm-crash"
SINGLE, DOUBLE, RAM_USER = "SingleUser", "DoubleUsers", "RamUserAccessKey"
_TRUST = {
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Principal": {"Service": ["kms.aliyuncs.com"]},
}
_KEYS = {
    "Effect": "Allow",
    "Action": ["ram:ListAccessKeys", "ram:CreateAccessKey", "ram:DeleteAccessKey"],
    "Resource": "*",
}
_BUSY = ("Rejected.ResourceInUse", "Rejected.Throttling")
_MOST_VERSIONS = 10
_PAUSE_SECONDS = 0.01


@dataclass(frozen=True)
class Managed:
    """A secret and what it is about."""

    name: str
    kind: str
    database: Database | None = None

    def value(self, client: Client) -> tuple[str, dict[str, str]]:
        """Return the current version and its value."""
        told = client.done("GetSecretValue", version=KMS, SecretName=self.name).members
        value: dict[str, str] = json.loads(told["SecretData"])
        return told["VersionId"], value

    def opens(self, server: ServerProcess, value: dict[str, str]) -> bool:
        """Try a value where it is meant for."""
        if self.database is not None:
            return logs_in(self.database, value["AccountName"], value["AccountPassword"])
        key = Credentials(value["AccessKeyId"], value["AccessKeySecret"])
        client = server.client(key)
        answer = client.call("GetCallerIdentity", version=STS)
        client.close()
        return answer.status == 200

    def held(self, server: ServerProcess) -> bool:
        """Say whether the current value opens; one that was replaced meanwhile says nothing."""
        client = server.client()
        while True:
            version, value = self.value(client)
            opened = self.opens(server, value)
            if opened or self.value(client)[0] == version:
                return opened

    def versions(self, client: Client) -> set[str]:
        """Return every version that is kept."""
        told = client.done(
            "ListSecretVersionIds",
            version=KMS,
            SecretName=self.name,
            IncludeDeprecated="true",
            PageSize="100",
        ).members
        return {version["VersionId"] for version in told["VersionIds"]["VersionId"]}

    def lost(self, client: Client, version: str) -> bool:
        """Say whether a version that was promised is not there, nor pushed out by newer ones."""
        kept = self.versions(client)
        return version not in kept and len(kept) < _MOST_VERSIONS


def make_ram_secret(server: ServerProcess) -> Managed:
    """Make a RAM user, the role that may manage its AccessKeys, and the secret of these."""
    admin = server.client()
    documents = [json.dumps({"Version": "1", "Statement": [each]}) for each in (_TRUST, _KEYS)]
    admin.done("CreateUser", UserName="robot")
    admin.done("CreateRole", RoleName=ROLE, AssumeRolePolicyDocument=documents[0])
    admin.done("CreatePolicy", PolicyName="RotateKeys", PolicyDocument=documents[1])
    admin.done("AttachPolicyToRole", PolicyType="Custom", PolicyName="RotateKeys", RoleName=ROLE)
    made = admin.done("CreateAccessKey", UserName="robot").members["AccessKey"]
    key = {name: made[name] for name in ("AccessKeyId", "AccessKeySecret")}
    _create(
        admin,
        "$Auto",
        SecretType="RAMCredentials",
        SecretData=json.dumps({"AccessKeys": [key]}),
        ExtendedConfig=json.dumps({"SecretSubType": RAM_USER, "UserName": "robot"}),
    )
    return Managed("acs/ram/user/robot", RAM_USER)


def make_database_secrets(server: ServerProcess, database: Database) -> list[Managed]:
    """Make accounts in a database, and a secret of each kind for them."""
    accounts = {f"app_{which}": f"First-0f-{which}" for which in ("one", "left", "right")}
    run(
        database,
        ADMIN,
        ADMIN_PASSWORD,
        *(f"DROP ROLE IF EXISTS {name}" for name in accounts),
        *(f"CREATE ROLE {name} LOGIN PASSWORD '{word}'" for name, word in accounts.items()),
    )
    _register(server, database)
    made = []
    for kind, names in ((SINGLE, ["app_one"]), (DOUBLE, ["app_left", "app_right"])):
        given = [{"AccountName": n, "AccountPassword": accounts[n]} for n in names]
        _create(
            server.client(),
            f"db-{kind}",
            SecretType="Rds",
            SecretData=json.dumps({"Accounts": given}),
            ExtendedConfig=json.dumps({"SecretSubType": kind, "DBInstanceId": INSTANCE}),
        )
        made.append(Managed(f"db-{kind}", kind, database))
    return made


def _register(server: ServerProcess, database: Database) -> None:
    command = [sys.executable, "-m", "juyong.cli.start", "rds", "register", "--password-stdin"]
    command += ["--home", str(server.home), "--engine", database.engine, "--id", INSTANCE]
    command += ["--host", "127.0.0.1", "--port", str(database.port), "--user", ADMIN]
    subprocess.run(
        command,
        input=f"{ADMIN_PASSWORD}\n",
        env={**os.environ, **server.environment},
        capture_output=True,
        text=True,
        check=True,
    )


def _create(admin: Client, name: str, **params: str) -> None:
    rotated = {"EnableAutomaticRotation": "true", "RotationInterval": "7d"}
    admin.done("CreateSecret", version=KMS, SecretName=name, VersionId="v1", **rotated, **params)


@dataclass
class Rotator:
    """Asks for rotations, and uses what is current all the while, until the server goes away.

    promised: The newest version that each secret was promised. wrong: What should not have been, as
    current values that did not open though they stayed current.
    """

    server: ServerProcess
    secrets: list[Managed]
    name: str
    promised: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    used: int = 0

    def start(self) -> threading.Thread:
        """Begin."""
        thread = threading.Thread(target=self._work, daemon=True)
        thread.start()
        return thread

    def _work(self) -> None:
        client = self.server.client(agent=self.name)
        try:
            for number in itertools.count():
                for secret in self.secrets:
                    self._rotate(client, secret, f"{self.name}-{number}")
                    # With one account there is a moment between the old password and the new one.
                    if secret.kind != SINGLE and not secret.held(self.server):
                        self.wrong.append(f"{secret.name} opens nothing")
                    self.used += 1
                time.sleep(_PAUSE_SECONDS)
        except (OSError, http.client.HTTPException, ValueError):
            return  # ValueError: the answer was cut off.
        except Exception as failure:
            # Whoever looks at the rotator hears of it, not only who reads what threads print.
            self.wrong.append(repr(failure))
            raise

    def _rotate(self, client: Client, secret: Managed, version: str) -> None:
        answer = client.call("RotateSecret", version=KMS, SecretName=secret.name, VersionId=version)
        assert not answer.code or answer.code in _BUSY, answer
        if not answer.code:
            self.promised[secret.name] = version
            self.requests.append(answer.request_id)
