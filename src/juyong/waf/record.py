"""The record of one request, and its row of the access log in the documented fields of WAF 3.0.

SECURITY: bodies, cookies and credentials stay out: values of the request are told only where they
come from its URL or its plain headers.

Source: WAF 3.0, fields of logs (documented); the values of `final_plugin` (documented).
"""

import re
from typing import Any

import msgspec

from juyong.base.clock import Instant, iso, system_milliseconds
from juyong.base.ids import new_trace_id
from juyong.engines.inspect.verdict import Hit, Report, Verdict
from juyong.waf.backends.guard import Origin
from juyong.waf.ends import Ends
from juyong.waf.http1.reading import AnyRequest
from juyong.waf.logged import LOGGED, MOST_CHARS, text_of

_SECRET = ("cookie", "authorization", "token", "secret", "password", "api-key", "apikey")
_FROM_URL = frozenset(
    (
        *("ARGS_GET", "ARGS_GET_NAMES", "QUERY_STRING", "REQUEST_URI", "REQUEST_URI_RAW"),
        *("REQUEST_FILENAME", "REQUEST_BASENAME", "REQUEST_LINE", "REQUEST_METHOD"),
        "REQUEST_PROTOCOL",
    )
)
_MAY_BE_URL = frozenset(("ARGS", "ARGS_NAMES"))
_MATCH = "MATCHED_VARS:"
_SCORE = re.compile(r"TX:[a-z0-9_]+_score", re.IGNORECASE)
_MOST_HITS = 32
_SEVERE = 4
_ATTACK = ("attack-", "attack/")


class RuleSeen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule in `matched_rules_detail`, and more than the documented members.

    value: The cut value of a variable; empty for a secret variable.
    """

    id: str
    plugin: str = "waf"
    action: str = ""
    test: str = "false"
    msg: str = ""
    variable: str = ""
    value: str = ""
    severity: int | None = None
    times: int = 1
    tags: tuple[str, ...] = ()


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of the access log; fields that say nothing are left out.

    ja4: The fingerprint of the client's first TLS message; no documented field holds fingerprints.
    ja4, waf_reason, refused, upstream_fault, partial, scores: Our own; scores where one is not 0.
    """

    time: str
    request_traceid: str
    host: str = ""
    matched_host: str = ""
    https: str = ""
    request_method: str = ""
    request_uri: str = ""
    request_path: str = ""
    querystring: str = ""
    server_protocol: str = ""
    status: str = ""
    body_bytes_sent: int = 0
    request_length: int = 0
    request_time_msec: int = 0
    real_client_ip: str = ""
    remote_addr: str = ""
    remote_port: int = 0
    dst_port: int = 0
    server_port: int = 0
    http_user_agent: str = ""
    http_referer: str = ""
    http_x_forwarded_for: str = ""
    content_type: str = ""
    ssl_protocol: str = ""
    ssl_cipher: str = ""
    ja4: str = ""
    upstream_addr: str = ""
    upstream_status: str = ""
    upstream_response_time: str = ""
    final_action: str = ""
    final_plugin: str = ""
    final_rule_id: str = ""
    final_rule_type: str = ""
    waf_action: str = ""
    waf_rule_id: str = ""
    waf_rule_type: str = ""
    waf_test: str = ""
    web_attack_type: str = ""
    matched_rules_detail: tuple[RuleSeen, ...] = ()
    waf_reason: str = ""
    refused: str = ""
    upstream_fault: str = ""
    partial: str = ""
    scores: dict[str, int] | None = None


class Record:
    """The facts of one request, filled in while the request goes its way; times in milliseconds."""

    __slots__ = (
        "backend_fault",
        "began",
        "client",
        "ends",
        "head",
        "id",
        "origin",
        "received",
        "refused",
        "refused_for",
        "sent",
        "status",
        "unread",
        "upstream_ms",
        "upstream_status",
        "verdict",
    )

    def __init__(
        self,
        *,
        id: str,
        began: int,
        head: AnyRequest | None,
        client: str,
        ends: Ends,
    ) -> None:
        self.id, self.began, self.head, self.client, self.ends = id, began, head, client, ends
        self.status = self.received = self.sent = 0
        self.origin: Origin | None = None
        self.upstream_status = 0
        self.upstream_ms = -1
        self.unread = False
        self.backend_fault = ""
        self.refused = ""
        self.refused_for = ""
        self.verdict: Verdict | None = None

    def row(self, report: Report | None, *, ended: int) -> Row:
        """Build the line of the log; ended: The time in milliseconds."""
        head, ends, secured = self.head, self.ends, self.ends.secured
        seconds, ms = divmod(self.began, 1_000)
        fields: dict[str, Any] = {} if head is None else _of_head(head)
        if self.origin is not None:
            fields["upstream_addr"] = str(self.origin)
        if self.upstream_ms >= 0:
            fields["upstream_status"] = str(self.upstream_status)
            fields["upstream_response_time"] = f"{self.upstream_ms / 1_000:.3f}"
        if report is not None and not report.quiet:
            fields |= _of_report(self, report)
        elif self.verdict is not None:
            fields |= _of_verdict(self.verdict, test=False)
        if self.unread and not fields.get("partial"):
            fields["partial"] = "the request body, of a type that no rule reads"
        return Row(
            time=f"{iso(Instant(seconds))[:-1]}.{ms:03}Z",
            request_traceid=self.id,
            https="on" if ends.scheme == b"https" else "",
            status=str(self.status),
            body_bytes_sent=self.sent,
            request_length=self.received,
            request_time_msec=ended - self.began,
            real_client_ip=self.client,
            remote_addr=ends.peer.address,
            remote_port=ends.peer.port,
            dst_port=ends.server.port,
            server_port=ends.server.port,
            ssl_protocol=ends.tls,
            ssl_cipher=secured.cipher if secured else "",
            ja4=secured.ja4.decode() if secured else "",
            refused=f"{self.refused}: {self.refused_for}" if self.refused_for else self.refused,
            upstream_fault=self.backend_fault,
            **fields,
        )


def record_of_no_request(ends: Ends) -> Record:
    """Return the record of bytes that are no request."""
    return Record(
        id=new_trace_id(),
        began=system_milliseconds(),
        head=None,
        client=ends.peer.address,
        ends=ends,
    )


def _of_head(head: AnyRequest) -> dict[str, Any]:
    uri = text_of(head.path)
    path, _, query = uri.partition("?")
    host = text_of(head.authority)
    fields = {
        "host": host,
        "matched_host": host,
        "request_method": text_of(head.method),
        "request_uri": uri,
        "request_path": path,
        "querystring": query,
        "server_protocol": head.version,
    }
    for name, value in head.headers:
        told = LOGGED.get(name.lower())
        if told is not None:
            fields[told] = text_of(value)
    return fields


def _of_verdict(verdict: Verdict, *, test: bool) -> dict[str, Any]:
    action, plugin = ("monitor" if test else "block"), ("waf" if verdict.rule else "compliance")
    return {
        "final_action": action,
        "final_plugin": plugin,
        "final_rule_id": str(verdict.rule),
        "waf_action": action,
        "waf_rule_id": str(verdict.rule),
        "waf_test": str(test).lower(),
        "waf_reason": verdict.reason[:MOST_CHARS],
    }


def _of_report(record: Record, report: Report) -> dict[str, Any]:
    verdict = record.verdict or report.verdict
    test = record.verdict is None
    fields: dict[str, Any] = {"partial": report.partial}
    shown = [each for each in report.hits if each.logged][:_MOST_HITS]
    has_body = record.received > 0
    action = "" if verdict is None else ("monitor" if test else "block")
    fields["matched_rules_detail"] = tuple(
        _seen(each, action, test=test, has_body=has_body) for each in shown
    )
    if any(score for _, score in report.scores):
        fields["scores"] = dict(report.scores)
    if verdict is not None:
        fields |= _of_verdict(verdict, test=test)
        kind = attack_of(shown)
        fields |= {"waf_rule_type": kind, "final_rule_type": kind, "web_attack_type": kind}
    return fields


def _seen(hit: Hit, action: str, *, test: bool, has_body: bool) -> RuleSeen:
    variable = source_of(hit.variable)
    shows = _may_show(variable, has_body=has_body) or _is_score(hit, variable)
    return RuleSeen(
        id=str(hit.rule),
        action=action,
        test=str(test).lower(),
        msg=hit.msg if shows else hit.msg.partition(":")[0],
        variable=text_of(variable.encode("utf-8", "surrogateescape")),
        value=text_of(hit.value) if shows else "",
        severity=hit.severity,
        times=hit.times,
        tags=tuple(each for each in hit.tags if each.startswith(_ATTACK)),
    )


def source_of(variable: str) -> str:
    """Return the variable of the request that a later link of a chain knew as a match."""
    while variable.startswith(_MATCH):
        variable = variable.removeprefix(_MATCH)
    return variable


def _is_score(hit: Hit, variable: str) -> bool:
    """Tell whether a rule compared a score, and says no more than the score."""
    _, _, said = hit.msg.partition(":")
    value = hit.value.decode("latin-1")
    return (
        _SCORE.fullmatch(variable) is not None and value.isdecimal() and said.strip(" )") == value
    )


def _may_show(variable: str, *, has_body: bool) -> bool:
    """Tell whether a log may have the value of a variable."""
    collection, _, key = variable.partition(":")
    if any(word in key.lower() for word in _SECRET):
        return False
    if collection in _FROM_URL:
        return True
    return (collection in _MAY_BE_URL and not has_body) or collection == "REQUEST_HEADERS"


def attack_of(hits: list[Hit]) -> str:
    """Return the kind of attack that the most severe hit is tagged with, as `sqli`.

    The Core Rule Set tags with `attack-sqli`, our own pack with `attack/query`.
    """
    severe = sorted(hits, key=lambda hit: _SEVERE if hit.severity is None else hit.severity)
    tags = [tag for hit in severe for tag in hit.tags if tag.startswith(_ATTACK)]
    return tags[0][len(_ATTACK[0]) :] if tags else ""
