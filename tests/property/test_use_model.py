"""Whatever is written, folded, cut short and raced, the sums of uses are a recount of the events."""

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.model.uses import recount

from juyong.api.asked import Asked
from juyong.api.context import Journal
from juyong.api.registry import load_tables
from juyong.audit import use, use_folding
from juyong.audit.macs import prepared
from juyong.audit.recorder import Act, Origin, UserIdentity, record
from juyong.audit.tables import EventRow, UseRow
from juyong.audit.use_folding import UseKey, fold, folded_up_to
from juyong.base.clock import Instant
from juyong.base.ids import AccountId, new_request_id
from juyong.engines.policy import Layers, PolicySet, Principal, PrincipalKind, Request
from juyong.store.database import StoreSettings, open_database
from juyong.store.seal import AesSealer
from juyong.store.transaction import Transaction

KEY = b"k" * 32
USER = Principal(arn="", account_id="1", kind=PrincipalKind.USER)
SERVICE = Principal(arn="s.aliyuncs.com", account_id="1", kind=PrincipalKind.SERVICE)
WHO = st.sampled_from(
    [
        UserIdentity(type="root-account", principal_id="1", account_id="1", access_key_id="LTAIr"),
        UserIdentity(type="ram-user", principal_id="21", account_id="1", access_key_id="LTAIu"),
        UserIdentity(type="ram-user", principal_id="21", account_id="1", user_name="u"),
        UserIdentity(
            type="assumed-role",
            principal_id="31:s",
            account_id="1",
            access_key_id="STS.x",
            user_name="R:s",
        ),
        UserIdentity(
            type="assumed-role",
            principal_id="31:t",
            account_id="2",
            access_key_id="STS.y",
            user_name="R:t",
        ),
        UserIdentity(type="unknown", account_id="1"),
    ]
)
QUESTIONS = st.lists(
    st.tuples(
        st.sampled_from(["k:A", "k:B", "k:OfService"]),
        st.sampled_from([f"r{n}" for n in range(30)]),
        st.sampled_from(["Allow", "SelfService", "ImplicitDeny", "ExplicitDeny"]),
    ),
    max_size=4,
)
ERRORS = st.sampled_from(["", "", "", "NoPermission", "SignatureNonceUsed"])
KINDS = st.sampled_from(["ApiCall", "ApiCall", "ApiCall", "ConsoleSignin"])


def asked_about(action: str) -> Principal:
    return SERVICE if action == "k:OfService" else USER


class Killed(BaseException):
    """The process ends here."""


class UseMachine(RuleBasedStateMachine):
    """A record of events, folded a few events at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        url = f"sqlite:///{Path(self.folder.name) / 'u.db'}"
        sealer = AesSealer(KEY)
        self.store = open_database(StoreSettings(url=url, durable=False), sealer, load_tables)

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @rule(
        who=WHO,
        name=st.sampled_from(["A", "B"]),
        asked=QUESTIONS,
        error=ERRORS,
        kind=KINDS,
        at=st.integers(1, 9),
        copies=st.sampled_from([(), ("2",), ("1", "3")]),
    )
    def write(self, who: UserIdentity, name: str, asked: Any, error: str, **more: Any) -> None:
        layers = Layers(identity=PolicySet())
        journal = Journal(
            asked=[
                Asked(Request(action=a, resource=r, principal=asked_about(a)), layers, outcome)
                for a, r, outcome in asked
            ],
            owners={AccountId(each) for each in more["copies"]},
        )
        act = Act(
            origin=Origin(
                who=who,
                name=name,
                event_type=more["kind"],
                service="K",
                region="r",
                is_global=False,
                source="h",
                address="a",
            ),
            request_id=new_request_id(),
            at=Instant(more["at"]),
            error_code=error,
        )
        self.store.call(lambda tx: record(tx, act, journal, key=prepared(KEY)))

    @rule(page=st.sampled_from([1, 2, 5, 1024]), sums=st.sampled_from([1, 3, 400]))
    def fold_some(self, page: int, sums: int) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(use_folding, "_PAGE", page)
            patch.setattr(use_folding, "_MOST_USES", sums)
            self.store.call(lambda tx: fold(tx, 1 << 60))

    @rule(statement=st.integers(1, 12))
    def end_while_folding(self, statement: int) -> None:
        """End before one of its statements."""
        left = statement

        def ending(real: Any) -> Any:
            def count(*args: Any, **more: Any) -> Any:
                nonlocal left
                left -= 1
                if left == 0:
                    raise Killed
                return real(*args, **more)

            return count

        with pytest.MonkeyPatch.context() as patch:
            for name in ("get", "count", "query", "insert", "update"):
                patch.setattr(Transaction, name, ending(getattr(Transaction, name)))
            with suppress(Killed):
                self.store.call(lambda tx: fold(tx, 1 << 60))

    def events(self, up_to: int | None = None) -> list[tuple[int, str, str]]:
        rows = self.store.call(lambda tx: tx.find(EventRow, order=("seq",)))
        return [
            (row.at, row.body, row.evidence) for row in rows if up_to is None or row.seq <= up_to
        ]

    @invariant()
    def sums_are_a_recount(self) -> None:
        position = self.store.call(folded_up_to)
        rows = self.store.call(lambda tx: tx.find(UseRow))
        stored = {
            tuple(getattr(row, name) for name in UseKey._fields): (
                row.first_at,
                row.last_at,
                row.count,
            )
            for row in rows
        }
        assert stored == recount(self.events(position))

    @invariant()
    def nothing_asked_for_depends_on_how_far_it_was_folded(self) -> None:
        found = self.store.call(lambda tx: use.by_key(tx, "LTAIu"))  # type: ignore[arg-type]
        model = {key: sums for key, sums in recount(self.events()).items() if key[2] == "LTAIu"}
        counted: dict[Any, int] = {}
        for each in found:
            counted[each.key[:-1]] = counted.get(each.key[:-1], 0) + each.total.count
        expected: dict[Any, int] = {}
        for key, (_, _, count) in model.items():
            expected[key[:-1]] = expected.get(key[:-1], 0) + count
        assert counted == expected


UseMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestUses = UseMachine.TestCase
