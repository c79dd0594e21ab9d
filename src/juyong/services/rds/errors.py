"""The documented error codes, and the way a database's failures become them."""

from collections.abc import Iterator
from contextlib import contextmanager

from juyong.api.errors import ApiError
from juyong.services.rds import failures


class NoInstance(ApiError):
    """No such instance is registered in the account."""

    code, status = "InvalidDBInstanceId.NotFound", 404
    text = "The DBInstanceId provided does not exist in records."


class ServerUnreachable(ApiError):
    """The database does not answer, or does not let its administrator in; nothing was changed."""

    code, status = "Database.ConnectError", 400
    text = "Database connect error. please check instance status and database processlist"


class DriverMissing(ApiError):
    """The platform is installed without the driver of the engine."""

    code, status, text = "ServiceUnavailable", 503, "{why}"


class ServerRefused(ApiError):
    """The database, or its administrator's lack of rights, does not allow it."""

    code, status = "SqlExecuteFailedOrTimeout", 400
    text = "sql command execution failed or timed out:{why}."


class NoAccount(ApiError):
    """The instance has no such account."""

    code, status = "InvalidAccountName.NotFound", 404
    text = "Specified account name does not exist."


class AccountExists(ApiError):
    """The instance has an account of that name."""

    code, status = "InvalidAccountName.Duplicate", 400
    text = "Specified account name already exists in this instance."


class AccountProtected(ApiError):
    """The account is the instance's administrator, or holds such powers."""

    code, status = "IncorrectAccountType", 403
    text = "Current account type does not support this operation."


class AccountOwnsObjects(ApiError):
    """The account owns databases or objects."""

    code, status = "Account.DelError", 400
    text = "Delete Account failed, please check your input value or may your account own objects"


class NoDatabase(ApiError):
    """The instance has no such database."""

    code, status = "InvalidDBName.NotFound", 404
    text = "Specified DB name does not exist."


class DatabaseExists(ApiError):
    """The instance has a database of that name."""

    code, status = "InvalidDBName.Duplicate", 400
    text = "Specified DB name already exists in the This instance."


class DatabaseBusy(ApiError):
    """The database has sessions."""

    code, status = "OperationDenied.DBStatus", 403
    text = "The operation is not permitted due to status of the database."


class BadPrivilege(ApiError):
    """The engine has no such privilege of a database."""

    code, status = "InvalidAccountPrivilege.Malformed", 400
    text = "Specified account privilege is not valid."


class BadTag(ApiError):
    """A key or value is too long, reserved or holds a link, or keys repeat."""

    code, status, text = "InvalidTag.Format", 400, "Specified tag is not valid."


class TooManyTags(ApiError):
    """An instance would hold more than 20 tags."""

    code, status, text = "QuotaExceed.Tags", 400, "The quota of tags exceeds."


UNREACHABLE = (ServerUnreachable, DriverMissing)
"""The errors of every operation that asks the database."""

_ANSWERS: dict[type[failures.TargetFailure], type[ApiError]] = {
    failures.Unreachable: ServerUnreachable,
    failures.NoSuchAccount: NoAccount,
    failures.AccountTaken: AccountExists,
    failures.NoSuchDatabase: NoDatabase,
    failures.DatabaseTaken: DatabaseExists,
    failures.Protected: AccountProtected,
}


@contextmanager
def as_answers(in_use: type[ApiError] = DatabaseBusy) -> Iterator[None]:
    """Turn a database's failures into answers; `in_use` words InUse."""
    try:
        yield
    except failures.DriverMissing as missing:
        raise DriverMissing(why=str(missing)) from None
    except failures.InUse:
        raise in_use from None
    except failures.TargetFailure as failure:
        for kind, answer in _ANSWERS.items():
            if isinstance(failure, kind):
                raise answer from None
        raise ServerRefused(why=str(failure)) from None
