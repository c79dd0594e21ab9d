//! The module as Python sees it.
//!
//! The interpreter is held meanwhile: callers hand over a few hundred leaves at a time. Where their
//! events are large, other threads get their turn in between.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt, PyList, PyString, PyTuple};

use crate::hashing::{self, HASH_BYTES};
use crate::leaf::{pack, write_leaf, Body};

/// Bytes of events after which other threads get their turn; their hashes take 0.15 ms.
const TURN: usize = 256 * 1024;

/// Returns the hashes of leaves, one behind the other.
#[pyfunction]
fn leaf_hashes<'py>(py: Python<'py>, leaves: &Bound<'py, PyList>) -> PyResult<Bound<'py, PyBytes>> {
    let mut found = Vec::with_capacity(leaves.len() * HASH_BYTES);
    for leaf in leaves {
        found.extend_from_slice(&hashing::leaf_hash(leaf.cast::<PyBytes>()?.as_bytes()));
    }
    Ok(PyBytes::new(py, &found))
}

/// Returns an entry bundle, or None where a leaf is too long.
#[pyfunction]
fn pack_entries<'py>(
    py: Python<'py>,
    leaves: &Bound<'py, PyList>,
) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let mut held = Vec::with_capacity(leaves.len());
    for leaf in leaves {
        held.push(leaf.cast_into::<PyBytes>()?);
    }
    let packed = pack(held.iter().map(|leaf| leaf.as_bytes()));
    Ok(packed.map(|found| PyBytes::new(py, &found)))
}

/// Returns the hashes of the nodes above consecutive nodes, or None where there are no pairs.
#[pyfunction]
fn parents<'py>(py: Python<'py>, hashes: &[u8]) -> Option<Bound<'py, PyBytes>> {
    hashing::parents(hashes).map(|found| PyBytes::new(py, &found))
}

/// Returns the root above a power of two of nodes, or None where there are not so many.
#[pyfunction]
fn perfect_root<'py>(py: Python<'py>, hashes: &[u8]) -> Option<Bound<'py, PyBytes>> {
    hashing::perfect_root(hashes).map(|found| PyBytes::new(py, &found))
}

/// Returns the leaves of events, or None where the core says nothing of a row.
///
/// The columns of a row are numbered: that of the id, that of the time, which counts so many
/// milliseconds, and those of the body's parts.
#[pyfunction]
fn event_leaves<'py>(
    rows: &Bound<'py, PyList>,
    event_id: usize,
    at: usize,
    unit_ms: u64,
    body: Vec<usize>,
) -> PyResult<Option<Bound<'py, PyList>>> {
    let found = PyList::empty(rows.py());
    let (mut leaf, mut hashed) = (Vec::new(), 0);
    for row in rows {
        leaf.clear();
        let Ok(row) = row.cast::<PyTuple>() else {
            return Ok(None);
        };
        let Some(size) = write_row(&mut leaf, row, event_id, at, unit_ms, &body) else {
            return Ok(None);
        };
        found.append(PyBytes::new(rows.py(), &leaf))?;
        hashed += size;
        if hashed > TURN {
            rows.py().detach(|| hashed = 0);
        }
    }
    Ok(Some(found))
}

/// Writes the leaf of a row, and returns how many bytes its body has.
fn write_row(
    leaf: &mut Vec<u8>,
    row: &Bound<'_, PyTuple>,
    event_id: usize,
    at: usize,
    unit_ms: u64,
    body: &[usize],
) -> Option<usize> {
    let name = row.get_borrowed_item(event_id).ok()?;
    let name = name.cast::<PyString>().ok()?;
    let name = name.to_str().ok()?.as_bytes();
    let at = row.get_borrowed_item(at).ok()?;
    let at: u64 = at.cast::<PyInt>().ok()?.extract().ok()?;
    let mut parts = Body::default();
    for column in body {
        if *column == event_id {
            parts.add(name);
        } else {
            let part = row.get_borrowed_item(*column).ok()?;
            parts.add(part.cast::<PyBytes>().ok()?.as_bytes());
        }
    }
    let size = parts.size();
    write_leaf(leaf, name, at.checked_mul(unit_ms)?, &parts.digest())?;
    Some(size)
}

#[pymodule]
mod juyong_ledger_core {
    #[pymodule_export]
    use super::{event_leaves, leaf_hashes, pack_entries, parents, perfect_root};

    /// The version of the distribution.
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}
