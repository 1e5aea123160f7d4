//! What has come of work on a deployment, as an error where it is one.

use nu_protocol::{LabeledError, ShellError, Span};
use provisioning::diagnostic::{Code, Explain as _, safe_text};
use provisioning::lifecycle::{LifecycleError, Outcome, Problem, RunOutcome};

use super::faults::MAX_LABELS;
use super::places::Places;
use crate::shell::labeled;

/// Returns the code of what has not been done; none when everything was.
pub(super) fn failure(result: &Result<Outcome, LifecycleError>) -> Option<Code> {
    match result {
        Err(error) => Some(error.code()),
        Ok(outcome) => match outcome.outcome {
            RunOutcome::Done | RunOutcome::Superseded => None,
            // What was asked for is what was done, unless something had failed before.
            RunOutcome::RolledBack if outcome.failures.is_empty() => None,
            RunOutcome::Failed | RunOutcome::RolledBack => Some(Code::DeploymentFailed),
            RunOutcome::Incomplete => Some(Code::DeploymentIncomplete),
            RunOutcome::Interrupted => Some(Code::DeploymentInterrupted),
        },
    }
}

/// Says in one line what has come of it.
pub(super) fn summary(name: &str, result: &Result<Outcome, LifecycleError>) -> String {
    match result {
        Err(error) => error.to_string(),
        Ok(outcome) if failure(result).is_none() => match outcome.run {
            Some(run) => format!("{} (run {run})", outcome.outcome.as_str()),
            None => "nothing to do".to_owned(),
        },
        Ok(outcome) => message(name, outcome),
    }
}

/// Returns the error for a run that has not come to where it should; none when it has.
pub(super) fn failed(name: &str, outcome: Outcome, span: Span) -> Option<LabeledError> {
    let result = Ok(outcome);
    let code = failure(&result)?;
    let Ok(outcome) = result else { return None };
    let mut error = LabeledError::new(safe_text(&message(name, &outcome)))
        .with_code(code.as_str())
        .with_label(label(&outcome), span)
        .with_help(help(name, &outcome));
    for problem in outcome.failures.iter().chain(&outcome.not_undone) {
        let text = format!("`{}`: {}", problem.component, problem.message);
        let mut inner = LabeledError::new(safe_text(&text)).with_code(code.as_str());
        inner.help = problem
            .help
            .as_deref()
            .map(|help| safe_text(help).into_owned());
        error.inner.push(ShellError::LabeledError(Box::new(inner)));
    }
    Some(error)
}

/// Returns the error for work that has not begun, or whose journal has failed.
pub(super) fn not_done(error: &LifecycleError, span: Span) -> LabeledError {
    not_done_at(error, &Places::of(span))
}

/// As [`not_done`]; what is said of components is underlined where they are named.
pub(super) fn not_done_at(error: &LifecycleError, places: &Places) -> LabeledError {
    let label = match error {
        LifecycleError::Held { .. } => "somebody works on it",
        LifecycleError::UnknownComponent { .. } => "no such component",
        LifecycleError::NotFound { .. } => "no such deployment",
        LifecycleError::Refused { .. } => "nothing was done",
        _ => "asked for here",
    };
    let own = match error {
        LifecycleError::UnknownComponent { component, .. } => places.component(component),
        _ => None,
    };
    let mut labeled = labeled(error, label, own.unwrap_or(places.whole));
    if let LifecycleError::Refused { problems, .. } = error {
        let mut spans: Vec<Span> = problems
            .iter()
            .filter_map(|problem| places.component(&problem.component))
            .take(MAX_LABELS)
            .collect();
        spans.sort_unstable_by_key(|span| span.start);
        spans.dedup();
        if !spans.is_empty() {
            labeled.labels.clear();
        }
        for span in spans {
            labeled = labeled.with_label(label, span);
        }
    }
    if let LifecycleError::Refused { name, problems } = error
        && problems.len() > 1
    {
        labeled.msg = format!(
            "`{}` cannot be brought there: {} components cannot be what they are to be",
            safe_text(name),
            count(problems)
        );
        labeled.help = None;
        for problem in problems {
            let text = format!("`{}`: {}", problem.component, problem.message);
            let mut inner = LabeledError::new(safe_text(&text)).with_code(error.code().as_str());
            inner.help = problem
                .help
                .as_deref()
                .map(|help| safe_text(help).into_owned());
            labeled
                .inner
                .push(ShellError::LabeledError(Box::new(inner)));
        }
    }
    labeled
}

fn count(problems: &[Problem]) -> usize {
    let mut names: Vec<&str> = problems.iter().map(|it| it.component.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.len()
}

fn message(name: &str, outcome: &Outcome) -> String {
    let names = |all: &[Problem]| {
        let mut names: Vec<String> = all.iter().map(|it| format!("`{}`", it.component)).collect();
        names.dedup();
        names.join(", ")
    };
    let first = |all: &[Problem]| all.first().map_or(String::new(), |it| it.message.clone());
    match outcome.outcome {
        RunOutcome::Incomplete => format!(
            "`{name}` could not be brought back as a whole: {} {} left",
            names(&outcome.not_undone),
            if outcome.not_undone.len() == 1 {
                "is"
            } else {
                "are"
            }
        ),
        RunOutcome::Interrupted => format!("work on `{name}` was interrupted"),
        _ => match outcome.failures.as_slice() {
            [one] => format!(
                "`{}` of `{name}` has failed: {}",
                one.component, one.message
            ),
            many => format!(
                "{} of `{name}` have failed; the first: {}",
                names(many),
                first(many)
            ),
        },
    }
}

fn label(outcome: &Outcome) -> &'static str {
    match outcome.outcome {
        RunOutcome::RolledBack => "what was done is taken back",
        RunOutcome::Incomplete => "not everything is taken back",
        RunOutcome::Interrupted => "what was done is still there",
        _ => "what was done is still there",
    }
}

fn help(name: &str, outcome: &Outcome) -> String {
    match outcome.outcome {
        RunOutcome::RolledBack => {
            format!("see each step: cluster history {name} | first | get steps")
        }
        RunOutcome::Incomplete => {
            format!("try again: cluster rollback {name}; or go on: cluster resume {name}")
        }
        // All of it was done, and not all of it works.
        _ if outcome.run.is_none() => format!("see what is the matter: cluster status {name}"),
        _ => format!("go on: cluster resume {name}; or take it back: cluster rollback {name}"),
    }
}
