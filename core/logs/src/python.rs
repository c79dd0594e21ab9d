//! The module as Python sees it.

use pyo3::prelude::*;

use crate::extent;

/// Returns (logs, first time, last time) of a group, or None where the core says nothing.
/// Other threads run meanwhile.
#[pyfunction]
fn extent_of(py: Python<'_>, raw: &[u8]) -> Option<(u32, u32, u32)> {
    py.detach(|| extent::extent(raw))
        .map(|found| (found.logs, found.min_time, found.max_time))
}

#[pymodule]
fn juyong_logs_core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("VERSION", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(extent_of, module)?)
}
