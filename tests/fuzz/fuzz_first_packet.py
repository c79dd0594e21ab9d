"""Packets of an isolated command, as the packet socket shows them: read, or none of ours."""

from juyong.cli.isolation.strays import attempt_of

SEEDS: list[bytes] = [
    bytes.fromhex("4500003c000040004006000008080808080808089c40001600000000000000005002"),
    bytes.fromhex("4f00001c000000004011") + bytes(54) + bytes.fromhex("9c400035"),
    bytes.fromhex("6000000000080640") + bytes(15) + b"\1" * 17 + bytes.fromhex("9c400016"),
    b"\x60",
]


def target(data: bytes) -> None:
    """Read data as the beginning of a packet."""
    found = attempt_of(data)
    if found is not None:
        assert found.kind in ("tcp", "udp")
        assert 0 <= found.port <= 65535
        assert found.address.version == data[0] >> 4
