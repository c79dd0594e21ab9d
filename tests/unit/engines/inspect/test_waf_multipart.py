"""Forms with files: fields, names and first bytes; every departure from the format is refused."""

import pytest
from tests.unit.engines.inspect.requests import request

from juyong.engines.inspect.bodies.parsed import FLAGS
from juyong.engines.inspect.bodies.read import form_reader, read_body
from juyong.engines.inspect.limits import Limits
from juyong.engines.inspect.variables import body_variables, request_variables

STRICT = {"MULTIPART_STRICT_ERROR"}
KIND = b"multipart/form-data; boundary=XyZ"
FIELD = b'Content-Disposition: form-data; name="q"'
FILE = b'Content-Disposition: form-data; name="f"; filename="a.txt"'


def form(*parts, end=b"--XyZ--\r\n", line=b"\r\n"):
    """Return a body; parts: Head and content of each."""
    made = b"".join(b"--XyZ" + line + head + line * 2 + text + line for head, text in parts)
    return made + end


def read(body, kind=KIND, **limits):
    return read_body(request(method=b"POST", kind=kind), body, Limits(**limits))


def flagged(parsed):
    asked = request(kind=KIND)
    made = body_variables(parsed, known=request_variables(asked))
    return {name for name in made if name in FLAGS | STRICT and made[name][0].value == b"1"}


@pytest.mark.parametrize(
    "kind",
    [
        b"multipart/form-data; boundary=----geckoformboundaryf00;charset=UTF-8",
        b"multipart/form-data;charset=UTF-8;boundary=----geckoformboundaryf00",
        b'Multipart/Form-Data; Boundary="----geckoformboundaryf00"',
        b"multipart/form-data; boundary=----geckoformboundaryf00;",
    ],
)
def test_parameters_of_the_type_are_parsed(kind):
    body = form((FIELD, b"1")).replace(b"XyZ", b"----geckoformboundaryf00")
    parsed = read(body, kind)
    assert parsed.refusal is None
    assert parsed.arguments == [(b"q", b"1")]
    asked = request(kind=kind)
    made = body_variables(parsed, known=request_variables(asked))
    assert made["MULTIPART_STRICT_ERROR"][0].value == b"0"


@pytest.mark.parametrize(
    "kind",
    [
        b"multipart/form-data",
        b"multipart/form-data; boundary=",
        b"multipart/form-data; boundary=XyZ; boundary=b",
        b"multipart/form-data; boundary=X\xe9",
        b"multipart/form-data; boundary=" + b"x" * 71,
        b'multipart/form-data; boundary="XyZ',
        b"multipart/form-data; boundary=XyZ; boundary",
    ],
)
def test_a_type_without_one_boundary_is_refused_and_its_body_seen(kind):
    parsed = read(form((FIELD, b"evil")), kind)
    assert parsed.refusal is not None
    assert parsed.refusal.status == 400
    assert b"evil" in parsed.arguments[0][1]


@pytest.mark.parametrize(
    "head",
    [
        b'Content-Disposition: form-data; name="form:j_id1:input"',
        b'Content-Disposition: form-data; name="1_$ACTION_ID:x"',
        b'Content-Disposition: form-data; name="user\'s choice"',
        b"Content-Disposition: form-data; name=plain",
        'Content-Disposition: form-data; name="名前"'.encode(),
        FIELD + b"\r\nContent-Type: text/plain; charset=utf-8",
        FIELD + b"\r\nContent-Transfer-Encoding: 8bit",
        b'content-disposition:form-data;name="q"',
    ],
)
def test_names_that_clients_send_pass(head):
    parsed = read(form((head, b"1")))
    assert parsed.refusal is None
    assert [value for _, value in parsed.arguments] == [b"1"]


@pytest.mark.parametrize(
    ("head", "flag"),
    [
        (b'Content-Disposition: form-data; name="a"b"', "MULTIPART_INVALID_QUOTING"),
        (b'Content-Disposition: form-data; name="a\\"', "MULTIPART_INVALID_QUOTING"),
        (
            b"Content-Disposition: form-data; name='a;filename=\"b'\"",
            "MULTIPART_INVALID_QUOTING",
        ),
        (b"Content-Disposition: form-data; name='a'", "MULTIPART_INVALID_QUOTING"),
        (b'Content-Disposition: form-data; name="a" filename="b"', "MULTIPART_SEMICOLON_MISSING"),
        (b'Content-Disposition: form-data name="a"', "MULTIPART_INVALID_PART"),
        (b'Content-Disposition: form-data; name="a"; name="b"', "MULTIPART_INVALID_PART"),
        (b'Content-Disposition: form-data; filename="a"', "MULTIPART_INVALID_PART"),
        (b'Content-Disposition: attachment; name="a"', "MULTIPART_INVALID_PART"),
        (FIELD + b"\r\n" + FIELD, "MULTIPART_INVALID_PART"),
        (FIELD + b"\r\nno header", "MULTIPART_INVALID_PART"),
        (FIELD + b"\r\nX Y: 1", "MULTIPART_INVALID_PART"),
        (FIELD + b"\r\nX-Y : 1", "MULTIPART_INVALID_PART"),
        (FIELD + b";\r\n filename=a", "MULTIPART_HEADER_FOLDING"),
        (FIELD + b"\nX-Y: 1", "MULTIPART_INVALID_HEADER_FOLDING"),
        (FIELD + b"\0", "MULTIPART_INVALID_HEADER_FOLDING"),
        (b"X\x01-Y: 1\r\n" + FIELD, "MULTIPART_INVALID_HEADER_FOLDING"),
        (FIELD + b"\r\nContent-Transfer-Encoding: base64", "MULTIPART_INVALID_PART"),
        (FIELD + b"\r\nContent-Transfer-Encoding: quoted-printable", "MULTIPART_INVALID_PART"),
        (b"X: 1", "MULTIPART_INVALID_PART"),
    ],
)
def test_a_head_that_servers_read_differently_is_refused(head, flag):
    parsed = read(form((head, b"evil")))
    assert parsed.refusal is not None
    assert parsed.refusal.status == 400
    assert flagged(parsed) == {flag, "MULTIPART_STRICT_ERROR"}
    # Rules see head and content also where nothing is enforced.
    seen = b"".join(value for _, value in parsed.arguments)
    assert b"evil" in seen
    assert head in seen


@pytest.mark.parametrize(
    ("body", "flag"),
    [
        (b"--XyZ--\r\n" + form((FIELD, b"evil")), "MULTIPART_DATA_AFTER"),
        (form((FIELD, b"1")) + b"evil", "MULTIPART_DATA_AFTER"),
        (form((FIELD, b"1"), end=b"--XyZ--\r\n--XyZ\r\nevil"), "MULTIPART_DATA_AFTER"),
        (b"evil\r\n" + form((FIELD, b"1")), "MULTIPART_DATA_BEFORE"),
        (form((FIELD, b"evil"), line=b"\n"), "MULTIPART_LF_LINE"),
        (form((FIELD, b"a\n--XyZ\n" + FIELD + b"\n\nevil")), "MULTIPART_LF_LINE"),
        (form((FIELD, b"evil"), end=b"--XyZq--\r\n"), "MULTIPART_UNMATCHED_BOUNDARY"),
        (form((FIELD, b"evil"), end=b"--XyZ \r\n"), "MULTIPART_UNMATCHED_BOUNDARY"),
        (form((FIELD, b"evil"), end=b""), "MULTIPART_INVALID_PART"),
        (b"--XyZ\r\n" + FIELD + b"; evil", "MULTIPART_INVALID_PART"),
        (b"--XyZ\r\n\r\nevil\r\n--XyZ--\r\n", "MULTIPART_INVALID_PART"),
        (b"--XyZ\r\n" + FIELD + b"\r\n\r\n--XyZ\r\nevil", "MULTIPART_INVALID_PART"),
        (b"--XyZ\r\nevil: " + b"x" * 9000, "MULTIPART_INVALID_PART"),
    ],
)
def test_a_body_that_departs_from_the_format_is_refused_and_seen(body, flag):
    parsed = read(body)
    assert parsed.refusal is not None
    assert parsed.refusal.status == 400
    assert {flag, "MULTIPART_STRICT_ERROR"} <= flagged(parsed)
    assert any(b"evil" in value for _, value in parsed.arguments)


@pytest.mark.parametrize("end", [b"--XyZ--", b"--XyZ--\r\n", b"--XyZ--\r\n\r\n"])
def test_line_breaks_behind_the_end_pass(end):
    assert read(form((FIELD, b"1"), end=end)).refusal is None


def test_a_closing_boundary_alone_is_refused():
    assert read(b"--XyZ--\r\n").refusal is not None


@pytest.mark.parametrize(
    ("sent", "names"),
    [
        (rb'filename="C:\dir\x.php"', [rb"C:\dir\x.php"]),
        (rb'filename="a\"b"', [b'a"b']),
        (b"filename=a.txt; filename*=utf-8''b%2Ephp", [b"a.txt", b"b.php"]),
        (b"filename*=UTF-8'en'%E2%82%AC.txt", ["€.txt".encode()]),
        (b'filename=""', [b""]),
    ],
)
def test_file_names_stay_as_sent(sent, names):
    parsed = read(form((b'Content-Disposition: form-data; name="f"; ' + sent, b"x")))
    assert parsed.refusal is None
    assert [file.filename for file in parsed.files] == names


def test_a_part_with_an_empty_file_name_is_a_field_too():
    head = b'Content-Disposition: form-data; name="f"; filename=""'
    assert read(form((head, b"evil"))).arguments == [(b"f", b"evil")]
    assert read(form((head, b""))).arguments == []


@pytest.mark.parametrize(("parts", "refused"), [(3, False), (4, True)])
def test_parts_are_counted(parts, refused):
    parsed = read(form(*[(FILE, b"1")] * parts), parts=3)
    assert (parsed.refusal is not None) == refused
    assert ("MULTIPART_FILE_LIMIT_EXCEEDED" in parsed.flags) == refused


@pytest.mark.parametrize(("length", "refused"), [(50, False), (51, True)])
def test_fields_are_short_and_files_may_be_long(length, refused):
    parsed = read(form((FIELD, b"x" * length), (FILE, b"y" * 9000)), fields=50)
    assert (parsed.refusal is not None and parsed.refusal.status == 413) == refused


def test_a_form_is_read_while_it_arrives():
    body = form((FIELD, b"a\rb\n"), (FILE, b"--Xy" * 30_000), (FIELD, b"evil"))
    whole = read(body)
    for size in (1, 7, 4096):
        reader = form_reader(request(kind=KIND), Limits())
        for start in range(0, len(body[:9000] if size == 1 else body), size):
            reader.add(body[start : start + size])
            # Of a file on its way only the first bytes are held.
            assert sum(len(file.begins) for file in reader.parsed.files) <= 4096
        parsed = reader.end()
        if size > 1:
            assert parsed == whole
        assert parsed.arguments[0] == (b"q", b"a\rb\n")
    assert whole.files[0].size == 120_000


def test_an_upload_that_breaks_off_never_counts_as_whole():
    reader = form_reader(request(kind=KIND), Limits())
    reader.add(form((FIELD, b"1"), (FILE, b"22"))[:-8])
    assert reader.parsed.refusal is None
    assert reader.end().refusal is not None


@pytest.mark.parametrize(
    ("most", "cut", "refused"), [(0, False, False), (1, False, True), (1, True, False)]
)
def test_a_form_that_arrives_is_bounded(most, cut, refused):
    body = form((FILE, b"y" * 9000))
    reader = form_reader(request(kind=KIND), Limits(form=len(body) - most))
    reader.parsed.cut = cut
    reader.add(body[:100])
    reader.add(body[100:])
    refusal = reader.end().refusal
    assert (refusal is not None and refusal.status == 413) == refused


def test_only_forms_without_a_coding_are_read_while_they_arrive():
    assert form_reader(request(kind=b"application/json"), Limits()) is None
    coded = request(kind=KIND, headers=((b"Content-Encoding", b"gzip"),))
    assert form_reader(coded, Limits()) is None
