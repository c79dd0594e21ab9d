"""Calls that need several permissions, and calls that are judged part by part."""

import asyncio
import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.unit.gateway.calls import v1_call

from juyong.api import registry
from juyong.api.access import ActionWith, Also, TargetPolicy, acs
from juyong.api.context import Arguments, Context
from juyong.api.operation import operation
from juyong.api.product import Product
from juyong.api.shape import Shape
from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.base.clock import Instant
from juyong.services.identity.facade import create_account
from juyong.services.identity.policies.tables import AttachmentRow, PolicyRow, PolicyVersionRow
from juyong.services.identity.users.tables import UserRow
from juyong.store.transaction import Transaction

NOW = 1_790_000_000
PRODUCT = Product(
    code="Vault",
    ram_code="vault",
    version="1999-01-02",
    hosts=("vault.aliyuncs.com",),
    title="Vault",
)
OPEN = json.dumps(
    {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "vault:Use",
                "Resource": "*",
                "Principal": {"RAM": ["*"]},
            }
        ],
    }
)
Caller = Callable[..., tuple[int, dict[str, Any]]]


class Answer(Shape, frozen=True, kw_only=True):
    """Which boxes were opened."""

    opened: list[str]


def _need(ctx: Context, action: str, relative: str, **more: Any) -> Also:
    return Also(action=action, resource=f"acs:vault:*:{ctx.account_id}:{relative}", **more)


def _key(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    colour = {"vault:Colour": (arguments["colour"],)}
    policy = TargetPolicy(document=OPEN, identifier="open") if arguments["key"] == "open" else None
    return (_need(ctx, "vault:Use", f"key/{arguments['key']}", conditions=colour, policy=policy),)


def _boxes(ctx: Context, arguments: Arguments) -> dict[str, tuple[Also, ...]]:
    return {
        name: (_need(ctx, "vault:Open", f"box/{name}"), _need(ctx, "vault:Use", f"key/{name}"))
        for name in arguments["names"]
    }


@operation(PRODUCT, "Open", resource=acs("vault", "box/{name}"), also=_key)
def open_box(_ctx: Context, *, name: str, key: str, colour: str = "red") -> Answer:
    return Answer(opened=[name])


@operation(PRODUCT, "OpenAll", action="vault:Open", parts=_boxes)
def open_all(ctx: Context, *, names: list[str]) -> Answer:
    return Answer(opened=[n for n in names if n not in ctx.denied])


@operation(
    PRODUCT,
    "Look",
    resource=acs("vault", "box/{name}"),
    action_with=ActionWith("year", "vault:LookBack"),
)
def look(_ctx: Context, *, name: str, year: int | None = None) -> Answer:
    return Answer(opened=[name, str(year)])


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


@pytest.fixture
def caller(running: Running) -> Callable[..., Caller]:
    """Make a caller whom one policy of these statements speaks for."""

    def make(*statements: dict[str, Any]) -> Caller:
        made = running.store.call(
            lambda tx: create_account(tx, f"vault-{next(_COUNT)}", Instant(NOW))
        )
        document = json.dumps({"Version": "1", "Statement": list(statements)})

        def replace_policies(tx: Transaction) -> None:
            (user,) = tx.find(UserRow, account_id=made.account_id)
            (admin,) = tx.find(AttachmentRow, account_id=made.account_id)
            tx.delete(admin)
            own = {"account_id": made.account_id, "policy_name": "own"}
            tx.insert(PolicyRow(**own, created_at=Instant(NOW), updated_at=Instant(NOW)))
            tx.insert(PolicyVersionRow(**own, number=1, document=document, created_at=Instant(NOW)))
            tx.insert(
                AttachmentRow(
                    **own,
                    policy_type="Custom",
                    entity_type="user",
                    entity_id=user.user_id,
                    attached_at=Instant(NOW),
                )
            )

        running.store.call(replace_policies)

        def call(action: str, **params: str) -> tuple[int, dict[str, Any]]:
            request = v1_call(
                made.access_key_id,
                made.secret.reveal(),
                NOW,
                host="vault.aliyuncs.com",
                Version=PRODUCT.version,
                Action=action,
                **params,
            )
            answer = asyncio.run(running.pipeline.serve(request))
            return answer.status, json.loads(answer.body)

        return call

    return make


def allow(action: str, *resources: str, **condition: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Action": action,
        "Resource": [f"acs:vault:*:*:{r}" for r in resources],
        **({"Condition": condition} if condition else {}),
    }


OPENS_A = allow("vault:Open", "box/a")


@pytest.mark.parametrize(
    ("statements", "params", "action"),
    [
        pytest.param([OPENS_A, allow("vault:Use", "key/k")], {}, None, id="both"),
        pytest.param([OPENS_A], {}, "vault:Use", id="not the key"),
        pytest.param([OPENS_A, allow("vault:Use", "key/other")], {}, "vault:Use", id="other key"),
        pytest.param([OPENS_A, allow("vault:Open", "key/k")], {}, "vault:Use", id="other action"),
        pytest.param([allow("vault:Use", "key/k")], {}, "vault:Open", id="not the box"),
        pytest.param([OPENS_A], {"Key": "open"}, None, id="the key's own policy allows"),
        pytest.param(
            [
                OPENS_A,
                {"Effect": "Deny", "Action": "vault:Use", "Resource": "*"},
            ],
            {"Key": "open"},
            "vault:Use",
            id="a deny beats the key's own policy",
        ),
        pytest.param(
            [OPENS_A, allow("vault:Use", "key/k", StringEquals={"vault:Colour": "red"})],
            {},
            None,
            id="the need's condition key",
        ),
        pytest.param(
            [OPENS_A, allow("vault:Use", "key/k", StringEquals={"vault:Colour": "red"})],
            {"Colour": "blue"},
            "vault:Use",
            id="another value of it",
        ),
    ],
)
def test_a_call_must_be_allowed_all_it_needs(
    caller: Callable[..., Caller],
    statements: list[dict[str, Any]],
    params: dict[str, str],
    action: str | None,
) -> None:
    status, body = caller(*statements)("Open", **{"Name": "a", "Key": "k", **params})
    if action is None:
        assert (status, body["Opened"]) == (200, ["a"])
    else:
        assert (status, body["AccessDeniedDetail"]["AuthAction"]) == (403, action)


@pytest.mark.parametrize(
    ("boxes", "keys", "opened"),
    [
        (["a", "b"], ["a", "b"], ["a", "b"]),
        (["a", "b"], ["b"], ["b"]),
        (["a"], ["a", "b"], ["a"]),
    ],
)
def test_denied_parts_leave_the_others(
    caller: Callable[..., Caller], boxes: list[str], keys: list[str], opened: list[str]
) -> None:
    call = caller(
        allow("vault:Open", *(f"box/{b}" for b in boxes)),
        allow("vault:Use", *(f"key/{k}" for k in keys)),
    )
    status, body = call("OpenAll", Names='["a","b"]')
    assert (status, body["Opened"]) == (200, opened)


def test_a_call_with_a_parameter_is_judged_by_another_action(
    caller: Callable[..., Caller],
) -> None:
    now, then = caller(allow("vault:Look", "box/a")), caller(allow("vault:LookBack", "box/a"))
    assert (now("Look", Name="a")[0], then("Look", Name="a", Year="9")[0]) == (200, 200)
    for status, body in (now("Look", Name="a", Year="9"), then("Look", Name="a")):
        assert status == 403, body


def test_a_call_of_which_every_part_is_denied_is_refused(caller: Callable[..., Caller]) -> None:
    status, body = caller(OPENS_A)("OpenAll", Names='["a","b"]')
    assert (status, body["AccessDeniedDetail"]["AuthAction"]) == (403, "vault:Use")


def test_an_operation_must_name_what_it_needs() -> None:
    with pytest.raises(TypeError, match="names no resource"):
        operation(PRODUCT, "Nothing")
