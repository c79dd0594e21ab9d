"""The catalogue of system policies, which have the `PolicyType` System.

Nothing is read or built at import. The first look-up reads the catalogue, and each document is made
when its policy is first asked for.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain

import msgspec
from msgspec.structs import replace

from juyong.content.policies.account_policies import ACCOUNT_POLICIES
from juyong.content.policies.evidence import Evidence
from juyong.content.policies.infrastructure_policies import INFRASTRUCTURE_POLICIES
from juyong.content.policies.notation import Entry, document, read_entries
from juyong.content.policies.products import product_entries
from juyong.content.policies.recorded import ASSUMED, DATES, ROLE_VERSIONS, Dates, laid_out
from juyong.content.policies.security_policies import SECURITY_POLICIES
from juyong.content.policies.service_linked import role_entries, role_policy_name


class SystemPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """One policy that every account has and none can change.

    `document` is JSON, compact unless its layout was recorded, `default_version` such as `v3`,
    `description` our own words, `evidence` the grade of the body.
    """

    name: str
    description: str
    document: str
    default_version: str
    evidence: Evidence
    dates: Dates

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions that can be read: the default alone, since earlier ones are not published.

        Source: assumed.
        """
        return (self.default_version,)


class _Catalogue(Mapping[str, SystemPolicy]):
    """System policies by name, in the order of their names."""

    def __getitem__(self, name: str) -> SystemPolicy:
        return _policy(_entries()[name])

    def __iter__(self) -> Iterator[str]:
        return iter(_entries())

    def __len__(self) -> int:
        return len(_entries())

    def __contains__(self, name: object) -> bool:
        return name in _entries()


SYSTEM_POLICIES: Mapping[str, SystemPolicy] = _Catalogue()
"""Every system policy by its name.

Source: policy reference, system policies (graded one by one).
"""


def system_policy(name: str) -> SystemPolicy | None:
    """Return the system policy of a name, spelt exactly, or None."""
    return SYSTEM_POLICIES.get(name)


def system_policy_names() -> tuple[str, ...]:
    """Return the names of all system policies, sorted."""
    return tuple(_entries())


def written_entries() -> Iterator[Entry]:
    """Return the entries written out one by one, in the order of the tables."""
    return chain(
        read_entries(ACCOUNT_POLICIES),
        read_entries(SECURITY_POLICIES),
        read_entries(INFRASTRUCTURE_POLICIES),
        (_role_policy(entry) for entry in role_entries()),
    )


@cache
def _entries() -> dict[str, Entry]:
    # COST: about a millisecond, once a process.
    found = {entry.name: entry for entry in chain(product_entries(), written_entries())}
    return dict(sorted(found.items()))


@cache
def _policy(entry: Entry) -> SystemPolicy:
    return SystemPolicy(
        name=entry.name,
        description=entry.text,
        document=laid_out(entry.name, document(entry.statements)),
        default_version=entry.tag,
        evidence=entry.evidence,
        dates=DATES.get(entry.name, ASSUMED),
    )


def _role_policy(role: Entry) -> Entry:
    """Return the policy of a service-linked role; the service may always delete its own role."""
    return replace(
        role,
        name=role_policy_name(role.tag),
        tag=ROLE_VERSIONS.get(role.tag, "v1"),
        text=f"What {role.text} may do through its service-linked role.",
        statements=(*role.statements, f"unlink {role.name}"),
    )
