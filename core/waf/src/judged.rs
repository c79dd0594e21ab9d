//! The answer of a phase, kept with its traffic, and the key by which outcomes are remembered.

use std::sync::Arc;

use crate::counting::UNKNOWN;
use crate::inspect::{Answer, FoundText};
use crate::reading::{Member, Traffic};

/// Bytes of the longest key.
const MOST_KEY: usize = 2_048;

/// The part of a gate's matches on which the outcome of its rule depends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Whether there is a match.
    Present,
    /// How many there are.
    Counted,
    /// All that they are.
    #[default]
    Whole,
}

impl Depth {
    pub fn of(number: u8) -> Self {
        match number {
            0 => Depth::Present,
            1 => Depth::Counted,
            _ => Depth::Whole,
        }
    }
}

/// A match; member: Its place among those of the traffic; text: None where it is the value itself.
pub struct Matched {
    pub gate: u32,
    pub member: usize,
    pub text: Option<Arc<[u8]>>,
}

/// What a phase came to; good until the traffic grows.
pub struct Judged {
    pub phase: u8,
    pub work: usize,
    pub answers: Vec<u8>,
    /// By gate, then in the order of the members.
    pub found: Vec<Matched>,
}

impl Judged {
    /// Keeps an answer; places: Of the members whose values were given.
    pub fn keep(&mut self, answer: Answer, places: &[usize]) {
        let mut made: Vec<Option<Arc<[u8]>>> = vec![None; answer.texts.len()];
        self.found = answer
            .found
            .into_iter()
            .map(|one| Matched {
                gate: one.gate,
                member: places[one.value],
                text: match one.text {
                    FoundText::Value => None,
                    FoundText::Kept(text) => Some(text),
                    FoundText::Made(number) => {
                        let text = &answer.texts[number];
                        let kept = made[number].get_or_insert_with(|| text.as_ref().into());
                        Some(Arc::clone(kept))
                    }
                },
            })
            .collect();
    }

    /// Returns the matches of each gate that has some.
    pub fn by_gate(&self) -> impl Iterator<Item = &[Matched]> {
        self.found.chunk_by(|one, other| one.gate == other.gate)
    }

    /// Returns the matches of a gate.
    pub fn of_gate(&self, gate: u32) -> impl Iterator<Item = &Matched> {
        self.found.iter().filter(move |one| one.gate == gate)
    }

    /// Returns the last match of a gate.
    pub fn last(&self, gate: u32) -> Option<&Matched> {
        self.found.iter().rev().find(|one| one.gate == gate)
    }

    /// Returns bytes that tell this answer from all that may come to something else.
    ///
    /// None where a count is beyond the table of a guard, and where the matches are long.
    /// depths: By gate; `Whole` for those behind the end.
    pub fn key(&self, depths: &[Depth], traffic: &Traffic) -> Option<Vec<u8>> {
        if self.answers.contains(&UNKNOWN) {
            return None;
        }
        let mut key = Vec::with_capacity(256);
        key.push(self.phase);
        key.extend_from_slice(&self.answers);
        for matches in self.by_gate() {
            let gate = matches[0].gate;
            key.extend_from_slice(&gate.to_le_bytes());
            let depth = usize::try_from(gate).ok().and_then(|at| depths.get(at));
            let depth = depth.copied().unwrap_or_default();
            if depth != Depth::Present {
                size(matches.len(), &mut key)?;
            }
            if depth == Depth::Whole {
                for one in matches {
                    whole(one, &traffic.members[one.member], traffic, &mut key)?;
                }
            }
        }
        Some(key)
    }
}

fn whole(one: &Matched, member: &Member, traffic: &Traffic, key: &mut Vec<u8>) -> Option<()> {
    key.extend_from_slice(&member.collection.to_le_bytes());
    text(traffic.buffer.get(&member.key), key)?;
    text(traffic.buffer.get(&member.value), key)?;
    key.push(u8::from(one.text.is_some()));
    one.text
        .as_ref()
        .map_or(Some(()), |tested| text(tested, key))
}

fn text(bytes: &[u8], key: &mut Vec<u8>) -> Option<()> {
    size(bytes.len(), key)?;
    key.extend_from_slice(bytes);
    (key.len() <= MOST_KEY).then_some(())
}

fn size(size: usize, key: &mut Vec<u8>) -> Option<()> {
    key.extend_from_slice(&u32::try_from(size).ok()?.to_le_bytes());
    (key.len() <= MOST_KEY).then_some(())
}

#[cfg(test)]
mod tests {
    use super::{Depth, Judged, Matched};
    use crate::reading::{Head, Layout, Traffic};

    fn traffic(target: &[u8]) -> Traffic {
        let names = vec!["ARGS".to_owned()];
        let all = names.iter().cloned().collect();
        let layout = Layout::new(names, &std::collections::HashSet::new(), &all, b'&');
        let head = Head {
            method: b"GET",
            target,
            version: b"HTTP/1.1",
            headers: &[],
            address: b"",
            unique: b"",
            processor: b"",
        };
        Traffic::read(&layout, &head).0
    }

    fn key(target: &[u8], depth: Depth, matched: &[usize]) -> Option<Vec<u8>> {
        let found = matched.iter().map(|member| Matched {
            gate: 0,
            member: *member,
            text: None,
        });
        let judged = Judged {
            phase: 1,
            work: 0,
            answers: vec![1, 0],
            found: found.collect(),
        };
        judged.key(&[depth], &traffic(target))
    }

    #[test]
    fn a_key_tells_what_the_depth_asks_for() {
        let (one, other) = (b"/?a=bc&d=e".as_slice(), b"/?ab=c&d=e".as_slice());
        assert_ne!(key(one, Depth::Whole, &[0]), key(other, Depth::Whole, &[0]));
        assert_eq!(
            key(one, Depth::Counted, &[0]),
            key(other, Depth::Counted, &[0])
        );
        assert_ne!(
            key(one, Depth::Counted, &[0]),
            key(one, Depth::Counted, &[0, 1])
        );
        assert_eq!(
            key(one, Depth::Present, &[0]),
            key(one, Depth::Present, &[0, 1])
        );
        assert_ne!(
            key(one, Depth::Present, &[0]),
            key(one, Depth::Present, &[])
        );
    }

    #[test]
    fn an_answer_that_is_long_or_unknown_has_no_key() {
        let long = [b"/?a=".as_slice(), &[b'x'; super::MOST_KEY]].concat();
        assert_eq!(key(&long, Depth::Whole, &[0]), None);
        assert!(key(&long, Depth::Counted, &[0]).is_some());
        let judged = Judged {
            phase: 1,
            work: 0,
            answers: vec![super::UNKNOWN],
            found: Vec::new(),
        };
        assert_eq!(judged.key(&[], &traffic(b"/")), None);
    }
}
