//! Gates compiled: the targets, the tree of transformations, the tests and the scanners.

use std::collections::HashMap;
use std::hash::RandomState;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use crate::bits::Bits;
use crate::features::{self, Features};
use crate::memo::Memo;
use crate::operators::{self, Test};
use crate::outline::{self, Outline};
use crate::scanner::Scanner;
use crate::targets::{Selector, Targets};
use crate::tokens::Tables;
use crate::transforms::{self, Transform};

/// A gate as it is given; names in lower case.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    pub number: u32,
    pub phase: u8,
    pub selectors: Vec<Selector>,
    pub transforms: Vec<String>,
    pub operator: Operator,
    pub multi_match: bool,
    pub outline: Outline,
}

/// An operator as it is given.
#[derive(Clone, Debug, Default)]
pub struct Operator {
    pub name: String,
    pub argument: Vec<u8>,
    pub phrases: Vec<Vec<u8>>,
    pub negated: bool,
}

/// The most plans of masks that a phase keeps; keys of values choose among few.
const MOST_PLANS: usize = 1_024;

/// The gates of one phase.
pub struct Phase {
    pub gates: Vec<Compiled>,
    pub targets: HashMap<String, Arc<Targets>>,
    /// The tree of transformations, parents before their children; the first is the value itself.
    nodes: Vec<Node>,
    pub plain: Scanner,
    pub erased: Scanner,
    /// The gates that no scan can rule out.
    pub unscanned: Bits,
    plans: RwLock<HashMap<Bits, Arc<MaskPlan>>>,
    plans_made: AtomicU32,
    pub memo: Mutex<Memo>,
    /// Of the digests of texts; keyed, so that no client makes many of them equal.
    pub hasher: RandomState,
}

/// A gate, its test made.
pub struct Compiled {
    pub number: u32,
    pub test: Arc<Test>,
    pub negated: bool,
    pub needs: Features,
    pub least: usize,
    /// The nodes whose texts are tested, by step: one, or all of a multi_match gate.
    pub path: Vec<u32>,
}

struct Node {
    parent: usize,
    step: Option<&'static Transform>,
    gates: Bits,
}

/// What one mask of gates needs of the tree.
pub struct MaskPlan {
    /// No other plan of the phase has this number.
    pub number: u32,
    pub steps: Vec<Step>,
    /// The features at which some step changes something.
    pub triggers: Features,
}

/// One node of a mask's part of the tree.
pub struct Step {
    /// Among the steps of the plan; of the first, itself.
    pub parent: usize,
    pub transform: Option<&'static Transform>,
    /// Gates of the mask that test this text.
    pub gates: Bits,
    pub node: u32,
    pub tests: bool,
}

impl Phase {
    /// Compiles the gates of a phase; given in the order of their numbers.
    ///
    /// Where patterns wait, each one's program is made when its first text comes, or by `prepare`.
    pub fn new(gates: &[&Gate], tables: Option<&Arc<Tables>>, waits: bool) -> Result<Self, String> {
        let bound = gates.len();
        let mut tests = Tests::default();
        let mut nodes = vec![Node {
            parent: 0,
            step: None,
            gates: Bits::new(bound),
        }];
        let mut compiled = Vec::with_capacity(bound);
        for (place, gate) in gates.iter().enumerate() {
            let failed = |why: String| format!("gate {}: {why}", gate.number);
            let path = path_of(&mut nodes, place, gate, bound).map_err(failed)?;
            let least = gate.outline.least;
            let test = tests.make(&gate.operator, tables, least).map_err(failed)?;
            if !waits {
                test.prepare().map_err(failed)?;
            }
            let negated = gate.operator.negated;
            compiled.push(Compiled {
                number: gate.number,
                needs: if negated { features::ANY } else { test.needs() },
                least: if negated { 0 } else { test.least() },
                test,
                negated,
                path,
            });
        }
        let selectors: Vec<Vec<Selector>> =
            gates.iter().map(|gate| gate.selectors.clone()).collect();
        let (plain, erased, unscanned) = scanners(gates)?;
        Ok(Phase {
            gates: compiled,
            targets: Targets::of(&selectors)?
                .into_iter()
                .map(|(name, targets)| (name, Arc::new(targets)))
                .collect(),
            nodes,
            plain,
            erased,
            unscanned,
            plans: RwLock::new(HashMap::new()),
            plans_made: AtomicU32::new(0),
            memo: Mutex::new(Memo::default()),
            hasher: RandomState::new(),
        })
    }

    /// Makes the programs of all patterns.
    pub fn prepare(&self) {
        for gate in &self.gates {
            // A program that cannot be made lets every text match.
            let _ = gate.test.prepare();
        }
    }

    /// Returns the plan of a mask, made when it is first met.
    pub fn plan(&self, mask: &Bits) -> Arc<MaskPlan> {
        if let Ok(plans) = self.plans.read() {
            if let Some(plan) = plans.get(mask) {
                return Arc::clone(plan);
            }
        }
        let plan = Arc::new(self.make_plan(mask));
        if let Ok(mut plans) = self.plans.write() {
            if plans.len() >= MOST_PLANS {
                plans.clear();
            }
            plans.insert(mask.clone(), Arc::clone(&plan));
        }
        plan
    }

    fn make_plan(&self, mask: &Bits) -> MaskPlan {
        let mut wanted: Vec<bool> = self
            .nodes
            .iter()
            .map(|node| node.gates.meets(mask))
            .collect();
        for place in (1..self.nodes.len()).rev() {
            wanted[self.nodes[place].parent] |= wanted[place];
        }
        wanted[0] = true;
        let mut places = vec![0; self.nodes.len()];
        let mut steps: Vec<Step> = Vec::new();
        let mut triggers = 0;
        for (place, node) in self.nodes.iter().enumerate() {
            if !wanted[place] {
                continue;
            }
            places[place] = steps.len();
            triggers |= node.step.map_or(0, |step| step.trigger);
            let mut gates = node.gates.clone();
            gates.keep(mask);
            steps.push(Step {
                parent: places[node.parent],
                transform: node.step,
                tests: !gates.is_empty(),
                gates,
                node: u32::try_from(place).unwrap_or(u32::MAX),
            });
        }
        MaskPlan {
            number: self.plans_made.fetch_add(1, Ordering::Relaxed),
            steps,
            triggers,
        }
    }
}

/// Makes the tests of operators, of equal ones only one.
#[derive(Default)]
struct Tests {
    made: HashMap<TestKey, Arc<Test>>,
}

/// Name, argument and phrases of an operator.
type TestKey = (String, Vec<u8>, Vec<Vec<u8>>);

impl Tests {
    fn make(
        &mut self,
        operator: &Operator,
        tables: Option<&Arc<Tables>>,
        least: usize,
    ) -> Result<Arc<Test>, String> {
        let Operator {
            name,
            argument,
            phrases,
            ..
        } = operator.clone();
        let key = (name, argument, phrases);
        if let Some(test) = self.made.get(&key) {
            return Ok(Arc::clone(test));
        }
        let (name, argument, phrases) = &key;
        let test = operators::make(name, argument, phrases, tables, Some(least))?;
        let test = Arc::new(test);
        self.made.insert(key, Arc::clone(&test));
        Ok(test)
    }
}

/// Puts the pipeline of a gate into the tree; returns the nodes whose texts the gate tests.
fn path_of(
    nodes: &mut Vec<Node>,
    place: usize,
    gate: &Gate,
    bound: usize,
) -> Result<Vec<u32>, String> {
    let mut at = 0;
    let mut path = vec![at];
    for name in gate.transforms.iter().filter(|name| *name != "none") {
        let step = transforms::find(name).ok_or_else(|| format!("no transformation {name}"))?;
        let there = nodes.iter().enumerate().skip(1).find(|(_, node)| {
            node.parent == at && node.step.is_some_and(|other| other.name == step.name)
        });
        at = match there {
            Some((there, _)) => there,
            None => {
                nodes.push(Node {
                    parent: at,
                    step: Some(step),
                    gates: Bits::new(bound),
                });
                nodes.len() - 1
            }
        };
        path.push(at);
    }
    if !gate.multi_match {
        path = vec![at];
    }
    for node in &path {
        nodes[*node].gates.add(place);
    }
    path.into_iter()
        .map(|node| u32::try_from(node).map_err(|_| "too many transformations".to_owned()))
        .collect()
}

/// Makes the two scanners, and the set of gates that neither can rule out.
fn scanners(gates: &[&Gate]) -> Result<(Scanner, Scanner, Bits), String> {
    let (mut plain, mut erased) = (Vec::new(), Vec::new());
    let mut unscanned = Bits::new(gates.len());
    for (place, gate) in gates.iter().enumerate() {
        let outline = &gate.outline;
        if gate.operator.negated || outline.clauses.is_empty() {
            unscanned.add(place);
        } else if outline.erased {
            erased.push((place, outline.clauses.as_slice()));
        } else {
            plain.push((place, outline.clauses.as_slice()));
        }
    }
    Ok((
        Scanner::new(gates.len(), &plain, &outline::NOTHING)?,
        Scanner::new(gates.len(), &erased, &outline::evasion())?,
        unscanned,
    ))
}
