//! Answers for short values, kept from call to call: headers repeat, and phases share values.
//!
//! An answer depends on the gates that test a value and on its bytes alone. What is kept is bounded
//! by two generations, of which the older goes when the younger is full.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use crate::scanner::Scratch;

/// Bytes of the longest value that is kept.
pub const LONGEST: usize = 512;
const MOST_BYTES: usize = 524_288;
/// Bytes that an answer takes apart from its value, roughly.
const OVERHEAD: usize = 128;

/// A match of a value; text: None where it is the value itself.
#[derive(Clone)]
pub struct Kept {
    pub place: usize,
    pub step: usize,
    pub text: Option<Arc<[u8]>>,
}

struct Entry {
    plan: u32,
    value: Box<[u8]>,
    matches: Vec<Kept>,
}

/// The answers of one phase, to be used by one thread at a time.
#[derive(Default)]
pub struct Memo {
    young: HashMap<u64, Entry, AsItIs>,
    old: HashMap<u64, Entry, AsItIs>,
    bytes: usize,
    /// Memory of scans, kept between calls with the answers.
    pub scratch: Scratch,
}

/// Leaves a digest as it is, since digests are keyed.
#[derive(Default)]
pub struct Digest(u64);

impl Hasher for Digest {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, digest: u64) {
        self.0 = digest;
    }
}

/// Builds the hasher of a map by digests.
pub type AsItIs = BuildHasherDefault<Digest>;

/// Returns the digest of a value under a plan; of_value: A keyed digest of the value.
pub fn digest(plan: u32, of_value: u64) -> u64 {
    of_value ^ u64::from(plan).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl Memo {
    pub fn get(&mut self, digest: u64, plan: u32, value: &[u8]) -> Option<&[Kept]> {
        let holds = |entry: &Entry| entry.plan == plan && *entry.value == *value;
        if !self.young.get(&digest).is_some_and(holds) {
            let entry = self.old.remove(&digest).filter(holds)?;
            self.keep(digest, entry);
        }
        self.young
            .get(&digest)
            .map(|entry| entry.matches.as_slice())
    }

    pub fn put(&mut self, digest: u64, plan: u32, value: &[u8], matches: Vec<Kept>) {
        let entry = Entry {
            plan,
            value: value.into(),
            matches,
        };
        self.keep(digest, entry);
    }

    fn keep(&mut self, digest: u64, entry: Entry) {
        let texts = entry.matches.iter().filter_map(|kept| kept.text.as_ref());
        let texts: usize = texts.map(|text| text.len() + OVERHEAD).sum();
        let size = OVERHEAD + entry.value.len() + texts;
        if self.bytes + size > MOST_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += size;
        self.young.insert(digest, entry);
    }
}

#[cfg(test)]
mod tests {
    use super::{digest, Memo, MOST_BYTES};

    #[test]
    fn an_answer_is_of_its_value_and_plan_alone() {
        let mut memo = Memo::default();
        let digest = digest(1, 7);
        memo.put(digest, 1, b"a", Vec::new());
        assert!(memo.get(digest, 1, b"a").is_some());
        assert!(memo.get(digest, 2, b"a").is_none());
        assert!(memo.get(digest, 1, b"b").is_none());
    }

    #[test]
    fn what_is_kept_is_bounded_and_what_is_asked_for_stays() {
        let mut memo = Memo::default();
        let often = digest(1, 1 << 40);
        memo.put(often, 1, b"often", Vec::new());
        for number in 0..100_000_u32 {
            let value = number.to_be_bytes();
            let digest = digest(1, u64::from(number));
            memo.put(digest, 1, &value, Vec::new());
            assert!(memo.get(often, 1, b"often").is_some());
        }
        assert!(memo.bytes <= MOST_BYTES);
        assert!(memo.young.len() + memo.old.len() < 10_000);
    }
}
