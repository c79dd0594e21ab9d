//! Tokenisers of SQL and HTML, for detectSQLi and detectXSS.
//!
//! `engines/inspect/tokens` is the specification. Its words and rules are given from there, so that
//! they are written once; what is here is the reading of bytes.

mod html;
mod lexer;
mod sql;

use std::collections::{HashMap, HashSet};

use crate::operators::Regex;

pub use html::xss;
pub use sql::sqli;

/// The words and rules of both tokenisers.
pub struct Tables {
    /// The class of a word in lower case, one letter.
    words: HashMap<Vec<u8>, u8>,
    sets: HashMap<String, HashSet<Vec<u8>>>,
    rules: HashMap<String, Regex>,
    numbers: HashMap<String, usize>,
}

const SETS: [&str; 10] = [
    "alone",
    "callable",
    "heads",
    "known",
    "marked",
    "strong",
    "strong_beginnings",
    "system",
    "urls",
    "with_attributes",
];
const RULES: [&str; 9] = [
    "bare", "declared", "handler", "harmless", "quoted", "runs", "signs", "style", "url",
];
const NUMBERS: [&str; 3] = ["most_tokens", "work_base", "work_factor"];

impl Tables {
    /// Reads the tables; says which is missing or malformed.
    pub fn new(
        words: HashMap<Vec<u8>, u8>,
        sets: HashMap<String, HashSet<Vec<u8>>>,
        rules: HashMap<String, Vec<u8>>,
        numbers: HashMap<String, usize>,
    ) -> Result<Self, String> {
        let missing = |name: &&str| format!("the tables of tokens lack {name}");
        if let Some(name) = SETS.iter().find(|name| !sets.contains_key(**name)) {
            return Err(missing(name));
        }
        if let Some(name) = RULES.iter().find(|name| !rules.contains_key(**name)) {
            return Err(missing(name));
        }
        if let Some(name) = NUMBERS.iter().find(|name| !numbers.contains_key(**name)) {
            return Err(missing(name));
        }
        let compiled = rules
            .into_iter()
            .map(|(name, text)| Ok((name, Regex::waiting(&text, Some(0))?)));
        Ok(Tables {
            words,
            sets,
            rules: compiled.collect::<Result<_, String>>()?,
            numbers,
        })
    }

    /// Makes what waits for the first text.
    pub fn prepare(&self) -> Result<(), String> {
        self.rules.values().try_for_each(Regex::prepare)
    }

    fn word(&self, word: &[u8]) -> u8 {
        self.words.get(word).copied().unwrap_or(b'n')
    }

    fn in_set(&self, set: &str, word: &[u8]) -> bool {
        self.sets.get(set).is_some_and(|words| words.contains(word))
    }

    fn begins_in_set(&self, set: &str, word: &[u8]) -> bool {
        let words = self.sets.get(set);
        words.is_some_and(|words| words.iter().any(|begin| word.starts_with(begin)))
    }

    fn rule(&self, rule: &str, text: &[u8]) -> bool {
        self.rules
            .get(rule)
            .is_some_and(|regex| regex.matches(text))
    }

    fn number(&self, name: &str) -> usize {
        self.numbers.get(name).copied().unwrap_or(0)
    }
}
