"""What a handler is given, and how its end is told."""

import os
import tempfile
from pathlib import Path, PurePosixPath

import pytest
from tests.unit.sandbox.runs import attempt, output, report

from juyong.base.secret import Secret
from juyong.sandbox import Grant, Package, Returned, children, probe, runner


def test_this_system_can_isolate() -> None:
    assert probe() is None


def test_without_a_filter_functions_run_and_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = children._CHILD.parents[1]
    child = tmp_path / "juyong" / "sandbox" / "child.py"
    child.parent.mkdir(parents=True)
    for shared in ("__init__.py", "base"):
        (tmp_path / "juyong" / shared).symlink_to(package / shared)
    known = "refuse_calls(path_sockets=False, powers=True)"
    text = children._CHILD.read_text()
    assert known in text
    child.write_text(text.replace(known, "pass"))
    monkeypatch.setattr(children, "_CHILD", child)
    assert output("def handler(e, c):\n    return 1") == 1
    assert probe() == "system calls are not filtered"


@pytest.mark.parametrize(
    ("returned", "sent"),
    [
        ("b'\\x00\\xff'", b"\x00\xff"),
        ("'ü'", "ü".encode()),
        ("{'a': [1, None]}", b'{"a": [1, null]}'),
        ("None", b"null"),
        ("event[::-1]", b"cba"),
    ],
)
def test_output_is_bytes_text_or_json(returned: str, sent: bytes) -> None:
    outcome = attempt(f"def handler(event, context):\n    return {returned}", event=(b"abc",))
    assert isinstance(outcome, Returned)
    assert outcome.output == sent


def test_event_of_megabytes_arrives_whole() -> None:
    source = "import hashlib\ndef handler(e, c):\n    return [len(e), e[:1].hex(), e[-1:].hex()]"
    assert output(source, event=(b"\x01", b"", bytes(3_000_000), b"\x02")) == [
        3_000_002,
        "01",
        "02",
    ]


def test_context_has_the_fields_of_the_python_runtime() -> None:
    source = """
def handler(event, context):
    c, f, s = context.credentials, context.function, context.service
    return [context.request_id, context.region, context.account_id, c.access_key_id,
            c.access_key_secret, c.security_token, f.name, f.handler, f.memory, f.timeout, s.name]
"""
    grant = Grant(access_key_id="STS.x", access_key_secret=Secret("s"), security_token=Secret("t"))
    context = {
        "request_id": "R",
        "region": "cn-beijing",
        "account_id": "77",
        "function_name": "f",
        "service_name": "s",
    }
    assert output(source, grant=grant, context=context) == [
        *("R", "cn-beijing", "77", "STS.x", "s", "t", "f", "main.handler", 128, 10, "s")
    ]


def test_environment_is_the_functions_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUYONG_SECRET", "root key")
    source = "import os\ndef handler(e, c):\n    return dict(os.environ)"
    assert output(source, environment={"DB": "x"}) == {"DB": "x"}


def test_module_in_a_folder_and_beside_it() -> None:
    package = Package(
        (
            (PurePosixPath("src/app.py"), b"import helper\nhandler = helper.answer", False),
            (PurePosixPath("helper.py"), b"def answer(e, c):\n    return 'ok'", False),
        )
    )
    outcome = attempt("", package=package, handler="src/app.handler")
    assert isinstance(outcome, Returned)
    assert outcome.output == b"ok"


def test_exception_is_reported_with_its_place() -> None:
    found = report("def handler(e, c):\n    raise KeyError('gone')")
    assert (found["errorType"], found["errorMessage"]) == ("KeyError", "'gone'")
    assert found["stackTrace"] == [
        "  File \"/code/main.py\", line 2, in handler\n    raise KeyError('gone')\n"
    ]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("def other(e, c): pass", "AttributeError"),
        ("import nowhere", "ModuleNotFoundError"),
        ("def handler(:", "SyntaxError"),
        ("def handler(e, c):\n    return object()", "TypeError"),
    ],
)
def test_code_that_cannot_be_called_is_reported(source: str, kind: str) -> None:
    assert report(source)["errorType"] == kind


def test_what_a_forked_process_raises_is_not_the_answer() -> None:
    source = """
import os
def handler(e, c):
    child = os.fork()
    if child == 0:
        raise ValueError("in the child")
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""
    assert output(source) == 1


def test_log_is_the_tail_of_what_was_printed() -> None:
    source = """
import logging, sys
def handler(e, c):
    print("x" * 10_000)
    logging.info("careful")
    print("last", file=sys.stderr)
"""
    log = attempt(source).log
    assert len(log) <= 4096
    assert b"[INFO] careful\n" in log
    assert b"last\n" in log


def test_a_strict_umask_of_the_server_changes_nothing() -> None:
    before = os.umask(0o077)
    try:
        files = ((PurePosixPath("a/b/main.py"), b"def handler(e, c):\n    return 1", False),)
        outcome = attempt("", package=Package(files), handler="a/b/main.handler")
    finally:
        os.umask(before)
    assert isinstance(outcome, Returned)


def test_hook_runs_before_the_code(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "sitecustomize.py").write_text("import os\nos.environ['HOOKED'] = 'yes'\n")
    source = "import os, sys\ndef handler(e, c):\n    return [os.environ['HOOKED'], sys.path[0]]"
    assert output(source, hook=str(tmp_path)) == ["yes", "/code"]


def test_directories_of_a_killed_server_are_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    old, new = tmp_path / "juyong-function-old", tmp_path / "juyong-function-new"
    for path in (old, new):
        (path / "code").mkdir(parents=True)
    os.utime(old, (0, 0))
    runner._clear_leftovers.cache_clear()
    assert output("def handler(e, c):\n    return 1") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["juyong-function-new"]
