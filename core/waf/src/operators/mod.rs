//! Operators: tests of one value, made once from an argument.
//!
//! `engines/inspect/operators` is the specification; tests hold both equal.

mod addresses;
mod encodings;
mod numbers;
mod phrases;
mod regexes;
mod registers;

use std::sync::Arc;

use memchr::memmem::Finder;

use crate::factors::{Clause, Erased};
use crate::features::{self, Features};
use crate::tokens::{self, Tables};

pub use regexes::Regex;

/// What a match captures: TX.0 first, at most ten.
pub type Captures = Vec<Vec<u8>>;

/// The test of an operator.
pub enum Test {
    Always,
    BeginsWith(Vec<u8>),
    Bytes(Box<[bool; 256]>),
    Contains(Finder<'static>),
    ContainsWord(Finder<'static>),
    EndsWith(Vec<u8>),
    Equal(Vec<u8>),
    Html(Arc<Tables>),
    Ip(addresses::Networks),
    Never,
    Number(numbers::Comparison),
    Phrases(phrases::Phrases),
    Regex(Regex),
    RegexGlobal(Regex),
    Register(registers::Register),
    Sql(Arc<Tables>),
    UrlEncoding,
    Utf8,
    Within(Vec<u8>),
}

/// Returns the test of an operator, or why there is none; name: in lower case.
///
/// tables: For detectSQLi and detectXSS, which are refused without them. least: Bytes of the
/// shortest text that matches a pattern; where this is known, the pattern waits to be read.
pub fn make(
    name: &str,
    argument: &[u8],
    phrases: &[Vec<u8>],
    tables: Option<&Arc<Tables>>,
    least: Option<usize>,
) -> Result<Test, String> {
    let tables = || {
        tables
            .map(Arc::clone)
            .ok_or_else(|| format!("@{name}: no tables of tokens were given"))
    };
    let whole = || argument.to_vec();
    Ok(match name {
        "beginswith" => Test::BeginsWith(whole()),
        "contains" | "strmatch" => Test::Contains(Finder::new(argument).into_owned()),
        "containsword" if argument.is_empty() => Test::Always,
        "containsword" => Test::ContainsWord(Finder::new(argument).into_owned()),
        "detectsqli" => Test::Sql(tables()?),
        "detectxss" => Test::Html(tables()?),
        "endswith" => Test::EndsWith(whole()),
        "eq" | "ge" | "gt" | "le" | "lt" => Test::Number(numbers::Comparison::new(name, argument)),
        "ipmatch" | "ipmatchf" | "ipmatchfromfile" => {
            Test::Ip(addresses::Networks::new(argument, phrases)?)
        }
        "nomatch" => Test::Never,
        "pm" | "pmf" | "pmfromfile" => phrases::make(argument, phrases)?,
        "rx" => Test::Regex(Regex::waiting(argument, least)?),
        "rxglobal" => Test::RegexGlobal(Regex::waiting(argument, least)?),
        "streq" => Test::Equal(whole()),
        "unconditionalmatch" => Test::Always,
        "validatebyterange" => Test::Bytes(encodings::byte_range(argument)?),
        "validateurlencoding" => Test::UrlEncoding,
        "validateutf8encoding" => Test::Utf8,
        "verifycc" | "verifycpf" | "verifyssn" | "verifysvnr" => {
            Test::Register(registers::Register::new(name, argument)?)
        }
        "within" => Test::Within(whole()),
        _ => return Err(format!("@{name}: no such operator")),
    })
}

impl Test {
    /// Makes what waits for the first text; an error where that cannot be made.
    pub fn prepare(&self) -> Result<(), String> {
        match self {
            Test::Html(tables) | Test::Sql(tables) => tables.prepare(),
            Test::Regex(regex) | Test::RegexGlobal(regex) => regex.prepare(),
            _ => Ok(()),
        }
    }

    /// Returns whether a text matches.
    pub fn matches(&self, text: &[u8]) -> bool {
        match self {
            Test::Always => true,
            Test::BeginsWith(start) => text.starts_with(start),
            Test::Bytes(allowed) => text.iter().any(|byte| !allowed[usize::from(*byte)]),
            Test::Contains(finder) => finder.find(text).is_some(),
            Test::ContainsWord(finder) => contains_word(finder, text),
            Test::EndsWith(end) => text.ends_with(end),
            Test::Equal(other) => text == other.as_slice(),
            Test::Html(tables) => tokens::xss(tables, text).is_some(),
            Test::Ip(networks) => networks.hold(text),
            Test::Never => false,
            Test::Number(comparison) => comparison.holds(text),
            Test::Phrases(phrases) => phrases.first(text).is_some(),
            Test::Regex(regex) | Test::RegexGlobal(regex) => regex.matches(text),
            Test::Register(register) => register.find(text).is_some(),
            Test::Sql(tables) => tokens::sqli(tables, text).is_some(),
            Test::UrlEncoding => encodings::bad_percent(text),
            Test::Utf8 => std::str::from_utf8(text).is_err(),
            Test::Within(whole) => memchr::memmem::find(whole, text).is_some(),
        }
    }

    /// Returns what a text captures; None where it does not match.
    pub fn captures(&self, text: &[u8]) -> Option<Captures> {
        match self {
            Test::Phrases(phrases) => Some(vec![phrases.first(text)?.to_vec()]),
            Test::Regex(regex) => regex.captures(text),
            Test::RegexGlobal(regex) => regex.captures_of_all(text),
            Test::Register(register) => Some(vec![register.find(text)?.to_vec()]),
            Test::Html(tables) => Some(vec![tokens::xss(tables, text)?]),
            Test::Sql(tables) => Some(vec![tokens::sqli(tables, text)?]),
            _ => self.matches(text).then(Vec::new),
        }
    }

    /// Returns literals of which each text that matches has one or more, clause by clause, for
    /// each set of bytes that is erased.
    pub fn clauses(&self, ways: [&Erased; 2]) -> [Vec<Clause>; 2] {
        let texts: Vec<&[u8]> = match self {
            Test::Regex(regex) | Test::RegexGlobal(regex) => return regex.clauses(ways),
            Test::Phrases(phrases) => phrases.all().collect(),
            Test::BeginsWith(text) | Test::EndsWith(text) | Test::Equal(text) => vec![text],
            Test::Contains(finder) | Test::ContainsWord(finder) => vec![finder.needle()],
            _ => Vec::new(),
        };
        ways.map(|erased| {
            let kept = |text: &&[u8]| {
                let stay = text.iter().filter(|byte| !erased[usize::from(**byte)]);
                stay.map(u8::to_ascii_lowercase).collect()
            };
            let clause: Clause = texts.iter().map(kept).collect();
            if crate::factors::rank(&clause) == 0 {
                return Vec::new();
            }
            vec![clause]
        })
    }

    /// Returns features of which each text that matches has one; ANY where all texts may match.
    pub fn needs(&self) -> Features {
        match self {
            Test::UrlEncoding => features::PERCENT,
            Test::Utf8 => features::HIGH,
            Test::Html(_) => features::LESS | features::EQUALS | features::COLON,
            _ => features::ANY,
        }
    }

    /// Returns the length in bytes below which no text matches.
    pub fn least(&self) -> usize {
        match self {
            Test::Regex(regex) | Test::RegexGlobal(regex) => regex.least(),
            _ => 0,
        }
    }
}

fn contains_word(finder: &Finder<'static>, text: &[u8]) -> bool {
    let size = finder.needle().len();
    let free = |byte: Option<&u8>| !byte.is_some_and(u8::is_ascii_alphabetic);
    let mut from = 0;
    while let Some(found) = text.get(from..).and_then(|rest| finder.find(rest)) {
        let at = from + found;
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        if free(before) && free(text.get(at + size)) {
            return true;
        }
        from = at + 1;
    }
    false
}
