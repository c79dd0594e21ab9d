//! The values of a phase held against its gates.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::{Arc, MutexGuard};

use crate::bits::Bits;
use crate::features::{self, Features};
use crate::memo::{self, Kept, Memo};
use crate::plan::{Compiled, MaskPlan, Phase};
use crate::scanner::Scratch;
use crate::targets::Targets;
use crate::transforms::Transform;

/// A member of a collection.
#[derive(Clone, Copy)]
pub struct Value<'v> {
    /// Which gates test the members of the collection; None where no gate does.
    pub targets: Option<&'v Targets>,
    pub key: &'v [u8],
    pub value: &'v [u8],
}

/// A gate that matched.
pub struct Found {
    pub gate: u32,
    pub value: usize,
    pub text: FoundText,
}

/// The text that matched.
#[derive(Clone)]
pub enum FoundText {
    /// The value itself.
    Value,
    /// One of the texts of the answer.
    Made(usize),
    /// One that an earlier call made.
    Kept(Arc<[u8]>),
}

/// Matches by gate, then by value, then by step, and the texts that they name.
pub struct Answer<'v> {
    pub found: Vec<Found>,
    pub texts: Vec<Cow<'v, [u8]>>,
}

/// Returns each match of the phase's gates.
pub fn inspect<'v>(phase: &Phase, values: &[Value<'v>]) -> Answer<'v> {
    let bound = phase.gates.len();
    // Another thread may hold it, and then this one does without.
    let mut memo = phase.memo.try_lock().ok();
    let scratch = memo.as_mut().map(|memo| std::mem::take(&mut memo.scratch));
    let mut pass = Pass {
        phase,
        memo,
        texts: Texts::default(),
        scratch: scratch.unwrap_or_default(),
        matches: Vec::new(),
    };
    let (mut mask, mut folded) = (Bits::new(bound), Vec::new());
    let mut plans: Vec<(Bits, Arc<MaskPlan>)> = Vec::with_capacity(16);
    for (at, value) in values.iter().enumerate() {
        let Some(targets) = value.targets else {
            continue;
        };
        targets.mask(value.key, &mut folded, &mut mask);
        if mask.is_empty() {
            continue;
        }
        let place = plans.iter().rposition(|(known, _)| *known == mask);
        let place = place.unwrap_or_else(|| {
            plans.push((mask.clone(), phase.plan(&mask)));
            plans.len() - 1
        });
        pass.value_or_kept(at, value.value, &mask, &plans[place].1);
    }
    pass.answer()
}

/// What is known of one text, whatever values and gates lead to it.
struct Text<'v> {
    bytes: Cow<'v, [u8]>,
    features: Features,
    /// Of texts that differ in case alone, the first; one scan serves them all.
    like: usize,
    plain: Option<Bits>,
    erased: Option<Bits>,
    /// The gates that were tested, and those that held.
    tested: Bits,
    held: Bits,
    /// Texts after one transformation.
    changed: Vec<(&'static Transform, usize)>,
    /// The text before this one that has the same digest.
    same: Option<usize>,
}

/// All texts of a pass, each once.
struct Texts<'v> {
    all: Vec<Text<'v>>,
    /// The last text of each digest.
    by_digest: HashMap<u64, usize, memo::AsItIs>,
}

struct Match {
    place: usize,
    value: usize,
    step: usize,
    text: FoundText,
}

struct Pass<'p, 'v> {
    phase: &'p Phase,
    memo: Option<MutexGuard<'p, Memo>>,
    texts: Texts<'v>,
    scratch: Scratch,
    matches: Vec<Match>,
}

impl<'v> Pass<'_, 'v> {
    /// Judges a value, or takes the answer of an earlier call.
    fn value_or_kept(&mut self, value: usize, bytes: &'v [u8], mask: &Bits, plan: &MaskPlan) {
        let of_bytes = self.phase.hasher.hash_one(bytes);
        let kept = self.memo.as_mut().filter(|_| bytes.len() <= memo::LONGEST);
        let Some(kept) = kept else {
            return self.value(value, (bytes, of_bytes), mask, plan);
        };
        let digest = memo::digest(plan.number, of_bytes);
        if let Some(known) = kept.get(digest, plan.number, bytes) {
            self.matches.extend(known.iter().map(|kept| Match {
                place: kept.place,
                value,
                step: kept.step,
                text: match &kept.text {
                    Some(text) => FoundText::Kept(Arc::clone(text)),
                    None => FoundText::Value,
                },
            }));
            return;
        }
        let before = self.matches.len();
        self.value(value, (bytes, of_bytes), mask, plan);
        let texts = &self.texts.all;
        let known = self.matches[before..].iter().map(|found| Kept {
            place: found.place,
            step: found.step,
            text: match &found.text {
                FoundText::Value => None,
                FoundText::Made(text) => Some(texts[*text].bytes.as_ref().into()),
                FoundText::Kept(text) => Some(Arc::clone(text)),
            },
        });
        let known: Vec<Kept> = known.collect();
        if let Some(kept) = &mut self.memo {
            kept.put(digest, plan.number, bytes, known);
        }
    }

    /// Judges a value; bytes: With their digest.
    fn value(&mut self, value: usize, bytes: (&'v [u8], u64), mask: &Bits, plan: &MaskPlan) {
        let phase = self.phase;
        let (bytes, digest) = bytes;
        let raw = self.texts.put(phase, Cow::Borrowed(bytes), digest, None);
        if self.texts.all[raw].features & plan.triggers == 0 {
            self.test((value, raw), raw, mask, |_| 0);
            return;
        }
        let mut of_step: Vec<usize> = Vec::with_capacity(plan.steps.len());
        let mut groups: Vec<(usize, Bits)> = Vec::with_capacity(8);
        for step in &plan.steps {
            let text = match step.transform {
                None => raw,
                Some(transform) => self.texts.after(phase, of_step[step.parent], transform),
            };
            of_step.push(text);
            if step.tests {
                match groups.iter_mut().find(|(other, _)| *other == text) {
                    Some((_, gates)) => gates.unite(&step.gates),
                    None => groups.push((text, step.gates.clone())),
                }
            }
        }
        for (text, gates) in &groups {
            self.test((value, raw), *text, gates, |place| {
                let first = plan
                    .steps
                    .iter()
                    .zip(&of_step)
                    .position(|(step, other)| other == text && step.gates.has(place));
                first.unwrap_or(0)
            });
        }
    }

    /// Tests a text with gates.
    ///
    /// of: The value and its own text. step: Tells at which step a gate of several meets the text.
    fn test(
        &mut self,
        of: (usize, usize),
        text: usize,
        gates: &Bits,
        step: impl Fn(usize) -> usize,
    ) {
        let (value, raw) = of;
        let mut candidates = self.phase.unscanned.clone();
        let like = self.texts.all[text].like;
        if gates.meets(&self.phase.plain.gates) {
            candidates.unite(self.scanned(like));
        }
        if gates.meets(&self.phase.erased.gates) {
            candidates.unite(self.scanned_erased(like));
        }
        let Pass {
            phase,
            texts,
            matches,
            ..
        } = self;
        let text_of = &mut texts.all[text];
        candidates.each_of_both(gates, |place| {
            if holds(&phase.gates[place], place, text_of) {
                matches.push(Match {
                    place,
                    value,
                    step: if phase.gates[place].path.len() > 1 {
                        step(place)
                    } else {
                        0
                    },
                    text: if text == raw {
                        FoundText::Value
                    } else {
                        FoundText::Made(text)
                    },
                });
            }
        });
    }

    fn scanned(&mut self, text: usize) -> &Bits {
        let (phase, scratch) = (self.phase, &mut self.scratch);
        let text = &mut self.texts.all[text];
        let bytes = &text.bytes;
        text.plain.get_or_insert_with(|| {
            let mut found = Bits::new(phase.gates.len());
            phase.plain.scan(bytes, scratch, &mut found);
            found
        })
    }

    fn scanned_erased(&mut self, text: usize) -> &Bits {
        let (phase, scratch) = (self.phase, &mut self.scratch);
        let text = &mut self.texts.all[text];
        let bytes = &text.bytes;
        text.erased.get_or_insert_with(|| {
            let mut found = Bits::new(phase.gates.len());
            phase.erased.scan(bytes, scratch, &mut found);
            found
        })
    }

    fn answer(mut self) -> Answer<'v> {
        if let Some(memo) = &mut self.memo {
            memo.scratch = self.scratch;
        }
        self.matches
            .sort_by_key(|found| (found.place, found.value, found.step));
        let found = self.matches.into_iter().map(|found| Found {
            gate: self.phase.gates[found.place].number,
            value: found.value,
            text: found.text,
        });
        Answer {
            found: found.collect(),
            texts: self.texts.all.into_iter().map(|text| text.bytes).collect(),
        }
    }
}

/// Tells whether a gate matches a text, from memory where this was asked before.
fn holds(gate: &Compiled, place: usize, text: &mut Text) -> bool {
    if text.tested.has(place) {
        return text.held.has(place);
    }
    let possible = text.features & gate.needs != 0 && text.bytes.len() >= gate.least;
    let held = possible && gate.test.matches(&text.bytes) != gate.negated;
    text.tested.add(place);
    if held {
        text.held.add(place);
    }
    held
}

impl<'v> Texts<'v> {
    /// Returns the number of a text; like: another that differs in case alone.
    fn put(
        &mut self,
        phase: &Phase,
        bytes: Cow<'v, [u8]>,
        digest: u64,
        like: Option<usize>,
    ) -> usize {
        let bound = phase.gates.len();
        let same = self.by_digest.get(&digest).copied();
        let mut known = same;
        while let Some(number) = known {
            if self.all[number].bytes == bytes {
                return number;
            }
            known = self.all[number].same;
        }
        let number = self.all.len();
        self.by_digest.insert(digest, number);
        self.all.push(Text {
            features: features::of(&bytes),
            bytes,
            like: like.unwrap_or(number),
            plain: None,
            erased: None,
            tested: Bits::new(bound),
            held: Bits::new(bound),
            changed: Vec::new(),
            same,
        });
        number
    }

    /// Returns the number of a text after a transformation.
    fn after(&mut self, phase: &Phase, text: usize, transform: &'static Transform) -> usize {
        let before = &self.all[text];
        if before.features & transform.trigger == 0 {
            return text;
        }
        let known = before.changed.iter();
        if let Some((_, known)) = known
            .copied()
            .find(|(one, _)| std::ptr::eq(*one, transform))
        {
            return known;
        }
        let like = transform.folds.then_some(before.like);
        let after = match transform.apply(&before.bytes) {
            Some(bytes) => {
                let digest = phase.hasher.hash_one(bytes.as_slice());
                self.put(phase, Cow::Owned(bytes), digest, like)
            }
            None => text,
        };
        self.all[text].changed.push((transform, after));
        after
    }
}

impl Default for Texts<'_> {
    fn default() -> Self {
        Texts {
            all: Vec::with_capacity(16),
            by_digest: HashMap::default(),
        }
    }
}
