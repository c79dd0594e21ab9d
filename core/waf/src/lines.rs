//! The line of the access log of a request that simply passed.
//!
//! A text that JSON would escape, or that the log would cut, gives `None`: Python writes such a line.

use crate::heads::{of, Request};
use crate::tables::Tables;
use crate::writing::number;

const MOST_CHARS: usize = 2_048;

/// What a request came to; times in milliseconds. Parts of JSON begin with a comma, or are empty.
pub struct Outcome<'a> {
    pub id: &'a str,
    pub began: i64,
    pub took: i64,
    pub status: u16,
    pub sent: u64,
    pub received: u64,
    pub https: bool,
    pub ends: &'a str,
    pub tls: &'a str,
    pub upstream: &'a str,
    pub upstream_status: u16,
    pub upstream_ms: i64,
}

/// Writes the line, with its end.
pub fn line(block: &[u8], head: &Request, tables: &Tables, told: &Outcome) -> Option<Vec<u8>> {
    let began = u64::try_from(told.began).ok()?;
    let took = u64::try_from(told.took).ok()?;
    let mut out = Vec::with_capacity(768);
    out.extend_from_slice(b"{\"time\":\"");
    instant(&mut out, began);
    put(
        &mut out,
        &[b"\",\"request_traceid\":\"", told.id.as_bytes()],
    );
    let host = plain(of(block, head.authority))?;
    put(
        &mut out,
        &[
            b"\",\"host\":\"",
            host,
            b"\",\"matched_host\":\"",
            host,
            b"\"",
        ],
    );
    if told.https {
        out.extend_from_slice(b",\"https\":\"on\"");
    }
    let target = plain(of(block, head.target))?;
    let mark = target.iter().position(|byte| *byte == b'?');
    let (path, query) = target.split_at(mark.unwrap_or(target.len()));
    let method = plain(of(block, head.method))?;
    put(&mut out, &[b",\"request_method\":\"", method]);
    put(
        &mut out,
        &[
            b"\",\"request_uri\":\"",
            target,
            b"\",\"request_path\":\"",
            path,
            b"\"",
        ],
    );
    if query.len() > 1 {
        put(&mut out, &[b",\"querystring\":\"", &query[1..], b"\""]);
    }
    out.extend_from_slice(b",\"server_protocol\":\"HTTP/1.1\",\"status\":\"");
    number(&mut out, u64::from(told.status), 1);
    out.push(b'"');
    for (name, figure) in [
        (&b"body_bytes_sent"[..], told.sent),
        (b"request_length", told.received),
        (b"request_time_msec", took),
    ] {
        if figure > 0 {
            put(&mut out, &[b",\"", name, b"\":"]);
            number(&mut out, figure, 1);
        }
    }
    out.extend_from_slice(told.ends.as_bytes());
    headers(&mut out, block, head, tables)?;
    put(&mut out, &[told.tls.as_bytes(), told.upstream.as_bytes()]);
    if let Ok(took) = u64::try_from(told.upstream_ms) {
        out.extend_from_slice(b",\"upstream_status\":\"");
        number(&mut out, u64::from(told.upstream_status), 1);
        out.extend_from_slice(b"\",\"upstream_response_time\":\"");
        number(&mut out, took / 1_000, 1);
        out.push(b'.');
        number(&mut out, took % 1_000, 3);
        out.push(b'"');
    }
    out.extend_from_slice(b"}\n");
    Some(out)
}

/// Writes the headers that a log has; `None` where one is there twice.
fn headers(out: &mut Vec<u8>, block: &[u8], head: &Request, tables: &Tables) -> Option<()> {
    let mut seen = 0u64;
    for field in head.fields.iter().filter(|field| field.member > 0) {
        let bit = 1u64.checked_shl(u32::from(field.member))?;
        if seen & bit != 0 {
            return None;
        }
        seen |= bit;
        let value = plain(of(block, field.value))?;
        if !value.is_empty() {
            let member = tables.members[usize::from(field.member) - 1].as_bytes();
            put(out, &[b",\"", member, b"\":\"", value, b"\""]);
        }
    }
    Some(())
}

/// Returns a text that stands in JSON as it is, and that a log does not cut.
fn plain(text: &[u8]) -> Option<&[u8]> {
    let as_is = |byte: &u8| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    (text.len() <= MOST_CHARS && text.iter().all(as_is)).then_some(text)
}

fn put(out: &mut Vec<u8>, parts: &[&[u8]]) {
    for part in parts {
        out.extend_from_slice(part);
    }
}

/// Writes a time as `YYYY-MM-DDThh:mm:ss.mmmZ`.
fn instant(out: &mut Vec<u8>, milliseconds: u64) {
    let (seconds, rest) = (milliseconds / 1_000, milliseconds % 1_000);
    let (year, month, day) = date(seconds / 86_400);
    let parts = [
        (year, 4, b'-'),
        (month, 2, b'-'),
        (day, 2, b'T'),
        (seconds / 3_600 % 24, 2, b':'),
        (seconds / 60 % 60, 2, b':'),
        (seconds % 60, 2, b'.'),
        (rest, 3, b'Z'),
    ];
    for (value, width, behind) in parts {
        number(out, value, width);
        out.push(behind);
    }
}

/// Returns year, month and day of a day since 1970-01-01, by years that begin in March.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let day = days % 146_097;
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_of_the_calendar() {
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(11_016), (2000, 2, 29));
        assert_eq!(date(11_017), (2000, 3, 1));
        assert_eq!(date(20_787), (2026, 11, 30));
        let mut out = Vec::new();
        instant(&mut out, 1_709_210_096_007);
        assert_eq!(out, b"2024-02-29T12:34:56.007Z");
    }
}
