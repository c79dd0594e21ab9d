"""The page of settings and quotas."""

import inspect
import re
from dataclasses import MISSING, fields
from typing import Any

from juyong.api.registry import quotas
from juyong.app.settings import Settings
from pages.markdown import code, flowed, page, table

_INTRO = """\
A home has one settings file, `juyong.toml`; it may be absent.
Each setting has an environment variable, `JUYONG_` and its name in capitals, which stands over the file; options of `juyong serve` stand over both.
An unknown name in the file, after `JUYONG_` in the environment or among the quotas, or a value of another type, stops the command with a message.
`JUYONG_HOME` names the home itself and is no setting; neither is `JUYONG_CA_BUNDLE`, which `juyong exec` sets for its command, nor what begins with `JUYONG_TEST_`, which only the platform's own tests read.
In Kubernetes, a service called `juyong` puts variables such as `JUYONG_SERVICE_HOST` into pods: set `enableServiceLinks: false`."""  # noqa: E501  # a sentence a line
_EXAMPLE = """\
```toml
region = "ap-southeast-1"
port = 8480
allow_hosts = ["registry.terraform.io", "*.hashicorp.com"]
outbound_allow = ["10.1.0.0/16"]

[quotas]
"ram.users" = 10000
```"""
_QUOTAS = """\
Quotas have their published defaults; `quotas` overrides them by name, in the environment as `JUYONG_QUOTAS=ram.users=10000,ram.roles=50`."""  # noqa: E501  # a sentence a line


def settings_page() -> str:
    """Write the page."""
    meanings = meanings_of(Settings)
    rows = []
    for f in fields(Settings):
        variable = f"JUYONG_{f.name.upper()}"
        rows.append((code(f.name), code(variable), _kind(f.type), _default(f), meanings[f.name]))
    settings = table(("Setting", "Variable", "Type", "Default", "Meaning"), rows)
    held = table(("Quota", "Default"), ((code(n), str(v)) for n, v in sorted(quotas().items())))
    return page("Settings", _INTRO, settings, _EXAMPLE, "## Quotas", _QUOTAS, held)


def meanings_of(declared: type) -> dict[str, str]:
    """Split a dataclass's docstring at the names of its fields."""
    names = [f.name for f in fields(declared)]
    text = inspect.cleandoc(declared.__doc__ or "")
    parts = re.split(rf"(?:^|\s)({'|'.join(names)}): ", text)
    found = dict(zip(parts[1::2], map(flowed, parts[2::2]), strict=True))
    missing = set(names) - set(found)
    if missing:
        raise ValueError(f"{declared.__name__} without a meaning: {', '.join(sorted(missing))}")
    return found


def _kind(hint: Any) -> str:
    kinds = {bool: "boolean", int: "integer", str: "string"}
    return kinds.get(hint) or ("list of strings" if "tuple" in str(hint) else "table of integers")


def _default(spec: Any) -> str:
    if spec.default is MISSING or spec.default == ():
        return "empty"
    return code(str(spec.default).lower() if isinstance(spec.default, bool) else spec.default)
