//! The hashes of a Merkle tree: SHA-256, with a first byte that tells leaves from nodes.
//!
//! Source: RFC 6962, 2.1.

use sha2::{Digest, Sha256};

pub const HASH_BYTES: usize = 32;
const PAIR: usize = 2 * HASH_BYTES;

pub type Hash = [u8; HASH_BYTES];

/// Returns the hash of a leaf's bytes.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([0])
        .chain_update(leaf)
        .finalize()
        .into()
}

/// Returns the hash of a node whose children stand side by side.
fn node_hash(pair: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([1])
        .chain_update(pair)
        .finalize()
        .into()
}

/// Returns the hashes of the nodes above consecutive nodes, pair by pair; None where the bytes are
/// no pairs.
pub fn parents(hashes: &[u8]) -> Option<Vec<u8>> {
    if hashes.len() % PAIR != 0 {
        return None;
    }
    let mut found = Vec::with_capacity(hashes.len() / 2);
    for pair in hashes.chunks_exact(PAIR) {
        found.extend_from_slice(&node_hash(pair));
    }
    Some(found)
}

/// Returns the root above a power of two of consecutive nodes; None where the bytes are not so many.
pub fn perfect_root(hashes: &[u8]) -> Option<Vec<u8>> {
    if hashes.len() % HASH_BYTES != 0 || !(hashes.len() / HASH_BYTES).is_power_of_two() {
        return None;
    }
    let mut nodes = hashes.to_vec();
    while nodes.len() > HASH_BYTES {
        let (mut from, mut to) = (0, 0);
        while from < nodes.len() {
            let made = node_hash(&nodes[from..from + PAIR]);
            nodes[to..to + HASH_BYTES].copy_from_slice(&made);
            from += PAIR;
            to += HASH_BYTES;
        }
        nodes.truncate(to);
    }
    Some(nodes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn hashes_are_those_of_certificate_transparency() {
        let expected = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
        assert_eq!(hex(&leaf_hash(b"")), expected);
        let pair = [leaf_hash(b""), leaf_hash(b"\0")].concat();
        let expected = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125";
        assert_eq!(hex(&parents(&pair).unwrap()), expected);
        assert_eq!(perfect_root(&pair), parents(&pair));
    }

    #[test]
    fn a_root_is_above_all_of_its_nodes() {
        let nodes = [
            leaf_hash(b"a"),
            leaf_hash(b"b"),
            leaf_hash(b"c"),
            leaf_hash(b"d"),
        ]
        .concat();
        let above = parents(&nodes).unwrap();
        assert_eq!(perfect_root(&nodes), parents(&above));
        assert_eq!(perfect_root(&nodes[..32]).unwrap(), nodes[..32]);
    }

    #[test]
    fn nothing_is_said_of_bytes_that_are_no_nodes() {
        assert_eq!(parents(&[0; 32]), None);
        assert_eq!(parents(b""), Some(vec![]));
        for length in [0, 31, 33, 96] {
            assert_eq!(perfect_root(&vec![0; length]), None);
        }
    }
}
