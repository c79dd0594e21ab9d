"""The Core Rule Set 3.3 of the Debian package: it loads whole, and needs more of the language."""

import pytest
from msgspec.structs import replace
from tests.inspect_suite.rule_sets import crs4_folder, debian
from tests.inspect_suite.running import ids, inspect, inspected
from tests.inspect_suite.stages import stages
from tests.unit.engines.inspect.requests import request

from juyong.engines.inspect.http import Response
from juyong.engines.inspect.model import ModelEngine
from juyong.engines.inspect.rules import Marker
from juyong.engines.inspect.seclang import BadRules

HEADERS = ((b"Host", b"shop.example"), (b"User-Agent", b"a browser"), (b"Accept", b"*/*"))
PAGE = Response(status=200, version="HTTP/1.1", headers=((b"Content-Type", b"text/html"),))
BODIES = "SecRequestBodyAccess On\nSecResponseBodyAccess On\n"


def test_the_rules_load_whole() -> None:
    loaded = debian()
    rules = [item for item in loaded.rules.items if not isinstance(item, Marker)]
    assert len(rules) > 500
    assert loaded.notes == ()


def test_the_rules_do_not_load_where_their_setting_asks_a_name_server() -> None:
    with pytest.raises(BadRules, match=r"REQUEST-910-IP-REPUTATION.conf:\d+: operator @rbl"):
        debian('SecAction "id:9,phase:1,pass,nolog,setvar:tx.block_spammer_ip=1"\n')


def test_an_attack_is_stopped_and_a_page_passes() -> None:
    engine = ModelEngine(debian(BODIES).rules)
    attack = request(b"/?q=1%27+union+select+password+from+users--", headers=HEADERS)
    report = inspected(engine, attack, b"", PAGE, b"")
    assert report.verdict is not None
    assert (report.verdict.rule, report.verdict.status) == (949110, 403)
    assert 942100 in ids(report)
    page = inspected(engine, request(b"/?q=hello", headers=HEADERS), b"", PAGE, b"<p>hello")
    assert page.verdict is None


def test_bursts_of_requests_are_dropped() -> None:
    limits = (
        'SecAction "id:9,phase:1,pass,nolog,setvar:tx.dos_burst_time_slice=60,'
        'setvar:tx.dos_counter_threshold=5,setvar:tx.dos_block_timeout=600"\n'
    )
    engine = ModelEngine(debian(BODIES + limits).rules)
    asked = request(b"/api", headers=HEADERS)
    dropped = []
    for second in range(20):
        report = inspected(engine, replace(asked, at=1_000.0 + second), b"", PAGE, b"")
        dropped.append(report.verdict is not None and report.verdict.drop)
    assert dropped == [False] * dropped.index(True) + [True] * (20 - dropped.index(True))
    assert 5 <= dropped.index(True) <= 12
    assert inspected(engine, replace(asked, at=1_700.0), b"", PAGE, b"").verdict is None


def test_countries_count() -> None:
    codes = 'SecAction "id:9,phase:1,pass,nolog,setvar:tx.high_risk_country_codes=AQ BV"\n'
    asked = request(b"/", headers=HEADERS)
    for country, found in (("AQ", True), ("DE", False)):
        engine = ModelEngine(
            debian(BODIES + codes).rules, country_of=lambda _address, told=country: told
        )
        assert (910100 in ids(inspected(engine, asked, b"", PAGE, b""))) is found


def test_every_request_of_the_newer_suite_is_judged_to_its_end() -> None:
    engine = ModelEngine(debian("SecRuleEngine DetectionOnly\n" + BODIES).rules)
    ran = 0
    for stage in list(stages(crs4_folder() / "tests"))[::10]:
        report = inspect(engine, stage)
        assert report is None or not report.partial, stage.name
        ran += 1
    assert ran > 400
