//! SQL cut into tokens: which kind stands at a place, and where it ends.

use memchr::{memchr, memmem};

/// The kinds of tokens, in the order in which they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Space,
    Comment,
    Text,
    Number,
    Word,
    Name,
    Variable,
    Compare,
    Logic,
    Operator,
    Itself,
    Brace,
    Bang,
    Other,
}

/// How dialects differ.
#[derive(Clone, Copy)]
pub struct Dialect {
    /// Whether a backslash in a string takes the meaning of the next byte.
    pub escapes: bool,
    /// Whether `--` begins a comment whatever follows.
    pub dashes: bool,
}

type Reader = fn(&[u8], Dialect) -> Option<usize>;

const READERS: [(Kind, Reader); 13] = [
    (Kind::Space, space),
    (Kind::Comment, comment),
    (Kind::Text, text),
    (Kind::Number, number),
    (Kind::Word, word),
    (Kind::Name, name),
    (Kind::Variable, variable),
    (Kind::Compare, compare),
    (Kind::Logic, logic),
    (Kind::Operator, operator),
    (Kind::Itself, itself),
    (Kind::Brace, brace),
    (Kind::Bang, bang),
];

/// Returns the kind and the length of the token that a text, which is not empty, begins with.
pub fn token(rest: &[u8], dialect: Dialect) -> (Kind, usize) {
    for (kind, reader) in READERS {
        if let Some(length) = reader(rest, dialect) {
            return (kind, length);
        }
    }
    (Kind::Other, 1)
}

pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

fn run(rest: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    rest.iter().take_while(|byte| belongs(**byte)).count()
}

fn is_first(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || (byte >= 0x80 && byte != 0xa0)
}

fn is_later(byte: u8) -> bool {
    is_first(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn space(rest: &[u8], _dialect: Dialect) -> Option<usize> {
    let spaces = run(rest, |byte| byte <= b' ' || byte == 0xa0);
    if spaces > 0 {
        return Some(spaces);
    }
    if !rest.starts_with(b"/*") {
        return None;
    }
    memmem::find(&rest[2..], b"*/").map(|end| 2 + end + 2)
}

fn comment(rest: &[u8], dialect: Dialect) -> Option<usize> {
    if rest.starts_with(b"/*") {
        return Some(rest.len());
    }
    let marks = if rest.starts_with(b"#") { 1 } else { 2 };
    if marks == 2 {
        let follows = rest.get(2);
        let spaced = follows.is_none_or(|byte| is_space(*byte) || *byte == 0);
        if !rest.starts_with(b"--") || !(dialect.dashes || spaced) {
            return None;
        }
    }
    Some(memchr(b'\n', &rest[marks..]).map_or(rest.len(), |at| marks + at + 1))
}

/// Returns the length of what stands in quotes, up to the quote that ends it or to the end.
pub fn inside(rest: &[u8], quote: u8, escapes: bool) -> usize {
    let mut at = 0;
    while let Some(byte) = rest.get(at) {
        if *byte == quote {
            if rest.get(at + 1) != Some(&quote) {
                return at;
            }
            at += 2;
        } else if escapes && *byte == b'\\' {
            if at + 1 == rest.len() {
                return at;
            }
            at += 2;
        } else {
            at += 1;
        }
    }
    at
}

fn text(rest: &[u8], dialect: Dialect) -> Option<usize> {
    let prefixed = matches!(
        rest[0],
        b'n' | b'N' | b'x' | b'X' | b'b' | b'B' | b'e' | b'E'
    );
    let open = usize::from(prefixed && rest.get(1) == Some(&b'\''));
    match rest[open] {
        quote @ (b'\'' | b'"') => {
            let begin = open + 1;
            let end = begin + inside(&rest[begin..], quote, dialect.escapes);
            // At the end a last backslash is part of the string.
            Some(if rest.get(end) == Some(&quote) {
                end + 1
            } else {
                rest.len()
            })
        }
        b'$' => {
            let tag = run(&rest[1..], |byte| {
                byte.is_ascii_alphabetic() || byte == b'_'
            });
            let begin = tag + 2;
            if rest.get(begin - 1) != Some(&b'$') {
                return None;
            }
            let mark = &rest[..begin];
            Some(memmem::find(&rest[begin..], mark).map_or(rest.len(), |at| begin + at + begin))
        }
        _ => None,
    }
}

fn number(rest: &[u8], _dialect: Dialect) -> Option<usize> {
    if rest[0] == b'0' {
        let digits = match rest.get(1) {
            Some(b'x' | b'X') => run(&rest[2..], |byte| byte.is_ascii_hexdigit()),
            Some(b'b' | b'B') => run(&rest[2..], |byte| matches!(byte, b'0' | b'1')),
            _ => 0,
        };
        if digits > 0 {
            return Some(2 + digits);
        }
    }
    if rest.starts_with(b"\\N") {
        return Some(2);
    }
    let digits = |from: usize| {
        run(rest.get(from..).unwrap_or_default(), |byte| {
            byte.is_ascii_digit()
        })
    };
    let begin = usize::from(rest[0] == b'$');
    let whole = digits(begin);
    let mut end = begin + whole;
    if rest.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        if whole == 0 && fraction == 0 {
            return None;
        }
        end += 1 + fraction;
    } else if whole == 0 {
        return None;
    }
    if matches!(rest.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(rest.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    Some(end)
}

fn plain_word(rest: &[u8]) -> Option<usize> {
    if !is_first(*rest.first()?) {
        return None;
    }
    Some(run(rest, is_later))
}

fn word(rest: &[u8], _dialect: Dialect) -> Option<usize> {
    let mut end = plain_word(rest)?;
    loop {
        let dots = run(&rest[end..], |byte| byte == b'.');
        let next = end + dots;
        match rest.get(next) {
            Some(byte) if dots > 0 && (is_first(*byte) || *byte == b'*') => {
                end = next + 1 + run(&rest[next + 1..], is_later);
            }
            _ => return Some(end),
        }
    }
}

fn quoted_name(rest: &[u8]) -> Option<usize> {
    match rest.first()? {
        b'`' => Some(memchr(b'`', &rest[1..]).map_or(rest.len(), |end| end + 2)),
        b'[' => {
            let belongs = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b' ';
            let end = 1 + run(&rest[1..], belongs);
            (rest.get(end) == Some(&b']')).then_some(end + 1)
        }
        _ => None,
    }
}

fn name(rest: &[u8], _dialect: Dialect) -> Option<usize> {
    let mut end = quoted_name(rest)?;
    while rest.get(end) == Some(&b'.') {
        let part = &rest[end + 1..];
        match quoted_name(part).or_else(|| plain_word(part)) {
            Some(length) => end += 1 + length,
            None => break,
        }
    }
    Some(end)
}

fn variable(rest: &[u8], _dialect: Dialect) -> Option<usize> {
    if rest[0] != b'@' {
        return None;
    }
    let begin = if rest.get(1) == Some(&b'@') { 2 } else { 1 };
    let plain = run(&rest[begin..], |byte| is_later(byte) || byte == b'.');
    if plain > 0 {
        return Some(begin + plain);
    }
    if rest.get(begin) != Some(&b'`') {
        return None;
    }
    let open = begin + 1;
    Some(memchr(b'`', &rest[open..]).map_or(rest.len(), |end| open + end + 1))
}

fn one_of(rest: &[u8], marks: &[&[u8]]) -> Option<usize> {
    marks
        .iter()
        .find(|mark| rest.starts_with(mark))
        .map(|mark| mark.len())
}

fn compare(rest: &[u8], _dialect: Dialect) -> Option<usize> {
    const MARKS: [&[u8]; 10] = [
        b"<=>", b"<>", b"<=", b">=", b"!=", b"!<", b"!>", b"==", b":=", b"=",
    ];
    let alone = |mark: u8| rest[0] == mark && rest.get(1) != Some(&mark);
    one_of(rest, &MARKS).or_else(|| (alone(b'<') || alone(b'>')).then_some(1))
}

fn logic(rest: &[u8], _dialect: Dialect) -> Option<usize> {
    one_of(rest, &[b"||", b"&&"])
}

fn operator(rest: &[u8], _dialect: Dialect) -> Option<usize> {
    one_of(rest, &[b"<<", b">>", b"::"]).or_else(|| b"-+*/%^~&|".contains(&rest[0]).then_some(1))
}

fn itself(rest: &[u8], _dialect: Dialect) -> Option<usize> {
    b"(),;".contains(&rest[0]).then_some(1)
}

fn brace(rest: &[u8], _dialect: Dialect) -> Option<usize> {
    b"{}".contains(&rest[0]).then_some(1)
}

fn bang(rest: &[u8], _dialect: Dialect) -> Option<usize> {
    (rest[0] == b'!').then_some(1)
}
