//! Escapes of HTML, JavaScript, CSS and C.

use super::codes::{digit, hex_four, hex_pair, push_code};

/// Names that browsers read without a semicolon, and whatever letters follow.
const LEGACY: [(&[u8], u8); 5] = [
    (b"quot", b'"'),
    (b"amp", b'&'),
    (b"lt", b'<'),
    (b"gt", b'>'),
    (b"nbsp", 0xa0),
];

/// Other names of HTML 5 for ASCII characters; they need the semicolon.
const NAMED: [(&[u8], u8); 34] = [
    (b"Hat", b'^'),
    (b"NewLine", b'\n'),
    (b"Tab", b'\t'),
    (b"apos", b'\''),
    (b"ast", b'*'),
    (b"bsol", b'\\'),
    (b"colon", b':'),
    (b"comma", b','),
    (b"commat", b'@'),
    (b"dollar", b'$'),
    (b"equals", b'='),
    (b"excl", b'!'),
    (b"grave", b'`'),
    (b"lbrace", b'{'),
    (b"lbrack", b'['),
    (b"lcub", b'{'),
    (b"lowbar", b'_'),
    (b"lpar", b'('),
    (b"lsqb", b'['),
    (b"midast", b'*'),
    (b"num", b'#'),
    (b"percnt", b'%'),
    (b"period", b'.'),
    (b"plus", b'+'),
    (b"quest", b'?'),
    (b"rbrace", b'}'),
    (b"rbrack", b']'),
    (b"rcub", b'}'),
    (b"rpar", b')'),
    (b"rsqb", b']'),
    (b"semi", b';'),
    (b"sol", b'/'),
    (b"verbar", b'|'),
    (b"vert", b'|'),
];

/// Decodes numbers, with or without a semicolon, and names.
pub fn html_entity_decode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let taken = if text[at] == b'&' {
            entity(&text[at..], &mut out)
        } else {
            0
        };
        if taken == 0 {
            out.push(text[at]);
            at += 1;
        } else {
            at += taken;
        }
    }
    out
}

/// Reads an entity, and appends what it means; returns its length, 0 where there is none.
fn entity(text: &[u8], out: &mut Vec<u8>) -> usize {
    if text.get(1) == Some(&b'#') {
        let hexadecimal = matches!(text.get(2), Some(b'x' | b'X'));
        let begin = if hexadecimal { 3 } else { 2 };
        let is_digit = |byte: &u8| match hexadecimal {
            true => byte.is_ascii_hexdigit(),
            false => byte.is_ascii_digit(),
        };
        let digits = run(&text[begin.min(text.len())..], is_digit);
        if digits.is_empty() {
            return 0;
        }
        push_code(out, number(digits, if hexadecimal { 16 } else { 10 }));
        let end = begin + digits.len();
        return end + usize::from(text.get(end) == Some(&b';'));
    }
    let name = run(&text[1..], u8::is_ascii_alphanumeric);
    if name.is_empty() {
        return 0;
    }
    let end = 1 + name.len();
    let semicolon = usize::from(text.get(end) == Some(&b';'));
    for (known, character) in LEGACY {
        if name.len() >= known.len() && name[..known.len()].eq_ignore_ascii_case(known) {
            out.push(character);
            let rest = &name[known.len()..];
            if !rest.is_empty() {
                out.extend_from_slice(rest);
                out.extend_from_slice(&text[end..end + semicolon]);
            }
            return end + semicolon;
        }
    }
    match NAMED.iter().find(|(known, _)| *known == name) {
        Some((_, character)) if semicolon == 1 => out.push(*character),
        _ => out.extend_from_slice(&text[..end + semicolon]),
    }
    end + semicolon
}

fn run(text: &[u8], belongs: impl Fn(&u8) -> bool) -> &[u8] {
    &text[..text.iter().take_while(|byte| belongs(byte)).count()]
}

/// Reads a code point; more than 7 digits, zeros at the front apart, are beyond all of them.
fn number(digits: &[u8], base: u32) -> u32 {
    let zeros = digits.iter().take_while(|byte| **byte == b'0').count();
    let digits = &digits[zeros..];
    if digits.len() > 7 {
        return u32::MAX;
    }
    digits.iter().fold(0, |sum, byte| {
        sum * base + u32::from(digit(*byte).unwrap_or(0))
    })
}

fn letter(byte: u8) -> u8 {
    match byte {
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        other => other,
    }
}

/// Reads octal digits after a backslash; returns the value and how many there were.
fn octal(text: &[u8], most: usize) -> (u32, usize) {
    let digits = run(&text[..text.len().min(most)], |byte| {
        matches!(byte, b'0'..=b'7')
    });
    let value = digits
        .iter()
        .fold(0, |sum, byte| sum * 8 + u32::from(byte - b'0'));
    (value, digits.len())
}

/// Rewrites each backslash and what follows; `after` appends the meaning and returns the length.
fn unescaped(text: &[u8], after: fn(&[u8], &mut Vec<u8>) -> usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        let taken = after(&rest[at + 1..], &mut out);
        rest = &rest[at + 1 + taken..];
    }
    out.extend_from_slice(rest);
    out
}

/// Decodes `\uHHHH`, `\xHH`, octal up to `\377`, and the letters of C.
///
/// A backslash before anything else goes; one at the end stays.
pub fn js_decode(text: &[u8]) -> Vec<u8> {
    unescaped(text, |rest, out| {
        let Some(first) = rest.first() else {
            out.push(b'\\');
            return 0;
        };
        match first {
            b'u' => {
                if let Some(code) = hex_four(rest, 1) {
                    push_code(out, code);
                    return 5;
                }
            }
            b'x' => {
                if let Some(byte) = hex_pair(rest, 1) {
                    out.push(byte);
                    return 3;
                }
            }
            b'0'..=b'7' => {
                let most = if *first <= b'3' { 3 } else { 2 };
                let (value, length) = octal(rest, most);
                push_code(out, value);
                return length;
            }
            _ => {}
        }
        out.push(letter(*first));
        1
    })
}

/// Decodes `\xHH`, octal (its low byte), and the letters of C.
///
/// A backslash before anything else goes; one at the end stays.
pub fn escape_seq_decode(text: &[u8]) -> Vec<u8> {
    unescaped(text, |rest, out| {
        let Some(first) = rest.first() else {
            out.push(b'\\');
            return 0;
        };
        match first {
            b'x' | b'X' => {
                if let Some(byte) = hex_pair(rest, 1) {
                    out.push(byte);
                    return 3;
                }
            }
            b'0'..=b'7' => {
                let (value, length) = octal(rest, 3);
                push_code(out, value & 0xff);
                return length;
            }
            _ => {}
        }
        out.push(letter(*first));
        1
    })
}

/// Decodes a backslash and one to six hexadecimal digits.
///
/// One white space after the digits goes. A backslash before a line feed goes with it; one before
/// anything else, or at the end, goes alone.
pub fn css_decode(text: &[u8]) -> Vec<u8> {
    unescaped(text, |rest, out| {
        let digits = run(&rest[..rest.len().min(6)], u8::is_ascii_hexdigit);
        if digits.is_empty() {
            match rest.first() {
                None => return 0,
                Some(b'\n') => {}
                Some(other) => out.push(*other),
            }
            return 1;
        }
        push_code(out, number(digits, 16));
        let space = matches!(rest.get(digits.len()), Some(b' ' | b'\t'..=b'\r'));
        digits.len() + usize::from(space)
    })
}
