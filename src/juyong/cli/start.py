"""Where the `juyong` command begins: a plain `serve` at once, everything else through typer.

typer takes longer to import than the server takes to start. What is not plainly a `serve` with
options in the expected form, its help and its mistakes included, is typer's to read.
"""

import gc
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from juyong.app.server import ServeOptions

_OPTION = re.compile(r"--(home|host|port|tls-port|allow-host)(?:=(.*))?", re.DOTALL)
_NUMBER = re.compile(r"-?[0-9]{1,9}", re.ASCII)


def plain_serve(arguments: Sequence[str]) -> "tuple[Path, ServeOptions] | None":
    """Read the arguments of a plain `serve`: home and options; None when typer should read them."""
    given = _given(arguments[1:]) if arguments[:1] == ["serve"] else None
    if given is None:
        return None
    from juyong.app.home import default_home  # noqa: PLC0415  # no other command needs the server
    from juyong.app.server import ServeOptions  # noqa: PLC0415

    home, options = default_home(), ServeOptions()
    for name, value in given:
        if name == "home":
            home = Path(value)
        elif name == "host":
            options = replace(options, host=value)
        elif name == "allow-host":
            options = replace(options, allow_hosts=(*options.allow_hosts, value))
        elif not _NUMBER.fullmatch(value):
            return None
        elif name == "port":
            options = replace(options, port=int(value))
        else:
            options = replace(options, tls_port=int(value))
    return home, options


def _given(arguments: Sequence[str]) -> list[tuple[str, str]] | None:
    """Pair the options with their values; None when anything else is among them."""
    found = []
    left = iter(arguments)
    for argument in left:
        option = _OPTION.fullmatch(argument)
        value = option and (next(left, None) if option[2] is None else option[2])
        if option is None or not value:
            return None
        found.append((option[1], value))
    return found


@contextmanager
def refusals_in_one_line() -> Iterator[None]:
    """Turn an operator's mistake into one line on standard error, and status 2."""
    from juyong.app.home import BadHome  # noqa: PLC0415  # kept off the way to a command's help
    from juyong.app.refusals import OperatorError  # noqa: PLC0415
    from juyong.app.settings import BadSetting  # noqa: PLC0415

    try:
        yield
    except (BadHome, BadSetting, OperatorError) as refusal:
        sys.stderr.write(f"juyong: {refusal}\n")
        raise SystemExit(2) from None


def main() -> None:
    """Run the command line."""
    os.umask(0o077)
    gc.disable()  # Nothing that a start makes is garbage; the server turns it on again.
    with refusals_in_one_line():
        plain = plain_serve(sys.argv[1:])
        if plain is None:
            gc.enable()
            from juyong.cli.main import cli  # noqa: PLC0415  # imports typer

            cli()
        else:
            from juyong.app.server import serve_home  # noqa: PLC0415

            serve_home(*plain)


if __name__ == "__main__":
    main()
