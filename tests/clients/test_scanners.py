"""Prowler and ScoutSuite, unchanged, find in an account what is there.

Each check is tried on both sides, where there are two: on a resource that is right and on one that
is not, or before and after a setting of the account was turned.
"""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.clients.client import PROGRAMS, Platform
from tests.clients.scanners import scanner
from tests.commands import juyong

pytestmark = pytest.mark.timeout(900)

_SECONDS = 240
FOUND = 3
"""The status of Prowler when a check failed, which is no failure of Prowler."""
GOOD, BAD = "PASS", "FAIL"
BUCKETS = ("trail", "acl", "good", "plain", "policy")
_CLOSED = {"office": GOOD, "web": GOOD, "open": BAD, "all": BAD}
_ONE_IS_GOOD = {f"scanned-{name}": GOOD if name == "good" else BAD for name in BUCKETS}
PROWLER = {
    "actiontrail_multi_region_enabled": {"": GOOD},
    "actiontrail_oss_bucket_not_publicly_accessible": {"scanned-trail": GOOD, "scanned-acl": BAD},
    "ecs_attached_disk_encrypted": {
        "sealed-system": GOOD,
        "sealed-data": GOOD,
        "plain-system": BAD,
        "plain-data": BAD,
    },
    "ecs_unattached_disk_encrypted": {"sealed-free": GOOD, "plain-free": BAD},
    "ecs_instance_no_legacy_network": {"sealed": GOOD, "plain": GOOD},
    "ecs_securitygroup_restrict_ssh_internet": _CLOSED,
    "ecs_securitygroup_restrict_rdp_internet": _CLOSED,
    "oss_bucket_not_publicly_accessible": {
        f"scanned-{name}": BAD if name in {"acl", "policy"} else GOOD for name in BUCKETS
    },
    "oss_bucket_logging_enabled": _ONE_IS_GOOD,
    "oss_bucket_secure_transport_enabled": _ONE_IS_GOOD,
    "oss_bucket_server_side_encryption_enabled": _ONE_IS_GOOD,
    "oss_bucket_versioning_enabled": _ONE_IS_GOOD,
    "ram_policy_attached_only_to_group_or_roles": {
        "administrator": BAD,
        "direct": BAD,
        "guarded": GOOD,
        "unguarded": GOOD,
    },
    "ram_policy_no_administrative_privileges": {"everything": BAD, "little": GOOD},
    "ram_user_console_access_unused": {
        "administrator": GOOD,
        "direct": GOOD,
        "guarded": BAD,
        "unguarded": BAD,
    },
    "ram_user_mfa_enabled_console_access": {"guarded": GOOD, "unguarded": BAD},
    "sls_logstore_retention_period": {"long": GOOD, "short": BAD},
    "vpc_flow_logs_enabled": {"flows": GOOD, "still": BAD},
    "ram_password_policy_lowercase": {"": BAD},
    "ram_password_policy_max_login_attempts": {"": BAD},
    "ram_password_policy_max_password_age": {"": BAD},
    "ram_password_policy_minimum_length": {"": BAD},
    "ram_password_policy_number": {"": BAD},
    "ram_password_policy_password_reuse_prevention": {"": BAD},
    "ram_password_policy_symbol": {"": BAD},
    "ram_password_policy_uppercase": {"": BAD},
}
"""By the check: what is found of each resource by name, and under no name of the account."""
TURNED: dict[str, dict[str, str]] = {
    "actiontrail_multi_region_enabled": {"": BAD},
    "vpc_flow_logs_enabled": {"flows": BAD, "still": BAD},
    **{name: {"": GOOD} for name in PROWLER if name.startswith("ram_password_policy")},
}
"""The same, once the settings of the account were turned."""
SCOUT = {
    "actiontrail-not-configured": set(),
    "actiontrail-not-enabled": {"scanned-public"},
    "ecs-instance-with-deletion-protection-disabled": {"plain"},
    "ram-user-with-multiple-api-keys": {"direct"},
    "ram-password-policy-no-lowercase-required": {""},
    "ram-password-policy-no-number-required": {""},
    "ram-password-policy-no-symbol-required": {""},
    "ram-password-policy-no-uppercase-required": {""},
    "ram-password-policy-reuse-enabled": {""},
}
"""By the rule of ScoutSuite: what is wrong, by name, and under no name of the account."""
SCOUT_TURNED: dict[str, set[str]] = {
    "actiontrail-not-enabled": {"scanned-public", "scanned-all"},
    **{name: set() for name in SCOUT if name.startswith("ram-password-policy")},
}


class Scanned:
    """An account with things in it that scanners find."""

    def __init__(self, platform: Platform, folder: Path) -> None:
        self.platform, self.folder = platform, folder
        made = juyong("account", "create", "scanned", "--home", platform.home, "--json")
        self.account = json.loads(made.out)
        self.names: dict[str, str] = {}

    def change(self, how: str) -> None:
        """Make what is scanned, or turn the settings of the account."""
        done = self.run(sys.executable, PROGRAMS / "scanned.py", how)
        self.names |= {of: name for name, of in json.loads(done).items()}

    def run(self, *command: str | Path, status: int = 0) -> str:
        options = ("--account", "scanned")
        done = self.platform.run_client(
            command, as_user="administrator", options=options, seconds=_SECONDS
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    def prowler(self, *checks: str) -> dict[str, dict[str, str]]:
        """Return what Prowler finds in the region, by check and the name of the resource."""
        folder = self.folder / f"prowler-{len(checks)}"
        where = ("--region", "cn-hangzhou", "--output-directory", folder, "--output-formats", "csv")
        self.run(scanner("prowler"), "alibabacloud", "--check", *checks, *where, status=FOUND)
        (page,) = folder.glob("*.csv")
        found: dict[str, dict[str, str]] = {}
        with page.open() as lines:
            for each in csv.DictReader(lines, delimiter=";"):
                name = self.named(each["RESOURCE_NAME"])
                found.setdefault(each["CHECK_ID"], {})[name] = each["STATUS"]
        return found

    def scout(self, folder: str) -> dict[str, set[str]]:
        """Return what ScoutSuite finds in all regions, by rule and the name of the resource."""
        key = ("--access-key-id", self.account["access_key_id"])
        secret = ("--access-key-secret", self.account["access_key_secret"])
        place = self.folder / folder
        report = ("--no-browser", "--report-dir", place)
        self.run(scanner("scout"), "aliyun", "--access-keys", *key, *secret, *report)
        (page,) = place.glob("scoutsuite-results/scoutsuite_results*.js")
        told = json.loads(page.read_text().partition("=")[2])
        return {
            rule: {self.thing(item) for item in each["items"]}
            for service in told["services"].values()
            for rule, each in service["findings"].items()
        }

    def thing(self, item: str) -> str:
        """Return the name in a path such as `ram.users.direct.multiple_api_keys`."""
        return self.named(item.split(".")[-2])

    def named(self, told: str) -> str:
        """Return the name under which the test knows a resource; none for the account."""
        if told.startswith(self.account["account_id"]) or told == "password_policy":
            return ""
        return self.names.get(told, told).removesuffix("-instance")


@pytest.fixture(scope="module")
def scanned(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    return Scanned(platform, tmp_path_factory.mktemp("scanned"))


def test_scanners_find_what_is_right_and_what_is_wrong(scanned: Scanned) -> None:
    """The alerts of SLS are not asked: Prowler's SDK has no member that Prowler reads of them."""
    scanner("prowler"), scanner("scout")
    assert scanned.scout("empty")["actiontrail-not-configured"]
    scanned.change("make")
    assert scanned.prowler(*PROWLER) == PROWLER
    assert _of(scanned.scout("made"), SCOUT) == SCOUT
    scanned.change("turn")
    assert scanned.prowler(*TURNED) == TURNED
    assert _of(scanned.scout("turned"), SCOUT_TURNED) == SCOUT_TURNED


def _of(found: dict[str, Any], rules: dict[str, Any]) -> dict[str, Any]:
    return {rule: found[rule] for rule in rules}
