//! Percent-encoding, and UTF-8 written as `%uhhhh`.

use super::codes::{hex, hex_four, hex_pair, push_code};

/// Makes `+` a space and `%HH` the byte; a percent without two hexadecimal digits stays.
pub fn url_decode(text: &[u8]) -> Vec<u8> {
    decoded(text, false)
}

/// Decodes as `url_decode`, and `%uHHHH` as a code point.
pub fn url_decode_uni(text: &[u8]) -> Vec<u8> {
    decoded(text, true)
}

fn decoded(text: &[u8], unicode: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let mut taken = 1;
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let marked = unicode && matches!(text.get(at + 1), Some(b'u' | b'U'));
                let code = if marked { hex_four(text, at + 2) } else { None };
                if let Some(code) = code {
                    push_code(&mut out, code);
                    taken = 6;
                } else if let Some(byte) = hex_pair(text, at + 1) {
                    out.push(byte);
                    taken = 3;
                } else {
                    out.push(b'%');
                }
            }
            other => out.push(*other),
        }
        at += taken;
    }
    out
}

/// Makes a space `+`, and all but ASCII letters, digits and `*` `%hh` in lower case.
pub fn url_encode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b' ' => out.push(b'+'),
            b'*' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => out.push(*byte),
            other => {
                out.push(b'%');
                out.extend_from_slice(&hex(*other));
            }
        }
    }
    out
}

/// Writes characters of several bytes as `%uhhhh`.
///
/// Four digits in lower case, five or six beyond U+FFFF. Zero bytes go, but for a last one. A lead
/// byte without its continuation bytes goes, and one of 0xf5 to 0xf7 stays, ahead of its character
/// if there is one. An overlong form or a surrogate is written, and its lead byte after it. Other
/// bytes stay.
pub fn utf8_to_unicode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(lead) = text.get(at).copied() {
        let size = match lead {
            0 if at + 1 < text.len() => {
                at += 1;
                continue;
            }
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf7 => 4,
            _ => {
                out.push(lead);
                at += 1;
                continue;
            }
        };
        if lead >= 0xf5 {
            out.push(lead);
        }
        match code_of(text, at, size) {
            Some(code) => {
                out.extend_from_slice(format!("%u{code:04x}").as_bytes());
                if code < [0x80, 0x800, 0x1_0000][size - 2] || (0xd800..=0xdfff).contains(&code) {
                    out.push(lead);
                }
                at += size;
            }
            None => at += 1,
        }
    }
    out
}

fn code_of(text: &[u8], at: usize, size: usize) -> Option<u32> {
    let mut code = u32::from(text[at]) & [0x1f, 0x0f, 0x07][size - 2];
    for byte in text.get(at + 1..at + size)? {
        if byte & 0xc0 != 0x80 {
            return None;
        }
        code = code << 6 | u32::from(byte & 0x3f);
    }
    Some(code)
}
