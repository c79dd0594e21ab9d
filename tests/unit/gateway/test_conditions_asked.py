"""Condition values are read where a policy asks for some, or a denial tells them; else never."""

import asyncio
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.gateway.calls import v1_call

from juyong.api import registry
from juyong.api.access import acs
from juyong.api.caller import RoleSession, User
from juyong.api.context import Arguments, Context
from juyong.api.denial import PURPOSE, open_diagnostic
from juyong.api.operation import operation
from juyong.api.product import Product
from juyong.api.shape import Empty
from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.base.clock import Instant
from juyong.base.ids import AccessKeyId, AccountId, RoleId, UserId
from juyong.gateway.request_context import OF_EVERY_CALL, global_conditions
from juyong.services.identity.facade import create_account
from juyong.services.identity.policies.tables import AttachmentRow, PolicyRow, PolicyVersionRow
from juyong.services.identity.users.tables import UserRow
from juyong.store.transaction import Transaction

NOW = 1_790_000_000
PRODUCT = Product(
    code="Bin", ram_code="bin", version="1999-01-03", hosts=("bin.aliyuncs.com",), title="Bin"
)
ASKED: list[str] = []
LABELS = {"a": "red"}


def _labels(_ctx: Context, resource: str) -> Mapping[str, tuple[str, ...]]:
    ASKED.append("resource")
    label = LABELS.get(resource.rpartition("/")[2])
    return {"bin:Label": (label,)} if label else {}


def _mood(_ctx: Context, arguments: Arguments) -> Mapping[str, tuple[str, ...]]:
    ASKED.append("call")
    return {"bin:Mood": (arguments["mood"],)}


@operation(
    PRODUCT,
    "Fill",
    resource=acs("bin", "bin/{name}"),
    conditions=_mood,
    resource_conditions=_labels,
)
def fill(_ctx: Context, *, name: str, mood: str = "good") -> Empty:
    return Empty()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    opened = open_platform(
        tmp_path_factory.mktemp("home"), settings=Settings(), clock=lambda: Instant(NOW)
    )
    with pytest.MonkeyPatch.context() as patch:
        served = registry.Registry({"tests": PRODUCT}, loaded=[PRODUCT])
        patch.setattr(registry, "current", lambda: served)
        yield opened
    opened.store.close()


_COUNT = itertools.count()
Fill = Callable[..., tuple[int, dict[str, Any], list[str]]]


@pytest.fixture
def fill_as(running: Running) -> Callable[..., Fill]:
    """Make a caller with a policy of these statements; its calls return what was asked for too."""

    def make(*statements: dict[str, Any]) -> Fill:
        made = running.store.call(lambda tx: create_account(tx, f"b-{next(_COUNT)}", Instant(NOW)))
        document = json.dumps({"Version": "1", "Statement": list(statements)})

        def replace_policies(tx: Transaction) -> None:
            (user,) = tx.find(UserRow, account_id=made.account_id)
            (admin,) = tx.find(AttachmentRow, account_id=made.account_id)
            tx.delete(admin)
            own = {"account_id": made.account_id, "policy_name": "own"}
            tx.insert(PolicyRow(**own, created_at=Instant(NOW), updated_at=Instant(NOW)))
            tx.insert(PolicyVersionRow(**own, number=1, document=document, created_at=Instant(NOW)))
            attached = {"entity_type": "user", "entity_id": user.user_id}
            tx.insert(
                AttachmentRow(**own, **attached, policy_type="Custom", attached_at=Instant(NOW))
            )

        running.store.call(replace_policies)

        def call(**params: str) -> tuple[int, dict[str, Any], list[str]]:
            ASKED.clear()
            secret = made.secret.reveal()
            common = {"host": "bin.aliyuncs.com", "Version": PRODUCT.version, "Action": "Fill"}
            request = v1_call(made.access_key_id, secret, NOW, **common, **params)
            answer = asyncio.run(running.pipeline.serve(request))
            return answer.status, json.loads(answer.body), list(ASKED)

        return call

    return make


def statement(effect: str = "Allow", action: str = "bin:Fill", **condition: Any) -> dict[str, Any]:
    found = {"Effect": effect, "Action": action, "Resource": "*"}
    return {**found, "Condition": condition} if condition else found


def test_nothing_is_read_where_no_policy_has_a_condition(fill_as: Callable[..., Fill]) -> None:
    assert fill_as(statement())(Name="a")[::2] == (200, [])


def test_conditions_on_other_actions_read_nothing(fill_as: Callable[..., Fill]) -> None:
    other = statement("Deny", "bin:Empty", StringEquals={"bin:Label": "red"})
    assert fill_as(statement(), other)(Name="a")[::2] == (200, [])


def test_conditions_on_what_every_call_has_read_nothing_more(
    fill_as: Callable[..., Fill],
) -> None:
    far = statement("Deny", NotIpAddress={"acs:SourceIp": "127.0.0.0/8"})
    assert fill_as(statement(), far)(Name="a")[::2] == (200, [])
    near = statement("Deny", IpAddress={"acs:SourceIp": "127.0.0.1"})
    assert fill_as(statement(), near)(Name="a")[::2] == (403, ["call", "resource"])
    with_mfa = statement(Bool={"acs:MFAPresent": "true"})
    assert fill_as(with_mfa)(Name="a")[::2] == (403, ["call", "resource"])


SURROUNDINGS: dict[str, Any] = {
    "now": Instant(0),
    "secure": True,
    "source_ip": "127.0.0.1",
    "account_id": "1",
}


def test_the_keys_of_every_call_are_those_that_are_gathered() -> None:
    account_id = AccountId("1")
    user = User(account_id=account_id, user_id=UserId("2"), user_name="u", mfa=True)
    role = RoleSession(
        account_id=account_id,
        role_id=RoleId("3"),
        role_name="r",
        session_name="s",
        access_key_id=AccessKeyId("STS.k"),
        issued_at=Instant(0),
        expires_at=Instant(1),
        source_identity="i",
    )
    gathered: set[str] = set()
    for caller in (user, role):
        surroundings: Any = SimpleNamespace(caller=caller, **SURROUNDINGS)
        gathered |= global_conditions(surroundings).keys()
    assert gathered == OF_EVERY_CALL


def test_a_deny_hears_the_resources_own_values(fill_as: Callable[..., Fill]) -> None:
    fill = fill_as(statement(), statement("Deny", StringEquals={"bin:Label": "red"}))
    assert fill(Name="a")[::2] == (403, ["call", "resource"])
    assert fill(Name="b")[::2] == (200, ["call", "resource"])


def test_a_deny_of_what_lacks_a_value_is_honoured(fill_as: Callable[..., Fill]) -> None:
    fill = fill_as(statement(), statement("Deny", StringNotEquals={"bin:Label": "red"}))
    assert fill(Name="a")[0] == 200
    assert fill(Name="b")[0] == 403


def test_an_allow_hears_the_values_of_the_call(fill_as: Callable[..., Fill]) -> None:
    fill = fill_as(statement(StringEquals={"BIN:mood": "good"}))
    assert fill(Name="a")[0] == 200
    assert fill(Name="a", Mood="bad")[0] == 403


def test_a_denial_without_conditions_still_tells_all_values(
    fill_as: Callable[..., Fill], running: Running
) -> None:
    status, body, asked = fill_as(statement("Deny"))(Name="a")
    assert (status, asked) == (403, ["call", "resource"])
    detail = body["AccessDeniedDetail"]
    told = open_diagnostic(
        detail["EncodedDiagnosticMessage"],
        detail["AuthPrincipalOwnerId"],
        running.keys[PURPOSE],
    )
    assert {"bin:label", "bin:mood"} <= {each["key"] for each in told["auth_conditions"]}
