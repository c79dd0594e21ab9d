//! Counts of members, asked for rules that no gate stands before.

use std::collections::HashMap;

use crate::reading::{Layout, Traffic};

/// The answer where the count is beyond the table of a guard.
pub const UNKNOWN: u8 = 2;

/// A guard as it is given: a collection, a key in lower case or all members, and the answers for
/// counts from 0 on.
pub type Guard = (String, Option<Vec<u8>>, Vec<bool>);

/// The guards of one phase.
#[derive(Default)]
pub struct Counting {
    /// The counts that are asked for, and their places by collection.
    keys: Vec<Option<Vec<u8>>>,
    places: HashMap<u16, Vec<usize>>,
    guards: Vec<(usize, Vec<bool>)>,
}

impl Counting {
    pub fn new(layout: &Layout, guards: Vec<Guard>) -> Self {
        let mut made = Counting::default();
        for (collection, key, table) in guards {
            // What is not read has no members, and its own place counts to 0.
            let number = layout.number(&collection).unwrap_or(u16::MAX);
            let places = made.places.entry(number).or_default();
            let known = places.iter().find(|place| made.keys[**place] == key);
            let place = known.copied().unwrap_or_else(|| {
                places.push(made.keys.len());
                made.keys.push(key);
                made.keys.len() - 1
            });
            made.guards.push((place, table));
        }
        made
    }

    /// Returns for each guard whether it holds: 0, 1 or `UNKNOWN`.
    pub fn answers(&self, traffic: &Traffic) -> Vec<u8> {
        let mut counts = vec![0; self.keys.len()];
        let mut last = (u16::MAX, None);
        for member in &traffic.members {
            if last.0 != member.collection || last.1.is_none() {
                last = (member.collection, self.places.get(&member.collection));
            }
            for place in last.1.into_iter().flatten() {
                let counted = self.keys[*place]
                    .as_ref()
                    .is_none_or(|key| traffic.buffer.get(&member.key).eq_ignore_ascii_case(key));
                counts[*place] += usize::from(counted);
            }
        }
        let answer = |(place, table): &(usize, Vec<bool>)| {
            table
                .get(counts[*place])
                .map_or(UNKNOWN, |held| u8::from(*held))
        };
        self.guards.iter().map(answer).collect()
    }
}
