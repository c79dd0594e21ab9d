//! Hexadecimal digits, and code points written as numbers, made bytes.

const LAST: u32 = 0x10_ffff;

/// Appends the bytes that a decoder writes for a code point.
///
/// Up to 255: that byte. Full width forms: the ASCII character. Look-alikes: what servers take them
/// for. Beyond U+10FFFF: the replacement character. All others, lone surrogates too: UTF-8.
pub fn push_code(out: &mut Vec<u8>, code: u32) {
    let byte = match code {
        0..=0xff => u8::try_from(code).ok(),
        0xff01..=0xff5e => u8::try_from(code - 0xfee0).ok(),
        0x0131 => Some(b'i'),
        0x017f => Some(b's'),
        0x02b9 | 0x02bc | 0x02c8 | 0x2032 => Some(b'\''),
        0x2024 => Some(b'.'),
        0x2035 => Some(b'`'),
        0x2039 | 0x2329 => Some(b'<'),
        0x203a | 0x232a => Some(b'>'),
        0x2044 | 0x2215 => Some(b'/'),
        0x212a => Some(b'k'),
        0x2216 => Some(b'\\'),
        _ => None,
    };
    match byte {
        Some(byte) => out.push(byte),
        None if code > LAST => out.extend_from_slice(b"\xef\xbf\xbd"),
        None => push_utf8(out, code),
    }
}

fn push_utf8(out: &mut Vec<u8>, code: u32) {
    let follow = |shift: u32| 0x80 | ((code >> shift & 0x3f) as u8);
    if code < 0x800 {
        out.extend_from_slice(&[0xc0 | (code >> 6) as u8, follow(0)]);
    } else if code < 0x1_0000 {
        out.extend_from_slice(&[0xe0 | (code >> 12) as u8, follow(6), follow(0)]);
    } else {
        out.extend_from_slice(&[0xf0 | (code >> 18) as u8, follow(12), follow(6), follow(0)]);
    }
}

/// Returns the value of a hexadecimal digit.
pub fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Reads two hexadecimal digits at a place.
pub fn hex_pair(text: &[u8], at: usize) -> Option<u8> {
    let high = digit(*text.get(at)?)?;
    let low = digit(*text.get(at + 1)?)?;
    Some(high << 4 | low)
}

/// Reads four hexadecimal digits at a place.
pub fn hex_four(text: &[u8], at: usize) -> Option<u32> {
    let high = hex_pair(text, at)?;
    let low = hex_pair(text, at + 2)?;
    Some(u32::from(high) << 8 | u32::from(low))
}

/// Writes a byte as two hexadecimal digits in lower case.
pub fn hex(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [
        DIGITS[usize::from(byte >> 4)],
        DIGITS[usize::from(byte & 15)],
    ]
}
