"""Addresses of packages: good for what they were made for, and for ten minutes."""

import base64
import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener, urlopen

import pytest
from alibabacloud_fc20230330 import models as m
from alibabacloud_fc_open20210406 import models as old
from tests.conformance.fc.conftest import Fc, FcOpen
from tests.conformance.fc.packages import ECHO, FAILING
from tests.conformance.harness import Server, refused

from juyong.audit.tables import EventRow


@pytest.fixture(autouse=True)
def through_the_proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `urlopen` reach the hosts that addresses name."""
    opener = build_opener(ProxyHandler({"http": f"http://127.0.0.1:{server.port}"}))
    monkeypatch.setattr("urllib.request._opener", opener)


def link(fc: Fc, name: str = "f") -> str:
    found = fc.client.get_function_code(name, m.GetFunctionCodeRequest()).body
    assert found.checksum == fc.get(name).code_checksum
    return str(found.url)


def fetch(url: str) -> bytes:
    with urlopen(url) as answer:  # noqa: S310  # the server of the test
        assert answer.headers["content-type"] == "application/zip"
        content: bytes = answer.read()
        return content


def refusal(url: str) -> tuple[int, str]:
    with pytest.raises(HTTPError) as caught:
        urlopen(url)  # noqa: S310  # the server of the test
    with caught.value as answer:
        return answer.code, json.loads(answer.read())["Code"]


def test_the_address_leads_to_the_package(fc: Fc, fc_open: FcOpen) -> None:
    fc.create("f", ECHO)
    assert fetch(link(fc)) == base64.b64decode(ECHO)
    fc_open.service("s")
    fc_open.create("s", "f", FAILING)
    older = fc_open.client.get_function_code("s", "f", old.GetFunctionCodeRequest()).body
    assert fetch(older.url) == base64.b64decode(FAILING)


def test_a_changed_address_leads_nowhere(fc: Fc, server: Server) -> None:
    fc.create("f", ECHO)
    fc.create("g", FAILING)
    url = link(fc)
    stranger = server.new_account().account_id
    account = url.partition("accountId=")[2].partition("&")[0]
    for changed in (
        url.replace("/functions/f/", "/functions/g/"),
        url.replace("/functions/f/", "/functions/none/"),
        url.replace("expires=", "expires=1"),
        url.replace(account, stranger),
        url[:-1] + ("0" if url[-1] != "0" else "1"),
    ):
        assert refusal(changed) == (403, "SignatureNotMatch")


def test_an_address_ends(fc: Fc, server: Server) -> None:
    fc.create("f", ECHO)
    url = link(fc)
    server.clock.offset += 601
    try:
        assert refusal(url) == (403, "SignatureNotMatch")
    finally:
        server.clock.offset -= 601


def test_an_address_ends_with_the_package(fc: Fc) -> None:
    fc.create("f", ECHO)
    url = link(fc)
    fc.update("f", code=m.InputCodeLocation(zip_file=FAILING))
    assert refusal(url) == (403, "SignatureNotMatch")


def test_addresses_are_in_no_event(fc: Fc, server: Server, account: Any) -> None:
    fc.create("f", ECHO)
    url = link(fc)
    fetch(url)
    token = url.rpartition("token=")[2]
    server.running.store.settle()
    events = server.running.store.call(lambda tx: tx.find(EventRow, account_id=account.account_id))
    assert any("DownloadFunctionCode" in event.body for event in events)
    assert not any(token in event.body for event in events)


def test_a_function_that_is_not_there_has_no_address(fc: Fc, fc_open: FcOpen) -> None:
    with refused("FunctionNotFound", 404):
        link(fc, "none")
    fc_open.service("s")
    with refused("FunctionNotFound", 404):
        fc_open.client.get_function_code("s", "none", old.GetFunctionCodeRequest())
