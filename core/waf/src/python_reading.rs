//! Requests read by the core, as Python sees them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::counting::{self, Counting};
use crate::judged::Depth;
use crate::python::Core;
use crate::python_traffic::Traffic;
use crate::reading::{self, Answers, Head, Layout};
use crate::targets::Targets;

pub type GivenHeader<'py> = (Bound<'py, PyBytes>, Bound<'py, PyBytes>);

/// Reads requests for the gates of a core; may be shared by threads.
#[pyclass(frozen)]
pub struct Reader {
    pub core: Py<Core>,
    pub layout: Layout,
    pub answers: Answers,
    pub names: Vec<Py<PyString>>,
    pub phases: HashMap<u8, Reading>,
    pub depths: Vec<Depth>,
}

/// What a phase asks of the collections; targets: By number.
#[derive(Default)]
pub struct Reading {
    pub targets: Vec<Option<Arc<Targets>>>,
    pub counting: Counting,
}

#[pymethods]
impl Reader {
    /// Makes a reader.
    ///
    /// names: The collections that rules read. singles: Those with exactly one member, heads: those
    /// that the head of a request gives. separator: Between arguments. depths: By gate, see `Depth`.
    #[new]
    #[allow(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        core: Py<Core>,
        names: Vec<String>,
        singles: HashSet<String>,
        heads: HashSet<String>,
        separator: u8,
        guards: HashMap<u8, Vec<counting::Guard>>,
        depths: Vec<u8>,
    ) -> Self {
        let interned = names.iter().map(|name| PyString::intern(py, name).unbind());
        let interned = interned.collect();
        let layout = Layout::new(names, &singles, &heads, separator);
        let mut phases: HashMap<u8, Reading> = HashMap::new();
        for (number, guards) in guards {
            phases.entry(number).or_default().counting = Counting::new(&layout, guards);
        }
        for (number, phase) in &core.get().phases {
            let targets = layout
                .names
                .iter()
                .map(|name| phase.targets.get(name).cloned());
            phases.entry(*number).or_default().targets = targets.collect();
        }
        Reader {
            core,
            answers: Answers::new(&layout),
            layout,
            names: interned,
            phases,
            depths: depths.into_iter().map(Depth::of).collect(),
        }
    }

    /// Returns the variables of a request's head.
    #[allow(clippy::too_many_arguments)]
    fn read(
        this: Py<Self>,
        method: &[u8],
        target: &[u8],
        version: &str,
        headers: Vec<GivenHeader<'_>>,
        address: &str,
        unique: &str,
        processor: &str,
    ) -> Traffic {
        let headers: Vec<(&[u8], &[u8])> = headers
            .iter()
            .map(|(name, value)| (name.as_bytes(), value.as_bytes()))
            .collect();
        let head = Head {
            method,
            target,
            version: version.as_bytes(),
            headers: &headers,
            address: address.as_bytes(),
            unique: unique.as_bytes(),
            processor: processor.as_bytes(),
        };
        let (traffic, left) = reading::Traffic::read(&this.get().layout, &head);
        Traffic::new(this, traffic, left)
    }
}
