//! Reading the metadata of an extension: finding the files, merging them, checking them.

use std::path::Path;

use semver::Version;

use crate::diagnostic::{Code, Diagnostic};

use super::document::{self, Entry, Node, NodeValue};
use super::model::{Metadata, repeated_provides};
use super::version::read_version;
use super::{ExtensionType, check, file};

/// The metadata formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MetadataFile {
    /// `metadata.toml`: canonical.
    Metadata,
    /// `manifest.toml`: tables that `metadata.toml` lacks.
    Manifest,
    /// `extension.toml`: the guide's format.
    Extension,
}

impl MetadataFile {
    /// Every format, the authority first.
    pub const ALL: [MetadataFile; 3] = [
        MetadataFile::Metadata,
        MetadataFile::Manifest,
        MetadataFile::Extension,
    ];

    /// Returns the file's name.
    pub const fn file_name(self) -> &'static str {
        match self {
            MetadataFile::Metadata => "metadata.toml",
            MetadataFile::Manifest => "manifest.toml",
            MetadataFile::Extension => "extension.toml",
        }
    }
}

/// The names of the metadata files, the authority first.
pub const FILE_NAMES: [&str; 3] = [
    MetadataFile::Metadata.file_name(),
    MetadataFile::Manifest.file_name(),
    MetadataFile::Extension.file_name(),
];

/// What reading gave: the model if there is enough for one, and everything that was found on the way.
#[derive(Debug)]
pub struct Reading {
    /// The model; absent when the name or the version is missing or unusable.
    pub metadata: Option<Metadata>,
    /// The files that were there, the authority first.
    pub files: Vec<MetadataFile>,
    /// `extension.name` as written, for reports on metadata that is not complete.
    pub name: Option<String>,
    /// The version as far as it can be read.
    pub version: Option<Version>,
    /// Errors and warnings, in the order of the files.
    pub findings: Vec<Diagnostic>,
}

impl Reading {
    /// Whether nothing is wrong enough to refuse the extension.
    pub fn is_usable(&self) -> bool {
        self.metadata.is_some() && !self.findings.iter().any(Diagnostic::is_error)
    }
}

/// Whether a directory holds one of the metadata files.
pub fn has_metadata(directory: &Path) -> bool {
    FILE_NAMES
        .iter()
        .any(|name| directory.join(name).symlink_metadata().is_ok())
}

/// Reads the metadata of the extension in a directory, which must be a canonical path.
///
/// Never fails: what cannot be read is a finding.
pub fn read(directory: &Path) -> Reading {
    let mut findings = Vec::new();
    let mut files = Vec::new();
    let mut documents = Vec::new();
    for format in MetadataFile::ALL {
        let Some(source) = file::read(directory, format.file_name()) else {
            continue;
        };
        files.push(format);
        match source {
            Ok(source) => {
                if let Some(document) = document::parse(&source, &mut findings) {
                    check::check(&document, &mut findings);
                    documents.push((format, document));
                }
            }
            Err(finding) => findings.push(finding),
        }
    }
    if files.is_empty() {
        findings.push(
            Diagnostic::error(Code::Missing, "the directory has no metadata file")
                .with_file(directory)
                .with_help("an extension has a `metadata.toml` with an [extension] table that gives name, type and version"),
        );
    }
    let dependency_lists: Vec<Node> = documents
        .iter()
        .filter_map(|(_, document)| document.at("dependencies.extensions").cloned())
        .collect();
    let Some(document) = merge(documents, &mut findings) else {
        return Reading {
            metadata: None,
            files,
            name: None,
            version: None,
            findings,
        };
    };
    check_whole(&document, &mut findings);
    let text = |path: &str| document.at(path).and_then(Node::as_str).map(str::to_owned);
    Reading {
        name: text("extension.name"),
        version: text("extension.version")
            .and_then(|text| read_version(&text).ok())
            .map(|read| read.version),
        metadata: Metadata::from_document(document, &dependency_lists),
        files,
        findings,
    }
}

/// Merges the documents into the first one.
fn merge(documents: Vec<(MetadataFile, Node)>, findings: &mut Vec<Diagnostic>) -> Option<Node> {
    let mut documents = documents.into_iter();
    let (_, mut merged) = documents.next()?;
    for (format, other) in documents {
        match format {
            MetadataFile::Manifest => merge_manifest(&mut merged, other, findings),
            _ => compare_identity(&merged, &other, findings),
        }
    }
    Some(merged)
}

fn merge_manifest(merged: &mut Node, manifest: Node, findings: &mut Vec<Diagnostic>) {
    let NodeValue::Table(new_entries) = manifest.value else {
        return;
    };
    for entry in new_entries {
        let NodeValue::Table(entries) = &mut merged.value else {
            return;
        };
        let Some(known) = entries.iter_mut().find(|known| known.key == entry.key) else {
            entries.push(entry);
            continue;
        };
        match entry.key.as_str() {
            "extension" => merge_identity(known, entry, findings),
            // The lists of all files count; see `dependency_lists`.
            "dependencies" => merge_missing_keys(known, entry),
            _ => findings.push(
                entry
                    .warning(
                        Code::Conflict,
                        format!("[{}] stands in two files; this one is not used", entry.key),
                        "not used",
                    )
                    .with_label(&known.node.source, known.key_span, "this one counts"),
            ),
        }
    }
}

/// Takes over the keys of `[extension]` that are not there yet; another value for the same key is an error.
fn merge_identity(known: &mut Entry, other: Entry, findings: &mut Vec<Diagnostic>) {
    for entry in other.node.entries() {
        if let Some(first) = known.node.get(&entry.key)
            && *first != entry.node
        {
            findings.push(
                entry
                    .node
                    .error(
                        Code::Conflict,
                        format!("`extension.{}` has two different values", entry.key),
                        "this value",
                    )
                    .with_label(&first.source, first.span, "and this one")
                    .with_help("keep it in `metadata.toml` only"),
            );
        }
    }
    merge_missing_keys(known, other);
}

fn merge_missing_keys(known: &mut Entry, other: Entry) {
    let NodeValue::Table(new_entries) = other.node.value else {
        return;
    };
    for entry in new_entries {
        if known.node.get(&entry.key).is_none()
            && let NodeValue::Table(entries) = &mut known.node.value
        {
            entries.push(entry);
        }
    }
}

/// An `extension.toml` beside a canonical file is not merged, but it should not tell another story.
fn compare_identity(merged: &Node, other: &Node, findings: &mut Vec<Diagnostic>) {
    for path in ["extension.name", "extension.version"] {
        if let (Some(first), Some(second)) = (merged.at(path), other.at(path))
            && first != second
        {
            findings.push(
                second
                    .warning(
                        Code::Conflict,
                        format!("`{path}` has two different values"),
                        "not used",
                    )
                    .with_label(&first.source, first.span, "this one counts"),
            );
        }
    }
}

/// Checks what concerns the document as a whole: required keys, and tables that say something about each other.
fn check_whole(document: &Node, findings: &mut Vec<Diagnostic>) {
    let Some(extension) = document.get("extension") else {
        findings.push(
            document
                .error(
                    Code::MissingKey,
                    "the [extension] table is missing",
                    "no [extension] in this file",
                )
                .with_help("add [extension] with name, type and version"),
        );
        return;
    };
    for key in ["name", "version"] {
        if extension.get(key).is_none() {
            findings.push(
                extension
                    .error(
                        Code::MissingKey,
                        format!("`extension.{key}` is missing"),
                        format!("this table needs `{key}`"),
                    )
                    .with_help(match key {
                        "name" => "add name = \"my-extension\"",
                        _ => "add version = \"1.0.0\"",
                    }),
            );
        }
    }
    let kind = extension
        .get("type")
        .and_then(Node::as_str)
        .and_then(|word| word.parse::<ExtensionType>().ok());
    for entry in document.entries() {
        let only = super::schema::TABLES
            .iter()
            .find(|table| table.name == entry.key)
            .and_then(|table| table.only);
        if let (Some(only), Some(kind)) = (only, kind)
            && only != kind
        {
            findings.push(entry.warning(
                Code::InvalidValue,
                format!("[{}] is for a {only}, and this is a {kind}", entry.key),
                "it is kept and not used",
            ));
        }
    }
    if let (Some(default), Some(available)) = (
        document.at("regions.default"),
        document.at("regions.available"),
    ) && default.as_str().is_some()
        && !available.items().contains(default)
    {
        findings.push(
            default
                .warning(
                    Code::InvalidValue,
                    "the default region is not among the available ones",
                    "not in `available`",
                )
                .with_label(&available.source, available.span, "the available regions"),
        );
    }
    if let (Some(kind), Some(provides)) = (kind, document.get("provides")) {
        let itself =
            |entry: &Entry| {
                entry.key == kind.provides_key()
                    && entry.node.texts().iter().all(|name| {
                        extension.get("name").and_then(Node::as_str) == Some(name.as_str())
                    })
            };
        if provides
            .entries()
            .iter()
            .any(|entry| !entry.node.items().is_empty() && !itself(entry))
        {
            findings.push(
                provides
                    .warning(
                        Code::Conflict,
                        "[provides] is not used, because `extension.type` says that this is one extension",
                        "not used",
                    )
                    .with_help("for a bundle, remove `type` from [extension]"),
            );
        }
    }
    findings.extend(repeated_provides(document).into_iter().map(|node| {
        node.error(
            Code::Conflict,
            "the same extension is provided twice",
            "again here",
        )
    }));
}
