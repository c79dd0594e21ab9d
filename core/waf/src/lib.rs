//! The native core of juyong's WAF engine: gates on values.
//!
//! A gate is the first link of a rule: which values it tests, how they are transformed, and the
//! operator. Given the values of a phase, the core returns each gate and value that match; all else
//! of a rule is judged by the engine in Python. `src/juyong/engines/inspect/gates.py` is the
//! contract, and tests there hold this core equal to the plain implementation.
//!
//! Heads of HTTP/1.1 and lines of the access log have their usual spelling read and written here
//! too, for the proxy in `src/juyong/waf`; Python does all others.

#![forbid(unsafe_code)]

mod bits;
pub mod counting;
mod factors;
mod features;
pub mod heads;
pub mod inspect;
pub mod judged;
pub mod lines;
mod memo;
pub mod operators;
pub mod outline;
pub mod plan;
pub mod reading;
mod scanner;
pub mod tables;
pub mod targets;
pub mod tokens;
pub mod transforms;
pub mod writing;

#[cfg(feature = "python")]
mod python;
#[cfg(feature = "python")]
mod python_heads;
#[cfg(feature = "python")]
mod python_reading;
#[cfg(feature = "python")]
mod python_traffic;
