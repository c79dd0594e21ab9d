"""The page of errors that any call can meet, whatever the product."""

import inspect
from types import ModuleType

from juyong.api import errors as common
from juyong.api.errors import ApiError
from juyong.api.product import Product
from juyong.front import refusal
from juyong.front.refusal import Refusal
from juyong.gateway import errors as gateway
from pages.docstring import docstring_of
from pages.markdown import code, page, table

_COMMON = ("InternalError", "ServiceUnavailable", "Throttled", "NotSupported")
_BODY = """\
An error body holds `RequestId`, `HostId`, `Code`, `Message` and `Recommend`, in JSON or, when the call says `Format=XML`, in XML.
A denial holds `AccessDeniedDetail` besides, whose `EncodedDiagnosticMessage` opens with `DecodeDiagnosticMessage`.
`{names}` in a text are filled from the call."""  # noqa: E501  # a sentence a line


def errors_page(products: list[Product]) -> str:
    """Write the page."""
    return page(
        "Errors that any call can meet",
        _BODY,
        "## Of the gateway\n\n" + _classes(gateway),
        "## Of the platform\n\n" + _classes(common, _COMMON),
        "## Of parameters and permissions\n\n" + _dialects(products),
        "## Of the front\n\n" + _front(),
    )


def _classes(module: ModuleType, names: tuple[str, ...] = ()) -> str:
    found = [
        error
        for name, error in inspect.getmembers(module, inspect.isclass)
        if issubclass(error, ApiError)
        and error.__module__ == module.__name__
        and (not names or name in names)
    ]
    rows = [
        (code(_code_of(error)), str(error.status), error.text, docstring_of(error).summary)
        for error in found
    ]
    return table(("Code", "Status", "Text", "When"), sorted(rows))


def _code_of(error: type[ApiError]) -> str:
    return "Missing{name}" if error is gateway.MissingCommon else error.code


def _dialects(products: list[Product]) -> str:
    rows = []
    for product in products:
        dialect = product.dialect
        denied, status, _ = dialect.denied
        rows.append(
            (
                product.title,
                code(dialect.missing[0]),
                code(dialect.invalid_code),
                f"{status} {code(denied)}",
            )
        )
    said = (
        "Each product words these in its own way; `{why}` is `Length`, `InvalidChars`, `Format`,"
        " `Range` or absent.\nParameter errors have status 400."
    )
    headers = ("Product", "Missing parameter", "Refused value", "Denied")
    return f"{said}\n\n{table(headers, rows)}"


def _front() -> str:
    found = [one for _, one in inspect.getmembers(refusal, lambda v: isinstance(v, Refusal))]
    found.append(refusal.host_not_allowed("HOST"))
    rows = [(code(one.code), str(one.status.value), one.message) for one in found]
    return table(("Code", "Status", "Text"), sorted(rows))
