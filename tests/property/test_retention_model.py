"""Whatever is written, deleted, locked and waited for, nothing protected goes; a model agrees."""

import tempfile
from email.utils import formatdate
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.crash.calls import Credentials
from tests.local import Local, local_platform
from tests.model.retention import DAY, Bucket, Policy
from tests.oss_client import signed_headers
from tests.platforms import Clock, quotas

from juyong.api.answers import Answer
from juyong.api.bench import Bench
from juyong.api.request import Raw
from juyong.services.oss.jobs import apply_rules
from juyong.services.oss.tables import BucketSettingRow, ObjectRow

KEYS = st.sampled_from(["a", "b"])
BODIES = st.binary(min_size=1, max_size=3)
DAYS = st.integers(1, 4)
AFTER, NONCURRENT = 2, 1
RULES = (
    "<LifecycleConfiguration><Rule><Prefix/><Status>Enabled</Status>"
    f"<Expiration><Days>{AFTER}</Days></Expiration><NoncurrentVersionExpiration>"
    f"<NoncurrentDays>{NONCURRENT}</NoncurrentDays></NoncurrentVersionExpiration></Rule>"
    "</LifecycleConfiguration>"
)
VERSIONS = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
_names = count()


class StillClock(Clock):
    """A clock that stands until it is moved."""

    def __call__(self) -> Any:
        return 1_800_000_000 + self.offset


class Client:
    """Calls the platform's pipeline as the administrator of an account."""

    def __init__(self, local: Local) -> None:
        self.local = local
        made = local.new_account()
        self._credentials = Credentials(made.access_key_id, made.secret.reveal())

    def __call__(self, method: str, target: str, body: bytes = b"", **headers: str) -> Answer:
        path, _, query = target.partition("?")
        given = {
            "date": formatdate(self.local.clock(), usegmt=True),
            "host": "localhost",
            "content-length": str(len(body)),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        # Signature V1 covers `position` and the like; all queries here have such names alone.
        signed = signed_headers(self._credentials, method, target, given)
        raw = Raw(
            method=method, path=path, query=query, headers=signed, body=body, peer="", secure=False
        )
        return self.local.runner.run(self.local.running.pipeline.serve(raw))


class RetentionMachine(RuleBasedStateMachine):
    """One bucket of the platform beside one of the model."""

    client: Client

    @initialize(versioned=st.booleans(), rules=st.booleans())
    def make(self, *, versioned: bool, rules: bool) -> None:
        self.name = f"bucket-{next(_names)}"
        self.model = Bucket(versioned)
        self.worm_id = ""
        self.covered: set[tuple[bytes, str, int]] = set()
        self.midnight = 0
        self.rules = rules
        assert self.client("PUT", f"/{self.name}/").status == 200
        if versioned:
            assert self.at("PUT", "?versioning", VERSIONS.encode()).status == 200
        if rules:
            assert self.at("PUT", "?lifecycle", RULES.encode()).status == 200

    def at(self, method: str, rest: str, body: bytes = b"", **headers: str) -> Answer:
        return self.client(method, f"/{self.name}/{rest}", body, **headers)

    @property
    def now(self) -> int:
        return self.client.local.clock()

    def agree(self, answer: Answer, *, allowed: bool) -> None:
        if allowed:
            assert answer.status in (200, 204), answer.body
        else:
            assert (answer.status, answer.code) == (409, "FileImmutable"), answer.body

    @rule(key=KEYS, body=BODIES)
    def put(self, key: str, body: bytes) -> None:
        self.agree(self.at("PUT", key, body), allowed=self.model.put(key, body, self.now))

    @rule(key=KEYS, body=BODIES)
    def copy(self, key: str, body: bytes) -> None:
        assert self.client("PUT", f"/{self.source}/s", body).status == 200
        copied = self.at("PUT", key, x_oss_copy_source=f"/{self.source}/s")
        self.agree(copied, allowed=self.model.put(key, body, self.now))

    @rule(more=BODIES)
    def append(self, more: bytes) -> None:
        versions = self.model.keys.get("log", [])
        end = len(versions[0].body or b"") if versions else 0
        answer = self.at("POST", f"log?append&position={end}", more)
        self.agree(answer, allowed=self.model.append("log", more, self.now))

    @rule(key=st.sampled_from(["a", "b", "log"]))
    def delete(self, key: str) -> None:
        self.agree(self.at("DELETE", key), allowed=self.model.delete(key, self.now))

    @rule(key=st.sampled_from(["a", "b", "log"]), at=st.integers(0, 3))
    def delete_a_version(self, key: str, at: int) -> None:
        rows = self.rows(key)
        version_id = rows[at].version_id if at < len(rows) else "none"
        answer = self.at("DELETE", f"{key}?versionId={version_id}")
        self.agree(answer, allowed=self.model.remove(key, at, self.now))

    @rule()
    def delete_both(self) -> None:
        keys = [key for key in ("a", "b") if self.model.keys.get(key)]
        inner = "".join(f"<Object><Key>{key}</Key></Object>" for key in ("a", "b"))
        free = self.model.versioned or not any(
            self.model.protects(self.model.keys[key][0], self.now) for key in keys
        )
        answer = self.at("POST", "?delete", f"<Delete>{inner}</Delete>".encode())
        self.agree(answer, allowed=free)
        for key in ("a", "b") if free else ():
            self.model.delete(key, self.now)

    @rule(days=DAYS)
    def initiate(self, days: int) -> None:
        before = self.model.policy
        answer = self.at("POST", "?worm", self.days("Initiate", days))
        if before is None or before.state(self.now) == "Expired":
            assert answer.status == 200
            self.worm_id = dict(answer.headers)[b"x-oss-worm-id"].decode()
            self.model.policy = Policy(days, self.now)
        else:
            assert answer.status == (403 if before.locked else 400)

    @precondition(lambda self: self.model.policy)
    @rule()
    def lock(self) -> None:
        state = self.model.policy.state(self.now)
        answer = self.at("POST", f"?wormId={self.worm_id}")
        assert answer.status == {"InProgress": 200, "Locked": 403, "Expired": 400}[state]
        if state == "InProgress":
            self.model.policy.locked = True

    @precondition(lambda self: self.model.policy)
    @rule(days=DAYS)
    def extend(self, days: int) -> None:
        allowed = self.model.policy.locked and days > self.model.policy.days
        answer = self.at("POST", f"?wormExtend&wormId={self.worm_id}", self.days("Extend", days))
        assert answer.status == (200 if allowed else 400)
        if allowed:
            self.model.policy.days = days

    @rule()
    def abort(self) -> None:
        policy = self.model.policy
        answer = self.at("DELETE", "?worm")
        assert answer.status == (404 if policy is None else 403 if policy.locked else 204)
        if policy is not None and not policy.locked:
            self.model.policy = None

    @rule(seconds=st.sampled_from([1, 3600, DAY - 1, DAY, DAY + 1, 2 * DAY]))
    def wait(self, seconds: int) -> None:
        local = self.client.local
        local.clock.offset += seconds
        running = local.running
        apply_rules(
            Bench(call=running.store.call, clock=local.clock, platform=running.pipeline.platform)
        )
        midnight = self.now - self.now % DAY
        if self.rules and midnight > self.midnight:
            self.model.lifecycle(AFTER, NONCURRENT, midnight, self.now)
            self.midnight = midnight

    @invariant()
    def model_and_engine_agree(self) -> None:
        if not hasattr(self, "model"):
            return
        for key in ("a", "b", "log"):
            held = [(row.marker, row.size, row.modified_at) for row in self.rows(key)]
            meant = [
                (each.body is None, len(each.body or b""), each.made_at)
                for each in self.model.keys.get(key, [])
            ]
            assert held == meant
            assert [row.latest for row in self.rows(key)] == [n == 0 for n in range(len(held))]

    @invariant()
    def nothing_protected_is_gone(self) -> None:
        """Say the same without the model: what a policy once covered is there in its days."""
        if not hasattr(self, "model"):
            return
        policy = self.model.policy
        if policy is None or policy.state(self.now) == "Expired":
            self.covered.clear()
            return
        there = {(row.object_key, row.etag, row.modified_at) for row in self.rows(None)}
        days = policy.days * DAY
        assert {each for each in self.covered if self.now <= each[2] + days} <= there
        self.covered = {each for each in there if each[1]}

    def rows(self, key: str | None) -> list[ObjectRow]:
        where = {} if key is None else {"object_key": key.encode()}
        return self.client.local.running.store.call(
            lambda tx: tx.find(ObjectRow, order=("rank",), bucket_name=self.name, **where)
        )

    @property
    def source(self) -> str:
        return f"{self.name.partition('-')[0]}-source"

    def days(self, root: str, days: int) -> bytes:
        inner = f"<RetentionPeriodInDays>{days}</RetentionPeriodInDays>"
        return f"<{root}WormConfiguration>{inner}</{root}WormConfiguration>".encode()

    def teardown(self) -> None:
        """Leave no rules to the job of later examples."""

        def forget(tx: Any) -> None:
            for row in tx.find(BucketSettingRow, kind="lifecycle"):
                tx.delete(row)

        self.client.local.running.store.call(forget)


@pytest.mark.timeout(300)
def test_nothing_protected_goes() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        local_platform(Path(folder), clock=StillClock()) as local,
        quotas(local, {"oss.buckets": 10_000}),
    ):
        client = Client(local)
        assert client("PUT", "/bucket-source/").status == 200
        machine = type("Machine", (RetentionMachine,), {"client": client})
        run_state_machine_as_test(
            machine, settings=settings(max_examples=30, stateful_step_count=30)
        )
