//! What an operator asks of a text before its pattern is read: a start that has outlines reads none.

use crate::factors::{self, Clause, Erased};
use crate::operators::Test;

/// The outline of an operator.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// Bytes of the shortest text that matches.
    pub least: usize,
    /// Whether the clauses hold of the text without the bytes of `evasion`.
    pub erased: bool,
    /// See `factors`; none where a text may match without any literal.
    pub clauses: Vec<Clause>,
}

pub const NOTHING: Erased = [false; 256];

/// A rank of clauses at which a scan of what is left by `evasion` would gain nothing.
const ENOUGH: u32 = 20;

/// Returns the outline of a test, by the clauses that are rarer.
pub fn of(test: &Test) -> Outline {
    let [plain, erased] = test.clauses([&NOTHING, &evasion()]);
    let rank = |clauses: &[Clause]| clauses.first().map_or(0, factors::rank);
    let erases = rank(&plain) < ENOUGH && rank(&plain) < rank(&erased);
    Outline {
        least: test.least(),
        erased: erases,
        clauses: if erases { erased } else { plain },
    }
}

/// The bytes that shells pass over between the letters of a command.
pub fn evasion() -> Erased {
    let mut erased = NOTHING;
    for byte in b"\"'\\^$@!*?[](){}<>`,;|&~#\t\n\x0b\x0c\r " {
        erased[usize::from(*byte)] = true;
    }
    erased
}
