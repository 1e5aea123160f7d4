//! What would be done, and why.

use std::collections::{HashMap, HashSet};

use super::component::{Target, for_graph};
use super::engine::Problem;
use super::observe::{Observed, Presence, observe};
use super::transition::{Step, Way, has_other_version};
use super::{Arguments, Component, ComponentType, LifecycleError, Operation, Recorded, parallel};
use crate::graph::{self, Placement};

/// What is done with a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is made.
    Create,
    /// It is changed.
    Update,
    /// It stays as it is.
    None,
    /// It is removed.
    Delete,
}

impl Action {
    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Update => "update",
            Action::None => "none",
            Action::Delete => "delete",
        }
    }
}

/// What is planned for one component.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Its name.
    pub component: String,
    /// What it is.
    pub kind: ComponentType,
    /// The version that it will have, or had.
    pub version: Option<String>,
    /// In which wave, from 0.
    pub wave: usize,
    /// What is done.
    pub action: Action,
    /// Why.
    pub reason: String,
    pub(super) steps: Vec<Step>,
    pub(super) now: Option<Recorded>,
    /// The component that is to be ready before the next wave.
    pub(super) awaited: Option<Component>,
    /// Nothing is done when something was not done with one of these.
    pub(super) after: Vec<String>,
}

impl Planned {
    /// Returns the names of the operations that are called, in their order.
    pub fn operations(&self) -> Vec<&'static str> {
        let calls = self.steps.iter().filter(|step| step.call.is_some());
        calls.map(Step::name).collect()
    }

    /// Returns what would be installed, and with what.
    pub fn installation(&self) -> Option<(&Component, &Arguments)> {
        let calls = self.steps.iter().filter_map(|step| step.call.as_ref());
        let mut calls = calls.filter(|(_, operation, _)| *operation == Operation::Install);
        calls
            .next()
            .map(|(component, _, arguments)| (component, arguments))
    }

    /// Whether there is anything to do or to wait for.
    pub(super) fn has_work(&self) -> bool {
        !self.steps.is_empty() || self.awaited.is_some()
    }
}

/// What would be done, in the order in which it would be.
#[derive(Clone, Debug)]
pub struct Plan {
    /// One row for each component, wave by wave.
    pub rows: Vec<Planned>,
    /// What cannot be done. Then nothing is.
    pub problems: Vec<Problem>,
}

impl Plan {
    /// Returns the rows of each wave.
    pub(super) fn waves(&self) -> impl Iterator<Item = &[Planned]> {
        self.rows.chunk_by(|a, b| a.wave == b.wave)
    }
}

/// A row before its component was asked.
struct Draft<'a> {
    wave: usize,
    now: Option<&'a Recorded>,
    target: Option<&'a Target>,
    component: &'a Component,
    after: Vec<String>,
}

/// Makes a plan. Asks the components, and changes nothing.
pub(super) fn make(
    recorded: &[Recorded],
    targets: &[Target],
    way: &Way<'_>,
    jobs: usize,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Plan, LifecycleError> {
    let drafts = drafts(recorded, targets)?;
    let observed = parallel::each(&drafts, jobs, |draft| {
        observe(way.operator, draft.component, draft.now.is_some(), stop)
    });
    let mut plan = Plan {
        rows: Vec::with_capacity(drafts.len()),
        problems: Vec::new(),
    };
    for (draft, observed) in drafts.into_iter().zip(observed) {
        let component = draft.component;
        let steps = way.find(draft.now, &observed, draft.target);
        let steps = steps.unwrap_or_else(|no_way| {
            let (message, help) = no_way.words(component);
            plan.problems.push(Problem {
                component: component.name.clone(),
                message,
                help,
            });
            Vec::new()
        });
        for (component, operation, arguments) in steps.iter().filter_map(|step| step.call.as_ref())
        {
            if let Err(failure) = way.operator.check(component, *operation, arguments) {
                plan.problems.push(Problem::of(&component.name, failure));
            }
        }
        let (action, reason) = told(&draft, &observed, &steps);
        let is_awaited = draft.target.is_some() && !(steps.is_empty() && observed.ready);
        plan.rows.push(Planned {
            component: component.name.clone(),
            kind: component.kind,
            version: component.version.clone(),
            wave: draft.wave,
            action,
            reason,
            steps,
            now: draft.now.cloned(),
            awaited: is_awaited.then(|| component.clone()),
            after: draft.after,
        });
    }
    Ok(plan)
}

/// What is wanted comes first, in its order; then what is not wanted goes, in the reverse of its own.
fn drafts<'a>(
    recorded: &'a [Recorded],
    targets: &'a [Target],
) -> Result<Vec<Draft<'a>>, LifecycleError> {
    let by_name: HashMap<&str, &Recorded> = recorded
        .iter()
        .map(|one| (one.component.name.as_str(), one))
        .collect();
    let components = for_graph(targets.iter().map(|target| &target.component));
    let order =
        graph::resolve(&components, false).map_err(|faults| LifecycleError::Order { faults })?;
    let waves = order.last().map_or(0, |placement| placement.wave + 1);
    let mut drafts: Vec<Draft<'a>> = Vec::new();
    for placement in order {
        let target = &targets[placement.row];
        drafts.push(Draft {
            wave: placement.wave,
            now: by_name.get(target.component.name.as_str()).copied(),
            target: Some(target),
            component: &target.component,
            after: target.component.dependencies.clone(),
        });
    }
    let wanted: HashSet<&str> = targets
        .iter()
        .map(|target| target.component.name.as_str())
        .collect();
    let leaving: Vec<&Recorded> = recorded
        .iter()
        .filter(|one| !wanted.contains(one.component.name.as_str()))
        .collect();
    for placement in removal_order(&leaving) {
        let one = leaving[placement.row];
        let name = &one.component.name;
        let users = recorded
            .iter()
            .filter(|user| user.component.dependencies.contains(name));
        drafts.push(Draft {
            wave: waves + placement.wave,
            now: Some(one),
            target: None,
            component: &one.component,
            after: users.map(|user| user.component.name.clone()).collect(),
        });
    }
    Ok(drafts)
}

fn removal_order(leaving: &[&Recorded]) -> Vec<Placement> {
    let mut components = for_graph(leaving.iter().map(|one| &one.component));
    let names: HashSet<String> = components.iter().map(|one| one.name.clone()).collect();
    for component in &mut components {
        component.needs.retain(|need| names.contains(&need.name));
    }
    match graph::resolve(&components, false) {
        Ok(order) => graph::reversed(order),
        // What is recorded may come from two definitions, one of which was not finished, and have no order.
        Err(_) => (0..leaving.len())
            .rev()
            .enumerate()
            .map(|(order, row)| Placement {
                row,
                wave: order,
                order,
            })
            .collect(),
    }
}

fn told(draft: &Draft<'_>, observed: &Observed, steps: &[Step]) -> (Action, String) {
    let is_absent = observed.presence == Presence::Absent;
    let calls = steps.iter().any(|step| step.call.is_some());
    match (draft.now, draft.target) {
        (_, None) if is_absent => (Action::Delete, "it is not there any more".to_owned()),
        (_, None) => (Action::Delete, "it is not wanted any more".to_owned()),
        (None, Some(_)) if observed.presence == Presence::Present => (
            Action::Update,
            "it is there, but not by this deployment".to_owned(),
        ),
        (None, Some(_)) if observed.presence == Presence::Unknown => (
            Action::Create,
            format!(
                "it is not recorded, and could not be asked: {}",
                observed.message.as_deref().unwrap_or("it gives no answer")
            ),
        ),
        (None, Some(_)) => (Action::Create, "it is not there".to_owned()),
        (Some(_), Some(_)) if is_absent => (
            Action::Create,
            "it is recorded, but it is not there".to_owned(),
        ),
        (Some(now), Some(_)) if !now.certain => {
            (Action::Update, "an earlier run was cut off".to_owned())
        }
        (Some(now), Some(target)) if calls => (Action::Update, difference(now, observed, target)),
        (Some(_), Some(_)) if !observed.ready => {
            (Action::None, "it is as recorded, but not ready".to_owned())
        }
        (Some(_), Some(_)) => (Action::None, "it is as recorded".to_owned()),
    }
}

fn difference(now: &Recorded, observed: &Observed, target: &Target) -> String {
    let wanted = &target.component;
    if now.component.kind != wanted.kind {
        return format!("it is of type `{}`", now.component.kind);
    }
    let mut parts = Vec::new();
    if has_other_version(now, observed, wanted) {
        let there = observed
            .version
            .as_ref()
            .or(now.component.version.as_ref())
            .map_or("another version", String::as_str);
        parts.push(format!("{there} is there"));
    }
    if now.digest != target.recorded.digest {
        parts.push("its settings differ".to_owned());
    }
    if parts.is_empty() {
        parts.push("it does not run".to_owned());
    }
    parts.join(", and ")
}
