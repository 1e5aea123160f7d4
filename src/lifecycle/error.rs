//! What keeps a run from beginning.

use std::path::PathBuf;

use super::engine::Problem;
use super::holder::Holder;
use crate::diagnostic::{Code, Explain};
use crate::graph::Fault;
use crate::store::StoreError;

/// Nothing was done, or the journal has failed and nothing more is done.
#[derive(Debug, thiserror::Error)]
pub enum LifecycleError {
    /// The name of the deployment cannot be used.
    #[error(
        "`{}` cannot be the name of a deployment: {reason}",
        crate::diagnostic::safe_text(name)
    )]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The components have no order.
    #[error("{}", messages(faults))]
    Order {
        /// Every fault.
        faults: Vec<Fault>,
    },
    /// There is no such deployment.
    #[error("no deployment is called `{}`", crate::diagnostic::safe_text(name))]
    NotFound {
        /// The name.
        name: String,
        /// Similar names that there are.
        close: Vec<String>,
    },
    /// Somebody else works on it.
    #[error("another process works on `{name}`{}", holder.as_ref().map_or(String::new(), |holder| format!(": process {}, since {}", holder.pid, holder.since.format("%Y-%m-%d %H:%M:%S UTC"))))]
    Held {
        /// The name.
        name: String,
        /// Who it is, as far as they have said.
        holder: Option<Holder>,
    },
    /// There is no such component.
    #[error(
        "`{}` has no component `{}`",
        crate::diagnostic::safe_text(name),
        crate::diagnostic::safe_text(component)
    )]
    UnknownComponent {
        /// The deployment.
        name: String,
        /// The component.
        component: String,
        /// Similar names that there are.
        close: Vec<String>,
        /// All names.
        known: Vec<String>,
    },
    /// No component has that setting.
    #[error(
        "no component of `{}` has the setting `{}`",
        crate::diagnostic::safe_text(name),
        crate::diagnostic::safe_text(setting)
    )]
    NoSetting {
        /// The deployment.
        name: String,
        /// The setting.
        setting: String,
    },
    /// The last run has come to its end.
    #[error("nothing is unfinished in `{name}`")]
    Finished {
        /// The name.
        name: String,
    },
    /// What was given to go on with is not what the run was for.
    #[error("the unfinished run of `{name}` is for another definition: {} {}", components.join(", "), if components.len() == 1 { "differs" } else { "differ" })]
    OtherDefinition {
        /// The name.
        name: String,
        /// The components that are not the same.
        components: Vec<String>,
    },
    /// Something cannot be done, which is known before anything is.
    #[error("`{name}` cannot be brought there: {}", problems.iter().map(|problem| format!("`{}`: {}", problem.component, problem.message)).collect::<Vec<_>>().join("; "))]
    Refused {
        /// The name.
        name: String,
        /// Everything that cannot be done.
        problems: Vec<Problem>,
    },
    /// The lock of the deployment cannot be used.
    #[error("`{}` cannot be locked: {reason}", path.display())]
    Lock {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A row was written by somebody else, and wrongly.
    #[error("`{}` has a row that cannot be read, in `{table}`: {reason}", file.display())]
    BadRow {
        /// The database.
        file: PathBuf,
        /// The table.
        table: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn messages(faults: &[Fault]) -> String {
    let all: Vec<String> = faults.iter().map(Fault::message).collect();
    all.join("; ")
}

impl Explain for LifecycleError {
    fn code(&self) -> Code {
        match self {
            LifecycleError::Name { .. } => Code::DeploymentName,
            LifecycleError::Order { faults } => {
                faults.first().map_or(Code::ClusterInvalid, Fault::code)
            }
            LifecycleError::NotFound { .. } => Code::DeploymentNotFound,
            LifecycleError::Held { .. } => Code::DeploymentHeld,
            LifecycleError::UnknownComponent { .. } => Code::DeploymentUnknownComponent,
            LifecycleError::NoSetting { .. } => Code::DeploymentNoSetting,
            LifecycleError::Finished { .. } => Code::DeploymentFinished,
            LifecycleError::OtherDefinition { .. } => Code::DeploymentOtherDefinition,
            LifecycleError::Refused { .. } => Code::DeploymentRefused,
            LifecycleError::Lock { .. } => Code::DeploymentLock,
            LifecycleError::BadRow { .. } => Code::StoreCorrupt,
            LifecycleError::Store(error) => error.code(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            LifecycleError::NotFound { close, .. } => {
                let all = "see what there is: cluster status";
                Some(meant(close).unwrap_or_else(|| all.to_owned()))
            }
            LifecycleError::UnknownComponent { close, known, .. } => Some(
                meant(close).unwrap_or_else(|| format!("components: {}", known.join(", "))),
            ),
            LifecycleError::NoSetting { .. } => {
                Some("say which one it is: --setting workers, or set it in the definition and create again".to_owned())
            }
            LifecycleError::Finished { name } => {
                Some(format!("see what was done: cluster history {name}"))
            }
            LifecycleError::OtherDefinition { name, .. } => Some(format!(
                "give the definition of that run, or let a new run take its place: cluster create {name}"
            )),
            LifecycleError::Held { .. } => {
                Some("wait for it, or end that process: what it has done stays known".to_owned())
            }
            LifecycleError::Order { faults } => {
                let all: Vec<String> = faults.iter().map(Fault::help).collect();
                Some(all.join("; "))
            }
            LifecycleError::Refused { problems, .. } => {
                let mut all: Vec<&str> =
                    problems.iter().filter_map(|p| p.help.as_deref()).collect();
                all.dedup();
                (!all.is_empty()).then(|| all.join("; "))
            }
            LifecycleError::Store(error) => error.help(),
            _ => None,
        }
    }
}

fn meant(close: &[String]) -> Option<String> {
    let names: Vec<String> = close.iter().map(|name| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| format!("did you mean {}?", names.join(" or ")))
}
