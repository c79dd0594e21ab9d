"""Which commands are isolated, and what is said when the system does not allow it."""

import pytest

from juyong.api.command import OperatorError
from juyong.app.presence import Presence
from juyong.cli import execute as execute_module
from juyong.cli.execute import REFUSED, execute, forwards
from juyong.cli.isolation import run as isolated_run
from juyong.cli.isolation.launch import IsolationRefused


class Somebody:
    """A client whose environment says how it was made."""

    server = Presence(process=1, host="127.0.0.1", port=8480, tls_port=8443)

    def environment(self, *, proxied):
        return {"PROXIED": str(proxied)}


@pytest.fixture
def ran(monkeypatch):
    ran = []

    def plainly(command, environment):
        ran.append(("plain", command, environment["PROXIED"]))
        return 11

    def isolated(command, environment, *, platform, forwarded):
        ran.append(("isolated", command, environment["PROXIED"], platform, forwarded))
        return 12

    monkeypatch.setattr(execute_module, "run", plainly)
    monkeypatch.setattr(isolated_run, "run_isolated", isolated)
    return ran


def doing(command, isolated=None, forward=()):
    return execute(Somebody(), command.split(), isolated=isolated, forward=forward)


OWN = {8480: 8480, 8443: 8443}


@pytest.mark.parametrize(
    ("command", "isolated", "status"),
    [
        ("terraform", None, 12),
        ("tofu", None, 12),
        ("/usr/local/bin/terraform", None, 12),
        ("terraform", False, 11),
        ("aliyun", None, 11),
        ("terraform-docs", None, 11),
        ("aliyun", True, 12),
        ("aliyun oss ls", None, 12),
        ("/usr/bin/aliyun ossutil ls", None, 12),
        ("aliyun oss ls", False, 11),
        ("aliyun ecs DescribeRegions", None, 11),
        ("aliyun help oss", None, 11),
        ("ossutil", None, 12),
        ("ossutil64 ls", None, 12),
        ("oss ls", None, 11),
    ],
)
def test_what_loses_its_proxy_is_isolated_unless_told_otherwise(ran, command, isolated, status):
    assert doing(command, isolated) == status
    words = command.split()
    plain = [("plain", words, "True")]
    assert ran == (plain if status == 11 else [("isolated", words, "False", 8480, OWN)])


def test_named_ports_are_forwarded_and_the_servers_own(ran):
    doing("x", isolated=True, forward=["5432", "8443:9443"])
    assert ran[0][4] == {8480: 8480, 8443: 9443, 5432: 5432}


@pytest.mark.parametrize(
    "text", ["", "x", "0", "65536", "1:0", "1:65536", "1:2:3", "-1", "53", "٣"]
)
def test_a_port_that_cannot_be_forwarded_is_refused(text):
    with pytest.raises(OperatorError, match="--forward"):
        forwards([text])


def test_ports_at_the_edges_can_be_forwarded():
    assert forwards(["1", "65535", "52:53"]) == {1: 1, 65535: 65535, 52: 53}


@pytest.fixture
def refusing(ran, monkeypatch):
    def refused(*_, **__):
        raise IsolationRefused("unshare: Operation not permitted")

    monkeypatch.setattr(isolated_run, "run_isolated", refused)
    return ran


def test_where_it_is_not_allowed_terraform_runs_with_a_warning(refusing, capfd):
    assert doing("terraform") == 11
    assert refusing == [("plain", ["terraform"], "True")]
    told = capfd.readouterr().err
    assert told.count("\n") == 1
    assert "unshare: Operation not permitted" in told
    assert "-parallelism=1" in told


def test_where_it_is_not_allowed_the_client_of_oss_is_told_of_an_endpoint(refusing, capfd):
    assert doing("aliyun oss ls") == 11
    told = capfd.readouterr().err
    assert "its endpoint" in told
    assert "-parallelism" not in told


def test_where_it_is_not_allowed_what_asked_for_it_is_not_run(refusing, capfd):
    assert doing("terraform", isolated=True) == REFUSED == 3
    assert refusing == []
    assert "`terraform` was not run" in capfd.readouterr().err
