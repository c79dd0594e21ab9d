//! The native core of the logs: the extent of a group of logs.
//!
//! A group is proven before its bytes are kept. The core proves groups of the usual spelling; of
//! any other group the core says nothing, and `juyong.logs.loggroup.measure` decides.

#![forbid(unsafe_code)]

pub mod extent;

#[cfg(feature = "python")]
mod python;
