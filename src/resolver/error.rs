//! Why there is no solution, in sentences.

use std::fmt;
use std::sync::Arc;

use semver::{Version, VersionReq};

use super::question::Tool;
use super::source::{Candidate, SourceError};
use crate::diagnostic::{Code, Diagnostic, Explain};
use crate::extension::ExtensionType;
use crate::metadata::Node;

/// Why nothing was resolved.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// No choice of versions satisfies every constraint.
    #[error("{0}")]
    Conflict(Box<Conflict>),
    /// The search was ended from outside.
    #[error("interrupted")]
    Interrupted,
    /// The search took too long.
    #[error("no choice of versions was found in time, and none was ruled out")]
    TimedOut,
    /// A place could not be looked into.
    #[error("extensions cannot be looked for: {0}")]
    Source(String),
}

impl From<SourceError> for ResolveError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Interrupted => ResolveError::Interrupted,
            SourceError::Failed(reason) => ResolveError::Source(reason),
        }
    }
}

impl Explain for ResolveError {
    fn code(&self) -> Code {
        match self {
            ResolveError::Conflict(conflict) => conflict.code(),
            ResolveError::Interrupted => Code::InputInvalid,
            ResolveError::TimedOut => Code::ResolveTimeout,
            ResolveError::Source(_) => Code::ResolveSource,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            ResolveError::Conflict(conflict) => conflict.help(),
            ResolveError::TimedOut => Some(
                "ask for exact versions of some of the extensions, so that there is less to choose"
                    .to_owned(),
            ),
            _ => None,
        }
    }

    fn is_one_finding(&self) -> bool {
        // What is found in files is only a part of the reasons.
        false
    }

    fn details(&self) -> &[Diagnostic] {
        match self {
            ResolveError::Conflict(conflict) => &conflict.diagnostics,
            _ => &[],
        }
    }
}

/// Constraints that cannot be satisfied together.
#[derive(Debug)]
pub struct Conflict {
    /// What they follow from, beginning with what was asked for.
    pub facts: Vec<Fact>,
    /// Edits after which there is a solution; each was tried.
    pub suggestions: Vec<Suggestion>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// One reason.
#[derive(Clone, Debug)]
pub enum Fact {
    /// An extension is needed in certain versions.
    Needs {
        /// Who needs it, in all of these versions; nobody for the caller.
        by: Vec<Arc<Candidate>>,
        /// Their type, when other extensions have the same name.
        by_kind: Option<ExtensionType>,
        /// What is needed.
        name: String,
        /// Its type, when other extensions have the same name.
        kind: Option<ExtensionType>,
        /// The versions that will do.
        constraint: VersionReq,
        /// Which it is of the dependencies of the first that needs it, or of what is asked for.
        at: usize,
        /// Where that is written, when it stands in metadata.
        node: Option<Node>,
        /// Where that is written, in words.
        origin: String,
    },
    /// These are the versions of an extension, and none of them fits.
    There {
        /// The extension.
        name: String,
        /// Its type, when other extensions have the same name.
        kind: Option<ExtensionType>,
        /// Its versions, the lowest first.
        versions: Vec<Version>,
        /// A pre-release that would do if it were named.
        pre_release: Option<Version>,
    },
    /// There is no extension of that name.
    Missing {
        /// The name.
        name: String,
        /// The type that was asked for, when there is something of another type.
        kind: Option<ExtensionType>,
        /// The types there are of that name.
        others: Vec<ExtensionType>,
        /// A name that was meant, maybe.
        hint: Option<String>,
        /// Where was looked.
        places: Vec<String>,
    },
    /// An extension does not work with this platform.
    Platform {
        /// The extension, in all of these versions.
        by: Vec<Arc<Candidate>>,
        /// Its type, when other extensions have the same name.
        by_kind: Option<ExtensionType>,
        /// The part of the platform.
        tool: Tool,
        /// The versions that it works with.
        constraint: VersionReq,
        /// The version there is.
        version: Version,
    },
    /// A name has several meanings.
    Ambiguous {
        /// The name.
        name: String,
        /// The types it could mean.
        kinds: Vec<ExtensionType>,
        /// Whether the caller gave it, and no metadata.
        is_asked: bool,
    },
    /// Something else, in words.
    Other(String),
}

/// An edit that helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Who declares the dependency; none for the caller.
    pub of: Option<(ExtensionType, String, Version)>,
    /// Which of its dependencies, or of what is asked for, counted from 0.
    pub at: usize,
    /// The extension it is about.
    pub name: String,
    /// Its type, when other extensions have the same name.
    pub kind: Option<ExtensionType>,
    /// The constraint as it is.
    pub from: String,
    /// What to write.
    pub to: Change,
    /// Where it is written.
    pub place: String,
}

/// What is written instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Another constraint.
    Constraint(VersionReq),
    /// Another type.
    Type(ExtensionType),
}

impl fmt::Display for Suggestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            of,
            name,
            kind,
            from,
            to,
            place,
            ..
        } = self;
        match to {
            Change::Constraint(to) => write!(
                f,
                "change {} from `{from}` to `{to}` in {place}",
                named(*kind, name)
            ),
            Change::Type(kind) if of.is_none() => {
                write!(f, "ask for the {kind} `{name}` with --type {kind}")
            }
            Change::Type(kind) => write!(
                f,
                "say that {} is meant, with type = \"{kind}\" in {place}",
                named(Some(*kind), name)
            ),
        }
    }
}

impl Conflict {
    pub(super) fn code(&self) -> Code {
        let of_fact = |fact: &Fact| match fact {
            Fact::Missing { .. } => Some(Code::ResolveMissing),
            Fact::Ambiguous { .. } => Some(Code::ResolveAmbiguous),
            Fact::Platform { .. } => Some(Code::ResolvePlatform),
            _ => None,
        };
        self.facts
            .iter()
            .find_map(of_fact)
            .unwrap_or(Code::ResolveConflict)
    }

    fn help(&self) -> Option<String> {
        if !self.suggestions.is_empty() {
            let all: Vec<String> = self.suggestions.iter().map(ToString::to_string).collect();
            return Some(all.join("\nor "));
        }
        self.facts.iter().find_map(|fact| match fact {
            Fact::Missing {
                kind: Some(kind), ..
            } => Some(format!(
                "register the {kind} with `extension register PATH`"
            )),
            Fact::Missing { hint, places, .. } => Some(hint.clone().unwrap_or_else(|| {
                let places = match places.as_slice() {
                    [] => String::new(),
                    places => format!("; looked in {}", places.join(", ")),
                };
                format!("register it with `extension register PATH`{places}")
            })),
            Fact::Ambiguous {
                is_asked: true,
                kinds,
                ..
            } => {
                let kinds: Vec<String> =
                    kinds.iter().map(|kind| format!("--type {kind}")).collect();
                Some(format!(
                    "say which type is meant, with {}",
                    kinds.join(" or ")
                ))
            }
            Fact::Ambiguous { name, kinds, .. } => {
                let kind = kinds.first().map_or("...", |kind| kind.as_str());
                Some(format!(
                    "say which type is meant, such as {{ name = \"{name}\", type = \"{kind}\" }}"
                ))
            }
            Fact::Platform { .. } => {
                Some("use another version of the extension, or of the platform".to_owned())
            }
            _ => None,
        })
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const EDGE: usize = 3;
        let texts = |facts: &[Fact]| -> Vec<String> { facts.iter().map(Fact::to_string).collect() };
        let more = self.facts.len().saturating_sub(2 * EDGE);
        // A long chain is told by its ends.
        let all = if more < 2 {
            texts(&self.facts)
        } else {
            let mut all = texts(&self.facts[..EDGE]);
            all.push(format!("\u{2026} and {more} more \u{2026}"));
            all.extend(texts(&self.facts[EDGE + more..]));
            all
        };
        f.write_str(&all.join("; "))
    }
}

/// `app`, or the taskserv `app`.
fn named(kind: Option<ExtensionType>, name: &str) -> String {
    match kind {
        Some(kind) => format!("the {kind} `{name}`"),
        None => format!("`{name}`"),
    }
}

/// `app` 1.0.0 and 1.1.0.
fn extension_text(kind: Option<ExtensionType>, all: &[Arc<Candidate>]) -> String {
    let name = all.first().map_or("", |one| one.extension.name.as_str());
    let versions: Vec<String> = all
        .iter()
        .map(|one| one.extension.version.to_string())
        .collect();
    let versions = match versions.as_slice() {
        many if many.len() > MOST_VERSIONS => format!(
            "{} and {} more",
            many[..MOST_VERSIONS].join(", "),
            many.len() - MOST_VERSIONS
        ),
        few => listed(few),
    };
    format!("{} {versions}", named(kind, name))
}

/// Most versions that are listed.
const MOST_VERSIONS: usize = 6;

fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

fn versions_text(name: &str, versions: &[Version], pre_release: Option<&Version>) -> String {
    let all: Vec<String> = versions.iter().map(ToString::to_string).collect();
    // Whoever wants another version mostly wants a newer one.
    let listed = listed(&all[all.len().saturating_sub(MOST_VERSIONS)..]);
    let told = match all.len() {
        1 => format!("the only version of {name} is {listed}"),
        count if count > MOST_VERSIONS => {
            format!("the highest of the {count} versions of {name} are {listed}")
        }
        _ => format!("the versions of {name} are {listed}"),
    };
    match pre_release {
        None => told,
        Some(pre_release) if versions.iter().all(|version| !version.pre.is_empty()) => {
            let only = match all.len() {
                1 => format!("the pre-release {listed}, which is"),
                count if count > MOST_VERSIONS => {
                    format!("pre-releases such as {listed}, which are")
                }
                _ => format!("the pre-releases {listed}, which are"),
            };
            format!("{name} has only {only} taken only when named (`>={pre_release}`)")
        }
        Some(pre_release) => {
            format!("{told}, and a pre-release is taken only when named (`>={pre_release}`)")
        }
    }
}

/// What is needed: a name, and the versions unless all will do.
fn needed_text(kind: Option<ExtensionType>, name: &str, constraint: &VersionReq) -> String {
    let name = named(kind, name);
    if constraint.comparators.is_empty() {
        name
    } else {
        format!("{name} {constraint}")
    }
}

/// Says that a name has several meanings.
pub(super) fn ambiguous_text(name: &str, kinds: &[ExtensionType]) -> String {
    let kinds: Vec<String> = kinds.iter().map(|kind| format!("a {kind}")).collect();
    format!("`{name}` is the name of {}", kinds.join(" and of "))
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fact::Needs {
                by,
                by_kind,
                name,
                kind,
                constraint,
                ..
            } => {
                let needed = needed_text(*kind, name, constraint);
                match by.as_slice() {
                    [] => write!(f, "{needed} is asked for"),
                    [_] => write!(f, "{} needs {needed}", extension_text(*by_kind, by)),
                    _ => write!(f, "{} need {needed}", extension_text(*by_kind, by)),
                }
            }
            Fact::There {
                name,
                kind,
                versions,
                pre_release,
            } => {
                let name = named(*kind, name);
                f.write_str(&versions_text(&name, versions, pre_release.as_ref()))
            }
            Fact::Missing {
                name,
                kind: Some(kind),
                others,
                ..
            } => {
                let others: Vec<String> = others.iter().map(|kind| format!("a {kind}")).collect();
                write!(
                    f,
                    "there is no {kind} called `{name}`, only {}",
                    listed(&others)
                )
            }
            Fact::Missing { name, .. } => {
                write!(f, "there is no extension called `{name}`")
            }
            Fact::Platform {
                by,
                by_kind,
                tool,
                constraint,
                version,
            } => write!(
                f,
                "{} {} {} {constraint}, and this is {version}",
                extension_text(*by_kind, by),
                if by.len() == 1 { "needs" } else { "need" },
                tool.as_str()
            ),
            Fact::Ambiguous { name, kinds, .. } => f.write_str(&ambiguous_text(name, kinds)),
            Fact::Other(reason) => f.write_str(reason),
        }
    }
}

impl Fact {
    /// Returns the sentence with where it is written, as far as that is known.
    pub fn with_place(&self) -> String {
        match self {
            Fact::Needs { by, origin, .. } if !by.is_empty() => format!("{self} ({origin})"),
            Fact::Platform { by, tool, .. } => match by.first() {
                Some(first) => match first.compatibility_places.get(tool) {
                    Some(node) => format!("{self} ({})", node.origin()),
                    None => format!("{self} ({})", first.extension.path.display()),
                },
                None => self.to_string(),
            },
            _ => self.to_string(),
        }
    }

    /// Whether it is written in a file.
    pub(super) fn has_place(&self) -> bool {
        match self {
            Fact::Needs { by, .. } | Fact::Platform { by, .. } => !by.is_empty(),
            _ => false,
        }
    }

    /// Returns it with its place, as a part of an error with that code.
    pub(super) fn diagnostic(&self, code: Code) -> Diagnostic {
        let finding = Diagnostic::error(code, self.to_string());
        match self {
            Fact::Needs {
                node: Some(node), ..
            } => finding.with_label(&node.source, node.span, "needed here"),
            Fact::Platform { by, tool, .. } => match by.first() {
                Some(first) => match first.compatibility_places.get(tool) {
                    Some(node) => finding.with_label(&node.source, node.span, "needed here"),
                    None => finding.with_file(&first.extension.path),
                },
                None => finding,
            },
            Fact::Needs { by, origin, .. } if !by.is_empty() => finding.with_file(origin),
            _ => finding,
        }
    }
}
