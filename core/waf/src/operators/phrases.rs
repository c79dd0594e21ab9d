//! The search for many phrases at once.

use std::collections::HashSet;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::Test;

/// Phrases as given, and the automaton over them, blind to ASCII case.
pub struct Phrases {
    given: Vec<Vec<u8>>,
    automaton: AhoCorasick,
}

/// Returns the test of pm; without phrases the words of the argument.
pub fn make(argument: &[u8], phrases: &[Vec<u8>]) -> Result<Test, String> {
    let mut given = if phrases.is_empty() {
        words(argument)
    } else {
        phrases.to_vec()
    };
    let mut seen = HashSet::new();
    given.retain(|phrase| !phrase.is_empty() && seen.insert(phrase.to_ascii_lowercase()));
    if given.is_empty() {
        return Ok(Test::Never);
    }
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .build(&given)
        .map_err(|refused| refused.to_string())?;
    Ok(Test::Phrases(Phrases { given, automaton }))
}

impl Phrases {
    /// Returns the phrase that ends first, of several that end together the longest, as given.
    pub fn first(&self, text: &[u8]) -> Option<&[u8]> {
        let found = self.automaton.find(text)?;
        Some(&self.given[found.pattern().as_usize()])
    }

    pub fn all(&self) -> impl Iterator<Item = &[u8]> {
        self.given.iter().map(Vec::as_slice)
    }
}

/// Returns the words of an argument of pm; `|6869|` is bytes, `\` quotes `:`, `;`, `\` and `"`.
fn words(argument: &[u8]) -> Vec<Vec<u8>> {
    let blank = |byte: &u8| *byte == b' ' || *byte == b'\t';
    let mut argument = argument;
    while argument.first().is_some_and(blank) {
        argument = &argument[1..];
    }
    while argument.last().is_some_and(blank) {
        argument = &argument[..argument.len() - 1];
    }
    if argument.len() > 1 && argument.starts_with(b"\"") && argument.ends_with(b"\"") {
        argument = &argument[1..argument.len() - 1];
    }
    argument
        .split(|byte| matches!(byte, b' ' | b'\t'..=b'\r'))
        .filter(|word| !word.is_empty())
        .map(|word| decoded(word).unwrap_or_else(|| word.to_vec()))
        .collect()
}

/// Returns the bytes that a word means; None where it has other bars or backslashes.
fn decoded(word: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = word;
    while let Some(byte) = rest.first() {
        match byte {
            b'|' => {
                let end = 1 + rest[1..]
                    .iter()
                    .position(|byte| !byte.is_ascii_hexdigit())?;
                if rest[end] != b'|' {
                    return None;
                }
                let digits = &rest[1..end];
                if digits.len() % 2 == 0 {
                    out.extend(
                        crate::transforms::find("hexdecode")?
                            .apply(digits)
                            .unwrap_or_default(),
                    );
                } else {
                    out.extend_from_slice(&rest[..=end]);
                }
                rest = &rest[end + 1..];
            }
            b'\\' => {
                let quoted = rest.get(1)?;
                if !matches!(quoted, b':' | b';' | b'\\' | b'"') {
                    return None;
                }
                out.push(*quoted);
                rest = &rest[2..];
            }
            other => {
                out.push(*other);
                rest = &rest[1..];
            }
        }
    }
    Some(out)
}
