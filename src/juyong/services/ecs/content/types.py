"""The types of instances: names and sizes that clients know.

Source: ECS, "Overview of instance families" (documented). All types are offered in every zone, and
differ in what an instance may use of memory, and in how many interfaces it may have.
"""

import msgspec

_PER_FAMILY = (
    ("ecs.t5", "EntryLevel", ("ecs.t5-lc1m1.small", 1, 1.0), ("ecs.t5-lc1m2.small", 1, 2.0)),
    ("ecs.t6", "CreditEntryLevel", ("ecs.t6-c1m1.large", 2, 2.0), ("ecs.t6-c1m2.large", 2, 4.0)),
    ("ecs.s6", "EntryLevel", ("ecs.s6-c1m1.small", 1, 1.0), ("ecs.s6-c1m2.small", 1, 2.0)),
    ("ecs.e", "EntryLevel", ("ecs.e-c1m1.large", 2, 2.0), ("ecs.e-c1m2.large", 2, 4.0)),
    ("ecs.c6", "EnterpriseLevel", ("ecs.c6.large", 2, 4.0), ("ecs.c6.xlarge", 4, 8.0)),
    ("ecs.c7", "EnterpriseLevel", ("ecs.c7.large", 2, 4.0), ("ecs.c7.xlarge", 4, 8.0)),
    ("ecs.g6", "EnterpriseLevel", ("ecs.g6.large", 2, 8.0), ("ecs.g6.xlarge", 4, 16.0)),
    ("ecs.g7", "EnterpriseLevel", ("ecs.g7.large", 2, 8.0), ("ecs.g7.xlarge", 4, 16.0)),
    ("ecs.r6", "EnterpriseLevel", ("ecs.r6.large", 2, 16.0), ("ecs.r6.xlarge", 4, 32.0)),
)
_GENERATIONS = {"ecs.t5": "ecs-3", "ecs.t6": "ecs-4", "ecs.c7": "ecs-6", "ecs.g7": "ecs-6"}
_MIB_OF_GIB = 1024


class InstanceType(msgspec.Struct, frozen=True, kw_only=True):
    """One type; memory in GiB.

    interfaces: With the primary one. addresses: The most private addresses of one interface.
    """

    name: str
    family: str
    level: str
    cores: int
    memory_gib: float
    interfaces: int
    addresses: int

    @property
    def memory_mib(self) -> int:
        """The memory in MiB."""
        return int(self.memory_gib * _MIB_OF_GIB)


def _all() -> dict[str, InstanceType]:
    found = {}
    for family, level, *sizes in _PER_FAMILY:
        for name, cores, memory in sizes:
            found[name] = InstanceType(
                name=name,
                family=family,
                level=level,
                cores=cores,
                memory_gib=memory,
                interfaces={1: 2, 2: 2, 4: 3}[cores],
                addresses={1: 4, 2: 6, 4: 10}[cores],
            )
    return found


TYPES = _all()
"""Every type by its name."""
FAMILIES = {family: _GENERATIONS.get(family, "ecs-5") for family, *_ in _PER_FAMILY}
"""Every family, and its generation."""
