//! Which kinds of bytes a text has, as bits: what tells at once that a step changes nothing.

pub type Features = u32;

/// Of every text, the empty one too.
pub const ANY: Features = 1;
pub const UPPER: Features = 1 << 1;
pub const LOWER: Features = 1 << 2;
pub const SPACE: Features = 1 << 3;
/// `\t \n \v \f \r`.
pub const BLANK: Features = 1 << 4;
pub const NUL: Features = 1 << 5;
/// From 0x80 on.
pub const HIGH: Features = 1 << 6;
pub const PERCENT: Features = 1 << 7;
pub const PLUS: Features = 1 << 8;
pub const AMPERSAND: Features = 1 << 9;
pub const BACKSLASH: Features = 1 << 10;
pub const SLASH: Features = 1 << 11;
pub const DOT: Features = 1 << 12;
pub const HASH: Features = 1 << 13;
pub const DASH: Features = 1 << 14;
/// `"`, `'` and `^`.
pub const QUOTE: Features = 1 << 15;
/// `,` and `;`.
pub const SEPARATOR: Features = 1 << 16;
pub const LETTER_X: Features = 1 << 17;
pub const STAR: Features = 1 << 18;
pub const LESS: Features = 1 << 19;
pub const EQUALS: Features = 1 << 20;
pub const UNDERSCORE: Features = 1 << 21;
pub const COLON: Features = 1 << 23;
/// All but ASCII letters, digits and `_`.
pub const NOT_WORD: Features = 1 << 22;

static TABLE: [Features; 256] = table();

/// Returns the features of a text.
pub fn of(text: &[u8]) -> Features {
    text.iter()
        .fold(ANY, |features, byte| features | TABLE[usize::from(*byte)])
}

const fn table() -> [Features; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        #[allow(clippy::cast_possible_truncation)]
        let byte = at as u8;
        table[at] = kinds(byte);
        at += 1;
    }
    table
}

const fn kinds(byte: u8) -> Features {
    let word = byte.is_ascii_alphanumeric() || byte == b'_';
    let kind = match byte {
        b'X' => UPPER | LETTER_X,
        b'x' => LOWER | LETTER_X,
        b'A'..=b'Z' => UPPER,
        b'a'..=b'z' => LOWER,
        b' ' => SPACE,
        b'\t'..=b'\r' => BLANK,
        0 => NUL,
        0x80.. => HIGH,
        b'%' => PERCENT,
        b'+' => PLUS,
        b'&' => AMPERSAND,
        b'\\' => BACKSLASH,
        b'/' => SLASH,
        b'.' => DOT,
        b'#' => HASH,
        b'-' => DASH,
        b'"' | b'\'' | b'^' => QUOTE,
        b',' | b';' => SEPARATOR,
        b'*' => STAR,
        b'<' => LESS,
        b'=' => EQUALS,
        b'_' => UNDERSCORE,
        b':' => COLON,
        _ => 0,
    };
    if word {
        kind
    } else {
        kind | NOT_WORD
    }
}
