"""HTTP messages out of fuzzed bytes: a start line, headers, an empty line, a body."""

from juyong.api.request import Raw


def raw_from(data: bytes) -> Raw:
    """Read `METHOD PATH?QUERY`, header lines and a body; anything is some message.

    What no HTTP parser passes on (control characters in heads) is left out.
    """
    head, _, body = data.partition(b"\n\n")
    start, *lines = head.decode("latin-1").split("\n")
    method, _, target = start.partition(" ")
    path, _, query = target.partition("?")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        key, text = _printable(name).lower().strip(), _printable(value).strip(" \t")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    return Raw(
        method=_printable(method),
        path=_printable(path),
        query=_printable(query),
        headers=headers,
        body=body,
        peer="127.0.0.1",
        secure=False,
    )


def _printable(text: str) -> str:
    return "".join(c for c in text if c >= " " and c != "\x7f")
