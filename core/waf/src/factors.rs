//! Literals that every match of a pattern must have, from the tree of the pattern.
//!
//! A clause is a set of literals of which each matching text has one or more; a pattern has a few
//! clauses, and a text that fails one of them cannot match. Literals are in lower case and are
//! looked for without regard to ASCII case.
//!
//! With `erased` bytes the same holds of the text without these bytes: deletion maps a text that
//! matches to one that matches the tree with the bytes deleted.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Literals of which one must be there.
pub type Clause = Vec<Vec<u8>>;

const MOST_LITERALS: usize = 1_024;
const LARGEST_CLASS: usize = 16;
const LONGEST: usize = 24;
const MOST_CLAUSES: usize = 3;
const MOST_STEPS: usize = 200_000;

/// Which bytes are deleted from the text before literals are looked for.
pub type Erased = [bool; 256];

/// Returns up to three clauses, the best first; none where the pattern can match without any.
pub fn clauses(tree: &Hir, erased: &Erased) -> Vec<Clause> {
    let mut work = Work {
        erased,
        steps: MOST_STEPS,
    };
    let factors = work.of(tree);
    let mut clauses = factors.clauses;
    if let Some(exact) = factors.exact {
        clauses.push(exact);
    }
    best(clauses)
}

/// A rank of a clause, higher is rarer; 0 is of no use.
///
/// Its weakest literal decides, and many literals weigh a little against it.
pub fn rank(clause: &Clause) -> u32 {
    let weakest = clause.iter().map(|literal| rarity(literal)).min();
    let weakest = weakest.unwrap_or(0);
    if weakest == 0 {
        return 0;
    }
    let many = clause.len().ilog2();
    (weakest * 4).saturating_sub(many).max(1)
}

/// A rank of a literal: 2 for each letter or digit, 3 for other bytes; 0 below a rank of 3.
fn rarity(literal: &[u8]) -> u32 {
    let sum: u32 = literal
        .iter()
        .map(|byte| match byte {
            b' ' | b'-' | b'.' | b'/' | b'=' | b'_' | b',' | b';' | b':' => 1,
            b'a'..=b'z' | b'0'..=b'9' => 2,
            _ => 3,
        })
        .sum();
    if sum < 3 {
        0
    } else {
        sum
    }
}

struct Factors {
    /// All texts that match, where they are few.
    exact: Option<Clause>,
    clauses: Vec<Clause>,
}

impl Factors {
    fn nothing() -> Self {
        Factors {
            exact: None,
            clauses: Vec::new(),
        }
    }

    fn exact(texts: Clause) -> Self {
        Factors {
            exact: Some(texts),
            clauses: Vec::new(),
        }
    }

    /// The clauses, the exact texts among them.
    fn all(self) -> Vec<Clause> {
        let mut clauses = self.clauses;
        clauses.extend(self.exact);
        clauses
    }
}

struct Work<'e> {
    erased: &'e Erased,
    steps: usize,
}

impl Work<'_> {
    fn of(&mut self, tree: &Hir) -> Factors {
        if self.steps == 0 {
            return Factors::nothing();
        }
        self.steps -= 1;
        match tree.kind() {
            HirKind::Empty | HirKind::Look(_) => Factors::exact(vec![Vec::new()]),
            HirKind::Literal(literal) => {
                let kept = literal
                    .0
                    .iter()
                    .filter(|byte| !self.erased[usize::from(**byte)]);
                Factors::exact(vec![kept.map(u8::to_ascii_lowercase).collect()])
            }
            HirKind::Class(class) => self.class(class),
            HirKind::Repetition(repetition) => {
                let inner = self.of(&repetition.sub);
                self.repetition(inner, repetition.min, repetition.max)
            }
            HirKind::Capture(capture) => self.of(&capture.sub),
            HirKind::Concat(parts) => self.concatenation(parts),
            HirKind::Alternation(branches) => self.alternation(branches),
        }
    }

    fn class(&self, class: &Class) -> Factors {
        let mut kept: Vec<u8> = Vec::new();
        let mut empty = false;
        let Class::Bytes(bytes) = class else {
            return Factors::nothing();
        };
        for range in bytes.ranges() {
            for byte in range.start()..=range.end() {
                if self.erased[usize::from(byte)] {
                    empty = true;
                } else {
                    kept.push(byte.to_ascii_lowercase());
                }
            }
        }
        kept.sort_unstable();
        kept.dedup();
        if kept.len() > LARGEST_CLASS {
            return Factors::nothing();
        }
        let mut texts: Clause = kept.into_iter().map(|byte| vec![byte]).collect();
        if empty {
            texts.push(Vec::new());
        }
        Factors::exact(texts)
    }

    fn repetition(&self, inner: Factors, least: u32, most: Option<u32>) -> Factors {
        if let Some(exact) = &inner.exact {
            // Deletion may leave nothing of what repeats: once or often, the same.
            if exact.iter().all(Vec::is_empty) {
                return Factors::exact(vec![Vec::new()]);
            }
        }
        if least == 0 {
            return match (inner.exact, most) {
                (Some(mut exact), Some(1)) => {
                    exact.push(Vec::new());
                    Factors::exact(tidy(exact))
                }
                (_, Some(0)) => Factors::exact(vec![Vec::new()]),
                _ => Factors::nothing(),
            };
        }
        if least == 1 && most == Some(1) {
            return inner;
        }
        if let (Some(exact), true) = (&inner.exact, most == Some(least) && least <= 8) {
            let mut product = vec![Vec::new()];
            for _ in 0..least {
                match times(&product, exact) {
                    Some(more) => product = more,
                    None => {
                        return Factors {
                            exact: None,
                            clauses: inner.all(),
                        }
                    }
                }
            }
            return Factors::exact(product);
        }
        Factors {
            exact: None,
            clauses: inner.all(),
        }
    }

    fn concatenation(&mut self, parts: &[Hir]) -> Factors {
        let mut clauses = Vec::new();
        let mut run = vec![Vec::new()];
        let mut whole = true;
        for part in parts {
            let factors = self.of(part);
            clauses.extend(factors.clauses);
            let Some(exact) = factors.exact else {
                whole = false;
                clauses.push(std::mem::replace(&mut run, vec![Vec::new()]));
                continue;
            };
            match times(&run, &exact) {
                Some(more) => run = more,
                None => {
                    whole = false;
                    clauses.push(std::mem::replace(&mut run, exact));
                }
            }
        }
        if whole {
            return Factors {
                exact: Some(run),
                clauses,
            };
        }
        clauses.push(run);
        Factors {
            exact: None,
            clauses: best(clauses),
        }
    }

    fn alternation(&mut self, branches: &[Hir]) -> Factors {
        let mut exact = Some(Vec::new());
        let mut union = Some(Vec::new());
        for branch in branches {
            let factors = self.of(branch);
            exact = match (exact, &factors.exact) {
                (Some(mut texts), Some(more)) if texts.len() + more.len() <= MOST_LITERALS => {
                    texts.extend(more.iter().cloned());
                    Some(texts)
                }
                _ => None,
            };
            union = match (union, best(factors.all()).into_iter().next()) {
                (Some(mut texts), Some(more)) => {
                    texts.extend(more);
                    Some(texts)
                }
                _ => None,
            };
        }
        Factors {
            exact: exact.map(tidy),
            clauses: union.map(tidy).into_iter().collect(),
        }
    }
}

/// Returns each text of one set before each of the other; None where they are too many or long.
fn times(left: &Clause, right: &Clause) -> Option<Clause> {
    if left.len() * right.len() > MOST_LITERALS {
        return None;
    }
    let longest = |texts: &Clause| texts.iter().map(Vec::len).max().unwrap_or(0);
    if longest(left) + longest(right) > LONGEST && longest(left) > 0 && longest(right) > 0 {
        return None;
    }
    let mut product = Vec::with_capacity(left.len() * right.len());
    for begin in left {
        for end in right {
            product.push([begin.as_slice(), end.as_slice()].concat());
        }
    }
    Some(tidy(product))
}

fn tidy(mut texts: Clause) -> Clause {
    texts.sort_unstable();
    texts.dedup();
    texts
}

fn best(clauses: Vec<Clause>) -> Vec<Clause> {
    let mut ranked: Vec<(u32, Clause)> = clauses
        .into_iter()
        .map(|clause| (rank(&clause), clause))
        .filter(|(rank, _)| *rank > 0)
        .collect();
    ranked.sort_by(|left, right| right.0.cmp(&left.0).then_with(|| left.1.cmp(&right.1)));
    ranked.dedup();
    ranked.truncate(MOST_CLAUSES);
    ranked.into_iter().map(|(_, clause)| clause).collect()
}
