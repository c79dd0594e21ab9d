"""A writer: makes changes in a name space of its own, and knows what must be there."""

import http.client
import json
import random
import threading
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field

from tests.crash.calls import Answer, Client

DOCUMENT = json.dumps(
    {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}]}
)
READS = frozenset({"GetUser", "ListGroups", "ListPoliciesForUser"})
_MOST_USERS = 12
_MOST_GROUPS = 4


@dataclass
class Holdings:
    """What a writer has in the store."""

    users: dict[str, str] = field(default_factory=dict)
    """User name to display name."""
    groups: set[str] = field(default_factory=set)
    members: set[tuple[str, str]] = field(default_factory=set)
    policies: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Step:
    """One call: what it should answer ("" is success), and what a success changes."""

    action: str
    params: dict[str, str]
    code: str
    apply: Callable[[Holdings], object]


@dataclass(frozen=True)
class Acknowledged:
    """A call that was answered."""

    step: Step
    request_id: str
    status: int
    code: str


class Writer(threading.Thread):
    """Calls until the server goes away, or `enough` is set.

    acknowledged: Every answer it got. pending: The call it was waiting for at the end.
    """

    def __init__(self, client: Client, name: str, seed: int) -> None:
        super().__init__(name=name, daemon=True)
        self.holdings = Holdings()
        self.acknowledged: list[Acknowledged] = []
        self.pending: Step | None = None
        self.enough = threading.Event()
        self._client = client
        self._draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
        self._count = 0

    def run(self) -> None:
        """Make one call after another."""
        while not self.enough.is_set():
            step = self.pending = self._next()
            try:
                answer = self._client.call(step.action, **step.params)
            except (OSError, http.client.HTTPException, ValueError):
                return  # ValueError: the answer was cut off.
            self._note(step, answer)
            self.pending = None

    def _note(self, step: Step, answer: Answer) -> None:
        self.acknowledged.append(Acknowledged(step, answer.request_id, answer.status, answer.code))
        if not answer.code:
            step.apply(self.holdings)

    def possible(self) -> Holdings:
        """Return what is there if the pending call took effect."""
        found = deepcopy(self.holdings)
        if self.pending is not None:
            self.pending.apply(found)
        return found

    def _next(self) -> Step:
        makers = [self._create_user, self._create_group, self._create_policy, self._list]
        if self.holdings.users:
            makers += [self._read, self._read, self._read_absent]
            makers += [self._create_again, self._update_user, self._rename_user, self._delete_user]
            if self.holdings.groups:
                makers += [self._join, self._join]
        return self._draw.choice(makers)()

    def _read(self) -> Step:
        action = self._draw.choice(["GetUser", "ListPoliciesForUser"])
        return Step(action, {"UserName": self._user()}, "", lambda _held: None)

    def _read_absent(self) -> Step:
        params = {"UserName": self._fresh("absent")}
        return Step("GetUser", params, "EntityNotExist.User", lambda _held: None)

    def _list(self) -> Step:
        return Step("ListGroups", {}, "", lambda _held: None)

    def _create_user(self) -> Step:
        if len(self.holdings.users) >= _MOST_USERS:
            return self._delete_user()
        name = self._fresh("u")
        return Step(
            "CreateUser",
            {"UserName": name, "DisplayName": name},
            "",
            lambda held: held.users.update({name: name}),
        )

    def _create_again(self) -> Step:
        name = self._user()
        return Step(
            "CreateUser", {"UserName": name}, "EntityAlreadyExists.User", lambda _held: None
        )

    def _update_user(self) -> Step:
        name, shown = self._user(), f"shown {self._fresh('d')}"
        return Step(
            "UpdateUser",
            {"UserName": name, "NewDisplayName": shown},
            "",
            lambda held: held.users.update({name: shown}),
        )

    def _rename_user(self) -> Step:
        name, new = self._user(), self._fresh("r")

        def apply(held: Holdings) -> None:
            held.users[new] = held.users.pop(name)
            held.members = {(new if u == name else u, g) for u, g in held.members}

        return Step("UpdateUser", {"UserName": name, "NewUserName": new}, "", apply)

    def _delete_user(self) -> Step:
        name = self._user()
        joined = any(user == name for user, _ in self.holdings.members)
        return Step(
            "DeleteUser",
            {"UserName": name},
            "DeleteConflict.User.Group" if joined else "",
            lambda held: None if joined else held.users.pop(name),
        )

    def _create_group(self) -> Step:
        if len(self.holdings.groups) >= _MOST_GROUPS:
            return self._create_user()
        name = self._fresh("g")
        return Step("CreateGroup", {"GroupName": name}, "", lambda held: held.groups.add(name))

    def _join(self) -> Step:
        pair = (self._user(), self._draw.choice(sorted(self.holdings.groups)))
        params = {"UserName": pair[0], "GroupName": pair[1]}
        if pair in self.holdings.members:
            return Step("RemoveUserFromGroup", params, "", lambda held: held.members.remove(pair))
        return Step("AddUserToGroup", params, "", lambda held: held.members.add(pair))

    def _create_policy(self) -> Step:
        if self.holdings.policies and self._draw.random() < 0.5:
            name = self._draw.choice(sorted(self.holdings.policies))
            return Step(
                "DeletePolicy", {"PolicyName": name}, "", lambda held: held.policies.remove(name)
            )
        name = self._fresh("p")
        return Step(
            "CreatePolicy",
            {"PolicyName": name, "PolicyDocument": DOCUMENT},
            "",
            lambda held: held.policies.add(name),
        )

    def _user(self) -> str:
        return self._draw.choice(sorted(self.holdings.users))

    def _fresh(self, kind: str) -> str:
        self._count += 1
        return f"{self.name}-{kind}{self._count}"
