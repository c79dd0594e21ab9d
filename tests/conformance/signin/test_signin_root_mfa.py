"""Root's virtual MFA device: bound and removed by the operator, asked for at sign-in."""

import base64
import csv
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from alibabacloud_ims20190815 import models as i
from alibabacloud_ram20150501 import models as m
from tests import commands
from tests.conformance.harness import Server
from tests.conformance.ims.principals import as_root

from juyong.api.command import OperatorError
from juyong.app.account_root import Offer, bind_root_mfa, root_of, unbind_root_mfa
from juyong.audit.tables import EventRow
from juyong.services.identity.credentials.tables import MfaDeviceRow
from juyong.store.inventory import ResourceEventRow

PASSWORD = "correct-Horse-0"


@pytest.fixture
def home(server: Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of the server, as the operator's commands open it."""
    monkeypatch.setenv("JUYONG_DATABASE", server.running.settings.database)
    return server.running.home.path


def juyong(home: Path, *arguments: str, given: str = ""):
    return commands.juyong(*arguments, "--home", home, given=given)


@dataclass
class Root:
    """Root of the test's account, who can sign in with a password."""

    pages: Any
    home: Path
    name: str
    server: Server

    def enter(self, **more: str) -> tuple[int, dict[str, Any]]:
        """Try to sign in."""
        return self.pages.post("/signin", login_name=self.name, password=PASSWORD, **more)

    def refuse(self, status: int, code: str, **more: str) -> None:
        """Expect an attempt to be refused."""
        got, body = self.enter(**more)
        assert (got, body["code"]) == (status, code)

    def bind(self) -> tuple[pyotp.TOTP, list[str]]:
        """Bind a device as the operator does; the app, and the two codes that are used up."""
        return bound(self.home, self.name, self.server)


@pytest.fixture
def root(pages, home: Path, account, server: Server) -> Root:
    done = juyong(home, "account", "root-password", account.account_name, given=f"{PASSWORD}\n")
    assert done.status == 0, done.err
    return Root(pages, home, account.account_name, server)


def bound(home: Path, name: str, server: Server) -> tuple[pyotp.TOTP, list[str]]:
    apps: list[pyotp.TOTP] = []

    def ask() -> tuple[str, str]:
        now = server.clock()
        return apps[0].at(now - 30), apps[0].at(now)

    def show(offer: Offer) -> None:
        query = parse_qs(urlsplit(offer.uri.reveal()).query)
        apps.append(pyotp.TOTP(query["secret"][0]))

    bind_root_mfa(home, name, show, ask)
    return apps[0], list(ask())


def test_command_shows_a_device_and_binds_it_by_two_codes(home: Path, account) -> None:
    command = [sys.executable, "-m", "juyong.cli.start", "account", "root-mfa", "bind"]
    with subprocess.Popen(
        [*command, account.account_name, "--home", str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        heading, uri = process.stdout.readline(), process.stdout.readline().strip()
        assert f"acs:ram::{account.account_id}:mfa/root-" in heading
        app = pyotp.parse_uri(uri)
        assert (app.issuer, app.name) == ("juyong", f"root@{account.account_id}")
        now = int(__import__("time").time())
        process.stdin.write(f"{app.at(now - 30)}\n{app.at(now)}\n")
        process.stdin.flush()
        rest = process.stdout.read()
    assert process.returncode == 0, rest
    assert "signs in with password and code" in rest
    assert app.secret not in rest
    assert root_of(home, account.account_name)["mfa"]["serial_number"] in heading


def test_root_with_a_device_signs_in_with_password_and_code(root: Root, later, events) -> None:
    assert root.enter()[0] == 200
    app, used = root.bind()
    root.refuse(401, "MFACodeRequired")
    for code in (used[0], used[1], "000000"):
        root.refuse(401, "MFACodeIncorrect", mfa_code=code)
    later(60)
    code = app.at(root.server.clock())
    status, body = root.enter(mfa_code=code)
    assert (status, body["root"], body["mfa"]) == (200, True, True)
    root.refuse(401, "MFACodeIncorrect", mfa_code=code)
    checked = [
        (e.get("errorCode", ""), e["additionalEventData"]["isMFAChecked"])
        for e in events()
        if e["eventName"] == "ConsoleSignin"
    ]
    wrong = ("MFACodeIncorrect", "false")
    assert checked == [("", "false"), wrong, wrong, wrong, ("", "true"), wrong]


def test_wrong_codes_lock_root_out_as_they_do_users(root: Root, ram, later) -> None:
    app, used = root.bind()
    ram.set_password_policy(m.SetPasswordPolicyRequest(max_login_attemps=2))
    for _ in range(2):
        assert root.enter(mfa_code=used[1])[1]["code"] == "MFACodeIncorrect"
    later(60)
    root.refuse(403, "SigninLocked", mfa_code=app.at(root.server.clock()))


def test_operator_removes_a_lost_device_and_sessions_end_with_it(
    root: Root, account, later, caller
) -> None:
    from juyong.services.identity.signin.sessions import BadSession

    app, _ = root.bind()
    later(60)
    session = root.enter(mfa_code=app.at(root.server.clock()))[1]["session"]
    assert caller(session).mfa is True
    done = juyong(root.home, "account", "root-mfa", "unbind", account.account_name, "--yes")
    assert done.status == 0, done.err
    with pytest.raises(BadSession):
        caller(session)
    assert root.enter()[1]["mfa"] is False
    rows = root.server.running.store.call(
        lambda tx: tx.count(MfaDeviceRow, owner_id=account.account_id)
    )
    assert rows == 0


def test_what_the_operator_did_is_an_event_of_the_account_without_the_seed(
    root: Root, account
) -> None:
    app, _ = root.bind()
    unbind_root_mfa(root.home, account.account_name)
    found = root.server.running.store.call(
        lambda tx: tx.find(EventRow, order=("seq",), account_id=account.account_id)
    )
    mine = [json.loads(row.body) for row in found if row.service_name == "AasCustomer"]
    assert [e["eventName"] for e in mine] == ["PasswordReset", "MFABind", "MFAUnbind"]
    for event in mine:
        assert event["userIdentity"]["type"] == "system"
        assert event["userIdentity"]["userName"] == "operator"
        assert event["recipientAccountId"] == account.account_id
    states = root.server.running.store.call(
        lambda tx: tx.find(
            ResourceEventRow,
            order=("seq",),
            account_id=account.account_id,
            resource_type="ACS::RAM::MFADevice",
        )
    )
    assert [row.change for row in states] == ["created", "deleted"]
    assert [row.request_id for row in states] == [e["requestId"] for e in mine[1:]]
    everything = "".join([row.body for row in found] + [row.snapshot for row in states])
    assert app.secret not in everything
    assert PASSWORD not in everything


def test_reports_tell_whether_root_has_a_device(root: Root, account, ims) -> None:
    def report() -> tuple[bool, int, int, str, bool]:
        summary = ims.get_account_summary().body.summary_map
        from juyong.services.identity.credentials.tables import CredentialReportRow

        def forget(tx) -> None:
            for row in tx.find(CredentialReportRow, account_id=account.account_id):
                tx.delete(row)

        root.server.running.store.call(forget)
        ims.generate_credential_report()
        body = ims.get_credential_report(i.GetCredentialReportRequest()).body
        rows = csv.DictReader(io.StringIO(base64.b64decode(body.content).decode()))
        line = next(row for row in rows if row["user"] == "<root>")
        return (
            ims.get_account_mfainfo().body.is_mfaenable,
            summary.mfadevices,
            summary.mfadevices_in_use,
            line["mfa_active"],
            line["user_last_logon"].endswith("Z"),
        )

    assert report() == (False, 0, 0, "FALSE", False)
    root.bind()
    assert report() == (True, 1, 1, "TRUE", False)
    unbind_root_mfa(root.home, account.account_name)
    assert root.enter()[0] == 200
    assert report() == (False, 0, 0, "FALSE", True)


def test_device_of_root_is_out_of_reach_of_the_accounts_administrators(
    home, account, ram, server: Server
) -> None:
    from tests.conformance.harness import refused

    bound(home, account.account_name, server)
    (listed,) = ram.list_virtual_mfadevices().body.virtual_mfadevices.virtual_mfadevice
    request = m.DeleteVirtualMFADeviceRequest(serial_number=listed.serial_number)
    with refused("DeleteConflict.VirtualMFADevice.User", 409):
        ram.delete_virtual_mfadevice(request)


def test_nothing_is_bound_without_two_right_codes(home, account) -> None:
    asked: list[int] = []

    def ask() -> tuple[str, str]:
        asked.append(1)
        return ("123456", "123456") if len(asked) < 3 else ("x", "y")

    with pytest.raises(OperatorError, match="nothing was bound"):
        bind_root_mfa(home, account.account_name, lambda _offer: None, ask)
    assert len(asked) == 3
    assert root_of(home, account.account_name)["mfa"] is None
    done = juyong(home, "account", "root-mfa", "bind", account.account_name, given="123456\n")
    assert (done.status, "no line left" in done.err) == (3, True)
    assert root_of(home, account.account_name)["mfa"] is None


def test_what_cannot_be_is_said(home, account, server: Server) -> None:
    with pytest.raises(OperatorError, match="has no MFA device"):
        unbind_root_mfa(home, account.account_name)
    for command in (("root",), ("root-mfa", "bind"), ("root-mfa", "unbind", "--yes")):
        done = juyong(home, "account", *command, "nobodys", given="1\n2\n")
        assert done.status == 1, command
        assert done.err.startswith("juyong: there is no account `nobodys`")
    bound(home, account.account_name, server)
    with pytest.raises(OperatorError, match="unbind deletes it"):
        bound(home, account.account_name, server)


def test_root_is_shown_with_its_keys_and_the_last_use_of_each(root: Root, account, as_key) -> None:
    clients = as_root(root.server, account, as_key, days_old=2)
    unused = juyong(root.home, "account", "root", account.account_name, "--json")
    (key,) = json.loads(unused.out)["access_keys"]
    assert (key["status"], key["last_used_at"]) == ("Active", None)
    clients.ims.get_default_domain()
    root.enter()
    app, _ = root.bind()
    done = juyong(root.home, "account", "root", account.account_name, "--json")
    members = json.loads(done.out)
    (key,) = members["access_keys"]
    assert key["last_used_at"].endswith("Z")
    assert key["last_used_with"] == "Ims"
    assert members["password"]["last_login_at"].endswith("Z")
    assert members["mfa"]["bound_at"].endswith("Z")
    text = juyong(root.home, "account", "root", account.account_name).out
    assert f"AccessKey  {key['access_key_id']} Active" in text
    assert "with Ims" in text
    assert app.secret not in text + done.out


def test_root_of_a_new_account_has_nothing(home, account) -> None:
    text = juyong(home, "account", "root", account.account_name).out
    assert "password   none" in text
    assert "MFA        none" in text
    assert "AccessKey  none" in text
