//! Deployments: clusters that are brought up, changed and taken down, component by component.
//!
//! A plan compares three things: what is wanted, what is recorded, and what the components say of themselves. Each step of a run is
//! in the journal before it starts and after it ends, together with the state that it leaves, so that whoever comes after a failure,
//! Ctrl-C or a kill knows what was in flight, asks what has become of it, and goes on or takes it back.
//!
//! What an operation does is behind [`Operator`]; nothing here starts a program.

mod component;
mod diff;
mod engine;
mod error;
mod event;
mod execute;
mod holder;
mod journal;
mod observe;
mod operator;
mod parallel;
mod plan;
mod rollback;
mod settle;
mod transition;

pub use component::{Component, ComponentType, Definition, Recorded};
pub use diff::{Change, Difference, FieldChange};
pub use engine::{Engine, OnFailure, Options, Outcome, Problem, State};
pub use error::LifecycleError;
pub use event::{Event, EventStatus};
pub use execute::Pace;
pub use holder::Holder;
pub use journal::{Deployment, Direction, Run, RunOutcome, StepOutcome, StepRecord};
pub use observe::{Observed, Presence};
pub use operator::{Arguments, Failure, FailureKind, Operation, Operator};
pub use plan::{Action, Plan, Planned};

#[cfg(test)]
mod tests;
