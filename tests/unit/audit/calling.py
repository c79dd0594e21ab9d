"""Callers of one account, each with the policies that a test gives."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from tests.unit.gateway.calls import v1_call
from tests.unit.gateway.platforms import NOW, VERSIONS, Caller, Reply, caller_of, serve

from juyong.app.platform import Running
from juyong.audit.evidence import Evidence, read_evidence
from juyong.audit.tables import EventRow
from juyong.services.identity.users.tables import UserRow

STS = "sts.aliyuncs.com"


def statement(action: str, resource: str = "*", effect: str = "Allow", **more: Any) -> str:
    one = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "1", "Statement": [one]})


@dataclass(frozen=True, slots=True)
class Member:
    """A RAM user with a key."""

    name: str
    user_id: str
    key: str
    secret: str

    def request(self, action: str, host: str = "ram.aliyuncs.com", **params: str) -> Any:
        version = {**VERSIONS, STS: "2015-04-01"}[host]
        named = {"Action": action, "Version": version, **params}
        return v1_call(self.key, self.secret, NOW, host=host, **named)


class Story:
    """One account on a platform; each call runs to its end."""

    def __init__(self, running: Running, name: str = "a") -> None:
        self.running = running
        self.admin: Caller = caller_of(running, name)
        self.account_id = self.admin.account.account_id

    def call(self, caller: "Caller | Member", action: str, *where: str, **params: str) -> Reply:
        return asyncio.run(serve(self.running, caller.request(action, *where, **params)))

    def done(self, action: str, *where: str, **params: str) -> Reply:
        """Call as the administrator; it must go through."""
        reply = self.call(self.admin, action, *where, **params)
        assert reply.status == 200, reply
        return reply

    def member(self, name: str, *documents: str) -> Member:
        made = self.done("CreateUser", UserName=name).body["User"]
        key = self.done("CreateAccessKey", UserName=name).body["AccessKey"]
        for number, document in enumerate(documents):
            policy = f"{name}-{number}"
            self.done("CreatePolicy", PolicyName=policy, PolicyDocument=document)
            self.done("AttachPolicyToUser", PolicyType="Custom", PolicyName=policy, UserName=name)
        return Member(name, made["UserId"], key["AccessKeyId"], key["AccessKeySecret"])

    def rows(self, **equal: Any) -> list[EventRow]:
        self.running.store.settle()
        return self.running.store.call(lambda tx: tx.find(EventRow, order=("seq",), **equal))

    def evidence(self, action: str) -> Evidence:
        """Return that of the account's newest event of an action."""
        rows = self.rows(event_name=action, account_id=self.account_id)
        return read_evidence(rows[-1].evidence)

    def id_of(self, user_name: str) -> str:
        rows = self.running.store.call(
            lambda tx: tx.find(UserRow, account_id=self.account_id, user_name=user_name)
        )
        return str(rows[0].user_id)
