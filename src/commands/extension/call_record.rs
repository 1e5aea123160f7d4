//! What is written down of a call.

use std::path::PathBuf;
use std::time::Instant;

use nu_protocol::LabeledError;
use provisioning::audit::{Entry, Log, Operation};
use provisioning::calling::CallError;
use provisioning::configuration::{Log as ErrorLog, LogLevel};
use provisioning::diagnostic::{Code, Explain as _};
use provisioning::logging::Event;
use provisioning::manager::Extension;
use provisioning::registry::KeptRegistry;
use semver::Version;

use crate::shell::Context;

/// A call that is written down when it ends, whichever way.
pub(super) struct Record {
    registry: KeptRegistry,
    data_dir: PathBuf,
    audit: Log,
    log: ErrorLog,
    entry: Option<Entry>,
    what: String,
    operation: String,
    since: Instant,
}

impl Record {
    pub(super) fn begin(
        context: &Context<'_>,
        extension: &Extension,
        operation: &str,
    ) -> Result<Self, LabeledError> {
        let settings = context.settings();
        let metadata = &extension.metadata;
        let entry = Entry::new(Operation::Call);
        let entry = match Version::parse(&metadata.version) {
            Ok(version) => entry.of(extension.kind(), &metadata.name, &version),
            Err(_) => entry.named(Some(extension.kind()), &metadata.name),
        };
        Ok(Self {
            registry: context.plugin.registry(),
            data_dir: settings.data_dir()?.value,
            audit: context.log(&settings)?,
            log: settings.log()?.value,
            entry: Some(entry.digest(&extension.fingerprint)),
            what: format!("{} `{}`", extension.kind(), metadata.name),
            operation: operation.to_owned(),
            since: Instant::now(),
        })
    }

    /// Writes down how it has ended.
    pub(super) fn end(&mut self, error: Option<&CallError>) {
        match error {
            None => self.write(None, self.operation.clone()),
            Some(error) => {
                // Which values were wrong is nobody's business but the user's.
                let detail = format!("{}: {error}", self.operation);
                self.log.write(&[Event {
                    level: LogLevel::Error,
                    code: error.code().as_str(),
                    message: &format!("call {} {detail}", self.what),
                }]);
                self.write(Some(error.code()), detail);
            }
        }
    }

    fn write(&mut self, failure: Option<Code>, detail: String) {
        let Some(entry) = self.entry.take() else {
            return;
        };
        let mut entry = entry.took(self.since.elapsed()).detail(&detail);
        if let Some(code) = failure {
            entry = entry.failed(code);
        }
        let audit = self.audit.clone();
        // What cannot be written keeps nobody from working.
        let _ = self.registry.with(&self.data_dir, |registry| {
            registry.audited_by(audit).record_soon(&[entry])
        });
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        // Nobody wanted more of it, or Ctrl-C has ended it.
        let detail = format!("{}: it was interrupted", self.operation);
        self.write(Some(Code::CallInterrupted), detail);
    }
}
