//! Heads as they leave, cut from the bytes that were read.

use crate::heads::{of, Field, Request, Response};

/// Writes the head of a request as a backend gets the head.
pub fn to_backend(block: &[u8], head: &Request, about_client: &[u8], framing: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(block.len() + about_client.len() + framing.len() + 64);
    // The core reads heads in origin form of HTTP/1.1 only, so the first line leaves as it came.
    out.extend_from_slice(&block[..head.target.1 as usize]);
    out.extend_from_slice(b" HTTP/1.1\r\n");
    write(&mut out, block, &head.fields, |field| field.to_backend);
    for part in [about_client, framing, b"\r\n"] {
        out.extend_from_slice(part);
    }
    out
}

/// Writes the head of a response as a client gets the head, with the body behind.
pub fn to_client(block: &[u8], head: &Response, framing: &[u8], body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(block.len() + framing.len() + body.len() + 64);
    out.extend_from_slice(&block[..head.reason.1 as usize]);
    out.extend_from_slice(b"\r\n");
    write(&mut out, block, &head.fields, |field| field.to_client);
    for part in [framing, b"\r\n", body] {
        out.extend_from_slice(part);
    }
    out
}

/// Writes the headers that go on; neighbours that are spelt as they leave are one piece.
fn write(out: &mut Vec<u8>, block: &[u8], fields: &[Field], goes: fn(&Field) -> bool) {
    let mut piece = 0..0;
    for field in fields.iter().filter(|field| goes(field)) {
        let (from, to) = (field.name.0 as usize, field.value.1 as usize + 2);
        if field.as_is && from == piece.end {
            piece.end = to;
            continue;
        }
        out.extend_from_slice(&block[piece]);
        piece = 0..0;
        if field.as_is {
            piece = from..to;
            continue;
        }
        for part in [
            of(block, field.name),
            b": ",
            of(block, field.value),
            b"\r\n",
        ] {
            out.extend_from_slice(part);
        }
    }
    out.extend_from_slice(&block[piece]);
}

/// Writes a number with at least so many digits.
pub fn number(out: &mut Vec<u8>, mut value: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    while value > 0 {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    let at = at.min(digits.len() - width);
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heads::request;
    use crate::tables::Tables;

    #[test]
    fn headers_leave_in_one_spelling() {
        let text =
            b"GET /a HTTP/1.1\r\nHost: x\r\nA:b\r\nConnection: close\r\nC: \r\nD:\te \r\nF: g\r\n";
        let head = request(text, &Tables::for_tests()).unwrap();
        let out = to_backend(text, &head, b"X: y\r\n", b"");
        let said = "GET /a HTTP/1.1\r\nHost: x\r\nA: b\r\nC: \r\nD: e\r\nF: g\r\nX: y\r\n\r\n";
        assert_eq!(String::from_utf8(out).unwrap(), said);
    }
}
