"""A random run of an account: each event is decided again as it was, and stays so.

Users, groups, roles, sessions and keys come and go, and their policies change and are deleted while
they call. The clock stands still, so that no order of times helps to find the policies of then.
"""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.unit.app.test_why import KMS, Session, instance_key, key_policy, trust
from tests.unit.audit.calling import STS, Story, statement
from tests.unit.gateway.platforms import platform

from juyong.app.state import state_of
from juyong.app.state.views import frozen_transaction
from juyong.app.why.explaining import explained
from juyong.gateway.throttle import Throttle

STEPS = 220
ACTIONS = ("ram:*", "ram:Get*", "ram:GetUser", "ram:ListUsers", "kms:*", "sts:AssumeRole", "*")
CONDITIONS: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"IpAddress": {"acs:SourceIp": ["127.0.0.0/8", "192.0.2.0/24"]}},
    {"StringEquals": {"acs:RequestTag/k": "x"}},
    {"StringNotEquals": {"acs:RequestTag/k": "x"}},
    {"Bool": {"acs:MFAPresent": "true"}},
    {"DateLessThan": {"acs:CurrentTime": "2027-01-01T00:00:00Z"}},
)


class Run:
    """One account, and another one that has a key."""

    def __init__(self, story: Story, seed: int) -> None:
        self.story, self.random = story, Random(seed)  # noqa: S311  # cases, not secrets
        self.users: list[Any] = []
        self.sessions: list[Any] = []
        self.roles: list[str] = []
        self.policies: list[str] = []
        self.count = 0
        self.key = instance_key(story)
        self.other = Story(story.running, "b")
        self.foreign = self.other.done("CreateKey", KMS).body["KeyMetadata"]["Arn"]
        story.done("SetSecurityPreference", AllowUserToManageAccessKeys="true")
        story.done("CreateGroup", GroupName="g")
        self.resources = ("*", f"acs:ram:*:{story.account_id}:user/u*", self.foreign)

    def begin(self) -> None:
        """Open a session with a policy of its own, so that each run has one."""
        first = self.story.member("first", statement("sts:AssumeRole"))
        self.users.append(first)
        self.roles.append("Role0")
        document = trust(self.story.account_id)
        self.story.done("CreateRole", RoleName="Role0", AssumeRolePolicyDocument=document)
        arn = f"acs:ram::{self.story.account_id}:role/Role0"
        own = {"RoleSessionName": "session", "Policy": self.document()}
        reply = self.story.call(first, "AssumeRole", STS, RoleArn=arn, **own)
        self.sessions.append(Session(reply.body["Credentials"]))
        self.story.call(self.sessions[0], "ListUsers")
        for _ in range(3):
            self.new_user()

    def step(self) -> None:
        self.story.running.pipeline.throttle = Throttle()
        changes: tuple[Callable[[], object], ...] = (
            *(self.new_user, self.new_policy, self.new_version, self.other_default),
            *(self.drop_version, self.attach, self.detach, self.drop_policy, self.join),
            *(self.new_role, self.other_trust, self.other_key_policy, self.drop_user),
        )
        if self.random.random() < 0.4:
            self.random.choice(changes)()
        elif self.random.random() < 0.3:
            self.assume()
        else:
            self.call()

    def name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def document(self) -> str:
        pick = self.random.choice
        statements = [
            {
                "Effect": pick(("Allow", "Allow", "Deny")),
                "Action": pick(ACTIONS),
                "Resource": pick(self.resources),
                **({"Condition": found} if (found := pick(CONDITIONS)) else {}),
            }
            for _ in range(self.random.randint(1, 3))
        ]
        return json.dumps({"Version": "1", "Statement": statements})

    def admin(self, action: str, *where: str, **params: str) -> Any:
        return self.story.call(self.story.admin, action, *where, **params)

    def one(self, of: list[Any]) -> Any:
        return self.random.choice(of) if of else None

    def new_user(self) -> None:
        self.users.append(self.story.member(self.name("u"), *[self.document()]))
        self.policies.append(f"{self.users[-1].name}-0")

    def new_policy(self) -> None:
        self.policies.append(self.name("p"))
        self.admin("CreatePolicy", PolicyName=self.policies[-1], PolicyDocument=self.document())

    def new_version(self) -> None:
        self.admin(
            "CreatePolicyVersion",
            PolicyName=self.one(self.policies) or "none",
            PolicyDocument=self.document(),
            SetAsDefault=self.random.choice(("true", "true", "false")),
            RotateStrategy="DeleteOldestNonDefaultVersionWhenLimitExceeded",
        )

    def version(self) -> str:
        return f"v{self.random.randint(1, 6)}"

    def other_default(self) -> None:
        name = self.one(self.policies) or "none"
        self.admin("SetDefaultPolicyVersion", PolicyName=name, VersionId=self.version())

    def drop_version(self) -> None:
        name = self.one(self.policies) or "none"
        self.admin("DeletePolicyVersion", PolicyName=name, VersionId=self.version())

    def holder(self) -> tuple[str, dict[str, str]]:
        kind = self.random.choice(("User", "Group", "Role"))
        user, role = self.one(self.users), self.one(self.roles)
        name = {"User": user.name if user else "none", "Group": "g", "Role": role or "none"}[kind]
        return kind, {f"{kind}Name": name}

    def attach(self) -> None:
        kind, to = self.holder()
        system = self.random.random() < 0.2
        what = "AliyunRAMReadOnlyAccess" if system else self.one(self.policies) or "none"
        sort = "System" if system else "Custom"
        self.admin(f"AttachPolicyTo{kind}", PolicyType=sort, PolicyName=what, **to)

    def detach(self) -> None:
        kind, of = self.holder()
        what = self.one(self.policies) or "none"
        self.admin(f"DetachPolicyFrom{kind}", PolicyType="Custom", PolicyName=what, **of)

    def drop_policy(self) -> None:
        if self.policies:
            name = self.one(self.policies)
            found = self.admin("ListEntitiesForPolicy", PolicyType="Custom", PolicyName=name)
            for kind, plural in (("User", "Users"), ("Group", "Groups"), ("Role", "Roles")):
                for each in found.body.get(plural, {}).get(kind, ()):
                    named = {f"{kind}Name": each[f"{kind}Name"]}
                    where = {"PolicyType": "Custom", "PolicyName": name, **named}
                    self.admin(f"DetachPolicyFrom{kind}", **where)
            self.admin("DeletePolicy", PolicyName=name, CascadingDelete="true")
            if self.random.random() < 0.5:
                self.admin("CreatePolicy", PolicyName=name, PolicyDocument=self.document())

    def join(self) -> None:
        user = self.one(self.users)
        self.admin("AddUserToGroup", UserName=user.name if user else "none", GroupName="g")

    def trust(self) -> str:
        return trust(self.story.account_id, self.random.choice(("Allow", "Allow", "Deny")))

    def new_role(self) -> None:
        self.roles.append(self.name("Role"))
        self.admin("CreateRole", RoleName=self.roles[-1], AssumeRolePolicyDocument=self.trust())

    def other_trust(self) -> None:
        name = self.one(self.roles) or "none"
        self.admin("UpdateRole", RoleName=name, NewAssumeRolePolicyDocument=self.trust())

    def other_key_policy(self) -> None:
        user = self.one(self.users)
        policy = key_policy(self.story, user.name if user else "x")
        self.admin("SetKeyPolicy", KMS, KeyId=self.key, Policy=policy)

    def drop_user(self) -> None:
        user = self.one(self.users)
        if user is None:
            return
        for row in self.admin("ListPoliciesForUser", UserName=user.name).body["Policies"]["Policy"]:
            named = {key: row[key] for key in ("PolicyName", "PolicyType")}
            self.admin("DetachPolicyFromUser", UserName=user.name, **named)
        self.admin("RemoveUserFromGroup", UserName=user.name, GroupName="g")
        self.admin("DeleteAccessKey", UserName=user.name, UserAccessKeyId=user.key)
        if self.admin("DeleteUser", UserName=user.name).status == 200:
            self.users.remove(user)

    def assume(self) -> None:
        role, user = self.one(self.roles), self.one(self.users)
        if role is None or user is None:
            return
        arn = f"acs:ram::{self.story.account_id}:role/{role}"
        own = {"Policy": self.document()} if self.random.random() < 0.6 else {}
        named = {"RoleArn": arn, "RoleSessionName": "session", **own}
        reply = self.story.call(user, "AssumeRole", STS, **named)
        if reply.status == 200:
            self.sessions.append(Session(reply.body["Credentials"]))

    def call(self) -> None:
        caller = self.one([*self.users, *self.sessions, *self.sessions])
        if caller is None:
            return
        user = self.one(self.users)
        name = user.name if user else "none"
        tags = {"Tag.1.Key": "k", "Tag.1.Value": "x", "Tag.2.Key": "K", "Tag.2.Value": "y"}
        calls: tuple[tuple[str, dict[str, str]], ...] = (
            ("GetUser", {"UserName": name}),
            ("ListUsers", {}),
            ("ListAccessKeys", {}),
            ("CreateGroup", {"GroupName": self.name("n")}),
            ("TagResources", {"ResourceType": "user", "ResourceNames.1": name, **tags}),
        )
        if isinstance(caller, Session) or self.random.random() < 0.7:
            action, params = self.random.choice(calls)
            self.story.call(caller, action, **params)
        else:
            key = self.random.choice((self.key, self.foreign))
            self.story.call(caller, "DescribeKey", KMS, KeyId=key)


def decisions(story: Story) -> dict[str, list[str]]:
    """Explain every event; each question must be decided again as it was."""
    rows = story.rows(account_id=story.account_id)
    found: dict[str, list[str]] = {}
    state = state_of(story.running)
    with frozen_transaction(state) as tx:
        for row in rows:
            told = explained(tx, row.event_id, state.keys["audit"])
            assert told.same is True, (row.event_name, row.evidence, told)
            found[row.event_id] = [each.recorded for each in told.questions]
    return found


@pytest.mark.parametrize("seed", range(3))
def test_every_event_of_a_random_run_is_decided_again_as_it_was(tmp_path: Path, seed: int) -> None:
    with platform(tmp_path / "home") as running:
        story = Story(running)
        run = Run(story, seed)
        run.begin()
        for _ in range(STEPS):
            run.step()
        before = decisions(story)
        outcomes = [each for asked in before.values() for each in asked]
        assert {"Allow", "ExplicitDeny", "ImplicitDeny"} <= set(outcomes)
        assert any('"layers":"is"' in row.evidence for row in story.rows())
        for _ in range(2 * len(run.users)):
            run.other_key_policy()
            run.drop_user()
        for _ in range(2 * len(run.policies)):
            run.story.running.pipeline.throttle = Throttle()
            run.drop_policy()
        after = decisions(story)
        assert {key: after[key] for key in before} == before
