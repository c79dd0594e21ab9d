"""Bounds on all that a client may send; more is refused or told, never passed unseen."""

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of one site; sizes in bytes.

    body: Of a request body that is inspected, files in multipart forms included.
    body_without_files: Of any other body. fields: Of the fields of a form with files.
    form: Of a form with files that is read while the form arrives, so that no buffer holds it.
    inflated: Of a body after its content coding, and ratio: by how much it may grow.
    arguments: Of a target and a form together, and of the attributes of XML.
    values: Of a JSON body, with its objects and lists and the arguments of the target.
    names: Of all names of a JSON body together: a value's name holds those of all levels above.
    part_seen: How much of a file in a multipart form is inspected.
    work: Steps of the Python engine for one request, each about one microsecond; beyond, the
        request is refused. The native core needs no such bound.
    """

    head: int = 65_536
    body: int = 13_107_200
    body_without_files: int = 1_048_576
    fields: int = 131_072
    form: int = 1_073_741_824
    inflated: int = 1_048_576
    ratio: int = 100
    arguments: int = 1_000
    values: int = 6_000
    names: int = 524_288
    parts: int = 256
    json_depth: int = 512
    xml_depth: int = 256
    part_seen: int = 4_096
    response_body: int = 524_288
    transaction_keys: int = 2_000
    work: int = 2_000_000
