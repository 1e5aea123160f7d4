//! What a component says of itself.

use serde_json::Value;

use super::component::without_secrets_of;
use super::{Arguments, Component, Failure, Operation, Operator};
use crate::nickel::kept_text;

/// Whether a component is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is.
    Present,
    /// It is not.
    Absent,
    /// It could not be asked.
    Unknown,
}

/// What came of asking a component.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// Whether it is there.
    pub presence: Presence,
    /// Whether it does its work.
    pub ready: bool,
    /// Whether it says that it is there and does not run: waiting will not change that.
    pub stopped: bool,
    /// The version that it says to have.
    pub version: Option<String>,
    /// What keeps it from being ready, in its words.
    pub message: Option<String>,
}

/// Longest message of a component that is repeated.
pub(super) const MAX_MESSAGE: usize = 500;

/// Words for what is not there.
const ABSENT: [&str; 8] = [
    "absent",
    "deleted",
    "missing",
    "not-found",
    "not-installed",
    "removed",
    "terminated",
    "uninstalled",
];
/// Words for what does its work.
const READY: [&str; 9] = [
    "active",
    "available",
    "deployed",
    "healthy",
    "ok",
    "online",
    "ready",
    "running",
    "up",
];
/// Words for what is there and does not run.
const STOPPED: [&str; 8] = [
    "crashed", "dead", "exited", "failed", "halted", "inactive", "off", "stopped",
];
/// Fields that hold such a word, in the order in which they are asked (TTP-39).
const STATES: [&str; 4] = ["state", "status", "systemd_status", "phase"];

impl Observed {
    /// Reads what an operation `status` has returned.
    ///
    /// The interface leaves its fields open. `installed` or `exists`, `ready` or `healthy`, `health.healthy` and the words of
    /// `status` are understood; a record that says nothing of it is of a component that is there and ready.
    pub fn of(status: &Value) -> Self {
        match status {
            Value::Null => Self::absent(),
            Value::Array(items) => Self::of_several(items),
            Value::String(word) => Self::of_word(Some(word)),
            Value::Object(fields) => {
                let flag = |name: &str| fields.get(name).and_then(Value::as_bool);
                if [flag("installed"), flag("exists")].contains(&Some(false)) {
                    return Self::absent();
                }
                let states = STATES.iter().filter_map(|name| fields.get(*name));
                let word = states.filter_map(Value::as_str).next();
                let mut observed = Self::of_word(word);
                let health = fields.get("health");
                let healthy = health.and_then(|health| health.get("healthy"));
                let told = flag("ready")
                    .or_else(|| flag("healthy"))
                    .or_else(|| healthy.and_then(Value::as_bool));
                if let Some(told) = told {
                    observed.ready = told && observed.presence == Presence::Present;
                }
                if observed.ready {
                    observed.message = None;
                }
                observed.stopped |= flag("running") == Some(false);
                observed.stopped &= !observed.ready;
                observed.version = fields
                    .get("version")
                    .and_then(Value::as_str)
                    .filter(|text| !["", "unknown", "none", "not installed"].contains(text))
                    .map(|text| kept_text(text, 100));
                // The source's template says this of a service that nobody has installed (TTP-38, TTP-39).
                let is_off = matches!(word, Some("inactive" | "unknown"));
                if is_off && observed.version.is_none() && fields.contains_key("version") {
                    return Self::absent();
                }
                let error = health.and_then(|health| health.get("error"));
                let texts = [fields.get("error"), fields.get("message"), error];
                if let Some(text) = texts.into_iter().flatten().find_map(Value::as_str) {
                    observed.message = Some(kept_text(text, MAX_MESSAGE));
                }
                observed
            }
            Value::Bool(there) if !there => Self::absent(),
            _ => Self::of_word(None),
        }
    }

    /// Servers: there when one of them is, ready when all are.
    fn of_several(items: &[Value]) -> Self {
        let all: Vec<Self> = items.iter().map(Self::of).collect();
        let there = all.iter().any(|one| one.presence == Presence::Present);
        if !there {
            return Self::absent();
        }
        Self {
            presence: Presence::Present,
            ready: all.iter().all(|one| one.ready),
            stopped: all.iter().any(|one| one.stopped),
            version: None,
            message: all.into_iter().find_map(|one| one.message),
        }
    }

    fn of_word(word: Option<&str>) -> Self {
        let written = word.map(|word| word.trim().to_lowercase().replace(['_', ' '], "-"));
        let is_one_of = |words: &[&str]| written.as_deref().is_some_and(|w| words.contains(&w));
        if is_one_of(&ABSENT) {
            return Self::absent();
        }
        let ready = written.is_none() || is_one_of(&READY);
        Self {
            presence: Presence::Present,
            ready,
            stopped: is_one_of(&STOPPED),
            version: None,
            message: word
                .filter(|_| !ready)
                .map(|word| format!("its status is `{}`", kept_text(word, 100))),
        }
    }

    /// Reads what a component has answered, or why it has not.
    pub fn of_answer(component: &Component, answer: Result<&Value, &Failure>) -> Self {
        match answer {
            Ok(status) => Self::of(status),
            Err(failure) => Self::unknown(failure),
        }
        .without_secrets_of(component)
    }

    fn without_secrets_of(mut self, component: &Component) -> Self {
        let hide = |text: String| without_secrets_of(&component.config, &text);
        self.message = self.message.map(hide);
        self
    }

    fn absent() -> Self {
        Self {
            presence: Presence::Absent,
            ready: false,
            stopped: false,
            version: None,
            message: None,
        }
    }

    fn unknown(failure: &Failure) -> Self {
        Self {
            presence: Presence::Unknown,
            ready: false,
            stopped: false,
            version: None,
            message: Some(kept_text(&failure.message, MAX_MESSAGE)),
        }
    }
}

/// Asks a component how it is. What has no `status` is what it is said to be.
pub(super) fn observe(
    operator: &dyn Operator,
    component: &Component,
    is_recorded: bool,
    stop: &dyn Fn() -> bool,
) -> Observed {
    match operator.offers(component, Operation::Status) {
        Ok(true) => {
            let arguments = Arguments {
                config: Some(component.config.clone()),
                ..Arguments::default()
            };
            let answer = operator.call(component, Operation::Status, &arguments, stop);
            Observed::of_answer(component, answer.as_ref())
        }
        Ok(false) if is_recorded => Observed::of_word(None),
        Ok(false) => Observed::absent(),
        Err(failure) => Observed::unknown(&failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(status: &Value) -> (Presence, bool) {
        let observed = Observed::of(status);
        (observed.presence, observed.ready)
    }

    #[test]
    fn what_components_say_in_their_own_words_is_understood() {
        use Presence::{Absent, Present};
        let cases = [
            (json!(null), (Absent, false)),
            (json!({}), (Present, true)),
            (
                json!({"installed": false, "status": "running"}),
                (Absent, false),
            ),
            (json!({"exists": true, "ready": false}), (Present, false)),
            (json!({"status": "running"}), (Present, true)),
            (json!({"status": "Not Found"}), (Absent, false)),
            (json!({"state": "starting"}), (Present, false)),
            (
                json!({"status": "running", "healthy": false}),
                (Present, false),
            ),
            // The template of the source (TTP-36..42).
            (
                json!({"service": "app", "version": "1.0.0", "systemd_status": "active", "health": {"healthy": true}}),
                (Present, true),
            ),
            (
                json!({"version": "1.0.0", "systemd_status": "inactive", "health": {"healthy": false}}),
                (Present, false),
            ),
            (
                json!({"version": "unknown", "systemd_status": "inactive", "health": {"healthy": false}}),
                (Absent, false),
            ),
            // Servers.
            (json!([]), (Absent, false)),
            (
                json!([{"status": "running"}, {"status": "stopped"}]),
                (Present, false),
            ),
            (
                json!([{"status": "running"}, {"state": "ready"}]),
                (Present, true),
            ),
            (json!("healthy"), (Present, true)),
            (json!(false), (Absent, false)),
        ];
        for (status, expected) in cases {
            assert_eq!(told(&status), expected, "{status}");
        }
    }

    #[test]
    fn why_something_is_not_ready_is_told() {
        let observed = Observed::of(&json!({"health": {"healthy": false, "error": "no answer"}}));
        assert_eq!(observed.message.as_deref(), Some("no answer"));
        let observed = Observed::of(&json!({"status": "starting"}));
        assert_eq!(
            observed.message.as_deref(),
            Some("its status is `starting`")
        );
    }
}
