"""Host names by their owner: Alibaba Cloud, the instance metadata service, or another one."""

from collections.abc import Iterable

import msgspec

METADATA_HOST = "100.100.100.200"
"""Where an ECS instance asks for its role's credentials. Source: ECS user guide (documented)."""

_SUFFIXES = ("aliyuncs.com", "signin.alibabacloud.com", "api.alibabacloud.com")
_DOTTED = tuple(f".{suffix}" for suffix in _SUFFIXES)


def is_alibaba(host: str) -> bool:
    """Tell whether a lower-case host name is one that the platform answers for.

    These are `aliyuncs.com` with every subdomain, and the sign-in and API hosts of
    `alibabacloud.com`; its documentation and shop are not.
    """
    return host in _SUFFIXES or host.endswith(_DOTTED)


class AllowList(msgspec.Struct, frozen=True):
    """Hosts that the proxy may reach: exact names, `*.example.com` for every subdomain, or `*`."""

    names: frozenset[str]
    suffixes: tuple[str, ...]
    everything: bool

    @classmethod
    def of(cls, entries: Iterable[str]) -> "AllowList":
        """Read the entries of `--allow-host`, in any case."""
        lowered = {entry.strip().lower().rstrip(".") for entry in entries} - {""}
        wild = {entry for entry in lowered if entry.startswith("*.")}
        return cls(
            names=frozenset(lowered - wild - {"*"}),
            suffixes=tuple(sorted(entry[1:] for entry in wild)),
            everything="*" in lowered,
        )

    def __contains__(self, host: str) -> bool:
        return self.everything or host in self.names or host.endswith(self.suffixes or ("\0",))
