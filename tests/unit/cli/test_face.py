"""The face that all commands have in common."""

import inspect
import json
import os
import pty
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

import pytest
from tests.commands import juyong

from juyong import __version__
from juyong.api.command import Answer, Command
from juyong.app.home import open_home
from juyong.app.keys import Unlocking
from juyong.app.keys.rekey import rekey
from juyong.app.platform import open_platform
from juyong.app.presence import Presence, announce
from juyong.app.settings import Settings
from juyong.base.secret import Secret
from juyong.cli.found import TwoCommands, command_of, declared, every_command
from juyong.cli.parsing import answers_of, parser_of

COMMANDS = every_command()
OTHERS_OUTPUT = {"exec", "completion", "ecs exec", "net from"}
"""What they print is another program's: a child's, and a shell's."""
SERVERS = {"serve", "audit witness", "waf protect"}
"""They show their answer while they go on."""
START = [sys.executable, "-m", "juyong.cli.start"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("face") / "home"
    open_platform(path, settings=Settings()).store.close()
    return path


def named(command: Command) -> str:
    return command.name


def test_sources_show_what_modules_declare() -> None:
    assert [each.path for each in COMMANDS] == list(declared())
    for each in COMMANDS:
        assert declared()[each.path].summary == each.summary


@pytest.mark.parametrize("command", COMMANDS, ids=named)
def test_every_command_says_what_it_does_and_how_it_ends(command: Command) -> None:
    done = juyong(*command.path, "--help")
    assert (done.status, done.err) == (0, "")
    assert command.summary in done.out
    assert "exit status: 0 " in done.out
    assert "3 bad input" in done.out
    for parameter in list(inspect.signature(command.run).parameters.values())[1:]:
        hint = get_type_hints(command.run, include_extras=True)[parameter.name]
        assert any(type(extra).__name__ == "Doc" for extra in hint.__metadata__), parameter


@pytest.mark.parametrize("command", COMMANDS, ids=named)
def test_every_command_that_answers_has_json(command: Command) -> None:
    assert command.json == (command.name not in OTHERS_OUTPUT)
    assert ("--json" in juyong(*command.path, "--help").out) == command.json


@pytest.mark.parametrize(
    "command", [c for c in COMMANDS if c.json and c.name not in SERVERS], ids=named
)
def test_an_answer_has_members_and_text(command: Command) -> None:
    answers = answers_of(command)
    assert answers
    for answer in answers:
        assert answer.__struct_fields__
        assert answer.lines is not Answer.lines


@pytest.mark.parametrize("command", COMMANDS, ids=named)
def test_an_unknown_option_is_bad_input(command: Command) -> None:
    done = juyong(*command.path, "--no-such-option", *(["--json"] if command.json else []))
    assert (done.status, done.out) == (3, "")
    if command.json:
        told = json.loads(done.err)
        assert set(told) == {"error", "status"}
        assert told["status"] == 3
    else:
        assert done.err.startswith("juyong: ")
    assert done.err.count("\n") == 1


def test_examples_are_lines_that_the_parser_takes() -> None:
    shown = [(each, line) for each in COMMANDS for line in each.examples]
    for command, line in shown:
        (words,) = re.findall(r"\bjuyong ([^|)\"]+)", line)
        found, rest = command_of(shlex.split(words))
        assert found is not None, line
        assert found.path == command.path, line
        parser_of(command).parse_args(rest)
    assert len(shown) > 50
    takes_something = {c.name for c in COMMANDS if len(inspect.signature(c.run).parameters) > 1}
    without = takes_something - {each.name for each, _ in shown}
    assert without <= {"account root-mfa bind", "account root-mfa unbind", "audit witness-key"} | {
        *("check", "completion", "mail show", "net feed remove", "unseal"),
    }


def test_the_texts_of_serve_tell_the_settings_defaults() -> None:
    text = " ".join(juyong("serve", "--help").out.split())
    for default in (Settings().host, Settings().port, Settings().tls_port):
        assert f"at first {default}." in text


def test_names_that_are_no_command() -> None:
    assert juyong("chek").err == (
        "juyong: there is no command `chek`, did you mean `check`?; see juyong --help\n"
    )
    assert juyong("chek").status == 3
    assert juyong("rds", "nothing").status == 3
    assert juyong("kms", "ListKeys").err == (
        "juyong: there is no command `kms ListKeys`: products are called by their clients, such as "
        "juyong exec -- aliyun kms ListKeys; see juyong --help\n"
    )
    assert juyong("--no-such-option").status == 3


def test_a_group_alone_lists_its_commands() -> None:
    for words, status in ((("rds",), 3), (("rds", "--help"), 0)):
        done = juyong(*words)
        assert done.status == status
        assert "rds register" in done.out
        assert "account create" not in done.out
    assert "account root-mfa bind" in juyong("account", "root-mfa", "--help").out


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",)])
def test_help_names_every_command_or_its_group(words: tuple[str, ...]) -> None:
    done = juyong(*words)
    assert done.status == 0
    for command in COMMANDS:
        assert command.path[0] in done.out


def test_the_first_screen_says_how_to_begin_and_has_each_command_once() -> None:
    shown = juyong().out
    for line in ("juyong serve", "juyong exec -- ", "juyong waf protect "):
        assert f"\n  {line}" in shown
    _, _, listed = shown.partition("Run the platform:")
    rows = [line.split()[0] for line in listed.splitlines() if line.startswith("  ")]
    assert sorted(rows) == sorted({command.path[0] for command in COMMANDS})
    assert max(map(len, shown.splitlines())) <= 100


@pytest.mark.parametrize("words", [("version",), ("-V",), ("--version",)])
def test_version(words: tuple[str, ...]) -> None:
    assert juyong(*words).out == f"juyong {__version__}\n"


def test_help_is_a_word_too() -> None:
    assert juyong("help").out == juyong().out
    assert juyong("help", "net").out == juyong("net", "--help").out
    assert juyong("help", "net", "can").out == juyong("net", "can", "--help").out
    assert juyong("help", "nothing").status == 3


def test_options_before_the_command_are_told_their_place() -> None:
    for words, line in (
        (("--json", "check"), "juyong check --json"),
        (("--home", "/h", "net", "can", "a", "b"), "juyong net can --home /h a b"),
    ):
        done = juyong(*words)
        assert done.status == 3
        assert f"options stand after the command: {line}" in done.err


def test_two_commands_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from juyong.cli import found

    one = b'@command("a b")\ndef f(ctx):\n    "F."\n'
    other = b'@command("a")\ndef f(ctx):\n    "F."\n'
    for sources in ([one, one], [one, other]):
        monkeypatch.setattr(
            found, "_sources", lambda sources=sources: iter([("m", s) for s in sources])
        )
        found.declared.cache_clear()
        with pytest.raises(TwoCommands):
            found.declared()
    monkeypatch.undo()
    found.declared.cache_clear()


# Every answer once, as text and as JSON.


def both(home: Path, *words: str | Path, given: str = "") -> tuple[str, dict]:
    text = juyong(*words, "--home", home, given=given)
    assert (text.status, text.err) == (0, "")
    document = juyong(*words, "--home", home, "--json", given=given)
    assert (document.status, document.err) == (0, "")
    return text.out, json.loads(document.out)


def test_check_answers_in_both_forms(home: Path) -> None:
    text, members = both(home, "check")
    assert text == "sound: store, sealed columns, audit log\n"
    assert set(members.pop("planes")) == {"dataplane"}
    assert members == {"sound": True, "findings": [], "retried": None}
    assert both(home, "check", "--retry")[1]["retried"] == 0


def test_backup_and_restore_answer_in_both_forms(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.jyb"
    text, members = both(home, "backup", file)
    assert members == {"file": str(file), "rows": members["rows"], "home": str(home)}
    assert text.startswith(f"{file}: {members['rows']} rows; ")
    text, put_back = both(home, "restore", file)
    assert put_back["rows"] == members["rows"]
    assert put_back["source"] == str(file)
    assert text.startswith(f"restored {members['rows']} rows as of ")


def test_snapshot_answers_as_json(home: Path) -> None:
    kept = json.loads(juyong("snapshot", "one", "--home", home, "--json").out)
    assert kept == {"name": "one", "size_bytes": (home / "snapshots" / "one.jyb").stat().st_size}
    again = juyong("snapshot", "one", "--home", home, "--json")
    assert (again.status, again.out) == (1, "")
    assert json.loads(again.err) == {"error": "snapshot `one` exists", "status": 1}


def test_snapshots_are_listed_oldest_first_whatever_opens_the_store(tmp_path: Path) -> None:
    home = tmp_path / "home"
    open_platform(home, settings=Settings()).close()
    assert both(home, "snapshots") == ("there are no snapshots\n", {"snapshots": []})
    for at, name in enumerate(("zebra", "apple")):
        assert juyong("snapshot", name, "--home", home).status == 0
        os.utime(home / "snapshots" / f"{name}.jyb", (1_700_000_000 + at, 1_700_000_000 + at))
    (home / "snapshots" / ".begun.jyb").touch()
    sizes = [(home / "snapshots" / f"{name}.jyb").stat().st_size for name in ("zebra", "apple")]
    times = ["2023-11-14T22:13:20Z", "2023-11-14T22:13:21Z"]
    text, members = both(home, "snapshots")
    assert members["snapshots"] == [
        {"name": "zebra", "size_bytes": sizes[0], "created_at": times[0]},
        {"name": "apple", "size_bytes": sizes[1], "created_at": times[1]},
    ]
    assert text.splitlines() == [
        f"{times[0]}  zebra  {sizes[0]} bytes",
        f"{times[1]}  apple  {sizes[1]} bytes",
    ]
    rekey(open_home(home), Unlocking(), "passphrase", lambda: Secret("correct horse battery"))
    assert juyong("check", "--home", home).status == 2
    assert both(home, "snapshots") == (text, members)


def test_accounts_answer_as_json(home: Path) -> None:
    made = json.loads(juyong("account", "create", "second", "--home", home, "--json").out)
    assert set(made) == {
        *("account_id", "account", "user_name", "access_key_id", "access_key_secret")
    }
    text, listed = both(home, "account", "list")
    assert [each["account"] for each in listed["accounts"]] == ["default", "second"]
    assert made["account_id"] in text
    assert made["access_key_secret"] not in text


def test_reset_asks_first(home: Path) -> None:
    for answer in ("", "n\n"):
        done = juyong("reset", "--home", home, given=answer)
        assert (done.status, done.out) == (1, "")
        assert done.err.endswith("juyong: not confirmed; nothing was changed\n")
    members = json.loads(juyong("reset", "--home", home, "--json", given="y\n").out)
    assert set(members) == {"account_id", "user_name", "access_key_id"}


def test_rekey_answers_as_json(tmp_path: Path) -> None:
    done = juyong("rekey", "--home", tmp_path / "fresh", "--json")
    members = json.loads(done.out)
    assert (members["method"], members["left_over"]) == ("file", None)
    assert len(members["root_key_id"]) == 16


def test_a_user_without_a_key_is_told_how_to_get_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("juyong.cli.client.running_server", lambda _home: object())
    done = juyong("exec", "--home", home, "--as", "bob", "--", "true")
    assert done.status == 1
    made = "juyong exec --account default -- aliyun ram CreateAccessKey --UserName bob\n"
    assert done.err.endswith(made)


def test_a_list_of_nothing_says_so(home: Path) -> None:
    assert juyong("inventory", "list", "--type", "None", "--home", home).out == (
        "there are no such resources\n"
    )


def test_reset_of_a_home_without_accounts_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "fresh"
    assert juyong("rekey", "--home", home).status == 0
    done = juyong("reset", "--yes", "--home", home)
    assert (done.status, done.out) == (1, "")
    assert done.err == (
        f"juyong: `{home}` has no account yet: juyong serve --home {home} makes one\n"
    )


def test_a_home_that_others_may_write_is_told_with_the_cure(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o777)
    done = juyong("serve", "--home", home, "--port", "0", "--tls-port", "-1")
    assert done.status == 1
    assert done.err.endswith(f"not be writable by others: chmod go-w {home}\n")


def test_a_home_that_is_a_file_is_told_so(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    assert juyong("check", "--home", file).err == (
        f"juyong: `{file}` is a file; --home and JUYONG_HOME name a folder\n"
    )


def test_the_usual_home_needs_no_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUYONG_HOME", str(tmp_path / "mine"))
    assert juyong("env").err.endswith("start one: juyong serve\n")
    other = tmp_path / "other"
    assert juyong("env", "--home", other).err.endswith(f"start one: juyong serve --home {other}\n")


@pytest.mark.parametrize(
    ("words", "status", "why"),
    [
        (("check",), 2, "holds no platform yet; start one: juyong serve --home "),
        (("account", "list"), 1, "holds no platform yet"),
        (("reset", "--yes"), 1, "holds no platform yet"),
        (("snapshots",), 1, "holds no platform yet"),
        (("env",), 1, "no server runs"),
        (("seal",), 1, "start one: juyong serve --home "),
        (("exec", "--", "true"), 1, "no server runs"),
    ],
)
def test_a_question_that_cannot_be_answered_is_not_answered_with_no(
    tmp_path: Path, words: tuple[str, ...], status: int, why: str
) -> None:
    done = juyong(words[0], "--home", tmp_path / "none", *words[1:])
    if words[0] == "account":
        done = juyong(*words, "--home", tmp_path / "none")
    assert (done.status, done.out) == (status, "")
    assert why in done.err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("restore", "./no-such-file.jyb"), "no-such-file.jyb"),
        (("snapshot", "no/name"), "cannot name a snapshot"),
        (("account", "create", "-"), "an account name has"),
        (("rekey", "--new-passphrase-file", "/none", "--method", "passphrase"), "`/none`"),
        (("rekey", "--method", "magic"), "invalid choice"),
        (("exec",), "name the command to run"),
        (("ecs", "exec", "web", "--"), "name the command to run: juyong ecs exec web -- CMD"),
        (("net", "from", "203.0.113.9"), "the command to run: juyong net from 203.0.113.9 -- CMD"),
        (("ecs", "exec", "web", "--", "id"), "see juyong inventory list --type ACS::ECS::Instance"),
        (("net", "can", "web", "db", "tcp/22"), "`web`; see juyong inventory list --type ACS::ECS"),
        (("net", "compare", "/none/plan.json"), "`/none/plan.json`: No such file"),
        (("net", "map", "/none/map.html"), "`/none/map.html`: No such file"),
        (("net", "forward", "198.18.0.1"), "such as 198.18.0.1:443"),
        (("restore", "./no-such-file.jyb"), "`no-such-file.jyb`: No such file or directory"),
        (("backup", "/none/a.jyb"), "`/none` is no folder"),
        (("snapshot", "a b"), "letters, digits, dots and dashes"),
        (("why", "123"), "an id is 36 characters"),
        (("audit", "verify", "--key", "no-file"), "`no-file` is neither a verifier key nor a file"),
        (("waf", "tail", "--file", "no-file"), "`no-file`: there is no such file"),
        (("waf", "report", "--file", "no-file"), "`no-file`: there is no such file"),
        (("waf", "test", "no-file"), "`no-file`: No such file"),
        (("waf", "test", __file__), "a file begins with a line such as `GET /?q=1 HTTP/1.1`"),
        (
            (
                *("rds", "register", "--engine", "MySQL", "--host", "h", "--port", "1"),
                *("--user", "u", "--password-file", "no-file"),
            ),
            "--password-file `no-file`: No such file",
        ),
        (("waf", "replay", "no-file"), "`no-file`: No such file"),
        (("waf", "rules", "install", "no-set"), "`no-set`: there is no such file or folder"),
        (("waf", "rules", "use", "no-set"), "see: juyong waf rules list"),
        (("inventory", "list", "--as-of", "yesterday"), "write 2026-11-24T10:00:00Z"),
    ],
)
def test_a_bad_value_or_a_missing_file_is_bad_input(
    home: Path, words: tuple[str, ...], why: str
) -> None:
    # A line that holds another command has its own options before that.
    place = 2 if words[1:2] in (("exec",), ("from",)) else len(words)
    line = (*words[:place], "--home", home, *words[place:])
    done = juyong("exec") if words == ("exec",) else juyong(*line)
    assert (done.status, done.out) == (3, "")
    assert why in done.err


def test_damage_is_a_no(home: Path, tmp_path: Path) -> None:
    copy = tmp_path / "home"
    subprocess.run(["cp", "-a", home, copy], check=True)
    (copy / "juyong.db").write_bytes(b"no database" * 1000)
    for name in ("juyong.db-wal", "juyong.db-shm"):
        (copy / name).unlink(missing_ok=True)
    done = juyong("check", "--home", copy, "--json")
    members = json.loads(done.out)
    assert (done.status, members["sound"]) == (1, False)
    assert {"severity", "code", "where", "what"} == set(members["findings"][0])


def test_a_bad_setting_is_bad_input(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUYONG_PROT", "1")
    assert juyong("account", "list", "--home", home).status == 3


def test_serve_answers_with_one_document_once_it_listens(tmp_path: Path) -> None:
    ports = ["--port", "0", "--tls-port", "-1"]
    command = [*START, "serve", "--home", str(tmp_path / "home"), *ports, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        while lines[-1] != "}\n":
            lines.append(process.stdout.readline())
        process.terminate()
        assert process.stdout.read() == ""
    members = json.loads("".join(lines))
    assert process.returncode == 0
    assert (members["state"], members["https"], members["process"]) == ("open", None, process.pid)
    assert members["http"].startswith("http://127.0.0.1:")
    assert Path(members["administrator"]).is_file()


def test_a_reader_that_leaves_is_no_trouble(home: Path) -> None:
    line = f"{' '.join(START)} account list --home {home} | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stderr == ""


def on_a_terminal(*words: str | Path) -> tuple[int, str]:
    """Run a command whose outputs are a terminal, and return all that it showed."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*START, *map(str, words)], stdout=slave, stderr=slave, stdin=subprocess.DEVNULL
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            more = os.read(master, 65536)
        except OSError:
            break
        if not more:
            break
        shown += more
    os.close(master)
    return process.wait(), shown.decode()


def test_progress_is_shown_on_a_terminal_only(home: Path, tmp_path: Path) -> None:
    status, shown = on_a_terminal("backup", tmp_path / "a.jyb", "--home", home)
    assert status == 0
    assert "writing rows" in shown
    assert "opens only with the keys" in shown
    for words, what in (
        (("check",), "checking"),
        (("restore", tmp_path / "a.jyb"), "putting rows back"),
        (("snapshot", "shown"), "writing rows"),
    ):
        status, shown = on_a_terminal(*words, "--home", home)
        assert (status, what in shown) == (0, True), shown
    done = subprocess.run(
        [*START, "backup", str(tmp_path / "b.jyb"), "--home", str(home)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout.count("\n"), done.stderr) == (1, "")


# Completion.


def completed(line: str, shell: str = "bash") -> list[str]:
    """Ask the command for completions as the script of a shell does."""
    read, write = os.pipe()
    environment = {
        **os.environ,
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_SHELL": shell,
        "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
        "_ARGCOMPLETE_IFS": "\n",
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
        "COMP_TYPE": "9",
    }
    script = f'exec 8>&{write} 9>/dev/null; exec "$@"'
    subprocess.run(
        ["bash", "-c", script, "-", *START],
        env=environment,
        pass_fds=(write,),
        check=True,
        timeout=60,
    )
    os.close(write)
    with os.fdopen(read) as answers:
        return answers.read().split("\n")


def test_shells_complete_commands_options_and_values() -> None:
    assert {"check", "serve", "rds", "account"} <= set(completed("juyong "))
    assert completed("juyong rds re") == ["register"]
    assert "--method" in completed("juyong rekey --")
    assert completed("juyong rekey --method p") == ["passphrase", "pkcs11"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script(shell: str) -> None:
    done = juyong("completion", shell)
    assert done.status == 0
    assert "_ARGCOMPLETE" in done.out
    assert juyong("completion", "csh").status == 3


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_home_that_cannot_be_made_is_told_in_a_line(tmp_path: Path, form: list[str]) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    done = juyong("serve", "--port", "0", "--home", file, *form)
    assert done.status == 1
    assert f"`{file}`: File exists" in done.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into any folder")
def test_a_home_that_cannot_be_written_is_told_in_a_line(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    done = juyong("serve", "--port", "0", "--home", closed / "home")
    assert done.status == 1
    assert done.err == f"juyong: `{closed / 'home'}`: Permission denied\n"


def test_a_second_server_of_a_home_is_told_of_the_first(tmp_path: Path) -> None:
    home = open_home(tmp_path / "home")
    with socket.create_server(("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        mine = Presence(process=os.getpid(), host="127.0.0.1", port=port, tls_port=None)
        withdraw = announce(home, mine)
        done = juyong("serve", "--home", home.path, "--port", str(port), "--tls-port", "-1")
        withdraw()
    assert done.status == 1
    assert f"listens on port {port} already, as process {os.getpid()}: use that one" in done.err


def test_a_port_that_is_taken_is_told_with_the_options(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = juyong("serve", "--home", tmp_path / "home", "--port", port, "--tls-port", "-1")
    assert done.status == 1
    assert f"cannot listen on 127.0.0.1:{port}: another program listens there" in done.err
    assert "--port" in done.err
    assert "JUYONG_PORT" in done.err
    # The start that listens is the first one, and tells where the AccessKey is.
    assert not (tmp_path / "home" / "credentials.json").exists()
