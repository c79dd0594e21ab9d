//! Base 64, hexadecimal, digests, parity and length.

use sha1::Digest;

/// Decodes up to the first byte outside the alphabet; a last lone digit is dropped.
pub fn base64_decode(text: &[u8]) -> Vec<u8> {
    let length = text.iter().take_while(|byte| sextet(**byte).is_some());
    from_digits(&text[..length.count()])
}

/// Decodes all digits, whatever stands between them; a last lone digit is dropped.
///
/// A `=` just after the first digit of a group of four empties the result.
pub fn base64_decode_ext(text: &[u8]) -> Vec<u8> {
    let mut digits = Vec::with_capacity(text.len());
    for byte in text {
        if sextet(*byte).is_some() {
            digits.push(*byte);
        } else if *byte == b'=' && digits.len() % 4 == 1 {
            return Vec::new();
        }
    }
    from_digits(&digits)
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

fn from_digits(digits: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(digits.len() / 4 * 3 + 3);
    for group in digits.chunks(4) {
        let mut bits: u32 = 0;
        for digit in group {
            bits = bits << 6 | u32::from(sextet(*digit).unwrap_or(0));
        }
        bits <<= 6 * (4 - group.len());
        let [_, bytes @ ..] = bits.to_be_bytes();
        out.extend_from_slice(&bytes[..group.len().saturating_sub(1)]);
    }
    out
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Encodes with padding and without line ends.
pub fn base64_encode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 3 * 4 + 4);
    for group in text.chunks(3) {
        let mut bits: u32 = 0;
        for at in 0..3 {
            bits = bits << 8 | u32::from(group.get(at).copied().unwrap_or(0));
        }
        for at in 0..4 {
            let digit = (bits >> (18 - 6 * at)) & 0x3f;
            out.push(if at as usize <= group.len() {
                ALPHABET[digit as usize]
            } else {
                b'='
            });
        }
    }
    out
}

/// Writes each byte as two hexadecimal digits in lower case.
pub fn hex_encode(text: &[u8]) -> Vec<u8> {
    text.iter()
        .flat_map(|byte| super::codes::hex(*byte))
        .collect()
}

/// Reads pairs of hexadecimal digits; a last single one is dropped.
///
/// A byte that is no digit counts as the arithmetic of ModSecurity has it.
pub fn hex_decode(text: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| {
        if byte >= 0x41 {
            (byte & 0xdf).wrapping_sub(0x41).wrapping_add(10)
        } else {
            byte.wrapping_sub(0x30)
        }
    };
    text.chunks_exact(2)
        .map(|pair| digit(pair[0]).wrapping_mul(16).wrapping_add(digit(pair[1])))
        .collect()
}

/// Makes 0xHH…, an even number of digits, the bytes.
pub fn sql_hex_decode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let before = out.len();
        if text[at] == b'0' && matches!(text.get(at + 1), Some(b'x' | b'X')) {
            let pairs = (at + 2..).step_by(2);
            out.extend(pairs.map_while(|pair| super::codes::hex_pair(text, pair)));
        }
        let read = out.len() - before;
        if read > 0 {
            at += 2 + 2 * read;
        } else {
            out.push(text[at]);
            at += 1;
        }
    }
    out
}

/// Writes the number of bytes in decimal digits.
pub fn length(text: &[u8]) -> Vec<u8> {
    text.len().to_string().into_bytes()
}

/// Returns the 16 bytes of MD5; a rule compares them, nothing is protected by them.
pub fn md5(text: &[u8]) -> Vec<u8> {
    md5::Md5::digest(text).to_vec()
}

/// Returns the 20 bytes of SHA-1; a rule compares them, nothing is protected by them.
pub fn sha1(text: &[u8]) -> Vec<u8> {
    sha1::Sha1::digest(text).to_vec()
}

/// Sets the top bit of bytes with an odd number of bits, and clears that of the others.
pub fn parity_even(text: &[u8]) -> Vec<u8> {
    parity(text, 1)
}

/// Sets the top bit of bytes with an even number of bits, and clears that of the others.
pub fn parity_odd(text: &[u8]) -> Vec<u8> {
    parity(text, 0)
}

fn parity(text: &[u8], set_where: u32) -> Vec<u8> {
    text.iter()
        .map(|byte| {
            if byte.count_ones() % 2 == set_where {
                byte | 0x80
            } else {
                byte & 0x7f
            }
        })
        .collect()
}

/// Clears the top bits.
pub fn parity_zero(text: &[u8]) -> Vec<u8> {
    text.iter().map(|byte| byte & 0x7f).collect()
}
