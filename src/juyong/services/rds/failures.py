"""Failures of a registered database; texts never hold a password or a statement."""


class TargetFailure(Exception):
    """Base of all of them; nothing was changed unless a subclass says so."""


class Unreachable(TargetFailure):
    """The server does not answer, or does not let the administrator in.

    Work under way when a connection broke may have happened; all functions can be repeated.
    """


class DriverMissing(Unreachable):
    """The extra that speaks the engine's protocol is not installed; the text names it."""


class NoSuchAccount(TargetFailure):
    """The server has no such account."""


class NoSuchDatabase(TargetFailure):
    """The server has no such database."""


class AccountTaken(TargetFailure):
    """The server has an account of that name."""


class DatabaseTaken(TargetFailure):
    """The server has a database of that name."""


class Refused(TargetFailure):
    """The server, or this platform, does not do it; the text says why."""


class Protected(Refused):
    """The account is the registration's administrator, or holds the administrator's powers."""


class InUse(Refused):
    """The account owns databases or objects, or the database has sessions."""
