//! A directory that holds one extension, or a bundle of them.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use semver::Version;

use crate::diagnostic::{Code, Diagnostic, Explain, is_unsafe_char, safe_text};
use crate::metadata::{self, Dependency, ExtensionType, Metadata, Node, Reading};

use super::Layout;

/// One extension: what it is and where it is.
#[derive(Clone, Debug)]
pub struct Extension {
    /// Its type.
    pub kind: ExtensionType,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// Its directory, canonical and absolute.
    pub path: PathBuf,
    /// The bundle it comes in, when it comes in one (GAP-17).
    pub package: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What it needs, as far as its metadata says.
    pub dependencies: Vec<Dependency>,
}

/// What there is at a path.
#[derive(Debug)]
pub struct Directory {
    /// The path, canonical and absolute.
    pub path: PathBuf,
    /// Where its parts are.
    pub layout: Layout,
    /// Its metadata and what is wrong with them.
    pub reading: Reading,
    /// The extensions in it: one, or those of the bundle; none when they cannot be told.
    pub extensions: Vec<Extension>,
    /// Why they cannot be told.
    pub identity_findings: Vec<Diagnostic>,
    /// What [`dependencies`](super::dependencies) gave: several rules ask, and an evaluation may take long.
    pub(super) needs: OnceLock<(Vec<Dependency>, Vec<Diagnostic>)>,
}

/// What a directory holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One extension.
    Single(ExtensionType),
    /// Several extensions in one package.
    Bundle,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Single(kind) => kind.fmt(f),
            Kind::Bundle => f.write_str("bundle"),
        }
    }
}

/// A path that is not a directory one can look into.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// There is nothing.
    #[error("`{}` does not exist", .0.display())]
    NotFound(PathBuf),
    /// It is a file, say.
    #[error("`{}` is not a directory", .0.display())]
    NotADirectory(PathBuf),
    /// It cannot be looked at.
    #[error("cannot read `{}`: {reason}", path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// The path is not text, or holds characters that change what a terminal shows.
    #[error("the path `{}` holds characters that cannot be shown", .0.display())]
    NotPrintable(PathBuf),
}

impl Explain for DirectoryError {
    fn code(&self) -> Code {
        match self {
            DirectoryError::NotADirectory(_) => Code::StructureNotDirectory,
            _ => Code::InputPath,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            DirectoryError::NotADirectory(path) => path
                .parent()
                .filter(|_| {
                    path.file_name()
                        .is_some_and(|name| metadata::FILE_NAMES.iter().any(|known| name == *known))
                })
                .map(|parent| format!("give the extension's directory: {}", parent.display())),
            DirectoryError::NotFound(_) => {
                Some("look for extensions with: extension discover".to_owned())
            }
            _ => None,
        }
    }
}

impl Directory {
    /// Looks at a directory; `declared` is the type the caller takes it for.
    ///
    /// # Errors
    /// The path is not a directory. Everything else that is wrong is kept as findings.
    pub fn open(path: &Path, declared: Option<ExtensionType>) -> Result<Self, DirectoryError> {
        let canonical = Self::check(path)?;
        let reading = metadata::read(&canonical);
        let mut identity_findings = Vec::new();
        let extensions = reading
            .metadata
            .as_ref()
            .map(|metadata| identify(metadata, &canonical, declared, &mut identity_findings))
            .unwrap_or_default();
        Ok(Self {
            layout: Layout::of(&canonical),
            path: canonical,
            reading,
            extensions,
            identity_findings,
            needs: OnceLock::new(),
        })
    }

    /// Returns the canonical path of a directory.
    ///
    /// # Errors
    /// It is not a directory that can be looked at.
    pub fn check(path: &Path) -> Result<PathBuf, DirectoryError> {
        let canonical = dunce::canonicalize(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => DirectoryError::NotFound(path.to_owned()),
            _ => DirectoryError::Unreadable {
                path: path.to_owned(),
                reason: error.to_string(),
            },
        })?;
        if !canonical.is_dir() {
            return Err(DirectoryError::NotADirectory(path.to_owned()));
        }
        let printable = canonical
            .to_str()
            .is_some_and(|text| !text.chars().any(is_unsafe_char));
        if !printable {
            return Err(DirectoryError::NotPrintable(canonical));
        }
        Ok(canonical)
    }

    /// Returns everything wrong with the metadata and the identity.
    pub fn findings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.reading.findings.iter().chain(&self.identity_findings)
    }

    /// Whether the extension can be registered and used.
    pub fn is_usable(&self) -> bool {
        !self.extensions.is_empty() && !self.findings().any(Diagnostic::is_error)
    }

    /// Whether this is a bundle.
    pub fn is_bundle(&self) -> bool {
        self.kind() == Some(Kind::Bundle)
    }

    /// Returns what the directory holds, if that can be told.
    pub fn kind(&self) -> Option<Kind> {
        let first = self.extensions.first()?;
        Some(match first.package {
            Some(_) => Kind::Bundle,
            None => Kind::Single(first.kind),
        })
    }
}

/// Tells which extensions the metadata describe.
///
/// The type is, in this order: `extension.type`, `[provides]`, what the caller says, the parent folder (GAP-01).
fn identify(
    metadata: &Metadata,
    path: &Path,
    declared: Option<ExtensionType>,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Extension> {
    let extension = |kind, name: &str, package: Option<&str>| Extension {
        kind,
        name: name.to_owned(),
        version: metadata.version.clone(),
        path: path.to_owned(),
        package: package.map(str::to_owned),
        description: metadata.description.clone(),
        dependencies: metadata.dependencies.clone(),
    };
    let document = &metadata.document;
    if let Some(kind) = metadata.kind {
        if let (Some(declared), Some(node)) = (declared, document.at("extension.type"))
            && declared != kind
        {
            findings.push(disagreement(declared, &kind.to_string(), node));
            return Vec::new();
        }
        return vec![extension(kind, &metadata.name, None)];
    }
    if !metadata.provides.is_empty() {
        let wanted: Vec<Extension> = metadata
            .provides
            .iter()
            .filter(|provided| declared.is_none_or(|kind| kind == provided.kind))
            .map(|provided| extension(provided.kind, &provided.name, Some(&metadata.name)))
            .collect();
        if let (true, Some(declared), Some(node)) =
            (wanted.is_empty(), declared, document.get("provides"))
        {
            let kinds: Vec<&str> = metadata
                .provides
                .iter()
                .map(|provided| provided.kind.as_str())
                .collect();
            findings.push(disagreement(declared, &kinds.join(", "), node));
        }
        return wanted;
    }
    let folder = path
        .parent()
        .and_then(Path::file_name)
        .and_then(|name| name.to_str())
        .and_then(ExtensionType::from_folder);
    match declared.or(folder) {
        Some(kind) => vec![extension(kind, &metadata.name, None)],
        None => {
            let mut finding = Diagnostic::error(
                Code::UnknownType,
                format!("the type of `{}` cannot be told", safe_text(&metadata.name)),
            )
            .with_help(format!(
                "add type = \"taskserv\" to [extension], or give --type; one of: {}",
                ExtensionType::WORDS.join(", ")
            ));
            if let Some(table) = document.get("extension") {
                finding = finding.with_label(&table.source, table.span, "this table has no `type`");
            }
            findings.push(finding);
            Vec::new()
        }
    }
}

fn disagreement(declared: ExtensionType, found: &str, node: &Node) -> Diagnostic {
    Diagnostic::error(
        Code::Conflict,
        format!("the extension was taken for a {declared}, and its metadata say {found}"),
    )
    .with_label(&node.source, node.span, format!("{found} here"))
    .with_help("leave the type away, or correct one of the two")
}
