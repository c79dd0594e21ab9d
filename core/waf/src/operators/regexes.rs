//! Regular expressions: rx, rxGlobal and the numbers of the registers.

use std::sync::OnceLock;

use regex_automata::meta;
use regex_automata::util::captures::Captures as Slots;
use regex_automata::Input;
use regex_syntax::hir::Hir;

use super::Captures;
use crate::factors::{self, Clause, Erased};

const MOST_GROUPS: usize = 10;
const MOST_MATCHES: usize = 1_000;
/// Groups and repetitions within each other.
const DEEPEST: u32 = 1_000;
/// Bytes that the program of one pattern may take.
const LARGEST: usize = 1 << 24;

/// A compiled pattern; may be shared by threads.
pub struct Regex {
    text: Vec<u8>,
    tree: Hir,
    /// How many texts a match captures, its own and those of its groups.
    captured: usize,
    /// Made at once, or when the first text comes; an error where the program is too large.
    searcher: OnceLock<Result<meta::Regex, String>>,
    /// With groups; made at the first match whose groups are asked for.
    grouper: OnceLock<Option<meta::Regex>>,
}

impl Regex {
    /// Compiles a pattern in the syntax that RE2 and regex_syntax have in common.
    ///
    /// In it every set of bytes is written out, so that nothing depends on a dialect;
    /// `engines/inspect/regex/write.py` makes it from the text of a rule.
    pub fn new(text: &[u8]) -> Result<Self, String> {
        let made = Self::waiting(text)?;
        made.prepare()?;
        Ok(made)
    }

    /// Reads a pattern, and leaves its program to `prepare` or to the first text.
    pub fn waiting(text: &[u8]) -> Result<Self, String> {
        let common = std::str::from_utf8(text).map_err(|_| "a pattern that is not written out")?;
        let tree = regex_syntax::ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .dot_matches_new_line(true)
            .nest_limit(DEEPEST)
            .build()
            .parse(common)
            .map_err(|refused| refused.to_string())?;
        // The tree lacks groups that are repeated zero times; a literal parenthesis is written \x28.
        let opened = text.iter().enumerate().filter(|(_, byte)| **byte == b'(');
        let groups = opened.filter(|(at, _)| text.get(at + 1) != Some(&b'?'));
        let groups = groups.count();
        Ok(Regex {
            text: text.to_vec(),
            tree,
            captured: MOST_GROUPS.min(groups + 1),
            searcher: OnceLock::new(),
            grouper: OnceLock::new(),
        })
    }

    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Makes the program, unless there is one; an error where the program is too large.
    pub fn prepare(&self) -> Result<(), String> {
        self.searcher().as_ref().map(|_| ()).map_err(Clone::clone)
    }

    fn searcher(&self) -> &Result<meta::Regex, String> {
        self.searcher
            .get_or_init(|| compile(&self.tree, meta::Config::new().which_captures(none())))
    }

    /// Returns whether a text matches.
    ///
    /// SECURITY: any text matches a pattern without a program, since nothing says that it does not.
    pub fn matches(&self, text: &[u8]) -> bool {
        match self.searcher() {
            Ok(searcher) => searcher.is_match(text),
            Err(_) => true,
        }
    }

    /// Returns where the leftmost match at or after a place begins and ends.
    pub fn span(&self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        let searcher = self.searcher().as_ref().ok()?;
        let found = searcher.search(&Input::new(text).span(from..text.len()))?;
        Some((found.start(), found.end()))
    }

    /// Returns the leftmost match and its groups; a group that took no part is empty.
    pub fn captures(&self, text: &[u8]) -> Option<Captures> {
        let grouper = self.grouper()?;
        let mut slots = grouper.create_captures();
        grouper.captures(text, &mut slots);
        slots.is_match().then(|| {
            let mut all = vec![Vec::new(); self.captured];
            take(&slots, text, &mut all);
            all
        })
    }

    /// Returns for each group the text of the last match in which the group took part.
    ///
    /// At most the first 1,000 matches count; an empty one may stand at the end of the one before.
    pub fn captures_of_all(&self, text: &[u8]) -> Option<Captures> {
        let grouper = self.grouper()?;
        let mut slots = grouper.create_captures();
        let mut all = vec![Vec::new(); self.captured];
        let mut at = 0;
        for count in 0..MOST_MATCHES {
            if at > text.len() {
                break;
            }
            grouper.search_captures(&Input::new(text).span(at..text.len()), &mut slots);
            let Some(whole) = slots.get_match() else {
                return (count > 0).then_some(all);
            };
            take(&slots, text, &mut all);
            at = whole.end() + usize::from(whole.is_empty());
        }
        Some(all)
    }

    fn grouper(&self) -> Option<&meta::Regex> {
        self.grouper
            .get_or_init(|| compile(&self.tree, meta::Config::new()).ok())
            .as_ref()
    }

    pub fn clauses(&self, erased: &Erased) -> Vec<Clause> {
        factors::clauses(&self.tree, erased)
    }

    pub fn least(&self) -> usize {
        self.tree.properties().minimum_len().unwrap_or(0)
    }
}

fn take(slots: &Slots, text: &[u8], all: &mut Captures) {
    for (group, kept) in all.iter_mut().enumerate() {
        if let Some(span) = slots.get_group(group) {
            *kept = text[span.range()].to_vec();
        }
    }
}

fn none() -> regex_automata::nfa::thompson::WhichCaptures {
    regex_automata::nfa::thompson::WhichCaptures::Implicit
}

fn compile(tree: &Hir, config: meta::Config) -> Result<meta::Regex, String> {
    let config = config
        .utf8_empty(false)
        .nfa_size_limit(Some(LARGEST))
        .onepass(false);
    meta::Builder::new()
        .configure(config)
        .build_from_hir(tree)
        .map_err(|refused| match refused.size_limit() {
            Some(bytes) => format!("a pattern whose program takes more than {bytes} bytes"),
            None => refused.to_string(),
        })
}
