//! The leaf of an event; its layout is told in `juyong.engines.ledger.leaf`.

use sha2::{Digest, Sha256};

use crate::hashing::{Hash, HASH_BYTES};

const EVENT: u8 = 1;
const LARGEST_TIME: u64 = i64::MAX as u64;
/// Stands between the parts of a body.
const BETWEEN: [u8; 1] = [0x1f];

/// Writes the leaf of an event behind what is written; None where no event has such values.
pub fn write_leaf(to: &mut Vec<u8>, event_id: &[u8], time_ms: u64, digest: &Hash) -> Option<()> {
    let length = u8::try_from(event_id.len())
        .ok()
        .filter(|length| *length > 0)?;
    if time_ms > LARGEST_TIME {
        return None;
    }
    to.reserve(2 + event_id.len() + 8 + HASH_BYTES);
    to.extend_from_slice(&[EVENT, length]);
    to.extend_from_slice(event_id);
    to.extend_from_slice(&time_ms.to_be_bytes());
    to.extend_from_slice(digest);
    Some(())
}

/// Returns leaves one behind the other, each with two bytes of length before it; None where a leaf is
/// too long.
pub fn pack<'a>(leaves: impl Iterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let mut found = Vec::new();
    for leaf in leaves {
        let length = u16::try_from(leaf.len()).ok()?;
        found.extend_from_slice(&length.to_be_bytes());
        found.extend_from_slice(leaf);
    }
    Some(found)
}

/// Hashes the parts of a body, one after the other.
#[derive(Default)]
pub struct Body {
    hasher: Sha256,
    begun: bool,
    size: usize,
}

impl Body {
    pub fn add(&mut self, part: &[u8]) {
        if self.begun {
            self.hasher.update(BETWEEN);
        }
        self.begun = true;
        self.size += part.len();
        self.hasher.update(part);
    }

    /// Returns how many bytes the parts have so far.
    pub fn size(&self) -> usize {
        self.size
    }

    pub fn digest(self) -> Hash {
        self.hasher.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_has_its_layout() {
        let mut found = Vec::new();
        write_leaf(&mut found, b"id", 258, &[7; 32]).unwrap();
        let head = b"\x01\x02id\0\0\0\0\0\0\x01\x02";
        assert_eq!(found, [&head[..], &[7; 32]].concat());
    }

    #[test]
    fn nothing_is_written_for_what_no_event_has() {
        let mut found = Vec::new();
        for (event_id, time_ms) in [
            (&b""[..], 0),
            (&[b'x'; 256][..], 0),
            (b"x", LARGEST_TIME + 1),
        ] {
            assert_eq!(write_leaf(&mut found, event_id, time_ms, &[0; 32]), None);
        }
        assert!(found.is_empty());
        assert!(write_leaf(&mut found, &[b'x'; 255], LARGEST_TIME, &[0; 32]).is_some());
    }

    #[test]
    fn leaves_are_packed_with_their_lengths() {
        let leaves = [&b"ab"[..], b""];
        assert_eq!(pack(leaves.into_iter()).unwrap(), b"\0\x02ab\0\0");
        assert_eq!(pack([&[0; 65_536][..]].into_iter()), None);
    }

    #[test]
    fn parts_are_hashed_with_a_separator_between_them() {
        let mut body = Body::default();
        body.add(b"");
        body.add(b"a");
        let whole: Hash = Sha256::digest(b"\x1fa").into();
        assert_eq!(body.digest(), whole);
    }
}
