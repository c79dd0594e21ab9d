"""Options of the Node, Python and Java runtimes, added to the options they have already."""

import os
from collections.abc import Mapping
from pathlib import Path

from juyong.cli.clientenv.trust import JAVA_STORE_PASSWORD, TrustFiles

_HOOKS = Path(__file__).parent / "hooks"
NODE_HOOK = _HOOKS / "node" / "hook.cjs"
PYTHON_HOOK = _HOOKS / "python"

_MARK = "-Djuyong.clientenv=1"
"""Opens our part of JAVA_TOOL_OPTIONS, so that a second turn replaces it and does not repeat it."""


def node_variables(trust: TrustFiles, inherited: Mapping[str, str]) -> dict[str, str]:
    """Tell Node of the CA, and load the hook that sends its requests to the proxy."""
    option = f"--require {_quoted(str(NODE_HOOK))}"
    before = inherited.get("NODE_OPTIONS", "").strip()
    return {
        "NODE_EXTRA_CA_CERTS": str(trust.bundle),
        "NODE_USE_ENV_PROXY": "1",
        "NODE_OPTIONS": before if option in before else f"{before} {option}".strip(),
    }


def python_variables(trust: TrustFiles, inherited: Mapping[str, str]) -> dict[str, str]:
    """Load the hook that makes certifi name our bundle, before any other path entry."""
    hook = str(PYTHON_HOOK)
    before = [
        entry
        for entry in inherited.get("PYTHONPATH", "").split(os.pathsep)
        if entry not in ("", hook)
    ]
    return {
        "JUYONG_CA_BUNDLE": str(trust.bundle),
        "PYTHONPATH": os.pathsep.join([hook, *before]),
    }


def java_variables(
    trust: TrustFiles, inherited: Mapping[str, str], *, port: int | None
) -> dict[str, str]:
    """Point the JVM at the proxy and at the trust store; it reads neither from other variables."""
    proxy = [
        option
        for scheme in ("https", "http")
        for option in (f"-D{scheme}.proxyHost=127.0.0.1", f"-D{scheme}.proxyPort={port}")
    ]
    options = [
        _MARK,
        *([] if port is None else proxy),
        _quoted(f"-Djavax.net.ssl.trustStore={trust.java_store}"),
        "-Djavax.net.ssl.trustStoreType=PKCS12",
        f"-Djavax.net.ssl.trustStorePassword={JAVA_STORE_PASSWORD}",
    ]
    before = inherited.get("JAVA_TOOL_OPTIONS", "").partition(_MARK)[0].strip()
    return {"JAVA_TOOL_OPTIONS": " ".join([before, *options]).strip()}


def _quoted(word: str) -> str:
    """Quote a word for NODE_OPTIONS or JAVA_TOOL_OPTIONS, which both split on white space."""
    return f'"{word}"' if any(letter.isspace() for letter in word) else word
