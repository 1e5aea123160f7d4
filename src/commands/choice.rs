//! Choosing versions, for the commands that do.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nu_protocol::{LabeledError, ShellError, Span};
use provisioning::audit::Entry;
use provisioning::extension::Host;
use provisioning::nickel::{Evaluator, Interrupt};
use provisioning::resolver::{
    Catalog, Chosen, Lock, LockChange, LockError, Preference, Request, ResolveError, Source, Stop,
    resolve,
};

use crate::shell::{Context, Nickel, catalog, labeled};

/// Longest search for versions.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What versions are chosen from, and the platform they are for.
pub(super) struct Choice<'a> {
    context: &'a Context<'a>,
    nickel: Nickel,
    pub(super) catalog: Catalog,
    pub(super) host: Host,
}

impl<'a> Choice<'a> {
    /// Looks for every extension; those of these directories come first.
    pub(super) fn new(context: &'a Context<'a>, paths: &[PathBuf]) -> Result<Self, LabeledError> {
        let nickel = Nickel::new(context)?;
        let catalog = catalog(context, &nickel, paths)?;
        let host = context.host()?;
        Ok(Self {
            context,
            nickel,
            catalog,
            host,
        })
    }

    /// Returns the span of the command's name.
    pub(super) fn head(&self) -> Span {
        self.context.head()
    }

    /// Returns the flag that Ctrl-C raises.
    pub(super) fn interrupt(&self) -> &Interrupt {
        &self.nickel.evaluator().limits().interrupt
    }

    /// Returns the evaluator under the settings of the call.
    pub(super) fn evaluator(&self) -> &Evaluator {
        self.nickel.evaluator()
    }

    /// Returns what a search has to ask whether to stop.
    pub(super) fn stop(&self) -> impl Fn() -> Option<Stop> {
        let (interrupt, deadline) = (self.interrupt(), Instant::now() + TIMEOUT);
        move || {
            if interrupt.is_triggered() {
                Some(Stop::Interrupted)
            } else {
                (Instant::now() > deadline).then_some(Stop::TimedOut)
            }
        }
    }

    /// Chooses, or returns why not.
    pub(super) fn of(
        &self,
        requests: &[Request],
        preference: &Preference,
    ) -> Result<Vec<Chosen>, ResolveError> {
        self.of_source(requests, &self.catalog, preference)
    }

    /// Chooses from another source, or returns why not.
    pub(super) fn of_source(
        &self,
        requests: &[Request],
        source: &dyn Source,
        preference: &Preference,
    ) -> Result<Vec<Chosen>, ResolveError> {
        resolve(requests, source, &self.host, preference, &self.stop())
    }

    /// Chooses; why not becomes an error with a label on the text that asks.
    pub(super) fn of_asked(
        &self,
        requests: &[Request],
        preference: &Preference,
        span: Span,
    ) -> Result<Vec<Chosen>, LabeledError> {
        self.of(requests, preference)
            .map_err(|error| self.unresolved(&error, span))
    }

    /// Returns the error for why nothing was chosen.
    pub(super) fn unresolved(&self, error: &ResolveError, span: Span) -> LabeledError {
        match error {
            ResolveError::Interrupted => self.interrupted(),
            error => labeled(error, "cannot be resolved", span),
        }
    }

    /// Returns the lock of a choice.
    pub(super) fn lock(
        &self,
        chosen: &[Chosen],
        directory: &Path,
        span: Span,
    ) -> Result<Lock, LabeledError> {
        Lock::of(chosen, directory, self.interrupt()).map_err(|error| self.unlocked(&error, span))
    }

    /// Fails when the lock of a directory would have to change for a choice.
    pub(super) fn check_lock(
        &self,
        lock: &Lock,
        chosen: &[Chosen],
        directory: &Path,
        span: Span,
    ) -> Result<(), LabeledError> {
        let now = self.lock(chosen, directory, span)?;
        let mut changes = lock.changes_to(&now, chosen, &self.catalog);
        changes.retain(LockChange::is_change);
        if changes.is_empty() {
            return Ok(());
        }
        let error = LockError::stale(Lock::path(directory), changes);
        Err(self.unlocked(&error, span))
    }

    /// Returns what writes down what is done.
    pub(super) fn recorder(&self) -> Result<impl FnOnce(Entry), LabeledError> {
        let settings = self.context.settings();
        let directory = settings.data_dir()?.value;
        let log = self.context.log(&settings)?;
        let plugin = self.context.plugin;
        // It is done by then, and no error would undo it.
        Ok(move |entry: Entry| {
            let _ = plugin.with_registry(&directory, |registry| {
                registry.audited_by(log).record(&[entry])
            });
        })
    }

    /// Returns the error for what is wrong with a lock.
    pub(super) fn unlocked(&self, error: &LockError, span: Span) -> LabeledError {
        match error {
            LockError::Interrupted => self.interrupted(),
            error => labeled(error, "the lock of this", span),
        }
    }

    fn interrupted(&self) -> LabeledError {
        ShellError::Interrupted {
            span: self.context.head(),
        }
        .into()
    }
}
