//! What keeps components from being ordered.

use crate::diagnostic::Code;
use crate::metadata::ExtensionType;

use super::version::{ComponentVersion, QUOTE_IT};

/// One fault; `row` numbers are positions in the given list, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A dependency names no component.
    UnknownDependency {
        /// The component that has it.
        row: usize,
        /// Position among its dependencies.
        need: usize,
        /// Name of the component.
        component: String,
        /// The unknown name.
        dependency: String,
        /// A component with a similar name.
        suggestion: Option<String>,
    },
    /// Two or more components share a name.
    DuplicateName {
        /// All of them.
        rows: Vec<usize>,
        /// The name.
        component: String,
    },
    /// Components depend on each other in a circle.
    Cycle {
        /// The rows of the shortest circle, each depending on the next and the last on the first.
        rows: Vec<usize>,
        /// Their names.
        path: Vec<String>,
        /// Further rows that lie on a circle with these.
        others: Vec<usize>,
        /// Their names.
        other_names: Vec<String>,
    },
    /// An enabled component needs one that is not deployed.
    DisabledDependency {
        /// The enabled one.
        row: usize,
        /// Position among its dependencies.
        need: usize,
        /// Name of the enabled one.
        component: String,
        /// Name of the disabled one.
        dependency: String,
    },
    /// A component is of a version that another cannot use.
    VersionMismatch {
        /// The component that asks.
        row: usize,
        /// Position among its dependencies.
        need: usize,
        /// Name of the component that asks.
        component: String,
        /// Name of the component that is asked for.
        dependency: String,
        /// What is asked for.
        wanted: String,
        /// What is there.
        found: ComponentVersion,
    },
    /// The taskserv of a component, or one that it needs, is not there.
    MissingTaskserv {
        /// The component that it is about, or that led to it.
        row: usize,
        /// Name of the component that is deployed by it, or whose taskserv needs it.
        component: String,
        /// Name of the taskserv.
        taskserv: String,
        /// Name and version of the taskserv that needs it; none when it is that of the component itself.
        needed_by: Option<String>,
        /// Type of an extension that has the name.
        other_type: Option<ExtensionType>,
        /// A taskserv with a similar name.
        suggestion: Option<String>,
    },
    /// The taskserv of a component, or one that it needs, is there in other versions only.
    TaskservVersion {
        /// The component that it is about, or that led to it.
        row: usize,
        /// Name of the component that is deployed by it, or whose taskserv needs it.
        component: String,
        /// Name of the taskserv.
        taskserv: String,
        /// Name and version of the taskserv that needs it; none when it is that of the component itself.
        needed_by: Option<String>,
        /// What is asked for.
        wanted: String,
        /// The versions that are there.
        found: Vec<String>,
        /// Why what is asked for cannot be read.
        reason: Option<String>,
    },
    /// No version of the taskserv of a component that fits works with this platform.
    TaskservPlatform {
        /// The component.
        row: usize,
        /// Its name, which is that of the taskserv.
        component: String,
        /// The highest version that fits.
        version: String,
        /// What that needs of the platform, and what there is.
        reason: String,
    },
}

impl Fault {
    /// Returns the stable code.
    pub fn code(&self) -> Code {
        match self {
            Fault::UnknownDependency { .. } => Code::ClusterUnknownDependency,
            Fault::DuplicateName { .. } => Code::ClusterDuplicate,
            Fault::Cycle { .. } => Code::ClusterCycle,
            Fault::DisabledDependency { .. } => Code::ClusterDisabledDependency,
            Fault::VersionMismatch { .. } => Code::ClusterVersion,
            Fault::MissingTaskserv { .. } => Code::ClusterMissingTaskserv,
            Fault::TaskservVersion { .. } => Code::ClusterTaskservVersion,
            Fault::TaskservPlatform { .. } => Code::ResolvePlatform,
        }
    }

    /// Returns what is wrong, in one sentence.
    pub fn message(&self) -> String {
        match self {
            Fault::UnknownDependency {
                component,
                dependency,
                ..
            } => format!("`{component}` depends on `{dependency}`, which no component is called"),
            Fault::DuplicateName { rows, component } => {
                format!("{} components are called `{component}`", rows.len())
            }
            Fault::Cycle {
                path, other_names, ..
            } => {
                // The first words are those of the source's resolver (CTP-45).
                let mut message = format!(
                    "Circular dependency detected in cluster components: {} -> {}",
                    shortened(path, " -> "),
                    path.first().map(String::as_str).unwrap_or_default()
                );
                if !other_names.is_empty() {
                    message.push_str(&format!(
                        "; also in a circle with them: {}",
                        shortened(other_names, ", ")
                    ));
                }
                message
            }
            Fault::DisabledDependency {
                component,
                dependency,
                ..
            } => {
                format!("`{component}` is enabled and depends on `{dependency}`, which is disabled")
            }
            Fault::VersionMismatch {
                component,
                dependency,
                wanted,
                found,
                ..
            } => format!(
                "`{component}` needs `{dependency}` {wanted}, and {}",
                found.told()
            ),
            Fault::MissingTaskserv {
                taskserv,
                needed_by: None,
                other_type: Some(kind),
                ..
            } => format!(
                "`{taskserv}` is a taskserv, and what is registered or found of that name is a {kind}"
            ),
            Fault::MissingTaskserv {
                taskserv,
                needed_by: None,
                ..
            } => {
                format!("`{taskserv}` is a taskserv, and none of that name is registered or found")
            }
            Fault::MissingTaskserv {
                taskserv,
                needed_by: Some(by),
                ..
            } => format!(
                "the taskserv `{by}` needs `{taskserv}`, and no taskserv of that name is registered or found"
            ),
            Fault::TaskservVersion {
                taskserv,
                needed_by,
                wanted,
                found,
                ..
            } => match needed_by {
                None => format!(
                    "`{taskserv}` is to be {wanted}, and the taskserv is there as {}",
                    shortened_list(found)
                ),
                Some(by) => format!(
                    "the taskserv `{by}` needs `{taskserv}` {wanted}, and it is there as {}",
                    shortened_list(found)
                ),
            },
            Fault::TaskservPlatform {
                component,
                version,
                reason,
                ..
            } => format!(
                "the taskserv `{component}` {version} does not work with this platform: it {reason}"
            ),
        }
    }

    /// Returns the next thing to do.
    pub fn help(&self) -> String {
        match self {
            Fault::UnknownDependency {
                suggestion,
                dependency,
                ..
            } => match suggestion {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("add a component called `{dependency}`, or remove the dependency"),
            },
            Fault::DuplicateName { .. } => "give each component its own name".to_owned(),
            Fault::Cycle { .. } => "remove one of these dependencies".to_owned(),
            Fault::DisabledDependency { dependency, .. } => {
                format!("enable `{dependency}`, or look at all components with --all")
            }
            Fault::VersionMismatch {
                dependency, found, ..
            } => match found {
                ComponentVersion::Exact(_) | ComponentVersion::Open => {
                    format!("change the version of `{dependency}` or the constraint")
                }
                ComponentVersion::Missing | ComponentVersion::Unreadable(_) => format!(
                    "give `{dependency}` a version such as 1.2.0, or `latest`, or remove the constraint"
                ),
                ComponentVersion::Number(_) => QUOTE_IT.to_owned(),
            },
            Fault::MissingTaskserv {
                suggestion: Some(name),
                ..
            } => format!("did you mean `{name}`?"),
            Fault::MissingTaskserv {
                needed_by: None,
                other_type: Some(_),
                ..
            } => "register the taskserv with `extension register PATH`, or correct the type of the component".to_owned(),
            Fault::MissingTaskserv { .. } => {
                "register it with `extension register PATH`, or put it where `extension discover` finds it".to_owned()
            }
            Fault::TaskservVersion {
                reason: Some(reason),
                ..
            } => reason.clone(),
            Fault::TaskservVersion { .. } => {
                "register the version that is wanted, or change it".to_owned()
            }
            Fault::TaskservPlatform { component, .. } => {
                format!("register a version of `{component}` that works with it")
            }
        }
    }

    /// Returns the rows that are at fault, the most important first.
    pub fn rows(&self) -> Vec<usize> {
        match self {
            Fault::UnknownDependency { row, .. }
            | Fault::DisabledDependency { row, .. }
            | Fault::VersionMismatch { row, .. }
            | Fault::MissingTaskserv { row, .. }
            | Fault::TaskservVersion { row, .. }
            | Fault::TaskservPlatform { row, .. } => vec![*row],
            Fault::DuplicateName { rows, .. } => rows.clone(),
            Fault::Cycle { rows, others, .. } => rows.iter().chain(others).copied().collect(),
        }
    }

    /// Returns the names of the components at fault, in the order of [`Fault::rows`].
    pub fn components(&self) -> Vec<&str> {
        match self {
            Fault::UnknownDependency { component, .. }
            | Fault::DisabledDependency { component, .. }
            | Fault::VersionMismatch { component, .. }
            | Fault::MissingTaskserv { component, .. }
            | Fault::TaskservVersion { component, .. }
            | Fault::TaskservPlatform { component, .. }
            | Fault::DuplicateName { component, .. } => vec![component],
            Fault::Cycle {
                path, other_names, ..
            } => path.iter().chain(other_names).map(String::as_str).collect(),
        }
    }

    /// Returns the position among the dependencies of the first row, for faults of one dependency.
    pub fn need(&self) -> Option<usize> {
        match self {
            Fault::UnknownDependency { need, .. }
            | Fault::DisabledDependency { need, .. }
            | Fault::VersionMismatch { need, .. } => Some(*need),
            Fault::DuplicateName { .. }
            | Fault::Cycle { .. }
            | Fault::MissingTaskserv { .. }
            | Fault::TaskservVersion { .. }
            | Fault::TaskservPlatform { .. } => None,
        }
    }
}

/// Most names in one message.
const MAX_NAMES: usize = 10;

/// Joins names; of many, only the first and how many more there are.
fn shortened(names: &[String], separator: &str) -> String {
    match names.len().checked_sub(MAX_NAMES) {
        None | Some(0) => names.join(separator),
        Some(more) => format!(
            "{}{separator}({more} more)",
            names[..MAX_NAMES].join(separator)
        ),
    }
}

/// Joins versions as a sentence does; of many, the highest.
fn shortened_list(versions: &[String]) -> String {
    let skipped = versions.len().saturating_sub(MAX_NAMES);
    let shown = &versions[skipped..];
    match shown {
        [] => "no version at all".to_owned(),
        [one] => one.clone(),
        [most @ .., last] if skipped == 0 => format!("{} and {last}", most.join(", ")),
        [most @ .., last] => format!("{skipped} lower ones, {} and {last}", most.join(", ")),
    }
}
