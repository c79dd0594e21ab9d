"""Logs of three kinds and questions that people of security ask about them.

Each search has its right answer as a plain test of one log, written without the engine's code: a
value is cut by a regular expression and compared as lower case.
"""

import json
import random
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from juyong.engines.logsearch import IndexConfig, Log, parse_index
from juyong.engines.logsearch.columns import LogFile, write_file

START = 1_700_000_000 - 1_700_000_000 % 3600
HOURS = 6
DELIMITERS = list(", '\";=()[]{}?@&<>/:\n\t\r|")
_TEXT = {"type": "text", "token": DELIMITERS, "caseSensitive": False, "doc_value": True}
_LONG = {"type": "long", "doc_value": True}
_CUT = re.compile("[" + re.escape("".join(DELIMITERS)) + "]")

INDEX_JSON = {
    "ttl": 30,
    "max_text_len": 2048,
    "line": {"token": DELIMITERS, "caseSensitive": False, "chn": False, "exclude_keys": ["secret"]},
    "keys": {
        "event": {
            "type": "json",
            "token": DELIMITERS,
            "caseSensitive": False,
            "doc_value": True,
            "index_all": True,
            "max_depth": 3,
            "json_keys": {
                "eventName": {"type": "text", "doc_value": True},
                "serviceName": {"type": "text", "doc_value": True},
                "sourceIpAddress": {"type": "text", "doc_value": True, "alias": "source_ip"},
                "userIdentity.type": {"type": "text", "doc_value": True},
                "userIdentity.userName": {"type": "text", "doc_value": True},
                "errorCode": {"type": "text", "doc_value": True},
            },
        },
        "host": _TEXT,
        "uri": _TEXT,
        "action": _TEXT,
        "Action": _TEXT,
        "src_ip": _TEXT,
        "vpc-id": _TEXT,
        "rule": {**_TEXT, "token": [], "caseSensitive": True},
        "message": {**_TEXT, "chn": True},
        "status": _LONG,
        "bytes": _LONG,
        "latency": {"type": "double", "doc_value": True},
        "secret": {**_TEXT, "doc_value": False},
    },
}


@dataclass(frozen=True)
class Seen:
    """One log as the answers look at it."""

    log: Log

    @cached_property
    def all(self) -> dict[str, str]:
        return dict(reversed(self.log.contents))

    @cached_property
    def event(self) -> dict:
        """The event, and of one that breaks off the longest part that can be closed."""
        text = self.all.get("event", "{}")
        for end in range(len(text), 0, -1):
            for closing in ("", "}", "}}", "}}}"):
                with suppress(ValueError):
                    found = json.loads(text[:end] + closing)
                    return found if isinstance(found, dict) else {}
        return {}

    def text(self, key: str) -> str | None:
        if not key.startswith("event."):
            return self.all.get(key)
        found: object = self.event
        for name in key.split(".")[1:]:
            found = found.get(name) if isinstance(found, dict) else None
        return found if isinstance(found, str) else None

    def has(self, key: str, *words: str) -> bool:
        """Whether all the words are in the key."""
        return set(words) <= set(cut(self.text(key) or ""))

    def says(self, *words: str) -> bool:
        """Whether all the words are somewhere in the log."""
        found = {w for k, v in self.log.contents if k != "secret" for w in cut(v)}
        return set(words) <= found

    def number(self, key: str) -> float | None:
        text = self.all.get(key, "")
        kind = r"-?\d+" if key != "latency" else r"-?\d+(\.\d+)?"
        return float(text) if re.fullmatch(kind, text) else None


def cut(text: str) -> list[str]:
    return [word for word in _CUT.split(text.lower()) if word]


def make_logs(count: int = 900, seed: int = 7) -> list[Log]:
    """Return logs in the order of their arrival; the times rise, but not strictly."""
    chance = random.Random(seed)  # noqa: S311  # repeats
    made = []
    for number in range(count):
        kind = (_trail, _waf, _flow)[number % 3]
        topic, contents = kind(chance, number)
        time = START + HOURS * 3600 * number // count - chance.randrange(0, 90)
        made.append(
            Log(
                time=max(time, START),
                time_ns=chance.choice([None, 5, 999_999_999]),
                topic=topic,
                source=f"10.0.0.{number % 4}",
                tags=(("__client_ip__", f"192.0.2.{number % 5}"), ("Env", "prod")),
                contents=tuple(contents),
                sequence=number,
            )
        )
    return made


def _trail(chance: random.Random, number: int) -> tuple[str, list[tuple[str, str]]]:
    name = chance.choice(["ConsoleSignin", "CreateUser", "DeleteKey", "PutBucketAcl", "GetUser"])
    event: dict = {
        "eventName": name,
        "serviceName": chance.choice(["Ram", "Oss", "Kms"]),
        "sourceIpAddress": f"203.0.113.{number % 7}",
        "userIdentity": {
            "type": chance.choice(["root-account", "ram-user", "assumed-role"]),
            "userName": chance.choice(["alice", "Bob", "carol@example.com", ""]),
        },
        "requestParameters": {"Mfa": None, "deep": {"er": "hidden needle"}, "list": ["x", "y"]},
        "isGlobal": True,
    }
    if number % 4 == 0:
        event["errorCode"] = chance.choice(["NoPermission", "EntityNotExist.User"])
    text = json.dumps(event)
    if number % 50 == 0:
        text = text[: len(text) // 2]
    contents = [("event", text), ("requestId", f"req-{number:06d}")]
    return "actiontrail", contents


def _waf(chance: random.Random, number: int) -> tuple[str, list[tuple[str, str]]]:
    uri = chance.choice(
        [
            "/login?user=admin'--",
            "/index.php?id=1 union select password from users",
            "/static/app.js",
            "/search?q=<script>alert(1)</script>",
            "/api/v1/orders/42",
            "",
        ]
    )
    status = chance.choice(["200", "200", "403", "404", "500", "-", "12345678901234567890"])
    contents = [
        ("host", chance.choice(["shop.example.com", "Admin.Example.com", "api.example.com"])),
        ("uri", uri),
        ("status", status),
        ("latency", chance.choice(["0.5", "12", "3.25", "250.75", "n/a", "1e400"])),
        ("src_ip", f"198.51.100.{number % 11}"),
        ("action", chance.choice(["block", "pass", "Block"])),
        ("Action", chance.choice(["upper", "other"])),
        ("rule", chance.choice(["SQL Injection", "sql injection", "XSS:1", ""])),
        ("message", chance.choice(["登录失败 user root", "登录成功", "失败的登录 attempt", "ok"])),
        ("secret", "hunter2"),
    ]
    if number % 10 == 1:
        contents.append(("status", "999"))
    return "waf", contents


def _flow(chance: random.Random, number: int) -> tuple[str, list[tuple[str, str]]]:
    return "flow_log", [
        ("vpc-id", f"vpc-{number % 2}"),
        ("src_ip", f"10.1.{number % 3}.{number % 5}"),
        ("dst_port", chance.choice(["22", "443", "3389"])),
        ("bytes", str(chance.randrange(0, 100_000))),
        ("action", chance.choice(["ACCEPT", "REJECT"])),
        (
            "message",
            f"{chance.choice(['accept', 'reject'])} tcp İstanbul Straße ΑΣ number {number}",
        ),
    ]


def corpus_index() -> IndexConfig:
    return parse_index(INDEX_JSON)


Answer = Callable[[Seen], bool]


def _neighbours(text: str, *words: str) -> bool:
    found = cut(text)
    return any(tuple(found[at : at + len(words)]) == words for at in range(len(found)))


SEARCHES: dict[str, Answer] = {
    "*": lambda _: True,
    "": lambda _: True,
    "ConsoleSignin": lambda s: s.says("consolesignin"),
    "consolesignin and root-account": lambda s: s.says("consolesignin", "root-account"),
    "event.eventName: ConsoleSignin and event.userIdentity.type: root-account": lambda s: (
        s.has("event.eventName", "consolesignin")
        and s.has("event.userIdentity.type", "root-account")
    ),
    "event.serviceName: Ram and event.eventName: (CreateUser or DeleteKey)": lambda s: (
        s.has("event.serviceName", "ram")
        and s.text("event.eventName") in {"CreateUser", "DeleteKey"}
    ),
    "event.errorCode: NoPermission": lambda s: s.has("event.errorCode", "nopermission"),
    "event.errorCode: * not event.errorCode: NoPermission": lambda s: (
        s.text("event.errorCode") is not None and not s.has("event.errorCode", "nopermission")
    ),
    "event.errorCode: Entity*": lambda s: any(
        w.startswith("entity") for w in cut(s.text("event.errorCode") or "")
    ),
    "event.requestParameters.deep.er: needle": lambda s: s.has(
        "event.requestParameters.deep.er", "needle"
    ),
    "event.requestParameters.Mfa: null": lambda s: (
        s.event.get("requestParameters", {"Mfa": 0})["Mfa"] is None
    ),
    "event.isGlobal: true": lambda s: s.event.get("isGlobal") is True,
    "event: alice": lambda s: s.has("event.userIdentity.userName", "alice"),
    'event.userIdentity.userName: "carol@example.com"': lambda s: s.has(
        "event.userIdentity.userName", "carol", "example.com"
    ),
    'event.userIdentity.userName: ""': lambda s: s.text("event.userIdentity.userName") == "",
    "req-000003": lambda s: s.all.get("requestId") == "req-000003",
    "req-0000*": lambda s: s.all.get("requestId", "").startswith("req-0000"),
    "req-0?00*3": lambda s: bool(re.fullmatch("req-0.00.*3", s.all.get("requestId", ""))),
    "uri: union and uri: select": lambda s: s.has("uri", "union", "select"),
    'uri: #"union select"': lambda s: _neighbours(s.all.get("uri", ""), "union", "select"),
    '#"select password from"': lambda s: any(
        _neighbours(v, "select", "password", "from") for _, v in s.log.contents
    ),
    'uri: "select union"': lambda s: s.has("uri", "union", "select"),
    'uri: "<script>"': lambda s: s.has("uri", "script"),
    'uri: ""': lambda s: s.all.get("uri") == "",
    "uri: *": lambda s: "uri" in s.all,
    'uri: * not uri: ""': lambda s: bool(s.all.get("uri")),
    "not uri: *": lambda s: "uri" not in s.all,
    "status: 403": lambda s: s.number("status") == 403,
    "status >= 400 and status < 500": lambda s: 400 <= (s.number("status") or 0) < 500,
    "status in [403 500]": lambda s: 403 <= (s.number("status") or 0) <= 500,
    "status in (403, 500]": lambda s: 403 < (s.number("status") or 0) <= 500,
    "host: shop* not status > -1000000": lambda s: (
        s.all.get("host", "").startswith("shop")
        and not ((n := s.number("status")) is not None and -(2**63) <= n < 2**63 and n > -1e6)
    ),
    "latency > 3.2 and latency <= 250.75": lambda s: 3.2 < (s.number("latency") or 0) <= 250.75,
    "action: block": lambda s: s.all.get("action", "").lower() == "block",
    "Action: upper and action: pass": lambda s: (
        s.all.get("Action") == "upper" and s.all["action"] == "pass"
    ),
    'rule: "SQL Injection"': lambda s: s.all.get("rule") == "SQL Injection",
    "rule: SQL*": lambda s: s.all.get("rule", "").startswith("SQL"),
    'rule: "XSS:1"': lambda s: s.all.get("rule") == "XSS:1",
    "message: 登录": lambda s: "登录" in s.all.get("message", ""),
    "message: 登录失败": lambda s: "登录失败" in s.all.get("message", ""),
    'message: "失败 root"': lambda s: (
        "失败" in s.all.get("message", "") and "root" in cut(s.all["message"])
    ),
    "message: strasse": lambda s: "Straße" in s.all.get("message", ""),
    '"vpc-id": vpc-1 and src_ip: 10.1.*': lambda s: (
        s.all.get("vpc-id") == "vpc-1" and s.all["src_ip"].startswith("10.1.")
    ),
    "bytes > 90000 and (action: reject or message: reject)": lambda s: (
        (s.number("bytes") or 0) > 90000
        and (s.all["action"] == "REJECT" or "reject" in s.all["message"])
    ),
    "__topic__: waf": lambda s: s.log.topic == "waf",
    "source: 10.0.0.1": lambda s: s.log.source == "10.0.0.1",
    "__tag__:__client_ip__: 192.0.2.3": lambda s: s.log.tags[0][1] == "192.0.2.3",
    "__tag__:Env: PROD": lambda _: True,
    "__tag__:none: *": lambda _: False,
    "secret: hunter2": lambda s: s.all.get("secret") == "hunter2",
    "hunter2": lambda _: False,
    "not (waf or block) ConsoleSignin": lambda s: (
        not (s.says("waf") or s.says("block")) and s.says("consolesignin")
    ),
    'uri: "&"': lambda _: False,
    "block or pass and 403": lambda s: s.says("block") or s.says("pass", "403"),
}
"""Searches and their answers."""


def corpus_files(
    logs: list[Log], index: IndexConfig, folder: Path, size: int = 150
) -> list[LogFile]:
    """Write the logs as several files, in the order of arrival, so that their times overlap."""
    return [
        write_file(logs[start : start + size], index, folder / f"{start:06d}.parquet")
        for start in range(0, len(logs), size)
    ]
