"""Where the `juyong` command begins."""

import gc
import os
import sys


def main() -> None:
    """Run the command line, and end with its status."""
    os.umask(0o077)
    gc.disable()  # Nothing that a start makes is garbage; the server turns it on again.
    words = sys.argv[1:]
    if words[:1] != ["serve"]:
        gc.enable()
    if "_ARGCOMPLETE" in os.environ:
        from juyong.cli.completing import complete  # noqa: PLC0415  # a shell asks, not a person

        complete()
    from juyong.cli.face import run  # noqa: PLC0415

    sys.exit(run(words))


if __name__ == "__main__":
    main()
