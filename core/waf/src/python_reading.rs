//! Requests read by the core, as Python sees them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};

use crate::counting::{self, Counting};
use crate::inspect::{self, Answer, FoundText, Value};
use crate::python::{Core, LARGE};
use crate::reading::{self, Head, Layout, Member};
use crate::targets::Targets;

type GivenHeader<'py> = (Bound<'py, PyBytes>, Bound<'py, PyBytes>);

/// Steps of work that a phase takes, the answers of its guards, and its matches by gate.
type Inspected<'py> = (usize, Bound<'py, PyBytes>, Bound<'py, PyList>);

/// Bits of a length that one step of work pays for.
const SCANNED: u32 = 2;

/// Reads requests for the gates of a core; may be shared by threads.
#[pyclass(frozen)]
pub struct Reader {
    core: Py<Core>,
    layout: Layout,
    names: Vec<Py<PyString>>,
    phases: HashMap<u8, Reading>,
}

/// What a phase asks of the collections; targets: By number.
#[derive(Default)]
struct Reading {
    targets: Vec<Option<Arc<Targets>>>,
    counting: Counting,
}

#[pymethods]
impl Reader {
    /// Makes a reader.
    ///
    /// names: The collections that rules read. singles: Those with exactly one member, heads: those
    /// that the head of a request gives. separator: Between arguments.
    #[new]
    fn new(
        py: Python<'_>,
        core: Py<Core>,
        names: Vec<String>,
        singles: HashSet<String>,
        heads: HashSet<String>,
        separator: u8,
        guards: HashMap<u8, Vec<counting::Guard>>,
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
            layout,
            names: interned,
            phases,
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
        Traffic {
            reader: this,
            traffic,
            left,
        }
    }
}

/// The variables of one request and its response; belongs to one inspection.
#[pyclass]
pub struct Traffic {
    reader: Py<Reader>,
    traffic: reading::Traffic,
    left: Vec<u16>,
}

#[pymethods]
impl Traffic {
    /// Returns the names of the collections of the head that are left to the caller.
    fn left<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let names = &self.reader.get().names;
        let left = self
            .left
            .iter()
            .map(|number| names[usize::from(*number)].clone_ref(py));
        PyTuple::new(py, left.collect::<Vec<_>>())
    }

    /// Adds members, behind the known ones; a collection of one member keeps the last one.
    ///
    /// Members of collections that no rule reads are left out.
    fn add(&mut self, values: &Bound<'_, PyAny>) -> PyResult<()> {
        let layout = &self.reader.get().layout;
        let mut last: (String, Option<u16>) = (String::new(), None);
        for value in values.try_iter()? {
            let value = value?;
            let value = value.cast::<PyTuple>()?;
            let name = value.get_item(0)?;
            let name = name.cast::<PyString>()?.to_str()?;
            if last.0 != name {
                last = (name.to_owned(), layout.number(name));
            }
            let Some(collection) = last.1 else { continue };
            let key = self
                .traffic
                .buffer
                .put(value.get_item(1)?.cast::<PyBytes>()?.as_bytes());
            let value = self
                .traffic
                .buffer
                .put(value.get_item(2)?.cast::<PyBytes>()?.as_bytes());
            self.traffic.add(
                layout,
                Member {
                    collection,
                    key,
                    value,
                },
            );
        }
        Ok(())
    }

    /// Adds pairs to collections, and their names to others; no name of these has one member alone.
    fn add_pairs(
        &mut self,
        pairs: Vec<GivenHeader<'_>>,
        members: Vec<PyBackedStr>,
        names: Vec<PyBackedStr>,
    ) {
        let layout = &self.reader.get().layout;
        let numbered = |all: &[PyBackedStr]| -> Vec<u16> {
            all.iter().filter_map(|name| layout.number(name)).collect()
        };
        let (members, names) = (numbered(&members), numbered(&names));
        for (key, value) in &pairs {
            let key = self.traffic.buffer.put(key.as_bytes());
            let value = self.traffic.buffer.put(value.as_bytes());
            for collection in &members {
                let (collection, key, value) = (*collection, key.clone(), value.clone());
                self.traffic.members.push(Member {
                    collection,
                    key,
                    value,
                });
            }
            for collection in &names {
                let (collection, key, value) = (*collection, key.clone(), key.clone());
                self.traffic.members.push(Member {
                    collection,
                    key,
                    value,
                });
            }
        }
    }

    /// Returns the pairs of key and value of a collection, in order.
    fn members<'py>(&self, py: Python<'py>, collection: &str) -> PyResult<Bound<'py, PyList>> {
        let found = PyList::empty(py);
        let Some(number) = self.reader.get().layout.number(collection) else {
            return Ok(found);
        };
        let buffer = &self.traffic.buffer;
        for member in self
            .traffic
            .members
            .iter()
            .filter(|one| one.collection == number)
        {
            let key = PyBytes::new(py, buffer.get(&member.key));
            found.append((key, PyBytes::new(py, buffer.get(&member.value))))?;
        }
        Ok(found)
    }

    /// Judges a phase; returns the work, the answers of guards, and (gate, matches) of each gate.
    ///
    /// A match is (collection, key, value, text).
    fn inspect<'py>(&self, py: Python<'py>, phase: u8) -> PyResult<Inspected<'py>> {
        let reader = self.reader.get();
        let Some(reading) = reader.phases.get(&phase) else {
            return Ok((0, PyBytes::new(py, b""), PyList::empty(py)));
        };
        let answers = PyBytes::new(py, &reading.counting.answers(&self.traffic));
        let Some(gates) = reader.core.get().phases.get(&phase) else {
            return Ok((0, answers, PyList::empty(py)));
        };
        let buffer = &self.traffic.buffer;
        let mut members: Vec<&Member> = Vec::with_capacity(self.traffic.members.len());
        let mut values: Vec<Value<'_>> = Vec::with_capacity(self.traffic.members.len());
        let (mut work, mut size) = (0, 0);
        for member in &self.traffic.members {
            let Some(targets) = &reading.targets[usize::from(member.collection)] else {
                continue;
            };
            work += 1 + (member.value.len() >> SCANNED);
            size += member.value.len();
            members.push(member);
            values.push(Value {
                targets: Some(targets),
                key: buffer.get(&member.key),
                value: buffer.get(&member.value),
            });
        }
        let answer = if size > LARGE {
            py.detach(|| inspect::inspect(gates, &values))
        } else {
            inspect::inspect(gates, &values)
        };
        let found = told(py, &reader.names, &members, &values, &answer)?;
        Ok((work, answers, found))
    }
}

/// Returns the matches of an answer by gate.
fn told<'py>(
    py: Python<'py>,
    names: &[Py<PyString>],
    members: &[&Member],
    values: &[Value<'_>],
    answer: &Answer<'_>,
) -> PyResult<Bound<'py, PyList>> {
    let found = PyList::empty(py);
    let mut last: Option<(u32, Bound<'py, PyList>)> = None;
    let mut made: HashMap<usize, Bound<'py, PyBytes>> = HashMap::new();
    for one in &answer.found {
        let value = PyBytes::new(py, values[one.value].value);
        let text = match &one.text {
            FoundText::Value => value.clone(),
            FoundText::Kept(text) => PyBytes::new(py, text),
            FoundText::Made(text) => made
                .entry(*text)
                .or_insert_with(|| PyBytes::new(py, &answer.texts[*text]))
                .clone(),
        };
        let of_gate = match &last {
            Some((gate, of_gate)) if *gate == one.gate => of_gate,
            _ => {
                let of_gate = PyList::empty(py);
                found.append((one.gate, &of_gate))?;
                &last.insert((one.gate, of_gate)).1
            }
        };
        let name = &names[usize::from(members[one.value].collection)];
        of_gate.append((name, PyBytes::new(py, values[one.value].key), value, text))?;
    }
    Ok(found)
}
