//! The variables of one request and its response, as Python sees them.

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};

use crate::inspect::{self, Value};
use crate::judged::{Judged, Matched};
use crate::python::LARGE;
use crate::python_reading::{GivenHeader, Reader};
use crate::reading::{self, Member};

/// Steps of work that a phase takes, the answers of its guards, and its matches by gate.
type Inspected<'py> = (usize, Bound<'py, PyBytes>, Bound<'py, PyList>);

type GivenRow<'py> = (
    Bound<'py, PyString>,
    Bound<'py, PyBytes>,
    Bound<'py, PyBytes>,
    Bound<'py, PyBytes>,
);

/// Collection, key and text of a match.
type Row<'py> = (
    Bound<'py, PyString>,
    Bound<'py, PyBytes>,
    Bound<'py, PyBytes>,
);

/// Bits of a length that one step of work pays for.
const SCANNED: u32 = 2;

/// The variables of one request and its response; belongs to one inspection.
#[pyclass]
pub struct Traffic {
    reader: Py<Reader>,
    traffic: reading::Traffic,
    left: Vec<u16>,
    judged: Option<Judged>,
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
        self.judged = None;
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
            let buffer = &mut self.traffic.buffer;
            let key = buffer.put(value.get_item(1)?.cast::<PyBytes>()?.as_bytes());
            let value = buffer.put(value.get_item(2)?.cast::<PyBytes>()?.as_bytes());
            let member = Member {
                collection,
                key,
                value,
            };
            self.traffic.add(layout, member);
        }
        Ok(())
    }

    /// Adds pairs to collections, and their names to others; none of these has one member alone.
    fn add_pairs(
        &mut self,
        pairs: Vec<GivenHeader<'_>>,
        members: Vec<PyBackedStr>,
        names: Vec<PyBackedStr>,
    ) {
        self.judged = None;
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

    /// Adds the variables of the head of a response.
    fn add_response_head(&mut self, status: u16, version: &str, headers: Vec<GivenHeader<'_>>) {
        self.judged = None;
        let headers: Vec<(&[u8], &[u8])> = headers
            .iter()
            .map(|(name, value)| (name.as_bytes(), value.as_bytes()))
            .collect();
        let reader = self.reader.get();
        let begins = (status, version.as_bytes());
        let (layout, answers) = (&reader.layout, &reader.answers);
        self.traffic
            .add_response_head(layout, answers, begins, &headers);
    }

    /// Adds the variables of the body of a response; cut: Whether there was more.
    fn add_response_body(&mut self, body: &[u8], cut: bool) {
        self.judged = None;
        let reader = self.reader.get();
        self.traffic
            .add_response_body(&reader.layout, &reader.answers, body, cut);
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
    fn inspect<'py>(&mut self, py: Python<'py>, phase: u8) -> PyResult<Inspected<'py>> {
        self.judge(py, phase);
        let found = PyList::empty(py);
        let Some(judged) = &self.judged else {
            return Ok((0, PyBytes::new(py, b""), found));
        };
        for matches in judged.by_gate() {
            let rows = PyList::empty(py);
            for one in matches {
                rows.append(self.row(py, one))?;
            }
            found.append((matches[0].gate, rows))?;
        }
        Ok((judged.work, PyBytes::new(py, &judged.answers), found))
    }

    /// Judges a phase; returns the work, and what the outcome of the rules depends on; None where
    /// that is not to be remembered.
    fn step<'py>(&mut self, py: Python<'py>, phase: u8) -> (usize, Option<Bound<'py, PyBytes>>) {
        self.judge(py, phase);
        let Some(judged) = &self.judged else {
            return (0, None);
        };
        let key = judged.key(&self.reader.get().depths, &self.traffic);
        (judged.work, key.map(|key| PyBytes::new(py, &key)))
    }

    /// Returns the texts that a gate matched in the phase judged last.
    fn texts<'py>(&self, py: Python<'py>, gate: u32) -> PyResult<Bound<'py, PyList>> {
        let found = PyList::empty(py);
        for one in self.judged.iter().flat_map(|judged| judged.of_gate(gate)) {
            let value = || {
                self.traffic
                    .buffer
                    .get(&self.traffic.members[one.member].value)
            };
            found.append(PyBytes::new(py, one.text.as_deref().unwrap_or_else(value)))?;
        }
        Ok(found)
    }

    /// Returns the last match of a gate in the phase judged last, its text cut to a length.
    fn last<'py>(&self, py: Python<'py>, gate: u32, most: usize) -> Option<Row<'py>> {
        let found = self.judged.as_ref()?.last(gate)?;
        let member = &self.traffic.members[found.member];
        let value = self.traffic.buffer.get(&member.value);
        let text = found.text.as_deref().unwrap_or(value);
        Some((
            self.reader.get().names[usize::from(member.collection)]
                .bind(py)
                .clone(),
            PyBytes::new(py, self.traffic.buffer.get(&member.key)),
            PyBytes::new(py, &text[..text.len().min(most)]),
        ))
    }
}

impl Traffic {
    pub fn new(reader: Py<Reader>, traffic: reading::Traffic, left: Vec<u16>) -> Self {
        Traffic {
            judged: None,
            reader,
            traffic,
            left,
        }
    }

    fn judge(&mut self, py: Python<'_>, phase: u8) {
        if self
            .judged
            .as_ref()
            .is_some_and(|known| known.phase == phase)
        {
            return;
        }
        let reader = self.reader.get();
        let mut judged = Judged {
            phase,
            work: 0,
            answers: Vec::new(),
            found: Vec::new(),
        };
        let Some(reading) = reader.phases.get(&phase) else {
            self.judged = Some(judged);
            return;
        };
        judged.answers = reading.counting.answers(&self.traffic);
        if let Some(gates) = reader.core.get().phases.get(&phase) {
            let buffer = &self.traffic.buffer;
            let mut places: Vec<usize> = Vec::with_capacity(self.traffic.members.len());
            let mut values: Vec<Value<'_>> = Vec::with_capacity(self.traffic.members.len());
            let mut size = 0;
            for (place, member) in self.traffic.members.iter().enumerate() {
                let Some(targets) = &reading.targets[usize::from(member.collection)] else {
                    continue;
                };
                judged.work += 1 + (member.value.len() >> SCANNED);
                size += member.value.len();
                places.push(place);
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
            judged.keep(answer, &places);
        }
        self.judged = Some(judged);
    }

    /// Returns a match as Python sees it: collection, key, value and text.
    fn row<'py>(&self, py: Python<'py>, one: &Matched) -> GivenRow<'py> {
        let member = &self.traffic.members[one.member];
        let value = PyBytes::new(py, self.traffic.buffer.get(&member.value));
        let text = match &one.text {
            Some(text) => PyBytes::new(py, text),
            None => value.clone(),
        };
        let name = self.reader.get().names[usize::from(member.collection)]
            .bind(py)
            .clone();
        (
            name,
            PyBytes::new(py, self.traffic.buffer.get(&member.key)),
            value,
            text,
        )
    }
}
