"""The unit on the page about a service starts a server by options that there are."""

import shlex

from tests.docs.walkthrough import ROOT, blocks_of

from juyong.cli.found import command_of
from juyong.cli.parsing import parser_of

PAGE = ROOT / "docs" / "how-to" / "run-as-a-service.md"


def test_the_unit_starts_a_server() -> None:
    (unit,) = (block.text for block in blocks_of(PAGE) if block.file == "juyong.service")
    lines = dict(line.split("=", 1) for line in unit.splitlines() if "=" in line)
    binary, *words = shlex.split(lines["ExecStart"])
    assert binary.endswith("/.venv/bin/juyong")
    command, rest = command_of(words)
    assert command is not None
    assert command.name == "serve"
    given = parser_of(command).parse_args(rest)
    assert (given.port, given.tls_port) == (8480, 8443)
    assert lines["Environment"].startswith("JUYONG_HOME=/")
