//! The native core of the ledger: the hashes of leaves and nodes, and the leaves of events.
//!
//! The core hashes, or is silent: of rows that no usual event has, it says nothing, and
//! `juyong.engines.ledger` decides in Python.

#![forbid(unsafe_code)]

pub mod hashing;
pub mod leaf;

#[cfg(feature = "python")]
mod python;
