"""A short notation for policies, so that a catalogue of hundreds stays readable.

An entry is a header at the left margin and, indented, its statements:

    AliyunFCFullAccess v2 documented: Manage Function Compute.
      allow fc:*
      pass fc

The header gives a name, a tag (a policy's version, a role's name), a grade and a text. Statements:

    allow ACTION… [on RESOURCE…] [if OPERATOR KEY VALUE…]
    allow-except ACTION…        everything but these actions
    link SERVICE…               create the service-linked roles of these services
    unlink SERVICE…             delete them
    pass SERVICE…               pass a role to these services

Services are written without `.aliyuncs.com`. `x:{A,B*}` stands for `x:A x:B*`, and `read` between
braces for the four verbs of reading. A line indented by four blanks continues the one above.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

import msgspec

from juyong.content.policies.evidence import Evidence

READ_VERBS = ("Get*", "Describe*", "Query*", "List*")

_HEADER = re.compile(r"(?P<name>\S+) (?P<tag>\S+) (?P<evidence>\w+): (?P<text>.+)")
_CONTINUED = " " * 4
_SHORT_FORMS = {
    "link": ("ram:CreateServiceLinkedRole", "ram:ServiceName"),
    "unlink": ("ram:DeleteServiceLinkedRole", "ram:ServiceName"),
    "pass": ("ram:PassRole", "acs:Service"),
}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One header with its statements, still in the notation."""

    name: str
    tag: str
    evidence: Evidence
    text: str
    statements: tuple[str, ...]


def read_entries(text: str) -> Iterator[Entry]:
    """Read the entries of a text in this notation.

    Raises:
        ValueError: a line is no header, or its grade is unknown.
    """
    block: list[str] = []
    for line in chain(text.strip().splitlines(), [""]):
        if line.startswith(_CONTINUED):
            block[-1] += " " + line.strip()
        elif line.startswith(" "):
            block.append(line.strip())
        else:
            if block:
                yield _entry(block)
            block = [line] if line else []


def _entry(block: list[str]) -> Entry:
    header = _HEADER.fullmatch(block[0])
    if header is None:
        raise ValueError(f"`{block[0]}` is no header")
    return Entry(
        name=header["name"],
        tag=header["tag"],
        evidence=Evidence(header["evidence"]),
        text=header["text"],
        statements=tuple(block[1:]),
    )


def service_principal(short: str) -> str:
    """Return the full name of a service written in the notation's short form."""
    return f"{short}.aliyuncs.com"


def document(statements: Iterable[str]) -> str:
    """Return the policy document that statements in this notation stand for, as compact JSON.

    Raises:
        ValueError: a statement begins with a word the notation does not know.
    """
    return compact({"Version": "1", "Statement": [_statement(each) for each in statements]})


def compact(value: object) -> str:
    """Return JSON without white space, names in the order given."""
    return msgspec.json.encode(value).decode()


def _statement(text: str) -> dict[str, object]:
    word, *rest = text.split()
    if word in _SHORT_FORMS:
        action, key = _SHORT_FORMS[word]
        services = [service_principal(each) for each in rest]
        return {**_allow("Action", [action], ["*"]), "Condition": _equals(key, services)}
    if word not in ("allow", "allow-except"):
        raise ValueError(f"`{word}` begins no statement")
    rest, condition = _split(rest, "if")
    actions, resources = _split(rest, "on")
    statement = _allow(
        "Action" if word == "allow" else "NotAction",
        [name for each in actions for name in _expanded(each)],
        resources or ["*"],
    )
    if condition:
        operator, key, *values = condition
        statement["Condition"] = {operator: {key: _one_or_many(values)}}
    return statement


def _allow(name: str, actions: list[str], resources: list[str]) -> dict[str, object]:
    return {
        "Effect": "Allow",
        name: _one_or_many(actions),
        "Resource": _one_or_many(resources),
    }


def _equals(key: str, values: list[str]) -> dict[str, object]:
    return {"StringEquals": {key: _one_or_many(values)}}


def _split(words: list[str], at: str) -> tuple[list[str], list[str]]:
    if at not in words:
        return words, []
    index = words.index(at)
    return words[:index], words[index + 1 :]


def _expanded(pattern: str) -> Iterator[str]:
    prefix, brace, rest = pattern.partition("{")
    if not brace:
        yield pattern
        return
    for part in rest.removesuffix("}").split(","):
        for verb in READ_VERBS if part == "read" else (part,):
            yield prefix + verb


def _one_or_many(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
