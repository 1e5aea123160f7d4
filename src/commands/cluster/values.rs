//! Deployments as values.

use std::time::Duration;

use chrono::{DateTime, Utc};
use nu_protocol::{Record, Span, Value, record};
use provisioning::lifecycle::{
    Difference, Event, Holder, Observed, Plan, Planned, Presence, Problem, Recorded, Run, State,
    StepRecord, in_order,
};
use provisioning::nushell::from_json;

use crate::shell::{date_value, duration_value, opt_date, opt_string};

/// Returns a number as a value.
pub(super) fn int(number: usize, span: Span) -> Value {
    Value::int(i64::try_from(number).unwrap_or(i64::MAX), span)
}

/// Returns a duration in milliseconds: nobody reads more of it.
fn took(time: Duration, span: Span) -> Value {
    let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    duration_value(Duration::from_millis(milliseconds), span)
}

/// Returns a row of a run that goes on.
pub(super) fn event_value(event: &Event, span: Span) -> Value {
    let taken_back = || event.undoes.then(|| "taken back".to_owned());
    Value::record(
        record! {
            "time" => date_value(event.time, span),
            "wave" => int(event.wave, span),
            "component" => Value::string(&event.component, span),
            "operation" => Value::string(event.operation, span),
            "status" => Value::string(event.status.as_str(), span),
            "duration" => event.duration.map_or_else(|| Value::nothing(span), |it| took(it, span)),
            "message" => opt_string(event.message.clone().or_else(taken_back), span),
        },
        span,
    )
}

/// Returns a plan as a table.
pub(super) fn plan_value(plan: &Plan, span: Span) -> Value {
    let row = |row: &Planned| {
        Value::record(
            record! {
                "wave" => int(row.wave, span),
                "component" => Value::string(&row.component, span),
                "type" => Value::string(row.kind.as_str(), span),
                "version" => opt_string(row.version.clone(), span),
                "operation" => opt_string(Some(row.operations().join(", ")).filter(|it| !it.is_empty()), span),
                "action" => Value::string(row.action.as_str(), span),
                "reason" => Value::string(&row.reason, span),
            },
            span,
        )
    };
    Value::list(plan.rows.iter().map(row).collect(), span)
}

/// Returns what --check gives: what would be done, and what is in the way (CTP-17).
pub(super) fn check_value(operation: &str, name: &str, plan: &Plan, span: Span) -> Value {
    let issue = |problem: &Problem| {
        Value::string(format!("{}: {}", problem.component, problem.message), span)
    };
    let issues: Vec<Value> = plan.problems.iter().map(issue).collect();
    let is_met = issues.is_empty();
    let is_work = plan.rows.iter().any(|row| !row.operations().is_empty());
    let mut all = Record::new();
    all.push(
        "action",
        Value::string(format!("{operation}-cluster"), span),
    );
    all.push("cluster", Value::string(name, span));
    all.push("check_mode", Value::bool(true, span));
    all.push(
        format!("would_{operation}"),
        Value::bool(is_met && is_work, span),
    );
    all.push("plan", plan_value(plan, span));
    all.push(
        "requirements_check",
        Value::record(
            record! {
                "met" => Value::bool(is_met, span),
                "issues" => Value::list(issues, span),
            },
            span,
        ),
    );
    Value::record(all, span)
}

/// Returns what a component says of itself, and what is recorded of it.
pub(super) fn component_value(one: &Recorded, observed: &Observed, span: Span) -> Value {
    let component = &one.component;
    Value::record(
        record! {
            "component" => Value::string(&component.name, span),
            "type" => Value::string(component.kind.as_str(), span),
            "version" => opt_string(observed.version.clone().or_else(|| component.version.clone()), span),
            "status" => Value::string(word(one, observed), span),
            "healthy" => Value::bool(is_healthy(one, observed), span),
            "message" => opt_string(message(one, observed), span),
        },
        span,
    )
}

fn is_healthy(one: &Recorded, observed: &Observed) -> bool {
    one.certain && observed.ready
}

fn word(one: &Recorded, observed: &Observed) -> &'static str {
    match observed.presence {
        Presence::Absent => "absent",
        Presence::Unknown => "unknown",
        Presence::Present if !one.certain => "uncertain",
        Presence::Present if observed.ready => "running",
        Presence::Present => "not-ready",
    }
}

fn message(one: &Recorded, observed: &Observed) -> Option<String> {
    let cut_off = (!one.certain).then(|| "its last operation was cut off or has failed".to_owned());
    observed.message.clone().or(cut_off)
}

/// Returns how a deployment is.
pub(super) fn status_value(state: &State, observed: &[Observed], span: Span) -> Value {
    let mut rows: Vec<(&Recorded, &Observed)> = state.components.iter().zip(observed).collect();
    // What is recorded after a run that was cut off may have no order.
    let components: Vec<_> = state
        .components
        .iter()
        .map(|one| one.component.clone())
        .collect();
    if let Ok(order) = in_order(&components) {
        rows = order
            .iter()
            .filter_map(|(.., row)| rows.get(*row).copied())
            .collect();
    }
    let healthy = rows.iter().filter(|(one, it)| is_healthy(one, it)).count();
    let status = match (&state.unfinished, alive(state)) {
        (_, Some(_)) => "working",
        (Some(_), None) => "unfinished",
        (None, None) if state.components.is_empty() => "absent",
        (None, None) if healthy == state.components.len() => "running",
        (None, None) if observed.iter().all(|it| !it.ready) => "stopped",
        (None, None) => "degraded",
    };
    let in_flight = state.in_flight.iter().map(|step| step_value(step, span));
    Value::record(
        record! {
            "name" => Value::string(&state.deployment.name, span),
            "status" => Value::string(status, span),
            "healthy" => Value::bool(status == "running", span),
            "created_at" => date_value(state.deployment.created_at, span),
            "components" => Value::list(rows.into_iter().map(|(one, it)| component_value(one, it, span)).collect(), span),
            "held_by" => alive(state).map_or_else(|| Value::nothing(span), |it| holder_value(it, span)),
            "unfinished" => state.unfinished.as_ref().map_or_else(|| Value::nothing(span), |run| run_value(run, span)),
            "in_flight" => Value::list(in_flight.collect(), span),
            "last_check" => date_value(Utc::now(), span),
        },
        span,
    )
}

/// Returns a deployment without asking its components.
pub(super) fn deployment_value(state: &State, span: Span) -> Value {
    let status = match (&state.unfinished, alive(state)) {
        (_, Some(_)) => "working",
        (Some(_), None) => "unfinished",
        (None, None) if state.components.is_empty() => "absent",
        (None, None) => "deployed",
    };
    Value::record(
        record! {
            "name" => Value::string(&state.deployment.name, span),
            "status" => Value::string(status, span),
            "components" => int(state.components.len(), span),
            "created_at" => date_value(state.deployment.created_at, span),
        },
        span,
    )
}

fn alive(state: &State) -> Option<&Holder> {
    state
        .deployment
        .holder
        .as_ref()
        .filter(|holder| holder.is_alive())
}

fn holder_value(holder: &Holder, span: Span) -> Value {
    Value::record(
        record! {
            "pid" => Value::int(i64::from(holder.pid), span),
            "since" => date_value(holder.since, span),
        },
        span,
    )
}

fn run_value(run: &Run, span: Span) -> Value {
    Value::record(run_record(run, span), span)
}

fn run_record(run: &Run, span: Span) -> Record {
    let time = run
        .ended_at
        .map(|end: DateTime<Utc>| (end - run.began_at).to_std().unwrap_or_default());
    record! {
        "run" => Value::int(run.id, span),
        "operation" => Value::string(&run.operation, span),
        "direction" => Value::string(run.direction.as_str(), span),
        "outcome" => opt_string(run.outcome.map(|it| it.as_str().to_owned()), span),
        "began_at" => date_value(run.began_at, span),
        "ended_at" => opt_date(run.ended_at, span),
        "duration" => time.map_or_else(|| Value::nothing(span), |it| took(it, span)),
        "message" => opt_string(run.message.clone(), span),
    }
}

/// Returns a run with its steps.
pub(super) fn history_value(run: &Run, steps: &[StepRecord], span: Span) -> Value {
    let mut all = run_record(run, span);
    let steps = steps.iter().map(|step| step_value(step, span));
    all.push("steps", Value::list(steps.collect(), span));
    Value::record(all, span)
}

fn step_value(step: &StepRecord, span: Span) -> Value {
    Value::record(
        record! {
            "wave" => int(step.wave, span),
            "component" => Value::string(&step.component, span),
            "operation" => Value::string(&step.operation, span),
            "undoes" => Value::bool(step.undoes, span),
            "outcome" => opt_string(step.outcome.map(|it| it.as_str().to_owned()), span),
            "began_at" => date_value(step.began_at, span),
            "duration" => step.duration.map_or_else(|| Value::nothing(span), |it| took(it, span)),
            "message" => opt_string(step.message.clone(), span),
        },
        span,
    )
}

/// Returns a difference between what is recorded and what is wanted.
pub(super) fn difference_value(one: &Difference, span: Span) -> Value {
    let field = |value: &Option<serde_json::Value>| {
        value
            .clone()
            .map_or_else(|| Value::nothing(span), |it| from_json(it, span))
    };
    let fields = one.fields.iter().map(|change| {
        Value::record(
            record! {
                "field" => Value::string(&change.path, span),
                "recorded" => field(&change.before),
                "wanted" => field(&change.after),
            },
            span,
        )
    });
    Value::record(
        record! {
            "component" => Value::string(&one.component, span),
            "change" => Value::string(one.change.as_str(), span),
            "fields" => Value::list(fields.collect(), span),
        },
        span,
    )
}
