//! Why there is no solution, in sentences.

use std::fmt;
use std::sync::Arc;

use semver::{Version, VersionReq};

use super::solve::Tool;
use super::source::{Candidate, SourceError};
use crate::diagnostic::{Code, Diagnostic, Explain};
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
        /// What is needed.
        name: String,
        /// The versions that will do.
        constraint: VersionReq,
        /// Where that is written, when it stands in metadata.
        node: Option<Node>,
        /// Where that is written, in words.
        origin: String,
    },
    /// These are the versions of an extension, and none of them fits.
    There {
        /// The extension.
        name: String,
        /// Its versions, the lowest first.
        versions: Vec<Version>,
    },
    /// There is no extension of that name.
    Missing {
        /// The name.
        name: String,
        /// A name that was meant, maybe.
        hint: Option<String>,
        /// Where was looked.
        places: Vec<String>,
    },
    /// An extension does not work with this platform.
    Platform {
        /// The extension, in all of these versions.
        by: Vec<Arc<Candidate>>,
        /// The part of the platform.
        tool: Tool,
        /// The versions that it works with.
        constraint: VersionReq,
        /// The version there is.
        version: Version,
    },
    /// A name has several meanings.
    Ambiguous {
        /// Which, in words.
        reason: String,
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
    pub of: Option<String>,
    /// The extension it is about.
    pub name: String,
    /// The constraint as it is.
    pub from: String,
    /// The constraint as it should be.
    pub to: String,
    /// Where it is written.
    pub place: String,
}

impl fmt::Display for Suggestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            from,
            to,
            place,
            ..
        } = self;
        write!(f, "change `{name}` from `{from}` to `{to}` in {place}")
    }
}

impl Conflict {
    fn code(&self) -> Code {
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
            Fact::Missing { hint, places, .. } => Some(hint.clone().unwrap_or_else(|| {
                let places = match places.as_slice() {
                    [] => String::new(),
                    places => format!("; looked in {}", places.join(", ")),
                };
                format!("register it with `extension register PATH`{places}")
            })),
            Fact::Ambiguous { is_asked: true, .. } => {
                Some("say which type is meant with --type".to_owned())
            }
            Fact::Ambiguous { .. } => {
                Some("say which type is meant: { name = \"...\", type = \"...\" }".to_owned())
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
        let facts: Vec<String> = self.facts.iter().map(ToString::to_string).collect();
        f.write_str(&facts.join("; "))
    }
}

/// `app` 1.0.0 and 1.1.0.
fn extension_text(all: &[Arc<Candidate>]) -> String {
    let name = all.first().map_or("", |one| one.extension.name.as_str());
    let versions: Vec<String> = all
        .iter()
        .map(|one| one.extension.version.to_string())
        .collect();
    format!("`{name}` {}", listed(&versions))
}

fn listed(items: &[String]) -> String {
    const MOST: usize = 6;
    match items {
        [] => String::new(),
        [one] => one.clone(),
        many if many.len() > MOST => {
            format!("{} and {} more", many[..MOST].join(", "), many.len() - MOST)
        }
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// What is needed: a name, and the versions unless all will do.
fn needed_text(name: &str, constraint: &VersionReq) -> String {
    if constraint.comparators.is_empty() {
        format!("`{name}`")
    } else {
        format!("`{name}` {constraint}")
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fact::Needs {
                by,
                name,
                constraint,
                ..
            } => {
                let needed = needed_text(name, constraint);
                match by.as_slice() {
                    [] => write!(f, "{needed} is asked for"),
                    [_] => write!(f, "{} needs {needed}", extension_text(by)),
                    _ => write!(f, "{} need {needed}", extension_text(by)),
                }
            }
            Fact::There { name, versions } => {
                let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
                match versions.len() {
                    1 => write!(f, "the only version of `{name}` is {}", listed(&versions)),
                    _ => write!(f, "the versions of `{name}` are {}", listed(&versions)),
                }
            }
            Fact::Missing { name, .. } => {
                write!(f, "there is no extension called `{name}`")
            }
            Fact::Platform {
                by,
                tool,
                constraint,
                version,
            } => write!(
                f,
                "{} {} {} {constraint}, and this is {version}",
                extension_text(by),
                if by.len() == 1 { "needs" } else { "need" },
                tool.as_str()
            ),
            Fact::Ambiguous { reason, .. } | Fact::Other(reason) => f.write_str(reason),
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

    pub(super) fn diagnostic(&self) -> Diagnostic {
        let code = match self {
            Fact::Missing { .. } => Code::ResolveMissing,
            Fact::Platform { .. } => Code::ResolvePlatform,
            Fact::Ambiguous { .. } => Code::ResolveAmbiguous,
            Fact::Needs { .. } | Fact::There { .. } | Fact::Other(_) => Code::ResolveConflict,
        };
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
            Fact::Needs { by, .. } if !by.is_empty() => finding.with_file(&by[0].extension.path),
            _ => finding,
        }
    }
}
