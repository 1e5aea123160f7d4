//! Changing single components of a deployment that is there.

use serde_json::Value;

use super::component::Target;
use super::engine::{Engine, Outcome, Result};
use super::plan::{Action, Plan, Planned};
use super::records::unknown_component;
use super::transition::Step;
use super::{Arguments, LifecycleError, Operation, Recorded};

/// What is changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Alteration {
    /// Nothing: they are ended and started again.
    Restart,
    /// One of their settings.
    Setting {
        /// Its name.
        name: String,
        /// Its value.
        value: Value,
    },
    /// Their version.
    Version(String),
}

impl Alteration {
    /// Returns the word for it in the journal.
    const fn operation(&self) -> &'static str {
        match self {
            Alteration::Restart => "restart",
            Alteration::Setting { .. } => "scale",
            Alteration::Version(_) => "upgrade",
        }
    }
}

impl Engine<'_> {
    /// Changes components of a deployment; none named means each that has the setting, or each there is. As
    /// [`Engine::create`] does, it waits for them, and takes back what was done when something fails; a restart stays what it is.
    ///
    /// # Errors
    /// There is no such deployment or component, somebody else works on it, or the journal fails.
    pub fn alter(&self, name: &str, components: &[String], what: &Alteration) -> Result<Outcome> {
        self.state(name)?;
        self.work(name, what.operation(), &|recorded| {
            self.altered(name, recorded, components, what)
        })
    }

    /// Returns what [`Engine::alter`] would do.
    ///
    /// # Errors
    /// As [`Engine::alter`].
    pub fn plan_alteration(
        &self,
        name: &str,
        components: &[String],
        what: &Alteration,
    ) -> Result<Plan> {
        self.state(name)?;
        let (_, plan) = self.altered(name, &self.recorded(name)?, components, what)?;
        Ok(plan)
    }

    fn altered(
        &self,
        name: &str,
        recorded: &[Recorded],
        components: &[String],
        what: &Alteration,
    ) -> Result<(Vec<Target>, Plan)> {
        let chosen = chosen(name, recorded, components, what)?;
        let targets: Vec<Target> = recorded
            .iter()
            .map(|one| match chosen.contains(&one.component.name.as_str()) {
                true => changed(one, what),
                false => Target::kept(one),
            })
            .collect();
        if *what == Alteration::Restart {
            let rows = recorded
                .iter()
                .filter(|one| chosen.contains(&one.component.name.as_str()));
            let plan = Plan {
                rows: rows.map(restart).collect(),
                problems: Vec::new(),
            };
            return Ok((targets, plan));
        }
        let mut plan = self.planned(recorded, &targets)?;
        plan.rows
            .retain(|row| chosen.contains(&row.component.as_str()));
        plan.problems
            .retain(|it| chosen.contains(&it.component.as_str()));
        Ok((targets, plan))
    }
}

/// Returns the names of the components that are meant.
fn chosen<'a>(
    name: &str,
    recorded: &'a [Recorded],
    components: &[String],
    what: &Alteration,
) -> Result<Vec<&'a str>> {
    let has_setting = |one: &&Recorded| match what {
        Alteration::Setting { name, .. } => one.component.config.get(name).is_some(),
        Alteration::Restart | Alteration::Version(_) => true,
    };
    if components.is_empty() {
        let all: Vec<&str> = recorded
            .iter()
            .filter(has_setting)
            .map(|one| one.component.name.as_str())
            .collect();
        return match (all.is_empty(), what) {
            (true, Alteration::Setting { name: setting, .. }) => Err(LifecycleError::NoSetting {
                name: name.to_owned(),
                setting: setting.clone(),
            }),
            _ => Ok(all),
        };
    }
    let find = |wanted: &String| {
        let mut all = recorded.iter().map(|one| one.component.name.as_str());
        all.find(|known| known == wanted)
            .ok_or_else(|| unknown_component(name, wanted, recorded))
    };
    components.iter().map(find).collect()
}

fn changed(one: &Recorded, what: &Alteration) -> Target {
    let mut component = one.component.clone();
    match what {
        Alteration::Restart => return Target::kept(one),
        Alteration::Version(version) => {
            let mut target = Target::kept(one);
            target.component.version = Some(version.clone());
            target.recorded.component.version = Some(version.clone());
            return target;
        }
        // An operation `configure` leaves what it is not told, so that secrets that are not kept need not be known.
        Alteration::Setting { name, value } => match component.config.as_object_mut() {
            Some(fields) => {
                fields.insert(name.clone(), value.clone());
            }
            None => component.config = serde_json::json!({ name: value }),
        },
    }
    let mut target = Target::of(&component);
    target.recorded.adopted = one.adopted;
    target.is_change = true;
    if !one.hidden.is_empty() {
        // Not the digest of any settings: some of them are not known here.
        target.recorded.hidden.clone_from(&one.hidden);
        target.recorded.digest = format!("changed {}", target.recorded.digest);
    }
    target
}

fn restart(one: &Recorded) -> Planned {
    let component = one.component.clone();
    Planned {
        component: component.name.clone(),
        kind: component.kind,
        version: component.version.clone(),
        wave: 0,
        action: Action::Update,
        reason: "it is to start again".to_owned(),
        steps: vec![Step {
            call: Some((component.clone(), Operation::Restart, Arguments::default())),
            after: Some(one.clone()),
        }],
        now: Some(one.clone()),
        awaited: Some(component),
        after: Vec::new(),
    }
}
