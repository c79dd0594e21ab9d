"""Settings: the file, the environment over it, and whatever is misspelt in either."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from tests.commands import juyong

from juyong.api.registry import quotas
from juyong.app.settings import BadSetting, Settings, load_settings, quotas_in_force


def load(path: Path, text: str = "", **environment: str) -> Settings:
    file = path / "juyong.toml"
    file.write_text(text)
    return load_settings(file, environment)


def test_the_environment_stands_over_the_file(tmp_path: Path) -> None:
    text = 'region = "cn-beijing"\nport = 1\n[quotas]\n"ram.users" = 1\n'
    found = load(tmp_path, text, JUYONG_PORT="2", JUYONG_ALLOW_HOSTS="a,b", PATH="/bin")
    assert (found.region, found.port, found.allow_hosts) == ("cn-beijing", 2, ("a", "b"))
    assert found.quotas == {"ram.users": 1}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("JUYONG_PROT", "JUYONG_PORT"),
        ("JUYONG_HSM_FALBACK", "JUYONG_HSM_FALLBACK"),
        ("JUYONG_HOEM", "JUYONG_HOME"),
        ("JUYONG_QUOTA", "JUYONG_QUOTAS"),
        ("JUYONG_port", "JUYONG_PORT"),
    ],
)
def test_a_misspelt_variable_is_refused_by_name_with_what_was_meant(
    tmp_path: Path, name: str, meant: str
) -> None:
    with pytest.raises(BadSetting, match=rf"variable `{name}`; did you mean `{meant}`\?$"):
        load(tmp_path, **{name: "1"})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('port = "x"', "setting `port` has the wrong type: write a number"),
        ("region = 1", "setting `region` has the wrong type: write a text"),
        ('allow_hosts = "a"', "`allow_hosts` has the wrong type: write a list of texts"),
        ('quotas = "a"', "`quotas` has the wrong type: write a table of numbers"),
        ('database = "mysql://x"', "setting `database` is `sqlite` or a URL `postgresql://…`"),
    ],
)
def test_a_value_of_another_type_is_refused_with_the_right_one(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(BadSetting) as refused:
        load(tmp_path, text)
    assert told in str(refused.value)


@pytest.mark.parametrize("database", ["sqlite", "postgresql://127.0.0.1:5432/juyong"])
def test_a_database_is_one_of_two_kinds(tmp_path: Path, database: str) -> None:
    assert load(tmp_path, f'database = "{database}"').database == database


def test_a_variable_like_no_other_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"^unknown environment variable `JUYONG_`"):
        load(tmp_path, JUYONG_="")
    with pytest.raises(BadSetting, match=r"variable `JUYONG_XQZWVKKJJ`$"):
        load(tmp_path, JUYONG_XQZWVKKJJ="")


def test_a_misspelt_setting_in_the_file_is_refused_with_what_was_meant(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"unknown setting `prot`; did you mean `port`\?"):
        load(tmp_path, "prot = 1\n")


def test_variables_that_are_no_settings_are_let_be(tmp_path: Path) -> None:
    others = {
        "JUYONG_HOME": "/x",
        "JUYONG_CA_BUNDLE": "/x",
        "JUYONG_TEST_VECTORS": "/x",
        "MY_JUYONG_PROT": "1",
        "juyong_prot": "1",
    }
    assert load(tmp_path, **others) == Settings()


def test_a_misspelt_quota_is_refused_by_name_with_what_was_meant(tmp_path: Path) -> None:
    meant = r"unknown quota `ram\.user`; did you mean `ram\.users`\?$"
    with pytest.raises(BadSetting, match=meant):
        load(tmp_path, '[quotas]\n"ram.roles" = 1\n"ram.user" = 1\n')
    with pytest.raises(BadSetting, match=meant):
        load(tmp_path, JUYONG_QUOTAS="ram.user=1")
    with pytest.raises(BadSetting, match=r"unknown quota `zz`$"):
        quotas_in_force(Settings(quotas={"zz": 1}))


def test_quotas_in_force_are_the_published_ones_under_those_that_were_set() -> None:
    assert quotas_in_force(Settings()) == quotas()
    changed = quotas_in_force(Settings(quotas={"ram.users": 7}))
    assert changed == {**quotas(), "ram.users": 7}
    assert quotas()["ram.users"] == 5000


_SAMPLES = {
    "database": "sqlite",
    "log_query_memory_mb": "256",
    "quotas": "ram.users=1",
    "outbound_allow": "10.1.0.0/16,fd00::/8",
    "log_engine": "clickhouse",
    "eip_blocks": "198.51.100.0/24,203.0.113.0/25",
}


def test_every_setting_has_its_variable(tmp_path: Path) -> None:
    for setting in fields(Settings):
        text = {"bool": "true", "int": "1"}.get(getattr(setting.type, "__name__", ""), "a")
        text = _SAMPLES.get(setting.name, text)
        found = load(tmp_path, **{f"JUYONG_{setting.name.upper()}": text})
        assert getattr(found, setting.name) is not None


def test_serve_stops_in_one_line_at_a_misspelt_variable(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "juyong.cli.start", "serve", "--home", str(tmp_path / "home")],
        env={"PYTHONPATH": ":".join(filter(None, sys.path)), "JUYONG_PROT": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    message = "juyong: unknown environment variable `JUYONG_PROT`; did you mean `JUYONG_PORT`?\n"
    assert done.stderr == message


@pytest.mark.parametrize(
    "given",
    [
        {"JUYONG_PORT": "65536"},
        {"JUYONG_PORT": "-1"},
        {"JUYONG_TLS_PORT": "-2"},
        {"JUYONG_CONNECTIONS": "0"},
        {"JUYONG_QUOTAS": "ram.users=-1"},
    ],
)
def test_numbers_out_of_range(tmp_path: Path, given: dict[str, str]) -> None:
    with pytest.raises(BadSetting, match="must"):
        load(tmp_path, **given)


@pytest.mark.parametrize(
    ("blocks", "why"),
    [
        ((), "needs a block"),
        (("198.18.0.1/15",), "behind its prefix"),
        (("a",), "no CIDR"),
        (("198.18.0.0/15", "10.0.0.0/8"), "carries nothing to 10.0.0.0/8"),
        (("8.0.0.0/5",), "carries nothing"),
        (("2001:db8::/32",), "carries nothing"),
    ],
)
def test_eips_are_drawn_from_blocks_of_the_internet(blocks: tuple[str, ...], why: str) -> None:
    with pytest.raises(BadSetting, match=rf"^`eip_blocks`.*{why}"):
        Settings(eip_blocks=blocks)
    assert Settings(eip_blocks=("198.51.100.0/24",)).eip_blocks == ("198.51.100.0/24",)


def test_an_option_out_of_range_makes_no_platform(tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = juyong("serve", "--home", home, "--port", "99999")
    assert (done.status, done.err) == (3, "juyong: `port` must be 0 to 65535\n")
    assert not (home / "juyong.db").exists()
