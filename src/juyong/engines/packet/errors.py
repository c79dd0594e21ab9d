"""Refusals of values that no network of Alibaba Cloud can hold. Each text names the value."""


class PacketError(ValueError):
    """Base of the engine's refusals; the text names the broken condition in plain words."""


class BadId(PacketError):
    """An id has another form than a short prefix, a hyphen, and lower-case letters and digits."""


class BadAddress(PacketError):
    """The text is no IPv4 or IPv6 address in its usual form."""


class BadCidr(PacketError):
    """The text is no CIDR block, or bits are set behind its prefix."""


class BadPorts(PacketError):
    """A port range is malformed, or does not fit the protocol."""


class BadProtocol(PacketError):
    """The text names no IP protocol."""


class BadPriority(PacketError):
    """A priority is not between 1 and 100."""


class BadPacket(PacketError):
    """The fields of a packet do not fit each other."""


class BadRule(PacketError):
    """The fields of a rule or an entry do not fit each other."""


class Duplicate(PacketError):
    """Two things have one id, one address or one destination."""


class NotFound(PacketError):
    """A thing names another that the network does not have."""


class Mismatch(PacketError):
    """Two things that must fit do not: of another VPC, another kind, outside of a block."""
