"""A request's body to what rules ask for: coding undone, read by its processor, within limits."""

from juyong.engines.inspect.bodies.codings import decoded
from juyong.engines.inspect.bodies.form import read_pairs
from juyong.engines.inspect.bodies.guessed import read_guessed
from juyong.engines.inspect.bodies.json import read_json
from juyong.engines.inspect.bodies.media import JSON, MULTIPART, URLENCODED, processor_of
from juyong.engines.inspect.bodies.multipart import FormReader, read_multipart
from juyong.engines.inspect.bodies.parsed import Parsed, Refusal
from juyong.engines.inspect.http import Request, all_of, header
from juyong.engines.inspect.limits import Limits


def read_body(
    request: Request,
    body: bytes,
    limits: Limits,
    *,
    processor: str | None = None,
    force_raw: bool = False,
    cut: bool = False,
    separator: bytes = b"&",
) -> Parsed:
    """Return what a body says.

    Args:
        body: As sent, content codings in place.
        processor: As `ctl:requestBodyProcessor` names one; None for that of the media type.
        force_raw: `ctl:forceRequestBodyVariable`: REQUEST_BODY holds also what no processor reads.
        cut: The body was longer, and only this was kept. An early end is no fault then.
        separator: Between arguments of a form.

    A body that cannot be read has `error` and `refusal`; rules run on what was read, and where
    they let the request pass, the engine answers with the refusal.
    """
    chosen = processor_of(request.headers) if processor is None else processor.upper()
    parsed = Parsed(processor=chosen, length=len(body), cut=cut)
    bound_arguments(request, parsed, limits, separator)
    if not body:
        return parsed
    if len(set(all_of(request.headers, b"content-type"))) > 1:
        parsed.refuse("the request has several content types")
    inflated = decoded(request.headers, body, limits, cut=cut)
    if isinstance(inflated, Refusal):
        parsed.refuse(inflated.reason, status=inflated.status)
        parsed.raw = body[: limits.body_without_files]
        return parsed
    _check_size(inflated, parsed, limits)
    parsed.length = len(inflated)
    _process(request, inflated, parsed, limits, separator)
    if chosen == URLENCODED or (force_raw and not chosen):
        parsed.raw = inflated[: limits.body_without_files]
        if not chosen:
            read_guessed(parsed.raw, parsed, limits)
    bound_arguments(request, parsed, limits, separator)
    return parsed


def bound_arguments(
    request: Request, parsed: Parsed, limits: Limits, separator: bytes = b"&"
) -> None:
    """Refuse a request whose target and body hold too many arguments together."""
    query = request.target.partition(b"?")[2]
    in_target = query.count(separator) + 1 if query else 0
    if in_target > limits.arguments:
        parsed.refuse(f"the target has more than {limits.arguments} arguments")
    most = limits.values if parsed.processor == JSON else limits.arguments
    if len(parsed.arguments) + in_target > most:
        del parsed.arguments[most:]
        parsed.refuse(f"the request has more than {most} arguments")


def form_reader(request: Request, limits: Limits) -> FormReader | None:
    """Return a reader that takes a form while the form arrives; None where the whole is needed.

    A form with files needs no buffer: its reader holds the fields and the first bytes of files.
    """
    if processor_of(request.headers) != MULTIPART or header(request.headers, b"content-encoding"):
        return None
    told = header(request.headers, b"content-type") or b""
    return FormReader(told, Parsed(processor=MULTIPART), limits)


def _check_size(body: bytes, parsed: Parsed, limits: Limits) -> None:
    most = limits.body if parsed.processor == MULTIPART else limits.body_without_files
    if parsed.processor and len(body) > most and not parsed.cut:
        parsed.refuse(f"the body has more than {most} bytes", status=413)


def _process(
    request: Request, body: bytes, parsed: Parsed, limits: Limits, separator: bytes
) -> None:
    told = header(request.headers, b"content-type") or b""
    match parsed.processor:
        case "URLENCODED":
            parsed.arguments = read_pairs(
                body[: limits.body_without_files], separator, most=limits.arguments
            )
        case "MULTIPART":
            read_multipart(told, body, parsed, limits)
        case "JSON":
            read_json(body, parsed, limits)
        case "XML":
            from juyong.engines.inspect.bodies.xml import read_xml  # noqa: PLC0415  # a library

            read_xml(body, parsed, limits)
        case _:
            pass
