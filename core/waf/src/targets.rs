//! Which gates test a value, by its collection and key.

use std::collections::HashMap;

use crate::bits::Bits;
use crate::operators::Regex;

/// One variable of a gate; a key is folded.
#[derive(Clone, Debug, Default)]
pub struct Selector {
    pub collection: String,
    pub key: Option<Vec<u8>>,
    pub pattern: Option<Vec<u8>>,
    pub excluded: bool,
}

/// The gates that test the values of one collection.
pub struct Targets {
    /// Those that take all members.
    all: Bits,
    keys: HashMap<Vec<u8>, Bits>,
    patterns: Vec<(Regex, Bits)>,
    never: Bits,
    never_keys: HashMap<Vec<u8>, Bits>,
    never_patterns: Vec<(Regex, Bits)>,
}

impl Targets {
    /// Returns the targets by collection; selectors: of each gate.
    pub fn of(gates: &[Vec<Selector>]) -> Result<HashMap<String, Targets>, String> {
        let mut targets: HashMap<String, Targets> = HashMap::new();
        for (gate, selectors) in gates.iter().enumerate() {
            for selector in selectors {
                let entry = targets.entry(selector.collection.clone());
                entry.or_insert_with(|| Targets::new(gates.len())).add(
                    gate,
                    selector,
                    gates.len(),
                )?;
            }
        }
        Ok(targets)
    }

    fn new(bound: usize) -> Self {
        Targets {
            all: Bits::new(bound),
            keys: HashMap::new(),
            patterns: Vec::new(),
            never: Bits::new(bound),
            never_keys: HashMap::new(),
            never_patterns: Vec::new(),
        }
    }

    fn add(&mut self, gate: usize, selector: &Selector, bound: usize) -> Result<(), String> {
        let (all, keys, patterns) = if selector.excluded {
            (
                &mut self.never,
                &mut self.never_keys,
                &mut self.never_patterns,
            )
        } else {
            (&mut self.all, &mut self.keys, &mut self.patterns)
        };
        match (&selector.key, &selector.pattern) {
            (Some(key), _) => keys
                .entry(key.to_ascii_lowercase())
                .or_insert_with(|| Bits::new(bound))
                .add(gate),
            (None, Some(pattern)) => {
                let regex = Regex::new(pattern)?;
                let there = patterns
                    .iter_mut()
                    .find(|(other, _)| other.text() == pattern);
                if let Some((_, gates)) = there {
                    gates.add(gate);
                } else {
                    let mut gates = Bits::new(bound);
                    gates.add(gate);
                    patterns.push((regex, gates));
                }
            }
            (None, None) => all.add(gate),
        }
        Ok(())
    }

    /// Writes into `mask` the gates that test a member.
    pub fn mask(&self, key: &[u8], folded: &mut Vec<u8>, mask: &mut Bits) {
        mask.clone_from(&self.all);
        if !self.keys.is_empty() || !self.never_keys.is_empty() {
            folded.clear();
            folded.extend(key.iter().map(u8::to_ascii_lowercase));
            if let Some(gates) = self.keys.get(folded.as_slice()) {
                mask.unite(gates);
            }
        }
        for (pattern, gates) in &self.patterns {
            if pattern.matches(key) {
                mask.unite(gates);
            }
        }
        mask.drop(&self.never);
        if !self.never_keys.is_empty() {
            if let Some(gates) = self.never_keys.get(folded.as_slice()) {
                mask.drop(gates);
            }
        }
        for (pattern, gates) in &self.never_patterns {
            if mask.meets(gates) && pattern.matches(key) {
                mask.drop(gates);
            }
        }
    }
}
