"""The errors of RDS: a failure of a registered database is the answer of the call that met it."""

from juyong.api.errors import ApiError, fact


class TargetFailure(ApiError):
    """Base of the failures of a registered database.

    Nothing was changed, unless the connection broke at work: each function may be repeated.

    Args:
        why: What an operator is told; holds neither a password nor a statement.
    """

    def __init__(self, why: str = "") -> None:
        super().__init__(why=why)
        self.why = why

    def __str__(self) -> str:
        """Return why, which secrets show when their rotation fails."""
        return self.why


class Unreachable(TargetFailure):
    """The database does not answer, or does not let its administrator in; nothing was changed."""

    code, status = "Database.ConnectError", 400
    text = "Database connect error. please check instance status and database processlist"


class DriverMissing(Unreachable):
    """The platform is installed without the driver of the engine."""

    code, status, text = "ServiceUnavailable", 503, "{why}"


class Refused(TargetFailure):
    """The database, or its administrator's lack of rights, does not allow it."""

    code, status = "SqlExecuteFailedOrTimeout", 400
    text = "sql command execution failed or timed out:{why}."


class NoSuchAccount(TargetFailure):
    """The instance has no such account."""

    code, status = "InvalidAccountName.NotFound", 404
    text = "Specified account name does not exist."


class AccountTaken(TargetFailure):
    """The instance has an account of that name."""

    code, status = "InvalidAccountName.Duplicate", 400
    text = "Specified account name already exists in this instance."


class Protected(TargetFailure):
    """The account is the instance's administrator, or holds such powers."""

    code, status = "IncorrectAccountType", 403
    text = "Current account type does not support this operation."


class AccountOwnsObjects(TargetFailure):
    """The account owns databases or objects."""

    code, status = "Account.DelError", 400
    text = "Delete Account failed, please check your input value or may your account own objects"


class NoSuchDatabase(TargetFailure):
    """The instance has no such database."""

    code, status = "InvalidDBName.NotFound", 404
    text = "Specified DB name does not exist."


class DatabaseTaken(TargetFailure):
    """The instance has a database of that name."""

    code, status = "InvalidDBName.Duplicate", 400
    text = "Specified DB name already exists in the This instance."


class DatabaseBusy(TargetFailure):
    """The database has sessions."""

    code, status = "OperationDenied.DBStatus", 403
    text = "The operation is not permitted due to status of the database."


NoInstance = fact(
    "InvalidDBInstanceId.NotFound",
    404,
    "The DBInstanceId provided does not exist in records.",
    why="No such instance is registered in the account.",
)
