//! What the manager writes down (SEC-09, ERR-05): every extension that was read, and every failure, with all that was found.
//! Failures go to the log as well, for people.
//! What comes from memory is counted, and the count written down when the extension leaves the memory, or with the next
//! record.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::error::LoadError;
use super::memory::{Loaded, lock};
use super::types::Key;
use super::{ExtensionManager, Wanted};
use crate::audit::{Entry, Operation};
use crate::configuration::LogLevel;
use crate::diagnostic::{Diagnostic, Explain as _};
use crate::logging::Event;

/// Most findings that are written down of a failure.
const MAX_FINDINGS: usize = 8;
/// Most records that wait for a registry that cannot be written.
const MAX_PENDING: usize = 1000;

impl ExtensionManager {
    /// Writes records, and how often extensions came from memory since the last time. A record that cannot be written keeps
    /// nobody from loading; [`ExtensionManager::audit_problem`] tells.
    pub(super) fn audit(&self, entries: Vec<(PathBuf, Entry)>) {
        let Some(log) = self.config.audit.clone() else {
            return;
        };
        let mut pending = std::mem::take(&mut *lock(&self.shared.pending));
        pending.extend(self.counts(self.shared.memory.all()));
        pending.extend(entries);
        let mut problem = None;
        let mut unwritten = Vec::new();
        while let Some((registry, _)) = pending.first().cloned() {
            let (these, others): (Vec<_>, Vec<_>) =
                pending.into_iter().partition(|(one, _)| *one == registry);
            pending = others;
            let entries: Vec<Entry> = these.iter().map(|(_, entry)| entry.clone()).collect();
            let written = self.shared.registry.with(&registry, |registry| {
                registry.audited_by(log.clone()).record_soon(&entries)
            });
            if let Err(error) = written {
                problem = Some(error.to_string());
                unwritten.extend(these);
            }
        }
        // The next time, if they are not too many by then.
        unwritten.truncate(MAX_PENDING);
        lock(&self.shared.pending).splice(0..0, unwritten);
        *lock(&self.shared.audit_problem) = problem;
    }

    /// Writes a record about what was done with the registry of the configuration.
    pub(super) fn audit_here(&self, entry: Entry) {
        self.audit(vec![(self.config.data_dir.clone(), entry)]);
    }

    /// Writes down what was only counted so far, as at the end of a program.
    pub fn write_counts(&self) {
        self.audit(Vec::new());
    }

    /// Returns what kept the audit from being written the last time, if anything did.
    pub fn audit_problem(&self) -> Option<String> {
        lock(&self.shared.audit_problem).clone()
    }

    /// Returns how often these came from memory since that was written down last.
    pub(super) fn counts(
        &self,
        all: impl IntoIterator<Item = (Key, Arc<Loaded>)>,
    ) -> Vec<(PathBuf, Entry)> {
        let counted = |(key, loaded): (Key, Arc<Loaded>)| {
            let count = loaded.hits.swap(0, Ordering::Relaxed);
            (count > 0).then(|| {
                let (registry, entry) = about(Operation::Load, &key, &loaded);
                (registry, entry.count(count).detail("from memory"))
            })
        };
        all.into_iter().filter_map(counted).collect()
    }

    /// Writes down that an extension was read.
    pub(super) fn audit_read(
        &self,
        operation: Operation,
        key: &Key,
        loaded: &Loaded,
        took: Duration,
    ) {
        let (registry, entry) = about(operation, key, loaded);
        self.audit(vec![(registry, entry.took(took))]);
    }

    /// Writes down that extensions were given up.
    pub(super) fn audit_gone(&self, operation: Operation, gone: &[(Key, Arc<Loaded>)]) {
        if gone.is_empty() {
            return;
        }
        let mut entries = self.counts(gone.iter().cloned());
        entries.extend(
            gone.iter()
                .map(|(key, loaded)| about(operation, key, loaded)),
        );
        self.audit(entries);
    }

    /// Writes down that something could not be loaded, and all that was found.
    pub(super) fn audit_failure(
        &self,
        operation: Operation,
        wanted: &Wanted,
        error: &LoadError,
        took: Duration,
    ) {
        if matches!(error, LoadError::Interrupted) {
            return;
        }
        let detail = in_full(error);
        self.config.log.write(&[Event {
            level: LogLevel::Error,
            code: error.code().as_str(),
            message: &format!("{} {wanted}: {detail}", operation.as_str()),
        }]);
        self.audit_here(
            Entry::new(operation)
                .named(wanted.kind, &wanted.name)
                .versioned(&wanted.version.to_string())
                .failed(error.code())
                .took(took)
                .detail(&detail),
        );
    }
}

/// Returns a record about an extension, and the registry in whose audit it belongs.
fn about(operation: Operation, key: &Key, loaded: &Loaded) -> (PathBuf, Entry) {
    let entry = Entry::new(operation)
        .of(key.kind, &key.name, &key.version)
        .digest(&loaded.extension.fingerprint);
    (loaded.data_dir.clone(), entry)
}

/// Returns an error with its findings in one text.
fn in_full(error: &LoadError) -> String {
    let finding = |finding: &Diagnostic| {
        let place = match (finding.file(), finding.location()) {
            (Some(file), Some(at)) => format!(" ({file}:{}:{})", at.line, at.column),
            (Some(file), None) => format!(" ({file})"),
            _ => String::new(),
        };
        format!("{} {}{place}", finding.code.as_str(), finding.message)
    };
    let details = error.details();
    let mut parts = vec![error.to_string()];
    parts.extend(details.iter().take(MAX_FINDINGS).map(finding));
    if let Some(more) = details
        .len()
        .checked_sub(MAX_FINDINGS)
        .filter(|more| *more > 0)
    {
        parts.push(format!("and {more} more"));
    }
    parts.join("; ")
}
