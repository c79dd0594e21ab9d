//! One scan of a text for the literals of all gates: which gates can match at all.

use aho_corasick::automaton::Automaton;
use aho_corasick::nfa::contiguous;
use aho_corasick::{Anchored, MatchKind};
use std::collections::HashMap;

use crate::bits::Bits;
use crate::factors::{Clause, Erased};

/// Of a literal: the gates and the bits of their clauses that it satisfies.
type Satisfied = Vec<(u32, u8)>;

/// An automaton over the literals of some gates.
pub struct Scanner {
    automaton: Option<contiguous::NFA>,
    satisfied: Vec<Satisfied>,
    /// For each gate, the bits of all its clauses; 0 for gates that are not scanned for.
    full: Vec<u8>,
    erased: Erased,
    erases: bool,
    /// The gates that are scanned for.
    pub gates: Bits,
}

/// Memory that scans share, to be used by one thread at a time.
#[derive(Default)]
pub struct Scratch {
    seen_literals: Vec<u32>,
    seen_clauses: Vec<(u32, u8)>,
    round: u32,
    kept: Vec<u8>,
}

impl Scanner {
    /// Makes a scanner; clauses: of each gate that is to be scanned for.
    pub fn new(
        bound: usize,
        clauses: &[(usize, &[Clause])],
        erased: &Erased,
    ) -> Result<Self, String> {
        let mut numbers: HashMap<&[u8], usize> = HashMap::new();
        let mut literals: Vec<&[u8]> = Vec::new();
        let mut satisfied: Vec<Satisfied> = Vec::new();
        let mut full = vec![0; bound];
        let mut gates = Bits::new(bound);
        for (gate, clauses) in clauses {
            gates.add(*gate);
            for (place, clause) in clauses.iter().enumerate() {
                full[*gate] |= 1 << place;
                for literal in clause {
                    let number = *numbers.entry(literal).or_insert_with(|| {
                        literals.push(literal);
                        satisfied.push(Vec::new());
                        literals.len() - 1
                    });
                    let gate = u32::try_from(*gate).map_err(|_| "too many gates")?;
                    satisfied[number].push((gate, 1 << place));
                }
            }
        }
        let automaton = if literals.is_empty() {
            None
        } else {
            let built = contiguous::NFA::builder()
                .ascii_case_insensitive(true)
                .match_kind(MatchKind::Standard)
                .build(&literals);
            Some(built.map_err(|refused| refused.to_string())?)
        };
        Ok(Scanner {
            automaton,
            satisfied,
            full,
            erased: *erased,
            erases: erased.contains(&true),
            gates,
        })
    }

    /// Adds the gates all of whose clauses a text satisfies.
    pub fn scan(&self, text: &[u8], scratch: &mut Scratch, found: &mut Bits) {
        let Some(automaton) = &self.automaton else {
            return;
        };
        scratch.begin(self.satisfied.len(), self.full.len());
        let mut kept = std::mem::take(&mut scratch.kept);
        let text = if self.erases {
            kept.clear();
            kept.extend(text.iter().filter(|byte| !self.erased[usize::from(**byte)]));
            kept.as_slice()
        } else {
            text
        };
        let Ok(mut state) = automaton.start_state(Anchored::No) else {
            return;
        };
        for byte in text {
            state = automaton.next_state(Anchored::No, state, *byte);
            if automaton.is_special(state) && automaton.is_match(state) {
                for place in 0..automaton.match_len(state) {
                    let literal = automaton.match_pattern(state, place).as_usize();
                    self.note(literal, scratch, found);
                }
            }
        }
        scratch.kept = kept;
    }

    fn note(&self, literal: usize, scratch: &mut Scratch, found: &mut Bits) {
        if scratch.seen_literals[literal] == scratch.round {
            return;
        }
        scratch.seen_literals[literal] = scratch.round;
        for (gate, bit) in &self.satisfied[literal] {
            let gate = *gate as usize;
            let (round, seen) = &mut scratch.seen_clauses[gate];
            if *round != scratch.round {
                *round = scratch.round;
                *seen = 0;
            }
            *seen |= bit;
            if *seen == self.full[gate] {
                found.add(gate);
            }
        }
    }

    /// Returns how many literals are scanned for, and the bytes of the automaton.
    pub fn size(&self) -> (usize, usize) {
        let bytes = self.automaton.as_ref().map_or(0, Automaton::memory_usage);
        (self.satisfied.len(), bytes)
    }
}

impl Scratch {
    fn begin(&mut self, literals: usize, gates: usize) {
        if self.round == u32::MAX {
            *self = Scratch::default();
        }
        self.round += 1;
        if self.seen_literals.len() < literals {
            self.seen_literals.resize(literals, 0);
        }
        if self.seen_clauses.len() < gates {
            self.seen_clauses.resize(gates, (0, 0));
        }
    }
}
