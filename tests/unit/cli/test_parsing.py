"""A function's signature is its command line."""

from pathlib import Path
from typing import Annotated, Literal

import pytest

from juyong.api.command import BadInput, CommandContext, Option, command
from juyong.api.doc import Doc
from juyong.cli.parsing import arguments_of, parser_of


@command("try out")
def tried(
    ctx: CommandContext,
    name: Annotated[str, Doc("100% of it.")],
    count: int = 7,
    *,
    wanted: Annotated[str, Doc("Needed.")],
    as_user: Annotated[str | None, Option("--as")] = None,
    file: Path | None = None,
    level: Literal["low", "high"] | None = None,
    hosts: list[str] | None = None,
    port: int | None = None,
    yes: bool = False,
    isolate: bool | None = None,
) -> None:
    """Try everything."""


@command("run", json=False)
def run(ctx: CommandContext, words: list[str], *, user: str | None = None) -> None:
    """Run."""


def read(which, line: str):
    return arguments_of(which, parser_of(which).parse_args(line.split()))


def test_what_is_left_out_has_its_default() -> None:
    arguments, options = read(tried, "it --wanted w")
    assert arguments == ["it", 7]
    assert options == {
        "wanted": "w",
        "as_user": None,
        "file": None,
        "level": None,
        "hosts": None,
        "port": None,
        "yes": False,
        "isolate": None,
    }


def test_each_kind_of_parameter() -> None:
    line = "it 9 --wanted=w --as u --file /f --level high --hosts a --hosts b --port -1 --yes"
    arguments, options = read(tried, line)
    assert arguments == ["it", 9]
    assert options["as_user"] == "u"
    assert options["file"] == Path("/f")
    assert (options["level"], options["hosts"], options["port"]) == ("high", ["a", "b"], -1)
    assert (options["yes"], options["isolate"]) == (True, None)
    assert read(tried, "it --wanted w --no-isolate")[1]["isolate"] is False
    assert read(tried, "it --wanted w --isolate")[1]["isolate"] is True


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("--wanted w", "required: NAME"),
        ("it", "required: --wanted"),
        ("it --want w", "--wanted"),
        ("it --wanted w --level middle", "invalid choice"),
        ("it --wanted w --port x", "`x` is not a number"),
        ("it --wanted w --port 1_0", "`1_0` is not a number"),
        ("it --wanted w --port 123456789012", "is not a number"),
        ("it --wanted w --port", "expected one argument"),
        ("it --wanted w --nope", "unrecognized arguments: --nope"),
        ("it 7 more --wanted w", "unrecognized arguments: more"),
    ],
)
def test_what_does_not_fit_is_bad_input(line: str, why: str) -> None:
    with pytest.raises(BadInput, match="see juyong try out --help") as refused:
        read(tried, line)
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("line", "words", "user"),
    [
        ("-- curl -s --user x", ["--", "curl", "-s", "--user", "x"], None),
        ("--user u -- curl -s", ["--", "curl", "-s"], "u"),
        ("--user u curl --user x", ["curl", "--user", "x"], "u"),
        ("curl --json", ["curl", "--json"], None),
        ("", [], None),
    ],
)
def test_a_command_line_inside_is_left_as_it_is(line: str, words: list[str], user) -> None:
    assert read(run, line) == ([words], {"user": user})


@command("show", examples=("juyong show --size 5", "juyong show | head -1"))
def shown(
    ctx: CommandContext,
    *,
    size: Annotated[int, Option(takes="BYTES"), Doc("Half of it.")] = 7,
    since: Annotated[str, Option("--from", takes="TIME"), Doc("From then on.")] = "",
    account: Annotated[str, Doc("Its account.")] = "default",
) -> None:
    """Show."""


def test_help_has_defaults_values_and_examples() -> None:
    text = parser_of(shown).format_help()
    flowed = " ".join(text.split())
    assert "--size BYTES Half of it. Default: 7." in flowed
    assert "--from TIME From then on. --account ACCOUNT Its account. Default: `default`." in flowed
    assert "examples:\n  juyong show --size 5\n  juyong show | head -1\n\nexit status:" in text
    assert "example" not in parser_of(tried).format_help()


def test_help_has_each_meaning_and_each_status() -> None:
    shown = parser_of(tried).format_help()
    for text in ("Try everything.", "100% of it.", "Needed.", "--as", "--json", "--home DIR"):
        assert text in shown
    assert "exit status: 0 done, 1 it cannot be done, 3 bad input" in shown
    assert "--json" not in parser_of(run).format_help()
