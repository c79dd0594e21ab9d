"""Completion in shells."""

from typing import Annotated, Literal

from juyong.api.command import Answer, CommandContext, command
from juyong.api.doc import Doc


class Script(Answer, frozen=True):
    """The script that a shell runs to complete command lines of `juyong`."""

    text: str

    def lines(self) -> list[str]:
        """Return the script."""
        return [self.text]


@command("completion", json=False, home=False)
def completion(
    _ctx: CommandContext,
    shell: Annotated[Literal["bash", "zsh", "fish"], Doc("bash, zsh or fish.")],
) -> Script:
    """Print a script that completes command lines: eval "$(juyong completion bash)".

    In fish: juyong completion fish | source
    """
    from argcomplete.shell_integration import shellcode  # noqa: PLC0415

    return Script(shellcode(["juyong"], shell=shell))
