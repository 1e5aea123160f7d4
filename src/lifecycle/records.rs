//! What is known of deployments without asking their components.

use std::path::Path;

use super::diff::{Difference, differences};
use super::engine::{Result, is_final};
use super::journal::{Deployment, Journal, Run, StepRecord};
use super::{Definition, LifecycleError, Recorded};
use crate::diagnostic::closest;

/// What is known of a deployment without asking its components.
#[derive(Clone, Debug)]
pub struct State {
    /// The deployment.
    pub deployment: Deployment,
    /// What is recorded, sorted by name.
    pub components: Vec<Recorded>,
    /// The run that goes on, or has not been finished.
    pub unfinished: Option<Run>,
    /// The steps of it that have begun and not ended.
    pub in_flight: Vec<StepRecord>,
}

/// Returns what is known of a deployment.
///
/// # Errors
/// There is no such deployment, or the database cannot be read.
pub fn state(data_dir: &Path, name: &str) -> Result<State> {
    let journal = Journal::open_existing(data_dir)?;
    let Some(journal) = journal else {
        return Err(not_found(name, &[]));
    };
    let Some(deployment) = journal.deployment(name)? else {
        return Err(not_found(name, &journal.names()?));
    };
    let run = journal.runs(name)?.into_iter().next();
    let unfinished = run.filter(|run| !is_final(run));
    let mut in_flight = match &unfinished {
        Some(run) => journal.steps(run.id)?,
        None => Vec::new(),
    };
    in_flight.retain(|step| step.outcome.is_none());
    Ok(State {
        deployment,
        components: journal.recorded(name)?,
        unfinished,
        in_flight,
    })
}

fn not_found(name: &str, names: &[String]) -> LifecycleError {
    LifecycleError::NotFound {
        name: name.to_owned(),
        close: closest(name, names.iter().map(String::as_str))
            .into_iter()
            .take(3)
            .map(str::to_owned)
            .collect(),
    }
}

/// Returns the names of all deployments.
///
/// # Errors
/// The database cannot be read.
pub fn names(data_dir: &Path) -> Result<Vec<String>> {
    let journal = Journal::open_existing(data_dir)?;
    journal.map_or(Ok(Vec::new()), |journal| journal.names())
}

/// Returns the runs of a deployment with their steps, the last one first.
///
/// # Errors
/// There is no such deployment, or the database cannot be read.
pub fn history(data_dir: &Path, name: &str) -> Result<Vec<(Run, Vec<StepRecord>)>> {
    state(data_dir, name)?;
    let Some(journal) = Journal::open_existing(data_dir)? else {
        return Ok(Vec::new());
    };
    let runs = journal.runs(name)?;
    runs.into_iter()
        .map(|run| Ok((run.clone(), journal.steps(run.id)?)))
        .collect()
}

/// Returns how what is recorded differs from a definition.
///
/// # Errors
/// The database cannot be read.
pub fn diff(data_dir: &Path, definition: &Definition) -> Result<Vec<Difference>> {
    let recorded = recorded(data_dir, definition.name())?;
    Ok(differences(&recorded, definition.components()))
}

/// Returns what is recorded of one component of a deployment.
///
/// # Errors
/// There is no such deployment or component, or the database cannot be read.
pub fn component(data_dir: &Path, name: &str, component: &str) -> Result<Recorded> {
    let known = state(data_dir, name)?.components;
    match known.iter().position(|one| one.component.name == component) {
        Some(at) => Ok(known[at].clone()),
        None => Err(unknown_component(name, component, &known)),
    }
}

/// Returns the error for a component that a deployment does not have.
pub(super) fn unknown_component(name: &str, component: &str, known: &[Recorded]) -> LifecycleError {
    let names = known.iter().map(|one| one.component.name.as_str());
    let close = closest(component, names.clone());
    LifecycleError::UnknownComponent {
        name: name.to_owned(),
        component: component.to_owned(),
        close: close.into_iter().map(str::to_owned).collect(),
        known: names.map(str::to_owned).collect(),
    }
}

/// Returns what is recorded of the components of a deployment, sorted by name.
pub(super) fn recorded(data_dir: &Path, name: &str) -> Result<Vec<Recorded>> {
    let journal = Journal::open_existing(data_dir)?;
    journal.map_or(Ok(Vec::new()), |journal| journal.recorded(name))
}
