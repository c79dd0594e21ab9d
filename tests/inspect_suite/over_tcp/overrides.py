"""Stages of the Core Rule Set's tests that end otherwise behind our front, each with its reason."""

from tests.inspect_suite.over_tcp.judging import Differs, Override

_NO_PROXY = Override("CONNECT is refused: the WAF is no forward proxy", Differs.REFUSED)
_NO_FRAGMENT = Override("a raw `#` in a target is refused: servers differ on it", Differs.REFUSED)
_VERSION = Override("the answer to a version that is not spoken is 505", Differs.STATUS)
_NO_BODY = Override("the log has no values of bodies", Differs.LOG)

OVERRIDES: dict[str, Override] = {
    "920100-4": Override(_NO_PROXY.reason, Differs.REFUSED | Differs.STATUS),
    "920100-6": _NO_PROXY,
    "920100-7": _NO_FRAGMENT,
    "920180-4": Override("HTTP/2.0 in a request line of HTTP/1 is refused", Differs.REFUSED),
    "920181-1": Override(
        "a length beside a transfer coding is refused", Differs.REFUSED | Differs.STATUS
    ),
    "920210-5": Override(
        "Connection that names User-Agent would take it from the back end", Differs.REFUSED
    ),
    "920280-3": _VERSION,
    "920290-2": Override("a Host with a percent sign is refused", Differs.REFUSED),
    "920300-3": _NO_PROXY,
    "920430-3": _VERSION,
    "920430-4": Override("HTTP/2 in a request line of HTTP/1 is refused", Differs.REFUSED),
    "920430-9": _VERSION,
    "920620-1": Override(
        "two Content-Type headers are refused, not joined", Differs.REFUSED | Differs.STATUS
    ),
    "920640-5": Override(
        "a body without a length begins the next request, and is refused as none", Differs.REFUSED
    ),
    "932207-7": Override("the log has whole values, not the part that matched", Differs.LOG),
    "932300-10": _NO_BODY,
    "933120-2": _NO_BODY,
    "942101-11": Override("@detectSQLi finds what libinjection does not", Differs.FOUND),
}
