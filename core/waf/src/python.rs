//! The module as Python sees it; all work is done elsewhere.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};

use crate::factors::Clause;
use crate::inspect::{self, FoundText, Value};
use crate::operators;
use crate::outline::{self, Outline};
use crate::plan::{Gate, Operator, Phase};
use crate::targets::Selector;
use crate::tokens::Tables;
use crate::transforms;

/// Bytes of values above which other threads run meanwhile.
pub const LARGE: usize = 16_384;

type GivenSelector = (String, Option<Vec<u8>>, Option<Vec<u8>>, bool);
type GivenOperator = (String, Vec<u8>, Vec<Vec<u8>>, bool);
type GivenGate = (
    u32,
    u8,
    Vec<GivenSelector>,
    Vec<String>,
    GivenOperator,
    bool,
    GivenOutline,
);

/// Bytes of the shortest match, whether the clauses hold of what is left, and clauses of literals.
type GivenOutline = (usize, bool, Vec<Vec<Vec<u8>>>);
type DrawnOutline<'py> = (usize, bool, Vec<Vec<Bound<'py, PyBytes>>>);

/// Phase, gates, gates that no scan rules out, and literals and bytes of both scans.
type Sizes = (u8, usize, Vec<u32>, (usize, usize), (usize, usize));

/// Compiled gates of all phases; may be shared by threads.
#[pyclass(frozen)]
pub struct Core {
    pub phases: HashMap<u8, Phase>,
}

#[pymethods]
impl Core {
    /// Compiles gates; raises ValueError with the reason where one cannot be carried out.
    ///
    /// Where they wait, the program of a pattern is made when its first text comes, or by `prepare`.
    #[new]
    #[pyo3(signature = (gates, tokens = None, waits = false))]
    fn new(
        gates: Vec<GivenGate>,
        tokens: Option<&Bound<'_, Tokens>>,
        waits: bool,
    ) -> PyResult<Self> {
        let tables = tokens.map(|tokens| &tokens.get().0);
        let mut by_phase: HashMap<u8, Vec<Gate>> = HashMap::new();
        for gate in gates {
            by_phase.entry(gate.1).or_default().push(read_gate(gate));
        }
        let mut phases = HashMap::new();
        for (phase, mut gates) in by_phase {
            gates.sort_by_key(|gate| gate.number);
            let gates: Vec<&Gate> = gates.iter().collect();
            phases.insert(
                phase,
                Phase::new(&gates, tables, waits).map_err(PyValueError::new_err)?,
            );
        }
        Ok(Core { phases })
    }

    /// Makes the programs of all patterns that wait; other threads run meanwhile.
    fn prepare(&self, py: Python<'_>) {
        py.detach(|| self.phases.values().for_each(Phase::prepare));
    }

    /// Returns (gate, index of the value, text) of each match.
    fn inspect<'py>(
        &self,
        py: Python<'py>,
        phase: u8,
        values: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyList>> {
        let found = PyList::empty(py);
        let Some(phase) = self.phases.get(&phase) else {
            return Ok(found);
        };
        let mut held: Vec<(
            Bound<'py, PyString>,
            Bound<'py, PyBytes>,
            Bound<'py, PyBytes>,
        )> = Vec::with_capacity(values.len()?);
        for value in values.try_iter()? {
            let value = value?;
            let value = value.cast::<PyTuple>()?;
            held.push((
                value.get_item(0)?.cast_into()?,
                value.get_item(1)?.cast_into()?,
                value.get_item(2)?.cast_into()?,
            ));
        }
        let mut given = Vec::with_capacity(held.len());
        for (collection, key, value) in &held {
            given.push(Value {
                targets: phase.targets.get(collection.to_str()?).map(Arc::as_ref),
                key: key.as_bytes(),
                value: value.as_bytes(),
            });
        }
        let size: usize = given.iter().map(|value| value.value.len()).sum();
        let answer = if size > LARGE {
            py.detach(|| inspect::inspect(phase, &given))
        } else {
            inspect::inspect(phase, &given)
        };
        let mut made: HashMap<usize, Bound<'py, PyBytes>> = HashMap::new();
        for one in &answer.found {
            let text = match &one.text {
                FoundText::Value => held[one.value].2.clone(),
                FoundText::Kept(text) => PyBytes::new(py, text),
                FoundText::Made(text) => made
                    .entry(*text)
                    .or_insert_with(|| PyBytes::new(py, &answer.texts[*text]))
                    .clone(),
            };
            found.append((one.gate, one.value, text))?;
        }
        Ok(found)
    }

    /// Returns by phase: gates, gates that no scan rules out, and (literals, bytes) of both scans.
    fn sizes(&self) -> Vec<Sizes> {
        self.phases
            .iter()
            .map(|(number, phase)| {
                let unscanned = phase.gates.iter().enumerate();
                let unscanned = unscanned.filter(|(place, _)| phase.unscanned.has(*place));
                (
                    *number,
                    phase.gates.len(),
                    unscanned.map(|(_, gate)| gate.number).collect(),
                    phase.plain.size(),
                    phase.erased.size(),
                )
            })
            .collect()
    }
}

fn read_gate(given: GivenGate) -> Gate {
    let (number, phase, selectors, transforms, operator, multi_match, outline) = given;
    let (least, erased, clauses) = outline;
    let (name, argument, phrases, negated) = operator;
    let selectors = selectors
        .into_iter()
        .map(|(collection, key, pattern, excluded)| Selector {
            collection,
            key,
            pattern,
            excluded,
        });
    Gate {
        number,
        phase,
        selectors: selectors.collect(),
        transforms,
        operator: Operator {
            name,
            argument,
            phrases,
            negated,
        },
        multi_match,
        outline: Outline {
            least,
            erased,
            clauses,
        },
    }
}

/// Returns the outline of an operator; raises ValueError where it cannot be carried out.
#[pyfunction]
#[pyo3(signature = (name, argument, phrases, tokens = None))]
fn outline_of<'py>(
    py: Python<'py>,
    name: &str,
    argument: &[u8],
    phrases: Vec<Vec<u8>>,
    tokens: Option<&Bound<'_, Tokens>>,
) -> PyResult<DrawnOutline<'py>> {
    let tables = tokens.map(|tokens| &tokens.get().0);
    let test = operators::make(name, argument, &phrases, tables, None);
    let found = outline::of(&test.map_err(PyValueError::new_err)?);
    let bytes = |clause: Clause| clause.iter().map(|text| PyBytes::new(py, text)).collect();
    let clauses = found.clauses.into_iter().map(bytes).collect();
    Ok((found.least, found.erased, clauses))
}

/// Returns a text after a transformation; raises ValueError where there is no such one.
#[pyfunction]
fn transform<'py>(py: Python<'py>, name: &str, text: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let Some(step) = transforms::find(name) else {
        return Err(PyValueError::new_err(format!("no transformation {name}")));
    };
    Ok(match step.apply(text) {
        Some(changed) => PyBytes::new(py, &changed),
        None => PyBytes::new(py, text),
    })
}

/// The words and rules of the tokenisers of SQL and HTML.
#[pyclass(frozen)]
struct Tokens(Arc<Tables>);

#[pymethods]
impl Tokens {
    /// Reads the tables by name; raises ValueError where one is missing or malformed.
    #[new]
    fn new(
        words: HashMap<Vec<u8>, u8>,
        sets: HashMap<String, Vec<Vec<u8>>>,
        rules: HashMap<String, Vec<u8>>,
        numbers: HashMap<String, usize>,
    ) -> PyResult<Self> {
        let sets = sets.into_iter();
        let sets = sets.map(|(name, words)| (name, words.into_iter().collect::<HashSet<_>>()));
        let tables = Tables::new(words, sets.collect(), rules, numbers);
        Ok(Tokens(Arc::new(tables.map_err(PyValueError::new_err)?)))
    }
}

/// An operator with its argument, as a function of a value.
///
/// In a box, as some searchers hold wide registers and Python allocates objects for 16 bytes.
#[pyclass(frozen)]
struct Test(Box<operators::Test>);

#[pymethods]
impl Test {
    #[new]
    #[pyo3(signature = (name, argument, phrases = Vec::new(), tokens = None))]
    fn new(
        name: &str,
        argument: &[u8],
        phrases: Vec<Vec<u8>>,
        tokens: Option<&Bound<'_, Tokens>>,
    ) -> PyResult<Self> {
        let tables = tokens.map(|tokens| &tokens.get().0);
        let test = operators::make(name, argument, &phrases, tables, None);
        let test = test.and_then(|test| test.prepare().map(|()| test));
        Ok(Test(Box::new(test.map_err(PyValueError::new_err)?)))
    }

    /// Returns None, or what the match captures.
    fn __call__<'py>(&self, py: Python<'py>, text: &[u8]) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let Some(captures) = self.0.captures(text) else {
            return Ok(None);
        };
        let captures = captures.iter().map(|capture| PyBytes::new(py, capture));
        PyTuple::new(py, captures.collect::<Vec<_>>()).map(Some)
    }

    /// Returns whether a text matches, as gates ask.
    fn matches(&self, text: &[u8]) -> bool {
        self.0.matches(text)
    }
}

#[pymodule]
mod juyong_waf_core {
    #[pymodule_export]
    use super::{outline_of, transform, Core, Test, Tokens};
    #[pymodule_export]
    use crate::python_heads::{Heads, RequestHead, ResponseHead};
    #[pymodule_export]
    use crate::python_reading::Reader;
    #[pymodule_export]
    use crate::python_traffic::Traffic;

    /// The version of the distribution.
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}
