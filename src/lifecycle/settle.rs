//! What has become of an operation that has not come to its end.

use super::engine::Engine;
use super::journal::{Ending, Journal, StepOutcome};
use super::observe::{Presence, observe};
use super::{LifecycleError, Recorded};

/// Returns what is to be recorded of a component whose operation was cut off or has failed.
///
/// A component that is there may be anything between before and after: it is recorded as uncertain, and whoever comes next does the
/// whole of it again, or takes it away.
pub(super) fn settled(
    before: Option<&Recorded>,
    after: Option<&Recorded>,
    presence: Presence,
) -> Option<Recorded> {
    match presence {
        Presence::Absent => None,
        Presence::Present | Presence::Unknown => after.or(before).cloned().map(Recorded::uncertain),
    }
}

/// Asks the components whose steps a process has begun that is gone, and writes down what is there.
pub(super) fn settle_lost(
    engine: &Engine<'_>,
    journal: &mut Journal,
    name: &str,
) -> Result<(), LifecycleError> {
    let Some(run) = journal.runs(name)?.into_iter().next() else {
        return Ok(());
    };
    for step in journal.steps(run.id)? {
        if step.outcome.is_some() {
            continue;
        }
        let known = step.after.as_ref().or(step.before.as_ref());
        let presence = known.map_or(Presence::Absent, |known| {
            let component = &known.component;
            observe(engine.operator, component, true, engine.stop).presence
        });
        let state = settled(step.before.as_ref(), step.after.as_ref(), presence);
        let ending = Ending {
            step: step.id,
            outcome: StepOutcome::Lost,
            duration: None,
            message: Some("whoever began it did not end it"),
            state: state.as_ref(),
        };
        journal.end_step(name, &step.component, &ending)?;
    }
    Ok(())
}
