//! SQL in a value: tokens by class, fingerprints, and the decision.

use memchr::{memchr, memmem};

use super::lexer::{inside, is_space, token, Dialect, Kind};
use super::Tables;

const MOST_SHOWN: usize = 32;

/// Returns the fingerprint that shows an injection; None where none does.
///
/// A value with `/*!` is read twice: as it is, and as MySQL reads it.
pub fn sqli(tables: &Tables, value: &[u8]) -> Option<Vec<u8>> {
    let quoted = memchr::memchr2(b'\'', b'"', value).is_some();
    if !quoted && !tables.rule("signs", value) {
        return None;
    }
    let found = judged(tables, value);
    if found.is_none() && memmem::find(value, b"/*!").is_some() {
        return judged(tables, &opened(value));
    }
    found
}

/// Makes the marks of comments that MySQL reads as text spaces: `/*!`, its version, and `*/`.
fn opened(value: &[u8]) -> Vec<u8> {
    let mut out = value.to_vec();
    let (mut at, mut inside) = (0, false);
    while at < value.len() {
        let rest = &value[at..];
        let length = if rest.starts_with(b"/*!") {
            inside = true;
            let digits = rest[3..].iter().take(6);
            3 + digits.take_while(|byte| byte.is_ascii_digit()).count()
        } else if rest.starts_with(b"/*") {
            at += memmem::find(&rest[2..], b"*/").map_or(rest.len(), |end| end + 4);
            continue;
        } else if rest.starts_with(b"*/") {
            if !inside {
                at += 2;
                continue;
            }
            inside = false;
            2
        } else {
            at += 1;
            continue;
        };
        out[at..at + length].fill(b' ');
        at += length;
    }
    out
}

fn judged(tables: &Tables, value: &[u8]) -> Option<Vec<u8>> {
    let signs = tables.rule("signs", value);
    let quotes: Vec<u8> = [b'\'', b'"']
        .into_iter()
        .filter(|quote| memchr(*quote, value).is_some())
        .collect();
    if !signs && quotes.is_empty() {
        return None;
    }
    let backslashed =
        memmem::find(value, b"\\'").is_some() || memmem::find(value, b"\\\"").is_some();
    let open = signs && open_dashes(value);
    for escapes in either(backslashed) {
        for dashes in either(open) {
            let dialect = Dialect {
                escapes: *escapes,
                dashes: *dashes,
            };
            let reader = Reader {
                tables,
                value,
                dialect,
            };
            if let Some(found) = reader.judge(signs, &quotes) {
                return Some(found);
            }
        }
    }
    None
}

/// The ways of reading: both, or the first.
fn either(both: bool) -> &'static [bool] {
    if both {
        &[true, false]
    } else {
        &[true]
    }
}

/// Tells whether `--` stands before anything but white space and the end.
fn open_dashes(value: &[u8]) -> bool {
    value
        .windows(3)
        .any(|three| three.starts_with(b"--") && !is_space(three[2]) && three[2] != 0)
}

struct Reader<'r> {
    tables: &'r Tables,
    value: &'r [u8],
    dialect: Dialect,
}

impl Reader<'_> {
    fn judge(&self, signs: bool, quotes: &[u8]) -> Option<Vec<u8>> {
        if signs {
            let found = self.fingerprint(0, None);
            if self.tables.rule("bare", &found) {
                return Some(shown(found));
            }
        }
        for quote in quotes {
            let end = inside(self.value, *quote, self.dialect.escapes);
            if self.value.get(end) != Some(quote) {
                continue;
            }
            if signs || self.leads_on(end + 1) {
                let found = self.fingerprint(end + 1, Some(string(&self.value[..end])));
                if self.tables.rule("quoted", &found) {
                    return Some(shown(found));
                }
            }
        }
        None
    }

    /// Tells whether the first token after a string, and after parentheses, leads on.
    fn leads_on(&self, start: usize) -> bool {
        let mut at = start;
        let mut letters = Vec::new();
        while at < self.value.len() {
            at += self.letter(at, &mut letters);
            match letters.pop() {
                None | Some(b')' | b's' | b't' | b'e') => {}
                Some(letter) => return self.tables.in_set("heads", &[letter]),
            }
        }
        false
    }

    fn fingerprint(&self, start: usize, first: Option<u8>) -> Vec<u8> {
        let mut letters: Vec<u8> = first.into_iter().collect();
        let mut at = start;
        for _ in 0..self.tables.number("most_tokens") {
            if at >= self.value.len() {
                break;
            }
            at += self.letter(at, &mut letters);
        }
        named(&letters)
    }

    /// Appends the letter of the token at a place, if it makes one; returns the token's length.
    fn letter(&self, at: usize, letters: &mut Vec<u8>) -> usize {
        let rest = &self.value[at..];
        let (kind, length) = token(rest, self.dialect);
        let text = &rest[..length];
        let letter = match kind {
            Kind::Space => return length,
            Kind::Comment => match self.comment(at, text) {
                Some(letter) => letter,
                None => return length,
            },
            Kind::Text => string(content(text)),
            Kind::Number => b'1',
            Kind::Word => self.word(text, at + length),
            Kind::Name => b'n',
            Kind::Variable => b'v',
            Kind::Compare => b'=',
            Kind::Logic => b'|',
            Kind::Operator => b'+',
            Kind::Itself => text[0],
            Kind::Brace if text[0] == b'{' => b'(',
            Kind::Brace => b')',
            Kind::Bang => b'!',
            Kind::Other => b'.',
        };
        letters.push(letter);
        length
    }

    fn word(&self, text: &[u8], end: usize) -> u8 {
        let word = text.to_ascii_lowercase();
        let called = self.value.get(end) == Some(&b'(');
        let mut letter = self.tables.word(&word);
        if called && (letter == b'n' || self.tables.in_set("callable", &[letter])) {
            letter = if self.tables.in_set("known", &word) {
                b'k'
            } else {
                b'g'
            };
        }
        if letter != b'n' && letter != b'g' {
            return letter;
        }
        let last = word.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
        if self.tables.begins_in_set("system", last) {
            return b'x';
        }
        let strong = self.tables.in_set("strong", &word)
            || self.tables.begins_in_set("strong_beginnings", last);
        if !strong {
            return letter;
        }
        let after = &self.value[end..self.value.len().min(end + 16)];
        let next = after.iter().find(|byte| !is_space(**byte));
        if called || next == Some(&b'(') {
            b'f'
        } else {
            b'n'
        }
    }

    fn comment(&self, start: usize, text: &[u8]) -> Option<u8> {
        if text.ends_with(b"\n") && start + text.len() < self.value.len() {
            return None;
        }
        let close = match &self.value[..start] {
            [.., b')' | b';'] => true,
            [.., before, b'\'' | b'"'] => {
                before.is_ascii_alphanumeric() || matches!(before, b'_' | b'%' | b')' | 0x80..)
            }
            _ => false,
        };
        if text[0] != b'#' && close {
            return Some(b'-');
        }
        let marks = if text[0] == b'#' { 1 } else { 2 };
        let nothing = |byte: &u8| is_space(*byte) || matches!(byte, b'-' | b'+' | 0);
        Some(if text[marks..].iter().all(nothing) {
            b'-'
        } else {
            b'#'
        })
    }
}

/// Returns what a string token holds: without its prefix and its quotes.
fn content(text: &[u8]) -> &[u8] {
    let at = usize::from(!matches!(text[0], b'\'' | b'"' | b'$'));
    let inside = &text[at + 1..];
    match inside.split_last() {
        Some((last, rest)) if *last == text[at] => rest,
        _ => inside,
    }
}

/// Returns the letter of a string: e empty, t as in prose, s any other.
fn string(content: &[u8]) -> u8 {
    let (Some(first), Some(last)) = (content.first(), content.last()) else {
        return b'e';
    };
    let letters = |pair: &[u8]| pair.iter().all(u8::is_ascii_alphabetic);
    let prose = |three: &[u8]| {
        (letters(&three[..2]) && three[2] == b' ') || (three[0] == b' ' && letters(&three[1..]))
    };
    if *first == b' ' || *last == b' ' || content.windows(3).any(prose) {
        b't'
    } else {
        b's'
    }
}

/// Makes `order by` one letter, and `order` or `by` alone a name.
fn named(letters: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(letters.len());
    let mut at = 0;
    while at < letters.len() {
        if letters[at..].starts_with(b"qb") {
            out.push(b'O');
            at += 2;
            continue;
        }
        out.push(match letters[at] {
            b'q' | b'b' => b'n',
            other => other,
        });
        at += 1;
    }
    out
}

fn shown(mut fingerprint: Vec<u8>) -> Vec<u8> {
    fingerprint.truncate(MOST_SHOWN);
    fingerprint
}
