//! The TOML file with settings: `[orchestrator.extensions]` of a file whose other tables belong to others.

use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::diagnostic::{Code, Diagnostic, Source, Span};
use crate::metadata::{Node, NodeValue, parse_document};
use crate::nickel::{Signature, stars, tokens, without_secrets};
use crate::store::open_file;

use super::kinds::{Expected, Fault};
use super::references::References;
use super::remote::without_credentials;
use super::{FileError, Notation, Spec, Values};

/// Largest file that is read, in bytes.
pub const MAX_FILE: u64 = 1 << 20;
/// The tables around the settings, outermost first.
const TABLES: [&str; 2] = ["orchestrator", "extensions"];

/// A file with settings, read and found to be right.
#[derive(Debug)]
pub struct ConfigurationFile {
    path: PathBuf,
    source: Arc<Source>,
    values: Values,
}

impl ConfigurationFile {
    /// Reads the settings of a file, whose path should be absolute.
    ///
    /// # Errors
    /// It cannot be read, or something in it is wrong: then everything that is.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let text = text(path)?;
        let source = Source::new(path.display().to_string(), text).masked_by(without_any_secrets);
        let source = Arc::new(source);
        let mut findings = Vec::new();
        let values = match parse_document(&source, &mut findings) {
            // What does not parse may be read in another way than it is meant.
            Some(document) if findings.is_empty() => settings(&document, &source, &mut findings),
            _ => {
                findings.iter_mut().for_each(|finding| {
                    finding.code = match finding.code {
                        Code::InvalidValue => Code::ConfigInvalid,
                        _ => Code::ConfigSyntax,
                    };
                });
                Values::default()
            }
        };
        if findings.is_empty() {
            let path = path.to_owned();
            return Ok(Self {
                path,
                source,
                values,
            });
        }
        findings.sort_by_key(|finding| finding.labels.first().map(|label| label.span.start));
        let path = path.to_owned();
        Err(FileError::Faulty { path, findings })
    }

    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the directory in which relative paths of the file start.
    pub fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    /// Returns what the file says.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// Returns `file:line:column` of something in the file.
    pub fn place(&self, span: Span) -> String {
        let place = self.source.location(span.start);
        format!("{}:{}:{}", self.source.name(), place.line, place.column)
    }
}

/// Returns the text of a file. A link is followed: people keep such files elsewhere.
fn text(path: &Path) -> Result<String, FileError> {
    let unreadable = |reason: String| FileError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let real = dunce::canonicalize(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => FileError::Missing {
            path: path.to_owned(),
        },
        _ => unreadable(error.to_string()),
    })?;
    let file = open_file(&real).map_err(|error| unreadable(error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(unreadable(format!(
            "it has more than {} KiB",
            MAX_FILE / 1024
        )));
    }
    String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8 text".to_owned()))
}

/// Hides what an excerpt must not show, byte for byte: the file belongs to other programs too.
fn without_any_secrets(_: &Path, text: &str) -> String {
    let text = without_credentials(&without_secrets(text, Path::new("settings.toml")));
    let mut hidden: Vec<(usize, usize)> = tokens(&text)
        .iter()
        .map(|token| (token.hidden.start, token.hidden.end))
        .collect();
    hidden.sort_unstable();
    stars(&text, &hidden)
}

/// Reads the settings of a document.
fn settings(document: &Node, source: &Arc<Source>, findings: &mut Vec<Diagnostic>) -> Values {
    let mut table = document;
    for (depth, name) in TABLES.iter().enumerate() {
        match table.get(name) {
            Some(inner) if matches!(inner.value, NodeValue::Table(_)) => table = inner,
            Some(other) => {
                let name = TABLES[..=depth].join(".");
                let message = format!("`{name}` is {}, not a table", other.type_name());
                findings.push(
                    Diagnostic::error(Code::ConfigInvalid, message)
                        .with_label(source, other.span, "expected a table")
                        .with_help(format!("settings stand under [{}]", TABLES.join("."))),
                );
                return Values::default();
            }
            None => return Values::default(),
        }
    }
    let mut references = References::new(document, findings);
    let given = references.given(table, &TABLES.join("."));
    let (values, faults) = Values::of_record(&given, Notation::Toml);
    findings.extend(faults.iter().map(|fault| finding(fault, source)));
    values
}

fn finding(fault: &Fault, source: &Arc<Source>) -> Diagnostic {
    let finding = Diagnostic::error(fault.code(), fault.message(None)).with_label(
        source,
        fault.span,
        fault.label(),
    );
    let example = || {
        let spec = Spec::around(&fault.name)?;
        Some(match spec.parts() {
            (Some(group), key) if group == fault.name => {
                format!("such as: {group} = {{ {key} = {} }}", spec.toml)
            }
            (_, key) => format!("such as: {key} = {}", spec.toml),
        })
    };
    let help = match &fault.expected {
        Expected::Setting { key, .. } if key == "config_file" => {
            Some("a file does not name another one".to_owned())
        }
        _ => fault.hint().or_else(example),
    };
    match help {
        Some(help) => finding.with_help(help),
        None => finding,
    }
}

/// The file that was read last, kept until it changes.
#[derive(Debug, Default)]
pub struct KeptFile(Mutex<Option<(Signature, Arc<ConfigurationFile>)>>);

impl KeptFile {
    /// Returns nothing, to be filled.
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Returns the settings of a file, read anew when it may have changed.
    ///
    /// # Errors
    /// As [`ConfigurationFile::read`].
    pub fn read(&self, path: &Path) -> Result<Arc<ConfigurationFile>, FileError> {
        // Asked before the file is read: a change meanwhile makes the signature an old one.
        let signature = std::fs::metadata(path)
            .ok()
            .map(|metadata| Signature::of(&metadata));
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, file)) = &*kept
            && file.path == path
            && signature.as_ref() == Some(known)
        {
            return Ok(Arc::clone(file));
        }
        *kept = None;
        let file = Arc::new(ConfigurationFile::read(path)?);
        *kept = signature
            .filter(Signature::is_settled)
            .map(|signature| (signature, Arc::clone(&file)));
        Ok(file)
    }
}
