"""The access log: what a line tells of a rule, and what stays out of the log."""

import msgspec
import pytest

from juyong.engines.inspect.http import Peer
from juyong.engines.inspect.rules import Phase
from juyong.engines.inspect.verdict import Hit, Report
from juyong.waf.ends import Ends
from juyong.waf.record import Record, RuleSeen

PEER = Peer(address="127.0.0.1", port=1)
HIT = Hit(
    rule=1,
    phase=Phase.REQUEST_BODY,
    msg="Score exceeded (Total Score: 15)",
    severity=2,
    tags=(),
    variable="TX:blocking_inbound_anomaly_score",
    value=b"15",
)


def seen(hit: Hit, *, received: int = 0) -> RuleSeen:
    record = Record(id="1", began=0, head=None, client="127.0.0.1", ends=Ends(PEER, PEER, b"http"))
    record.received = received
    (found,) = record.row(Report(hits=(hit,)), ended=0).matched_rules_detail
    return found


def test_a_score_is_told() -> None:
    told = seen(HIT)
    assert (told.value, told.msg) == ("15", HIT.msg)


@pytest.mark.parametrize(
    ("variable", "value", "msg"),
    [
        ("TX:1", b"15", "Score: 15"),
        ("TX:pin", b"15", "Score: 15"),
        ("TX:a_score", b"my secret", "Score: my secret"),
        ("TX:a_score", b"15", "Score: 15 of my secret"),
        ("REQUEST_COOKIES:a_score", b"15", "Score: 15"),
    ],
)
def test_a_number_that_is_no_score_is_not_told(variable: str, value: bytes, msg: str) -> None:
    told = seen(msgspec.structs.replace(HIT, variable=variable, value=value, msg=msg))
    assert (told.value, told.msg) == ("", msg.partition(":")[0])


@pytest.mark.parametrize("chain", ["MATCHED_VARS:", "MATCHED_VARS:MATCHED_VARS:"])
def test_a_later_link_tells_the_variable_of_the_request(chain: str) -> None:
    hit = msgspec.structs.replace(HIT, variable=f"{chain}ARGS:q", value=b"x", msg="found")
    assert (seen(hit).variable, seen(hit).value) == ("ARGS:q", "x")
    assert (seen(hit, received=9).variable, seen(hit, received=9).value) == ("ARGS:q", "")
    cookie = msgspec.structs.replace(hit, variable=f"{chain}REQUEST_COOKIES:sid")
    assert (seen(cookie).variable, seen(cookie).value) == ("REQUEST_COOKIES:sid", "")
