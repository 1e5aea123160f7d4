//! The operations that lead from what is there to what is to be.

use super::component::Target;
use super::observe::{Observed, Presence};
use super::{Arguments, Component, Failure, Operation, Operator, Recorded};

/// One operation, and what is recorded of the component when it has come to its end.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// The component that it is called of; none where nothing is called, and only the record changes.
    pub(super) call: Option<(Component, Operation, Arguments)>,
    pub(super) after: Option<Recorded>,
}

impl Step {
    fn note(after: Option<Recorded>) -> Self {
        Self { call: None, after }
    }

    /// Returns the name of what it calls.
    pub(super) fn name(&self) -> &'static str {
        match &self.call {
            Some((component, operation, _)) => operation.name(component.kind),
            None => "record",
        }
    }
}

/// Why there is no way.
#[derive(Debug)]
pub(super) enum NoWay {
    /// Settings that it takes are not kept, because they are secret.
    Secrets(Vec<String>),
    /// It has no such operation.
    Missing(Operation),
    /// Nothing is known of it.
    Unknown(Failure),
}

/// What removing is told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Removing {
    pub(super) force: bool,
    pub(super) keep_data: bool,
}

/// What steps are made from.
pub(super) struct Way<'a> {
    pub(super) operator: &'a dyn Operator,
    pub(super) removing: Removing,
}

impl Way<'_> {
    /// Returns the steps from what is recorded and observed of a component to a target; none removes it.
    pub(super) fn find(
        &self,
        now: Option<&Recorded>,
        observed: &Observed,
        target: Option<&Target>,
    ) -> Result<Vec<Step>, NoWay> {
        let is_absent = observed.presence == Presence::Absent;
        let (now, target) = match (now, target) {
            (None, None) => return Ok(Vec::new()),
            (Some(_), None) if is_absent => return Ok(vec![Step::note(None)]),
            (Some(now), None) => return Ok(vec![self.uninstall(now)?]),
            (None, Some(target)) => {
                let adopted = observed.presence == Presence::Present;
                return Ok(vec![self.install(target, adopted)?]);
            }
            (Some(now), Some(target)) => (now, target),
        };
        if now.component.kind != target.component.kind {
            let mut steps = Vec::new();
            if is_absent {
                steps.push(Step::note(None));
            } else {
                steps.push(self.uninstall(now)?);
            }
            steps.push(self.install(target, false)?);
            return Ok(steps);
        }
        // A provider leaves a server that it has as it is: what was made with other settings has to go first.
        let is_other_server =
            target.component.kind.is_of_provider() && now.digest != target.recorded.digest;
        if !is_absent && !now.certain && is_other_server {
            return Ok(vec![self.uninstall(now)?, self.install(target, false)?]);
        }
        if is_absent || !now.certain {
            return Ok(vec![self.install(target, now.adopted)?]);
        }
        self.update(now, observed, target)
    }

    fn update(
        &self,
        now: &Recorded,
        observed: &Observed,
        target: &Target,
    ) -> Result<Vec<Step>, NoWay> {
        let wanted = &target.component;
        let last = Recorded {
            adopted: now.adopted,
            ..target.recorded.clone()
        };
        let other_version = has_other_version(now, observed, wanted);
        let other_config = now.digest != target.recorded.digest;
        // A provider has no operation that changes a server.
        if other_config && wanted.kind.is_of_provider() {
            return Ok(vec![self.uninstall(now)?, self.install(target, false)?]);
        }
        if !other_version && !other_config {
            if observed.stopped && self.offers(wanted, Operation::Restart)? {
                let call = (wanted.clone(), Operation::Restart, Arguments::default());
                return Ok(vec![Step {
                    call: Some(call),
                    after: Some(last),
                }]);
            }
            let same = now.component.dependencies == wanted.dependencies
                && now.component.version == wanted.version;
            return Ok(if same {
                Vec::new()
            } else {
                vec![Step::note(Some(last))]
            });
        }
        let mut steps = Vec::new();
        if other_version {
            if wanted.version.is_none() || !self.offers(wanted, Operation::Upgrade)? {
                return Ok(vec![self.install(target, now.adopted)?]);
            }
            let mut upgraded = now.clone();
            upgraded.component.version.clone_from(&wanted.version);
            steps.push(Step {
                call: Some((
                    wanted.clone(),
                    Operation::Upgrade,
                    Arguments {
                        version: wanted.version.clone(),
                        ..Arguments::default()
                    },
                )),
                after: Some(upgraded),
            });
        }
        if !other_config {
            if let Some(step) = steps.last_mut() {
                step.after = Some(last);
            }
        } else if self.offers(wanted, Operation::Configure)? {
            if !target.is_change {
                require_settings(target)?;
            }
            steps.push(Step {
                call: Some((
                    wanted.clone(),
                    Operation::Configure,
                    Arguments {
                        config: Some(wanted.config.clone()),
                        ..Arguments::default()
                    },
                )),
                after: Some(last),
            });
        } else {
            steps.push(self.install(target, now.adopted)?);
        }
        Ok(steps)
    }

    fn install(&self, target: &Target, adopted: bool) -> Result<Step, NoWay> {
        require_settings(target)?;
        let component = &target.component;
        if !self.offers(component, Operation::Install)? {
            return Err(NoWay::Missing(Operation::Install));
        }
        let arguments = Arguments {
            config: Some(component.config.clone()),
            version: component.version.clone(),
            ..Arguments::default()
        };
        Ok(Step {
            call: Some((component.clone(), Operation::Install, arguments)),
            after: Some(Recorded {
                adopted,
                ..target.recorded.clone()
            }),
        })
    }

    fn uninstall(&self, now: &Recorded) -> Result<Step, NoWay> {
        let component = &now.component;
        if !self.offers(component, Operation::Uninstall)? {
            return Err(NoWay::Missing(Operation::Uninstall));
        }
        let arguments = Arguments {
            config: Some(component.config.clone()),
            version: None,
            force: self.removing.force,
            keep_data: self.removing.keep_data,
            check: false,
        };
        Ok(Step {
            call: Some((component.clone(), Operation::Uninstall, arguments)),
            after: None,
        })
    }

    fn offers(&self, component: &Component, operation: Operation) -> Result<bool, NoWay> {
        self.operator
            .offers(component, operation)
            .map_err(NoWay::Unknown)
    }
}

/// Whether a component has another version than is wanted, by what is recorded or by what it says itself.
pub(super) fn has_other_version(now: &Recorded, observed: &Observed, wanted: &Component) -> bool {
    let Some(version) = &wanted.version else {
        return false;
    };
    let told = observed.version.as_deref();
    // `latest` is not what a component calls itself, and what is no version of ours cannot be compared.
    let read = |text: &str| semver::Version::parse(text.trim_start_matches('v')).ok();
    let differs = match (read(version), told.and_then(read)) {
        (Some(wanted), Some(told)) => wanted != told,
        _ => false,
    };
    differs || now.component.version.as_deref() != Some(version)
}

fn require_settings(target: &Target) -> Result<(), NoWay> {
    if target.is_complete() {
        Ok(())
    } else {
        Err(NoWay::Secrets(target.recorded.hidden.clone()))
    }
}

impl NoWay {
    /// Says it in words, with what to do.
    pub(super) fn words(&self, component: &Component) -> (String, Option<String>) {
        match self {
            NoWay::Secrets(paths) => (
                format!(
                    "secret settings are not kept, and it takes {}",
                    paths
                        .iter()
                        .map(|path| format!("`{path}`"))
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
                Some(
                    "give the definition with them: cluster create, or cluster resume NAME FILE"
                        .to_owned(),
                ),
            ),
            NoWay::Missing(operation) => (
                format!("it has no operation `{}`", operation.name(component.kind)),
                None,
            ),
            NoWay::Unknown(failure) => (failure.message.clone(), failure.help.clone()),
        }
    }
}
