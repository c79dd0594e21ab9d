//! Regular expressions on bytes, in the syntax of RE2, as trees of `regex_syntax`.
//!
//! The parser of `regex_syntax` reads another dialect: there `[a[b]]` nests, `[a&&b]` intersects
//! and `\<` is an assertion. Rules are checked by RE2 in Python (`engines/inspect/patterns.py`), so
//! the text is read here as RE2 reads it with the encoding Latin-1, where `\s` includes the vertical
//! tab and `\Z` is also before a last line feed, as in PCRE. The tree is all that is shared.

use std::fmt;

use regex_syntax::hir::{self, Class, ClassBytes, ClassBytesRange, Hir, Look};

const MOST_REPEATS: u32 = 1_000;
const DEEPEST: usize = 200;

/// Says why a pattern is refused, and the byte of the pattern at which it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub reason: &'static str,
    pub at: usize,
}

impl fmt::Display for Refused {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} at byte {}", self.reason, self.at)
    }
}

/// How a pattern is read; each may be changed in the pattern, as by `(?i)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags {
    pub folded: bool,
    pub dot_takes_newline: bool,
    pub lines: bool,
    pub lazy: bool,
}

impl Default for Flags {
    fn default() -> Self {
        Flags {
            folded: false,
            dot_takes_newline: true,
            lines: false,
            lazy: false,
        }
    }
}

/// Returns the tree of a pattern whose characters are the bytes given, and how many groups it has.
///
/// The tree may have fewer: what is repeated zero times is gone from it.
pub fn parse(pattern: &[u8], flags: Flags) -> Result<(Hir, u32), Refused> {
    let mut parser = Parser {
        text: pattern,
        at: 0,
        flags,
        groups: 0,
        depth: 0,
    };
    let tree = parser.alternation()?;
    if parser.at < pattern.len() {
        return parser.refuse("a group is closed that was not opened");
    }
    Ok((tree, parser.groups))
}

struct Parser<'p> {
    text: &'p [u8],
    at: usize,
    flags: Flags,
    groups: u32,
    depth: usize,
}

impl Parser<'_> {
    fn refuse<T>(&self, reason: &'static str) -> Result<T, Refused> {
        Err(Refused {
            reason,
            at: self.at,
        })
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        &self.text[self.at..]
    }

    fn eat(&mut self, expected: &[u8]) -> bool {
        let there = self.rest().starts_with(expected);
        if there {
            self.at += expected.len();
        }
        there
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn alternation(&mut self) -> Result<Hir, Refused> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.refuse("groups are nested too deeply");
        }
        let mut branches = vec![self.concatenation()?];
        while self.eat(b"|") {
            branches.push(self.concatenation()?);
        }
        self.depth -= 1;
        Ok(Hir::alternation(branches))
    }

    fn concatenation(&mut self) -> Result<Hir, Refused> {
        let mut parts = Vec::new();
        while let Some(byte) = self.peek() {
            if byte == b'|' || byte == b')' {
                break;
            }
            if self.eat(b"\\Q") {
                while self.at < self.text.len() && !self.eat(b"\\E") {
                    let quoted = self.text[self.at];
                    self.at += 1;
                    let atom = self.literal(quoted);
                    // A repetition binds to the last character quoted.
                    let ended = self.eat(b"\\E");
                    parts.push(if ended { self.repeated(atom)? } else { atom });
                    if ended {
                        break;
                    }
                }
                continue;
            }
            if self.eat(b"\\E") {
                continue;
            }
            if let Some(atom) = self.atom()? {
                parts.push(self.repeated(atom)?);
            }
        }
        Ok(Hir::concat(parts))
    }

    /// Reads one atom; None where only flags were changed, for the rest of the group.
    fn atom(&mut self) -> Result<Option<Hir>, Refused> {
        let Some(byte) = self.next() else {
            return self.refuse("the pattern ends early");
        };
        let atom = match byte {
            b'(' => return self.group(),
            b'[' => self.class()?,
            b'.' => self.dot(),
            b'^' if self.flags.lines => Hir::look(Look::StartLF),
            b'^' => Hir::look(Look::Start),
            b'$' if self.flags.lines => Hir::look(Look::EndLF),
            b'$' => Hir::look(Look::End),
            b'*' | b'+' | b'?' => return self.refuse("nothing stands before the repetition"),
            b'{' if self.brace_counts()? => {
                return self.refuse("nothing stands before the repetition");
            }
            b'\\' => self.escape()?,
            _ => self.literal(byte),
        };
        Ok(Some(atom))
    }

    fn literal(&self, byte: u8) -> Hir {
        if self.flags.folded && other_case(byte) != byte {
            let mut both = ClassBytes::new([ClassBytesRange::new(byte, byte)]);
            both.union(&ClassBytes::new([ClassBytesRange::new(
                other_case(byte),
                other_case(byte),
            )]));
            return Hir::class(Class::Bytes(both));
        }
        Hir::literal([byte])
    }

    fn dot(&self) -> Hir {
        if self.flags.dot_takes_newline {
            return Hir::dot(hir::Dot::AnyByte);
        }
        Hir::dot(hir::Dot::AnyByteExceptLF)
    }

    fn group(&mut self) -> Result<Option<Hir>, Refused> {
        let outer = self.flags;
        let mut number = None;
        let mut name = None;
        if self.eat(b"?P<") || self.named_without_p() {
            let length = self.rest().iter().position(|byte| *byte == b'>');
            let Some(length) = length else {
                return self.refuse("the name of a group does not end");
            };
            let text = String::from_utf8_lossy(&self.rest()[..length]).into_owned();
            name = Some(text.into_boxed_str());
            self.at += length + 1;
            self.groups += 1;
            number = Some(self.groups);
        } else if self.eat(b"?") {
            if self.change_flags()? {
                return Ok(None);
            }
        } else {
            self.groups += 1;
            number = Some(self.groups);
        }
        let inner = self.alternation()?;
        if !self.eat(b")") {
            return self.refuse("a group does not end");
        }
        self.flags = outer;
        Ok(Some(match number {
            Some(index) => Hir::capture(hir::Capture {
                index,
                name,
                sub: Box::new(inner),
            }),
            None => inner,
        }))
    }

    fn named_without_p(&mut self) -> bool {
        let rest = self.rest();
        if rest.starts_with(b"?<") && !matches!(rest.get(2), Some(b'=' | b'!')) {
            self.at += 2;
            return true;
        }
        false
    }

    /// Reads the flags after `(?`; true where they end at `)`, false where a group begins at `:`.
    fn change_flags(&mut self) -> Result<bool, Refused> {
        let mut on = true;
        let mut flags = self.flags;
        loop {
            match self.next() {
                Some(b'i') => flags.folded = on,
                Some(b's') => flags.dot_takes_newline = on,
                Some(b'm') => flags.lines = on,
                Some(b'U') => flags.lazy = on,
                Some(b'-') if on => on = false,
                Some(b')') => {
                    self.flags = flags;
                    return Ok(true);
                }
                Some(b':') => {
                    self.flags = flags;
                    return Ok(false);
                }
                _ => return self.refuse("a kind of group that does not exist"),
            }
        }
    }

    fn repeated(&mut self, atom: Hir) -> Result<Hir, Refused> {
        let mut tree = atom;
        loop {
            let (least, most) = match self.peek() {
                Some(b'*') => (0, None),
                Some(b'+') => (1, None),
                Some(b'?') => (0, Some(1)),
                Some(b'{') => match self.counts()? {
                    Some(counts) => counts,
                    None => return Ok(tree),
                },
                _ => return Ok(tree),
            };
            self.at += 1;
            let lazy = self.eat(b"?");
            tree = Hir::repetition(hir::Repetition {
                min: least,
                max: most,
                greedy: lazy == self.flags.lazy,
                sub: Box::new(tree),
            });
        }
    }

    /// Tells whether the brace just read begins `{n}`, `{n,}` or `{n,m}`.
    fn brace_counts(&mut self) -> Result<bool, Refused> {
        let after = self.at;
        self.at -= 1;
        let counts = self.counts()?;
        self.at = after;
        Ok(counts.is_some())
    }

    /// Reads `{n}`, `{n,}` or `{n,m}` up to its last brace; None where the brace is a literal.
    fn counts(&mut self) -> Result<Option<(u32, Option<u32>)>, Refused> {
        let Some(end) = self.rest().iter().position(|byte| *byte == b'}') else {
            return Ok(None);
        };
        let inside = &self.rest()[1..end];
        let mut sides = inside.splitn(2, |byte| *byte == b',');
        let Some(least) = sides.next().and_then(number) else {
            return Ok(None);
        };
        let most = match sides.next() {
            None => Some(least),
            Some(b"") => None,
            Some(digits) => match number(digits) {
                Some(most) => Some(most),
                None => return Ok(None),
            },
        };
        if least > MOST_REPEATS || most.is_some_and(|most| most > MOST_REPEATS || most < least) {
            return self.refuse("a number of repetitions that is not allowed");
        }
        self.at += end;
        Ok(Some((least, most)))
    }

    /// Reads what follows a backslash outside of a class.
    fn escape(&mut self) -> Result<Hir, Refused> {
        let look = match self.peek() {
            Some(b'b') => Some(Look::WordAscii),
            Some(b'B') => Some(Look::WordAsciiNegate),
            Some(b'A') => Some(Look::Start),
            Some(b'z') => Some(Look::End),
            _ => None,
        };
        if let Some(look) = look {
            self.at += 1;
            return Ok(Hir::look(look));
        }
        if self.eat(b"Z") {
            let newline = Hir::repetition(hir::Repetition {
                min: 0,
                max: Some(1),
                greedy: true,
                sub: Box::new(Hir::literal([b'\n'])),
            });
            return Ok(Hir::concat(vec![newline, Hir::look(Look::End)]));
        }
        if self.eat(b"C") {
            return Ok(Hir::dot(hir::Dot::AnyByte));
        }
        if let Some(class) = self.perl_class() {
            return Ok(Hir::class(Class::Bytes(class)));
        }
        let byte = self.escaped_byte()?;
        Ok(self.literal(byte))
    }

    fn perl_class(&mut self) -> Option<ClassBytes> {
        let (name, negated) = match self.peek()? {
            b'd' => ("digit", false),
            b'D' => ("digit", true),
            b's' => ("space", false),
            b'S' => ("space", true),
            b'w' => ("word", false),
            b'W' => ("word", true),
            _ => return None,
        };
        self.at += 1;
        named_class(name, negated)
    }

    /// Reads a character after its backslash.
    fn escaped_byte(&mut self) -> Result<u8, Refused> {
        let Some(byte) = self.next() else {
            return self.refuse("a backslash ends the pattern");
        };
        match byte {
            b'a' => Ok(0x07),
            b'f' => Ok(0x0c),
            b't' => Ok(b'\t'),
            b'n' => Ok(b'\n'),
            b'r' => Ok(b'\r'),
            b'v' => Ok(0x0b),
            b'x' => self.hexadecimal(),
            b'0' => self.octal(0),
            b'1'..=b'7' if matches!(self.peek(), Some(b'0'..=b'7')) => self.octal(byte - b'0'),
            b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                self.refuse("an escape that does not exist")
            }
            0x80.. => self.refuse("an escape that does not exist"),
            _ => Ok(byte),
        }
    }

    fn octal(&mut self, first: u8) -> Result<u8, Refused> {
        let mut value = u32::from(first);
        for _ in 0..2 {
            match self.peek() {
                Some(digit @ b'0'..=b'7') => {
                    value = value * 8 + u32::from(digit - b'0');
                    self.at += 1;
                }
                _ => break,
            }
        }
        match u8::try_from(value) {
            Ok(byte) => Ok(byte),
            Err(_) => self.refuse("a character beyond one byte"),
        }
    }

    fn hexadecimal(&mut self) -> Result<u8, Refused> {
        let digits: Vec<u8> = if self.eat(b"{") {
            let Some(length) = self.rest().iter().position(|byte| *byte == b'}') else {
                return self.refuse("a hexadecimal escape does not end");
            };
            let digits = self.rest()[..length].to_vec();
            self.at += length + 1;
            digits
        } else {
            let Some(digits) = self.rest().get(..2) else {
                return self.refuse("a hexadecimal escape does not end");
            };
            let digits = digits.to_vec();
            self.at += 2;
            digits
        };
        let mut value: u32 = 0;
        if digits.is_empty() {
            return self.refuse("a hexadecimal escape without digits");
        }
        for digit in digits {
            let Some(nibble) = char::from(digit).to_digit(16) else {
                return self.refuse("a hexadecimal escape with other characters");
            };
            value = value.saturating_mul(16).saturating_add(nibble);
        }
        match u8::try_from(value) {
            Ok(byte) => Ok(byte),
            Err(_) => self.refuse("a character beyond one byte"),
        }
    }

    fn class(&mut self) -> Result<Hir, Refused> {
        let negated = self.eat(b"^");
        let mut class = ClassBytes::empty();
        let mut first = true;
        loop {
            match self.peek() {
                None => return self.refuse("a class does not end"),
                Some(b']') if !first => {
                    self.at += 1;
                    break;
                }
                _ => {}
            }
            first = false;
            if let Some(named) = self.posix_class()? {
                class.union(&named);
                continue;
            }
            if self.rest().len() > 1 && self.peek() == Some(b'\\') {
                self.at += 1;
                if let Some(perl) = self.perl_class() {
                    class.union(&perl);
                    continue;
                }
                self.at -= 1;
            }
            let low = self.class_byte()?;
            let mut high = low;
            if self.peek() == Some(b'-') && self.rest().get(1).is_some_and(|byte| *byte != b']') {
                self.at += 1;
                high = self.class_byte()?;
                if high < low {
                    return self.refuse("a range whose end is before its begin");
                }
            }
            let mut range = ClassBytes::new([ClassBytesRange::new(low, high)]);
            if self.flags.folded {
                fold(&mut range);
            }
            class.union(&range);
        }
        if negated {
            class.negate();
        }
        Ok(Hir::class(Class::Bytes(class)))
    }

    fn class_byte(&mut self) -> Result<u8, Refused> {
        match self.next() {
            Some(b'\\') => self.escaped_byte(),
            Some(byte) => Ok(byte),
            None => self.refuse("a class does not end"),
        }
    }

    /// Reads `[:alpha:]` and `[:^alpha:]` inside of a class.
    fn posix_class(&mut self) -> Result<Option<ClassBytes>, Refused> {
        if !self.rest().starts_with(b"[:") {
            return Ok(None);
        }
        let Some(length) = self.rest().windows(2).position(|pair| pair == b":]") else {
            return Ok(None);
        };
        let inside = &self.rest()[2..length.max(2)];
        let negated = inside.first() == Some(&b'^');
        let name = String::from_utf8_lossy(if negated { &inside[1..] } else { inside });
        let Some(mut class) = named_class(&name, false) else {
            return self.refuse("a class of characters that does not exist");
        };
        if self.flags.folded {
            fold(&mut class);
        }
        if negated {
            class.negate();
        }
        self.at += length + 2;
        Ok(Some(class))
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 6 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(
        digits
            .iter()
            .fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')),
    )
}

/// Returns the other case of an ASCII letter; any other byte itself, as RE2 has it in Latin-1.
fn other_case(byte: u8) -> u8 {
    if byte.is_ascii_alphabetic() {
        byte ^ 0x20
    } else {
        byte
    }
}

fn fold(class: &mut ClassBytes) {
    let mut others = ClassBytes::empty();
    for range in class.ranges() {
        for byte in range.start()..=range.end() {
            let other = other_case(byte);
            if other != byte {
                others.push(ClassBytesRange::new(other, other));
            }
        }
    }
    class.union(&others);
}

fn named_class(name: &str, negated: bool) -> Option<ClassBytes> {
    let ranges: &[(u8, u8)] = match name {
        "alnum" => &[(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')],
        "alpha" => &[(b'A', b'Z'), (b'a', b'z')],
        "ascii" => &[(0x00, 0x7f)],
        "blank" => &[(b'\t', b'\t'), (b' ', b' ')],
        "cntrl" => &[(0x00, 0x1f), (0x7f, 0x7f)],
        "digit" => &[(b'0', b'9')],
        "graph" => &[(b'!', b'~')],
        "lower" => &[(b'a', b'z')],
        "print" => &[(b' ', b'~')],
        "punct" => &[(b'!', b'/'), (b':', b'@'), (b'[', b'`'), (b'{', b'~')],
        "space" => &[(b'\t', b'\r'), (b' ', b' ')],
        "upper" => &[(b'A', b'Z')],
        "word" => &[(b'0', b'9'), (b'A', b'Z'), (b'_', b'_'), (b'a', b'z')],
        "xdigit" => &[(b'0', b'9'), (b'A', b'F'), (b'a', b'f')],
        _ => return None,
    };
    let mut class = ClassBytes::new(
        ranges
            .iter()
            .map(|(low, high)| ClassBytesRange::new(*low, *high)),
    );
    if negated {
        class.negate();
    }
    Some(class)
}
