"""Errors a caller sees: Alibaba Cloud's code, HTTP status and published text."""

from collections.abc import Mapping
from typing import Any, ClassVar


class ApiError(Exception):
    """Base of everything the gateway answers with an error body.

    Subclasses are named for the fact and declare `code`, `status` and `text`; `{names}` in the text
    are filled from keyword arguments.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    text: ClassVar[str]
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, **values: str) -> None:
        self.message = self.text.format(**values) if values else self.text
        super().__init__(f"{self.code}: {self.message}")

    def details(self) -> dict[str, Any]:
        """Return further members of the error body."""
        return {}


def fact(code: str, status: int, text: str, *, why: str) -> type[ApiError]:
    """Declare an error that is no more than a fact: `NoUser = fact("EntityNotExist.User", 404, …)`.

    why: When it is answered, for the reference page.
    """
    members = {"__doc__": why, "code": code, "status": status, "text": text}
    return type(code, (ApiError,), members)


class MalformedDocument(ApiError):
    """The body is no document of the form that the operation takes."""

    code, status = "MalformedXML", 400
    text = (
        "The XML you provided was not well-formed or did not validate against our published schema."
    )


class InvalidField(ValueError):
    """A parameter's value is refused; the product's dialect turns it into a code.

    why: `Length`, `InvalidChars`, `Format`, `Range` or empty.
    """

    def __init__(self, name: str, why: str, **values: object) -> None:
        self.name = name
        self.why = why
        self.values = values
        super().__init__(f"{name}: {why}")


class MissingField(ValueError):
    """A required parameter is absent."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


class InternalError(ApiError):
    """Our fault; the cause is logged under the request id and never shown."""

    code, status, text = "InternalError", 500, "An internal error occurred."


class ServiceUnavailable(ApiError):
    """The store cannot take the call now; nothing was done."""

    code, status = "ServiceUnavailable", 503
    text = "The request has failed due to a temporary failure of the server."


class UnsupportedMethod(ApiError):
    """The method is neither GET nor POST, or the operation takes the other one."""

    code, status, text = "UnsupportedHTTPMethod", 400, "This http method is not supported."


class Throttled(ApiError):
    """The account's share of this operation is used up for the moment."""

    code, status = "Throttling.User", 400
    text = "Request was denied due to user flow control."
    headers: ClassVar[Mapping[str, str]] = {"x-acs-retry-after": "1000"}


class NotSupported(ApiError):
    """A published operation or parameter that this platform refuses by name."""

    code, status = "UnsupportedOperation", 400
    text = "juyong does not support {name}: {reason}"


class RefusedParameter(ApiError):
    """Base of the errors that refuse a parameter, by its form or by its meaning."""


class BadParameter(RefusedParameter):
    """A parameter is missing or refused; made by a product's dialect with its own code."""

    code, status, text = "InvalidParameter", 400, "The parameter is invalid."

    def __init__(self, code: str, message: str) -> None:
        Exception.__init__(self, f"{code}: {message}")
        self.code = code  # type: ignore[misc]  # the code names the parameter
        self.message = message
