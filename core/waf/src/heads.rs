//! Heads of HTTP/1.1 in their usual spelling, read strictly.
//!
//! A head is read here or not at all: everything unusual gives `None`, and the reader in Python
//! (`src/juyong/waf/http1/heads.py`) takes or refuses such a head, and words the refusal. So what is
//! read here must be what that reader reads, and tests hold both equal.

use crate::tables::{Framing, Tables};

/// A part of a head, by its first byte and the byte behind its last one.
pub type Span = (u32, u32);

/// The body has chunks, or ends with the connection.
pub const CHUNKED: i64 = -1;
pub const UNTIL_CLOSE: i64 = -2;

/// A header: its name as sent, its value without white space around, and who gets the header.
pub struct Field {
    pub name: Span,
    pub value: Span,
    pub to_backend: bool,
    pub to_client: bool,
    /// The member of the log, counted from 1; 0 for none.
    pub member: u8,
    /// Whether the line is spelt as headers leave: a colon and one space before the value.
    pub as_is: bool,
}

/// The head of a request with a target in origin form.
pub struct Request {
    pub method: Span,
    pub target: Span,
    pub authority: Span,
    pub fields: Vec<Field>,
    pub length: i64,
    pub keeps: bool,
    pub expects_continue: bool,
}

/// The head of a response from status 200 on.
pub struct Response {
    pub status: u16,
    pub reason: Span,
    pub fields: Vec<Field>,
    pub length: i64,
    pub keeps: bool,
}

/// What the headers tell about the message.
#[derive(Default)]
struct Told {
    fields: Vec<Field>,
    connection: Option<Span>,
    content_length: Option<Span>,
    content_type: Option<Span>,
    expect: Option<Span>,
    host: Option<Span>,
    transfer_encoding: Option<Span>,
    upgrade: Option<Span>,
}

/// Returns the bytes of a part.
pub fn of(block: &[u8], span: Span) -> &[u8] {
    &block[span.0 as usize..span.1 as usize]
}

/// Reads the head of a request; the block has the ends of its lines, and no empty line.
pub fn request(block: &[u8], tables: &Tables) -> Option<Request> {
    let (head, end) = request_in(block, tables)?;
    (end == block.len()).then_some(head)
}

/// Reads the head of a request that data begin with; returns where its empty line is, or the end.
fn request_in(block: &[u8], tables: &Tables) -> Option<(Request, usize)> {
    if u32::try_from(block.len()).is_err() {
        return None;
    }
    let method = block.iter().position(|byte| !is_token(*byte))?;
    if method == 0 || block[method] != b' ' {
        return None;
    }
    let target = method + 1;
    let length = block[target..].iter().position(|byte| !is_target(*byte))?;
    let end = target + length;
    let rest = block[end..].strip_prefix(b" HTTP/1.1\r\n")?;
    if block[target] != b'/' || length == 0 {
        return None;
    }
    let (told, behind) = headers(block, block.len() - rest.len(), tables)?;
    let authority = told.host?;
    if !is_host(of(block, authority)) {
        return None;
    }
    let length = length_of(block, &told)?;
    let head = Request {
        method: (0, method as u32),
        target: (target as u32, end as u32),
        authority,
        keeps: keeps(block, &told)?,
        expects_continue: told
            .expect
            .is_some_and(|span| of(block, span).eq_ignore_ascii_case(b"100-continue")),
        length: length.unwrap_or(0),
        fields: told.fields,
    };
    Some((head, behind))
}

/// Reads the head of a response; the block has the ends of its lines, and no empty line.
pub fn response(block: &[u8], tables: &Tables) -> Option<Response> {
    let (head, end) = response_in(block, tables)?;
    (end == block.len()).then_some(head)
}

/// Reads the head of a response that data begin with; returns where its empty line is, or the end.
fn response_in(block: &[u8], tables: &Tables) -> Option<(Response, usize)> {
    if u32::try_from(block.len()).is_err() {
        return None;
    }
    let rest = block.strip_prefix(b"HTTP/1.1 ")?;
    let digits = rest.get(..3)?;
    if !matches!(digits[0], b'2'..=b'9') || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let status = digits
        .iter()
        .fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    let end = line_end(block, 12)?;
    if block[12] != b' ' || end == 13 {
        return None;
    }
    let reason = (13, end as u32);
    let (told, behind) = headers(block, end + 2, tables)?;
    if told.upgrade.is_some() {
        return None;
    }
    let head = Response {
        status,
        reason,
        keeps: keeps(block, &told)?,
        length: length_of(block, &told)?.unwrap_or(UNTIL_CLOSE),
        fields: told.fields,
    };
    Some((head, behind))
}

/// Reads a request that is there whole, without a body, and is all of the data.
pub fn whole_request(data: &[u8], most: usize, tables: &Tables) -> Option<Request> {
    if data.len() > most + 4 {
        return None;
    }
    let (head, end) = request_in(data, tables)?;
    (head.length == 0 && data[end..] == *b"\r\n").then_some(head)
}

/// Reads a response that is there whole, and is all of the data; returns where its body begins.
pub fn whole_response(
    data: &[u8],
    most: usize,
    mute: bool,
    tables: &Tables,
) -> Option<(Response, usize)> {
    let (head, end) = response_in(data, tables)?;
    if end > most + 2 || !data[end..].starts_with(b"\r\n") {
        return None;
    }
    let bodiless = mute || is_bodiless(head.status);
    let length = if bodiless { 0 } else { head.length };
    let body = end + 2;
    (i64::try_from(data.len() - body) == Ok(length)).then_some((head, body))
}

/// Tells whether responses of a status have no body, whatever their heads say.
pub fn is_bodiless(status: u16) -> bool {
    matches!(status, 204 | 304)
}

/// Reads the lines of headers until an empty line or the end, and returns where that is.
///
/// `None` where a line is unusual, or a header that frames is repeated.
fn headers(block: &[u8], mut at: usize, tables: &Tables) -> Option<(Told, usize)> {
    let mut told = Told {
        fields: Vec::with_capacity(16),
        ..Told::default()
    };
    while at < block.len() && block[at] != b'\r' {
        let name = block[at..].iter().position(|byte| !is_token(*byte))?;
        if name == 0 || block[at + name] != b':' || told.fields.len() == tables.most_headers {
            return None;
        }
        let end = line_end(block, at + name + 1)?;
        let value = trimmed(block, at + name + 1, end);
        let known = tables.find(&block[at..at + name]);
        let place = match known.framing {
            Framing::None => None,
            Framing::Connection => Some(&mut told.connection),
            Framing::ContentLength => Some(&mut told.content_length),
            Framing::ContentType => Some(&mut told.content_type),
            Framing::Expect => Some(&mut told.expect),
            Framing::Host => Some(&mut told.host),
            Framing::TransferEncoding => Some(&mut told.transfer_encoding),
            Framing::Upgrade => Some(&mut told.upgrade),
        };
        if let Some(place) = place {
            if place.replace(value).is_some() {
                return None;
            }
        }
        told.fields.push(Field {
            name: (at as u32, (at + name) as u32),
            value,
            to_backend: known.to_backend,
            to_client: known.to_client,
            member: known.member,
            as_is: value == ((at + name + 2) as u32, end as u32) && block[at + name + 1] == b' ',
        });
        at = end + 2;
    }
    Some((told, at))
}

/// Returns where the CR LF of a line of plain characters is.
fn line_end(block: &[u8], from: usize) -> Option<usize> {
    let length = block[from..].iter().position(|byte| !is_plain(*byte))?;
    let end = from + length;
    block[end..].starts_with(b"\r\n").then_some(end)
}

fn trimmed(block: &[u8], mut from: usize, mut to: usize) -> Span {
    while from < to && matches!(block[from], b' ' | b'\t') {
        from += 1;
    }
    while from < to && matches!(block[to - 1], b' ' | b'\t') {
        to -= 1;
    }
    (from as u32, to as u32)
}

/// Returns the length of the body that the headers tell; the outer `None` says: unusual.
fn length_of(block: &[u8], told: &Told) -> Option<Option<i64>> {
    match (told.transfer_encoding, told.content_length) {
        (Some(_), Some(_)) => None,
        (Some(coding), None) => of(block, coding)
            .eq_ignore_ascii_case(b"chunked")
            .then_some(Some(CHUNKED)),
        (None, Some(length)) => {
            let digits = of(block, length);
            if !(1..=18).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
                return None;
            }
            let number = digits
                .iter()
                .fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
            Some(Some(number))
        }
        (None, None) => Some(None),
    }
}

fn keeps(block: &[u8], told: &Told) -> Option<bool> {
    let Some(connection) = told.connection else {
        return Some(true);
    };
    let word = of(block, connection);
    if word.eq_ignore_ascii_case(b"keep-alive") {
        Some(true)
    } else {
        word.eq_ignore_ascii_case(b"close").then_some(false)
    }
}

fn is_host(host: &[u8]) -> bool {
    let name = host.iter().position(|byte| *byte == b':');
    let (name, port) = host.split_at(name.unwrap_or(host.len()));
    !name.is_empty()
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._~!$&'()*+,;=-".contains(byte))
        && port.len() <= 6
        && port.iter().skip(1).all(u8::is_ascii_digit)
}

/// The classes of each byte, as bits.
static CLASSES: [u8; 256] = classes();
const TOKEN: u8 = 1;
const TARGET: u8 = 2;
const PLAIN: u8 = 4;

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let each = byte as u8;
        if each.is_ascii_alphanumeric() {
            table[byte] |= TOKEN;
        }
        if matches!(each, 0x21 | 0x22 | 0x24..=0x7e | 0x80..=0xff) {
            table[byte] |= TARGET;
        }
        if matches!(each, b'\t' | 0x20..=0x7e | 0x80..=0xff) {
            table[byte] |= PLAIN;
        }
        byte += 1;
    }
    let signs = b"!#$%&'*+-.^_`|~";
    let mut at = 0;
    while at < signs.len() {
        table[signs[at] as usize] |= TOKEN;
        at += 1;
    }
    table
}

fn is_token(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & TOKEN != 0
}

fn is_target(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & TARGET != 0
}

fn is_plain(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & PLAIN != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Request> {
        request(text.as_bytes(), &Tables::for_tests())
    }

    #[test]
    fn a_usual_head_is_read() {
        let text = "GET /a?b HTTP/1.1\r\nHost: x:80\r\nA: \t b \r\nConnection: Close\r\n";
        let head = read(text).unwrap();
        assert_eq!(of(text.as_bytes(), head.target), b"/a?b");
        assert_eq!(of(text.as_bytes(), head.fields[1].value), b"b");
        assert!(!head.keeps && head.length == 0);
    }

    #[test]
    fn unusual_heads_are_left_to_python() {
        for text in [
            "",
            "GET / HTTP/1.1\r\n",
            "GET / HTTP/1.1\r\nHost: x",
            "GET / HTTP/1.1\r\nHost: x\n",
            "GET / HTTP/1.0\r\nHost: x\r\n",
            "GET a HTTP/1.1\r\nHost: x\r\n",
            "GET /#a HTTP/1.1\r\nHost: x\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\n a: b\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nConnection: te\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n",
        ] {
            assert!(read(text).is_none(), "{text:?}");
        }
    }
}
