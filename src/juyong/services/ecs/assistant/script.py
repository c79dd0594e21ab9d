"""The script of a command: read, checked, and with the values of its placeholders.

Source: ECS API reference, RunCommand (documented): `{{name}}`, names without case, spaces around
them passed over, up to 20 of them; the built-in names; 24 KiB in Base64 with the values. The codes
are assumed, and so is that values for names that the script lacks, or for a script without
placeholders, are malformed.
"""

import base64
import binascii
import re
from collections.abc import Mapping

import msgspec

from juyong.api.errors import fact
from juyong.services.ecs.pages import bad_parameter

_MOST_BYTES = 24 * 1024
_MOST_NAMES, _MOST_NAME, _MOST_VALUES = 20, 64, 10
_PLACE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_NAME = re.compile(r"[A-Za-z0-9_\-]+")
_BUILT_IN = "acs::"
BUILT_INS = tuple(
    f"{_BUILT_IN}{name}"
    for name in ("accountid", "commandid", "instanceid", "instancename", "invokeid", "regionid")
)
BadContent = fact(
    "CmdContent.DecodeError",
    403,
    "The CommandContent can not be base64 decoded.",
    why="ContentEncoding is Base64, and the content is no Base64 of UTF-8 text.",
)
LongContent = fact(
    "CmdContent.ExceedLimit",
    403,
    "The length of the command content exceeds the upper limit.",
    why="The content has more than 24 KiB in Base64, with the values of its placeholders.",
)
TooManyNames = fact(
    "ParameterCount.ExceedLimit",
    403,
    "The number of parameters exceeds the upper limit.",
    why="The content has more than 20 placeholders, or the call more than 10 values.",
)
BadName = fact(
    "CmdParam.InvalidParamName",
    403,
    "Invalid parameter name. The name can contain only letters, digits, hyphens and underscores.",
    why="A placeholder, or the name of a value, has other characters, or `acs::` first.",
)
EmptyName = fact(
    "CmdParam.EmptyKey",
    403,
    "You must specify the parameter names.",
    why="A placeholder, or a value, has no name.",
)
LongName = fact(
    "ParameterKey.ExceedLimit",
    403,
    "The length of a parameter name exceeds the upper limit.",
    why="The name of a placeholder, or of a value, has more than 64 characters.",
)
ERRORS = (BadContent, LongContent, TooManyNames, BadName, EmptyName, LongName)


def read_content(given: str, *, encoded: bool) -> str:
    """Return a script as text.

    Raises:
        ApiError: BadContent or LongContent.
    """
    text = given
    if encoded:
        try:
            text = base64.b64decode(given, validate=True).decode()
        except (binascii.Error, ValueError):
            raise BadContent from None
    _check_size(text)
    return text


def check_values(script: str, parameters: str | None, *, enabled: bool) -> str:
    """Return the values of a script's placeholders as JSON, empty for a script without them.

    Raises:
        ApiError: of ERRORS, or BadParameter.
    """
    if not enabled:
        if parameters:
            raise bad_parameter("Parameters")
        return ""
    names = {name.lower() for name in _PLACE.findall(script)}
    own = names - set(BUILT_INS)
    values = _values(parameters or "{}")
    if len(own) > _MOST_NAMES or len(values) > _MOST_VALUES:
        raise TooManyNames
    for name in (*own, *values):
        _check_name(name)
    if not values.keys() <= own:
        raise bad_parameter("Parameters")
    _check_size(filled(script, values))
    return msgspec.json.encode(values).decode()


def names_of(script: str) -> list[str]:
    """Return the names of the placeholders of a script, without the built-in ones, each once."""
    found = dict.fromkeys(_PLACE.findall(script))
    return [name for name in found if name.lower() not in BUILT_INS]


def _values(parameters: str) -> dict[str, str]:
    try:
        found = msgspec.json.decode(parameters, type=dict[str, str])
    except (msgspec.DecodeError, RecursionError):
        raise bad_parameter("Parameters") from None
    return {name.lower(): value for name, value in found.items()}


def _check_name(name: str) -> None:
    if not name:
        raise EmptyName
    if len(name) > _MOST_NAME:
        raise LongName
    if not _NAME.fullmatch(name):
        raise BadName


def _check_size(text: str) -> None:
    # Four letters stand for three bytes.
    if (len(text.encode("utf-8", "surrogatepass")) + 2) // 3 * 4 > _MOST_BYTES:
        raise LongContent


def filled(script: str, values: Mapping[str, str]) -> str:
    """Return a script with values in the places of their names, and nothing for other names.

    The values are text of the script, as documented: a value that holds shell is run. They are
    looked at once, so that a placeholder in a value stays.

    Args:
        values: By name in small letters, the built-in ones with `acs::` first.
    """
    return _PLACE.sub(lambda place: values.get(place.group(1).lower(), ""), script)
