"""The notes that a room holds: of its home, and of each machine in the home."""

import msgspec


class Guest(msgspec.Struct, frozen=True, kw_only=True):
    """A machine's first process, and what the helper has to know of the machine.

    began: Its start time, in ticks since the system's. uid: In the helper's user namespace.
    """

    pid: int
    began: int
    uid: int
    memory_mb: int
    file_mb: int
    trusts: bool


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """The home that keeps: its folder, by device and number. uids: As users were mapped."""

    boot: str
    device: int
    number: int
    uids: int
