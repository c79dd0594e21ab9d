"""Errors that RAM and IMS word alike for every type of resource.

Each is declared by its code, which tells what kind of error it is; why: When it is answered.
"""

from juyong.api.errors import ApiError, fact


def missing(code: str, noun: str, why: str = "") -> type[ApiError]:
    """Declare that there is no such thing; without `why`, in the account."""
    why = why or f"No such {noun} in the account."
    return fact(code, 404, f"The {noun} does not exist.", why=why)


def taken(code: str, noun: str, why: str = "The name is taken.") -> type[ApiError]:
    """Declare that there is such a thing already."""
    return fact(code, 409, f"The {noun} does already EXIST.", why=why)


def full(code: str, nouns: str, quota: str, holder: str = "account") -> type[ApiError]:
    """Declare that the account, or another holder, has as many as its quota allows."""
    text = f"The count of {nouns} beyond the current limits."
    return fact(code, 409, text, why=f"The {holder} holds its quota `{quota}`.")


def in_use(code: str, what: str, why: str) -> type[ApiError]:
    """Declare that something cannot be deleted: `DeleteConflict.User.Group`, `be in any group`."""
    noun = code.split(".")[1].lower()
    return fact(code, 409, f"The {noun} CAN NOT {what} while deleting the {noun}.", why=why)


def mandatory(code: str, why: str) -> type[ApiError]:
    """Declare that a parameter is needed here: `MissingUserId`."""
    return fact(code, 400, f"{code.removeprefix('Missing')} is mandatory for this action.", why=why)


def incorrect(parameter: str, why: str) -> type[ApiError]:
    """Declare that a parameter is refused for what it means: `ServiceName`."""
    text = f'The parameter - "{parameter}" is incorrect.'
    return fact(f"InvalidParameter.{parameter}", 400, text, why=why)
