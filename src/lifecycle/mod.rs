//! Deployments: clusters that are brought up, changed and taken down, component by component.
//!
//! A plan compares three things: what is wanted, what is recorded, and what the components say of themselves. Each step of a run is
//! in the journal before it starts and after it ends, together with the state that it leaves, so that whoever comes after a failure,
//! Ctrl-C or a kill knows what was in flight, asks what has become of it, and goes on or takes it back.
//!
//! What an operation does is behind [`Operator`]: [`Extensions`] runs those of registered extensions.

mod alteration;
mod component;
mod diff;
mod engine;
mod error;
mod event;
mod execute;
mod extensions;
mod holder;
mod journal;
mod observe;
mod operator;
mod parallel;
mod plan;
mod records;
mod rollback;
mod settle;
mod transition;

pub use alteration::Alteration;
pub use component::{Component, ComponentType, Definition, Recorded, in_order};
pub use diff::{Change, Difference, FieldChange};
pub use engine::{Engine, OnFailure, Options, Outcome, Problem};
pub use error::LifecycleError;
pub use event::{Event, EventStatus};
pub use execute::Pace;
pub use extensions::{Extensions, Listener};
pub use holder::Holder;
pub use journal::{Deployment, Direction, Run, RunOutcome, StepOutcome, StepRecord};
pub use observe::{Observed, Presence};
pub use operator::{Arguments, Failure, FailureKind, Operation, Operator};
pub use plan::{Action, Plan, Planned};
pub use records::{State, component, diff, history, names, state};

#[cfg(test)]
mod tests;
