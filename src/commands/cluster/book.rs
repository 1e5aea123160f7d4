//! What is written down of work on a deployment.

use std::path::PathBuf;
use std::time::Duration;

use nu_protocol::LabeledError;
use provisioning::audit::{Entry, Log, Operation};
use provisioning::configuration::{Log as ErrorLog, LogLevel};
use provisioning::extension::ExtensionType;
use provisioning::lifecycle::{LifecycleError, Outcome};
use provisioning::logging::Event;
use provisioning::registry::KeptRegistry;

use super::outcome::{failure, summary};
use super::work::Job;
use crate::shell::Context;

/// The audit and the log of errors. What cannot be written keeps nobody from working.
pub(super) struct Book {
    registry: KeptRegistry,
    data_dir: PathBuf,
    audit: Log,
    log: ErrorLog,
}

impl Book {
    pub(super) fn open(context: &Context<'_>) -> Result<Self, LabeledError> {
        let settings = context.settings();
        Ok(Self {
            registry: context.plugin.registry(),
            data_dir: settings.data_dir()?.value,
            audit: context.log(&settings)?,
            log: settings.log()?.value,
        })
    }

    /// Writes down what has come of a job.
    pub(super) fn write(
        &self,
        job: &Job,
        result: &Result<Outcome, LifecycleError>,
        took: Duration,
    ) {
        let detail = format!("{}: {}", job.operation, summary(&job.name, result));
        let entry = Entry::new(Operation::Deploy)
            .named(Some(ExtensionType::Cluster), &job.name)
            .took(took)
            .detail(&detail);
        let entry = match failure(result) {
            None => entry,
            Some(code) => {
                self.log.write(&[Event {
                    level: LogLevel::Error,
                    code: code.as_str(),
                    message: &format!("cluster `{}` {detail}", job.name),
                }]);
                entry.failed(code)
            }
        };
        let audit = self.audit.clone();
        let _ = self.registry.with(&self.data_dir, |registry| {
            registry.audited_by(audit).record_soon(&[entry])
        });
    }
}
