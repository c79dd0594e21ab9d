//! Regular expressions: rx, rxGlobal and the numbers of the registers.

use std::sync::OnceLock;

use regex_automata::hybrid::dfa::{self, DFA};
use regex_automata::meta;
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::captures::Captures as Slots;
use regex_automata::util::pool::Pool;
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

/// How often the states of a pattern may be forgotten before a text is left to the other searcher,
/// and bytes of the text that each state pays for from then on.
const FORGETS: usize = 3;
const BYTES_PER_STATE: usize = 10;

type MakeCache = Box<dyn Fn() -> dfa::Cache + Send + Sync>;
type Caches = Pool<dfa::Cache, MakeCache>;

/// A compiled pattern; may be shared by threads.
///
/// Whether a text matches is told by an automaton that makes its states while it reads, and goes
/// forward alone: half the memory of a searcher that also tells where.
pub struct Regex {
    text: Vec<u8>,
    /// How many texts a match captures, its own and those of its groups.
    captured: usize,
    least: usize,
    /// Made at once, or when the first text comes; an error where the program is too large.
    automaton: OnceLock<Result<Automaton, String>>,
    /// Tells where matches and their groups are; made when this is asked for first.
    finder: OnceLock<Option<meta::Regex>>,
}

struct Automaton {
    states: DFA,
    caches: Caches,
}

impl Regex {
    /// Compiles a pattern in the syntax that RE2 and regex_syntax have in common.
    ///
    /// In it every set of bytes is written out, so that nothing depends on a dialect;
    /// `engines/inspect/regex/write.py` makes it from the text of a rule.
    pub fn new(text: &[u8]) -> Result<Self, String> {
        let made = Self::waiting(text, None)?;
        made.prepare()?;
        Ok(made)
    }

    /// Leaves the program of a pattern to `prepare` or to the first text.
    ///
    /// least: Bytes of the shortest text that matches; None to read the pattern now.
    pub fn waiting(text: &[u8], least: Option<usize>) -> Result<Self, String> {
        let least = match least {
            Some(least) => least,
            None => parse(text)?.properties().minimum_len().unwrap_or(0),
        };
        // The tree lacks groups that are repeated zero times; a literal parenthesis is written \x28.
        let opened = text.iter().enumerate().filter(|(_, byte)| **byte == b'(');
        let groups = opened.filter(|(at, _)| text.get(at + 1) != Some(&b'?'));
        let groups = groups.count();
        Ok(Regex {
            text: text.to_vec(),
            captured: MOST_GROUPS.min(groups + 1),
            least,
            automaton: OnceLock::new(),
            finder: OnceLock::new(),
        })
    }

    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Makes the program, unless there is one; an error where the program is too large.
    pub fn prepare(&self) -> Result<(), String> {
        self.automaton().as_ref().map(|_| ()).map_err(Clone::clone)
    }

    fn automaton(&self) -> &Result<Automaton, String> {
        self.automaton
            .get_or_init(|| automaton(&parse(&self.text)?))
    }

    /// Returns whether a text matches.
    ///
    /// SECURITY: any text matches a pattern without a program, since nothing says that it does not.
    pub fn matches(&self, text: &[u8]) -> bool {
        let Ok(automaton) = self.automaton() else {
            return true;
        };
        let input = Input::new(text).earliest(true);
        let mut cache = automaton.caches.get();
        match automaton.states.try_search_fwd(&mut cache, &input) {
            Ok(found) => found.is_some(),
            // Too many states for the text: the other searcher is slower, and linear all the same.
            Err(_) => self.finder().is_none_or(|finder| finder.is_match(text)),
        }
    }

    /// Returns where the leftmost match at or after a place begins and ends.
    pub fn span(&self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        let found = self
            .finder()?
            .search(&Input::new(text).span(from..text.len()))?;
        Some((found.start(), found.end()))
    }

    /// Returns the leftmost match and its groups; a group that took no part is empty.
    pub fn captures(&self, text: &[u8]) -> Option<Captures> {
        let finder = self.finder()?;
        let mut slots = finder.create_captures();
        finder.captures(text, &mut slots);
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
        let finder = self.finder()?;
        let mut slots = finder.create_captures();
        let mut all = vec![Vec::new(); self.captured];
        let mut at = 0;
        for count in 0..MOST_MATCHES {
            if at > text.len() {
                break;
            }
            finder.search_captures(&Input::new(text).span(at..text.len()), &mut slots);
            let Some(whole) = slots.get_match() else {
                return (count > 0).then_some(all);
            };
            take(&slots, text, &mut all);
            at = whole.end() + usize::from(whole.is_empty());
        }
        Some(all)
    }

    fn finder(&self) -> Option<&meta::Regex> {
        self.finder
            .get_or_init(|| compile(&parse(&self.text).ok()?).ok())
            .as_ref()
    }

    /// Returns the clauses of the pattern for each set of bytes that is erased.
    ///
    /// The tree is read anew: kept trees of a large rule set would take megabytes.
    pub fn clauses(&self, ways: [&Erased; 2]) -> [Vec<Clause>; 2] {
        let tree = parse(&self.text);
        ways.map(|erased| match &tree {
            Ok(tree) => factors::clauses(tree, erased),
            Err(_) => Vec::new(),
        })
    }

    pub fn least(&self) -> usize {
        self.least
    }
}

fn take(slots: &Slots, text: &[u8], all: &mut Captures) {
    for (group, kept) in all.iter_mut().enumerate() {
        if let Some(span) = slots.get_group(group) {
            *kept = text[span.range()].to_vec();
        }
    }
}

fn parse(text: &[u8]) -> Result<Hir, String> {
    let common = std::str::from_utf8(text).map_err(|_| "a pattern that is not written out")?;
    regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .dot_matches_new_line(true)
        .nest_limit(DEEPEST)
        .build()
        .parse(common)
        .map_err(|refused| refused.to_string())
}

fn automaton(tree: &Hir) -> Result<Automaton, String> {
    let config = thompson::Config::new()
        .utf8(false)
        .which_captures(WhichCaptures::None)
        .nfa_size_limit(Some(LARGEST));
    let states = thompson::Compiler::new()
        .configure(config)
        .build_from_hir(tree)
        .map_err(|refused| match refused.size_limit() {
            Some(bytes) => format!("a pattern whose program takes more than {bytes} bytes"),
            None => refused.to_string(),
        })?;
    let config = dfa::Config::new()
        .skip_cache_capacity_check(true)
        .minimum_cache_clear_count(Some(FORGETS))
        .minimum_bytes_per_state(Some(BYTES_PER_STATE));
    let states = dfa::Builder::new()
        .configure(config)
        .build_from_nfa(states)
        .map_err(|refused| refused.to_string())?;
    let made = states.clone();
    let caches = Pool::new(Box::new(move || made.create_cache()) as MakeCache);
    Ok(Automaton { states, caches })
}

fn compile(tree: &Hir) -> Result<meta::Regex, String> {
    let config = meta::Config::new()
        .utf8_empty(false)
        .nfa_size_limit(Some(LARGEST))
        .onepass(false);
    meta::Builder::new()
        .configure(config)
        .build_from_hir(tree)
        .map_err(|refused| refused.to_string())
}
