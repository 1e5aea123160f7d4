//! The lock as a text.
//!
//! ```toml
//! version = 1
//!
//! [[extension]]
//! type = "taskserv"
//! name = "containerd"
//! version = "1.7.0"
//! digest = "sha256:..."
//! dependencies = ["taskserv runc 1.1.0"]
//!
//! [files."sha256:..."]
//! "metadata.toml" = "..."
//! ```
//!
//! The digest is that of [`Contents`], whose files stand in a table of their own, once for all extensions of a bundle.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::io::Read as _;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use semver::Version;
use serde::Deserialize;

use super::{Exact, Lock, LockError, Locked};
use crate::diagnostic::{Code, Diagnostic, Source, Span, is_unsafe_char};
use crate::extension::{Contents, ExtensionType};
use crate::store::open_file;

/// The format that is written. Every older one can be read, and there is none yet.
const FORMAT: i64 = 1;

/// Most bytes of a lock.
pub(super) const MAX_FILE: u64 = 64 << 20;

const HEAD: &str =
    "# Written by `extension lock`, which keeps it up to date. It belongs into version control.\n";

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEAD}version = {FORMAT}")?;
        for locked in &self.extensions {
            let Exact {
                kind,
                name,
                version,
            } = &locked.exact;
            f.write_str("\n[[extension]]\n")?;
            writeln!(f, "type = {}", quoted(kind.as_str()))?;
            writeln!(f, "name = {}", quoted(name))?;
            writeln!(f, "version = {}", quoted(&version.to_string()))?;
            if let Some(package) = &locked.package {
                writeln!(f, "package = {}", quoted(package))?;
            }
            if let Some(contents) = &locked.contents {
                writeln!(f, "digest = {}", quoted(&contents.digest()))?;
            }
            match locked.dependencies.as_slice() {
                [] => {}
                [one] => writeln!(f, "dependencies = [{}]", quoted(&one.to_string()))?,
                // A line each, so that two people can add one.
                many => {
                    f.write_str("dependencies = [\n")?;
                    for one in many {
                        writeln!(f, "    {},", quoted(&one.to_string()))?;
                    }
                    f.write_str("]\n")?;
                }
            }
        }
        let files: BTreeMap<String, &Contents> = self
            .extensions
            .iter()
            .filter_map(|locked| locked.contents.as_ref())
            .map(|contents| (contents.digest(), contents))
            .collect();
        for (digest, contents) in files {
            writeln!(f, "\n[files.{}]", quoted(&digest))?;
            for (path, value) in contents.files() {
                writeln!(f, "{} = {}", quoted(path), quoted(value))?;
            }
        }
        Ok(())
    }
}

/// Returns a text as TOML has it between quotes.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            c if is_unsafe_char(c) || c.is_control() => {
                // A text takes everything that is written to it.
                let _ = write!(quoted, "\\U{:08X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[derive(Deserialize)]
struct Versioned {
    version: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[expect(dead_code, reason = "was looked at before")]
    version: i64,
    #[serde(default)]
    extension: Vec<toml::Spanned<Block>>,
    #[serde(default)]
    files: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    r#type: toml::Spanned<String>,
    name: String,
    version: toml::Spanned<String>,
    package: Option<String>,
    digest: Option<toml::Spanned<String>>,
    #[serde(default)]
    dependencies: Vec<toml::Spanned<String>>,
}

/// Reads a lock; nothing when there is none.
pub(super) fn read(path: &Path) -> Result<Option<Lock>, LockError> {
    let unreadable = |reason: String| LockError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    match path.symlink_metadata() {
        Ok(found) if found.is_symlink() => {
            return Err(unreadable("it is a link, which is not followed".to_owned()));
        }
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error.to_string())),
    }
    let mut bytes = Vec::new();
    open_file(path)
        .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(unreadable(format!(
            "it is larger than {} MiB",
            MAX_FILE >> 20
        )));
    }
    let text =
        String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8 text".to_owned()))?;
    let reader = Reader {
        path,
        source: Arc::new(Source::new(path.display().to_string(), text)),
    };
    reader.lock().map(Some)
}

struct Reader<'a> {
    path: &'a Path,
    source: Arc<Source>,
}

impl Reader<'_> {
    fn lock(&self) -> Result<Lock, LockError> {
        let text = self.source.text();
        // The number first: what else there is depends on it.
        let Versioned { version } = toml::from_str(text).map_err(|error| self.unparsed(&error))?;
        if version > FORMAT {
            return Err(LockError::Newer {
                path: self.path.to_owned(),
                found: version,
                known: FORMAT,
            });
        }
        if version < 1 {
            return Err(self.invalid(None, format!("there is no format {version} of locks")));
        }
        let Document {
            extension: blocks,
            files,
            ..
        } = toml::from_str(text).map_err(|error| self.unparsed(&error))?;
        let mut extensions = blocks
            .into_iter()
            .map(|block| self.locked(block, &files))
            .collect::<Result<Vec<Locked>, LockError>>()?;
        extensions.sort_by(|a, b| a.exact.cmp(&b.exact));
        let is_same = |pair: &[Locked]| {
            let key = |locked: &Locked| (locked.exact.kind, locked.exact.name.clone());
            key(&pair[0]) == key(&pair[1])
        };
        if let Some(pair) = extensions.windows(2).find(|pair| is_same(pair)) {
            let Exact { kind, name, .. } = &pair[0].exact;
            return Err(self.invalid(None, format!("the {kind} `{name}` is there twice")));
        }
        Ok(Lock { extensions })
    }

    fn locked(
        &self,
        block: toml::Spanned<Block>,
        files: &BTreeMap<String, BTreeMap<String, String>>,
    ) -> Result<Locked, LockError> {
        let block = block.into_inner();
        let kind: ExtensionType = block.r#type.get_ref().parse().map_err(|_| {
            let message = format!("`{}` is not a type of extensions", block.r#type.get_ref());
            self.invalid(Some(block.r#type.span()), message)
        })?;
        let version = Version::parse(block.version.get_ref()).map_err(|error| {
            let message = format!("`{}` is not a version: {error}", block.version.get_ref());
            self.invalid(Some(block.version.span()), message)
        })?;
        let contents = match &block.digest {
            None => None,
            Some(digest) => Some(self.contents(digest, files)?),
        };
        let mut dependencies = block
            .dependencies
            .iter()
            .map(|text| {
                exact(text.get_ref()).ok_or_else(|| {
                    let message =
                        format!("`{}` is not a type, a name and a version", text.get_ref());
                    self.invalid(Some(text.span()), message)
                })
            })
            .collect::<Result<Vec<Exact>, LockError>>()?;
        dependencies.sort();
        Ok(Locked {
            exact: Exact {
                kind,
                name: block.name,
                version,
            },
            package: block.package,
            contents,
            dependencies,
        })
    }

    fn contents(
        &self,
        digest: &toml::Spanned<String>,
        files: &BTreeMap<String, BTreeMap<String, String>>,
    ) -> Result<Contents, LockError> {
        let Some(files) = files.get(digest.get_ref()) else {
            let message = "there is no list of files with this digest".to_owned();
            return Err(self.invalid(Some(digest.span()), message));
        };
        let contents = Contents::these(files.clone());
        if contents.digest() != *digest.get_ref() {
            let message = "the list of files has another digest: somebody has edited one of them";
            return Err(self.invalid(Some(digest.span()), message.to_owned()));
        }
        Ok(contents)
    }

    fn unparsed(&self, error: &toml::de::Error) -> LockError {
        // That something is missing in the whole text has no place.
        let is_whole =
            |span: &Range<usize>| span.start == 0 && error.message().starts_with("missing");
        self.invalid(
            error.span().filter(|span| !is_whole(span)),
            format!("the lock cannot be read: {}", error.message()),
        )
    }

    fn invalid(&self, at: Option<Range<usize>>, message: String) -> LockError {
        let finding = Diagnostic::error(Code::LockInvalid, message);
        let finding = match at {
            Some(span) => finding.with_label(&self.source, Span::from(span), "here"),
            None => finding.with_file(self.path),
        };
        LockError::Invalid(Box::new(finding.with_help(
            "take it from version control; or remove it, and write it anew with: extension lock PATH",
        )))
    }
}

/// Reads `taskserv containerd 1.7.0`.
fn exact(text: &str) -> Option<Exact> {
    let mut parts = text.split(' ');
    let exact = Exact {
        kind: parts.next()?.parse().ok()?,
        name: parts.next()?.to_owned(),
        version: Version::parse(parts.next()?).ok()?,
    };
    parts.next().is_none().then_some(exact)
}
