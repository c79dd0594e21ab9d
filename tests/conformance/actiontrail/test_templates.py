"""Advanced query templates, through the official SDK, and asked of a trail's logstore."""

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_actiontrail20200706 import models as m
from alibabacloud_actiontrail20200706.client import Client
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from tests.conformance.actiontrail.trailing import Trailing
from tests.conformance.harness import Server, refused
from tests.platforms import quotas

from juyong.services.actiontrail.templates import template as rules
from juyong.services.sls.facade import QueryStopped, QueryTooLarge

SEARCH = "event.eventName: CreateUser AND event.userIdentity.type: ram-user"
SQL = 'event.serviceName: Ram | select "event.eventName" as name, count(1) as n group by name'


def create(trail: Client, sql: str = SEARCH, *, simple: bool = False, name: str = "") -> Any:
    asked = m.CreateAdvancedQueryTemplateRequest(
        template_sql=sql, simple_query=simple, template_name=name or None
    )
    return trail.create_advanced_query_template(asked).body


def update(trail: Client, template_id: str, *, simple: bool = False, **changes: str) -> Any:
    asked = m.UpdateAdvancedQueryTemplateRequest(
        template_id=template_id, simple_query=simple, **changes
    )
    return trail.update_advanced_query_template(asked).body


def get(trail: Client, template_id: str) -> tuple[Any, ...]:
    asked = m.GetAdvancedQueryTemplateRequest(template_id=template_id)
    body = trail.get_advanced_query_template(asked).body
    return (body.template_id, body.template_name, body.template_sql, body.simple_query)


def delete(trail: Client, template_id: str) -> None:
    trail.delete_advanced_query_template(
        m.DeleteAdvancedQueryTemplateRequest(template_id=template_id)
    )


def page(trail: Client, **asked: Any) -> Any:
    request = m.DescribeAdvancedQueryTemplateRequest(**asked)
    return trail.describe_advanced_query_template(request).body.template_page


def test_a_template_is_made_shown_changed_and_deleted(trail: Client) -> None:
    made = create(trail, simple=True, name="users")
    assert made.template_id.startswith("utpl-")
    assert (made.template_name, made.template_sql, made.simple_query) == ("users", SEARCH, "true")
    assert get(trail, made.template_id) == (made.template_id, "users", SEARCH, True)
    changed = update(trail, made.template_id, template_sql=SQL)
    assert (changed.template_name, changed.template_sql, changed.simple_query) == (
        *("users", SQL),
        "false",
    )
    assert update(trail, made.template_id, template_name="names").template_sql == SQL
    assert get(trail, made.template_id) == (made.template_id, "names", SQL, False)
    delete(trail, made.template_id)
    assert get(trail, made.template_id) == (None, None, None, None)


def test_lists_are_by_part_of_the_name_and_page(trail: Client, server: Server) -> None:
    for name in ("a1", "A2", "b1"):
        create(trail, name=name)
        server.clock.offset += 1
    server.clock.offset -= 3
    every = page(trail)
    assert [each.template_name for each in every.template_list] == ["b1", "A2", "a1"]
    assert (every.total, every.page_number, every.page_size) == (3, "1", "20")
    assert [each.template_name for each in page(trail, template_name="a").template_list] == [
        *("A2", "a1")
    ]
    second = page(trail, page_size=2, page_number=2)
    assert [each.template_name for each in second.template_list] == ["a1"]
    assert (second.total, second.page_number, second.page_size) == (3, "2", "2")
    (shown,) = second.template_list
    assert (shown.template_sql, shown.simple_query) == (SEARCH, False)


@pytest.mark.parametrize(
    "sql",
    [
        "event.eventName: (CreateUser",
        "* | select event.eventName frum log",
        "* | select no_such_function(1)",
        "* | select nowhere from log",
        "nowhere: 1",
        "* | drop table log",
    ],
)
def test_a_query_that_no_trail_can_answer_is_refused(trail: Client, sql: str) -> None:
    with refused("InvalidQueryParameter", 400) as caught:
        create(trail, sql)
    assert "TemplateSql" in caught.value.message
    made = create(trail)
    with refused("InvalidQueryParameter", 400):
        update(trail, made.template_id, template_sql=sql)
    assert get(trail, made.template_id)[2] == SEARCH


def test_a_simple_template_has_no_sql(trail: Client) -> None:
    with refused("InvalidQueryParameter", 400):
        create(trail, SQL, simple=True)
    made = create(trail, SQL)
    with refused("InvalidQueryParameter", 400):
        update(trail, made.template_id, simple=True)
    assert update(trail, made.template_id, simple=True, template_sql="*").simple_query == "true"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"template_name": "n" * 65}, "InvalidQueryParameter"),
        ({"template_sql": None}, "MissingParameter"),
        ({"simple_query": None}, "MissingParameter"),
    ],
)
def test_wrong_members_are_refused(trail: Client, wrong: dict[str, Any], code: str) -> None:
    asked = {"template_sql": "*", "simple_query": True, **wrong}
    with refused(code, 400):
        trail.create_advanced_query_template(m.CreateAdvancedQueryTemplateRequest(**asked))


def test_a_template_that_is_not_there_is_not_changed(trail: Client) -> None:
    with refused("InvalidQueryParameter", 400):
        update(trail, "utpl-none", template_name="x")
    with refused("InvalidQueryParameter", 400):
        delete(trail, "utpl-none")


def test_the_quota_is_kept(trail: Client, server: Server) -> None:
    with quotas(server, {"actiontrail.templates": 1}):
        create(trail)
        with refused("QuotaExceeded.AdvancedQueryTemplate", 403):
            create(trail)


def test_templates_are_those_of_the_account(
    trail: Client, server: Server, new_key: Callable[[str], tuple[str, str]]
) -> None:
    made = create(trail)
    stranger = Client(server.config(*new_key("bob")))
    for ask in (
        lambda: create(stranger),
        lambda: get(stranger, made.template_id),
        lambda: update(stranger, made.template_id),
        lambda: delete(stranger, made.template_id),
        lambda: page(stranger),
    ):
        with refused("NoPermission", 403):
            ask()
    other = server.new_account()
    another = Client(server.config(other.access_key_id, other.secret.reveal()))
    assert get(another, made.template_id)[0] is None
    assert page(another).total == 0


@pytest.mark.parametrize(
    ("failure", "status"),
    [(QueryStopped(why="it ended"), 500), (QueryTooLarge(why="too large"), 400)],
)
def test_an_engine_that_cannot_tell_refuses_the_template(
    trail: Client, monkeypatch: pytest.MonkeyPatch, failure: Any, status: int
) -> None:
    made = create(trail)

    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(rules, "check_query", fail)
    trail._max_attempts = 1
    with refused(failure.code, status):
        create(trail)
    with refused(failure.code, status):
        update(trail, made.template_id, template_sql="*")


def test_the_logstore_of_a_trail_answers_a_template(trailing: Trailing, ram: RamClient) -> None:
    simple = create(trailing.trail, SEARCH, simple=True).template_sql
    sql = create(trailing.trail, SQL).template_sql
    trailing.create()
    trailing.start()
    for name in ("a", "b"):
        ram.create_user(ram_models.CreateUserRequest(user_name=name))
    trailing.deliver()
    now = trailing.server.clock()

    def ask(query: str) -> list[dict[str, str]]:
        store = f"actiontrail_{trailing.name}"
        found = trailing.log.get_log(trailing.project, store, now - 600, now + 60, query=query)
        return [dict(each.get_contents()) for each in found.get_logs()]

    assert len(ask(simple)) == 2
    assert ask(sql) == [{"name": "CreateUser", "n": "2"}]
