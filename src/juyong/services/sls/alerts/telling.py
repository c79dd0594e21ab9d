"""Tell of alarms: who is told, what is told, and why some are not.

Source: SLS user guide, variables of notifications and action policies (documented). Source of the
kinds that are told: webhooks and mail; all others are named in the history.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from juyong.base.ids import AccountId
from juyong.notices import BadNotice, Mail, Message, Webhook
from juyong.notices.message import check
from juyong.services.sls.alerts.rule import Rule
from juyong.services.sls.alerts.script import BadScript, Value, calls_of
from juyong.services.sls.alerts.sent import SentNotification
from juyong.services.sls.tables import RecordRow
from juyong.store.transaction import Transaction

MOST_RECEIVERS: Final = 50
_MOST_BODY: Final = 200 * 1024
_SUBJECT: Final = 512
_JSON: Final = {"Content-Type": "application/json;charset=utf-8"}
_VARIABLE = re.compile(r"\$\{([A-Za-z_][\w.]{0,63})\}", re.ASCII)
Facts = Mapping[str, Any]
"""The variables of a notification, by their published names."""


class Letters(msgspec.Struct, kw_only=True):
    """The messages of one alarm, and why others are not told."""

    messages: list[Message] = msgspec.field(default_factory=list)
    problems: list[str] = msgspec.field(default_factory=list)


def letters_of(tx: Transaction, account_id: AccountId, rule: Rule, facts: Facts) -> Letters:
    """Return the messages of one alarm, to all who are told."""
    letters = Letters()
    for message in _messages(tx, account_id, rule, facts, letters.problems):
        if len(letters.messages) >= MOST_RECEIVERS:
            letters.problems.append(f"more than {MOST_RECEIVERS} receivers")
            break
        try:
            check(message)
        except BadNotice as bad:
            letters.problems.append(str(bad))
        else:
            letters.messages.append(message)
    return letters


def _messages(
    tx: Transaction, account_id: AccountId, rule: Rule, facts: Facts, problems: list[str]
) -> Iterator[Message]:
    for each in rule.told:
        yield from _old(each, facts, problems)
    if not rule.action_policy:
        return
    policy = _record(tx, account_id, "sls.alert.action_policy", rule.action_policy)
    if policy is None:
        problems.append("there is no such action policy")
        return
    try:
        calls = calls_of(str(policy.get("primary_policy_script") or ""))
    except BadScript as bad:
        problems.append(str(bad))
        return
    for call in calls:
        yield from _of_call(tx, account_id, call, facts, problems)


def _old(given: SentNotification, facts: Facts, problems: list[str]) -> Iterator[Message]:
    """Yield the messages of a notification of version 1."""
    if given.type == "Webhook":
        body = filled(given.content, facts) if given.content else _body(facts)
        headers = {**_JSON, **(given.headers or {})}
        yield Webhook(url=given.service_uri, method=given.method, headers=headers, body=body)
    elif given.type == "Email":
        text = filled(given.content, facts) if given.content else _text(facts)
        for to in given.email_list or ():
            yield Mail(to=to, subject=_subject(facts), text=text)
    else:
        problems.append(f"{_name(given.type)} is not served")


def _of_call(
    tx: Transaction,
    account_id: AccountId,
    call: Mapping[str, Value],
    facts: Facts,
    problems: list[str],
) -> Iterator[Message]:
    kind = call.get("type")
    if kind == "webhook_integration":
        yield from _integration(tx, account_id, call, facts, problems)
    elif kind == "webhook":
        headers = call.get("external_headers")
        yield Webhook(
            url=str(call.get("external_url") or ""),
            method=str(call.get("method") or "POST"),
            headers={**_JSON, **(headers if isinstance(headers, dict) else {})},
            body=_body(facts),
        )
    elif kind == "email":
        for to in _addresses(tx, account_id, call, problems):
            yield Mail(to=to, subject=_subject(facts), text=_text(facts))
    else:
        problems.append(f"{_name(kind)} is not served")


def _integration(
    tx: Transaction,
    account_id: AccountId,
    call: Mapping[str, Value],
    facts: Facts,
    problems: list[str],
) -> Iterator[Message]:
    found = _record(tx, account_id, "sls.alert.action_webhook", str(call.get("webhook_id") or ""))
    if found is None:
        problems.append("there is no such webhook")
        return
    if found.get("secret"):
        problems.append("a webhook with a secret of its own is not signed, and not asked")
        return
    yield Webhook(
        url=str(found.get("url") or ""),
        method=str(found.get("method") or "POST"),
        headers={**_JSON, **_headers(found.get("headers"))},
        body=_body(facts),
    )


def _headers(given: object) -> dict[str, str]:
    """Read headers: pairs of key and value, or an object."""
    if isinstance(given, dict):
        return {str(name): str(value) for name, value in given.items()}
    pairs = given if isinstance(given, list) else []
    return {str(p.get("key")): str(p.get("value") or "") for p in pairs if isinstance(p, dict)}


def _addresses(
    tx: Transaction, account_id: AccountId, call: Mapping[str, Value], problems: list[str]
) -> list[str]:
    users, groups = _list(call.get("users")), _list(call.get("groups"))
    for group in groups:
        found = _record(tx, account_id, "sls.common.user_group", group)
        if found is None:
            problems.append("there is no such group of users")
        else:
            users += _list(found.get("members"))
    addresses: list[str] = []
    for user in dict.fromkeys(users):
        found = _record(tx, account_id, "sls.common.user", user)
        own = _list((found or {}).get("email"))
        if not own or (found or {}).get("enabled") is False:
            problems.append("a user does not exist, is disabled, or has no address")
        else:
            addresses += own
    return list(dict.fromkeys(addresses))


def _list(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(each) for each in value]
    return [str(value)] if value else []


def _record(
    tx: Transaction, account_id: AccountId, resource: str, record: str
) -> dict[str, Any] | None:
    row = tx.get(RecordRow, account_id, resource, record)
    return None if row is None else msgspec.json.decode(row.value.reveal(), type=dict[str, Any])


def _name(kind: object) -> str:
    """Return the name of a kind as far as it is one."""
    text = str(kind)
    return text[:32] if text.replace("_", "").isalnum() else "a kind of notification"


def filled(text: str, facts: Facts) -> str:
    """Put variables in their places; `${labels.user}` is one of a part."""

    def found(match: re.Match[str]) -> str:
        value: Any = facts
        for part in match[1].split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is None:
            return match[0]
        return value if isinstance(value, str) else msgspec.json.encode(value).decode()

    return _VARIABLE.sub(found, text)


def _body(facts: Facts) -> str:
    """Return the variables as JSON; of many rows as many as have room."""
    rows = list(facts["fire_results"])
    while True:
        body = msgspec.json.encode({**facts, "fire_results": rows})
        if len(body) <= _MOST_BODY or not rows:
            return body.decode()
        rows = rows[: len(rows) // 2]


def _subject(facts: Facts) -> str:
    text = f"[{facts['status']}] {facts['alert_name']} (severity {facts['severity']})"
    return "".join(each if each.isprintable() else " " for each in text)[:_SUBJECT]


def _text(facts: Facts) -> str:
    lines = [
        f"{facts['alert_name']} is {facts['status']}, with severity {facts['severity']}.",
        f"Project {facts['project']}, alert {facts['alert_id']}.",
        f"Rows: {facts['fire_results_count']}",
        *(f"{name}: {value}" for name, value in facts["labels"].items()),
        *(f"{name}: {value}" for name, value in facts["annotations"].items()),
        "",
        *(msgspec.json.encode(row).decode() for row in facts["fire_results"][:10]),
    ]
    return "\n".join(lines)[: _MOST_BODY // 4]
