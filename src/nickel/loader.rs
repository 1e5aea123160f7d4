//! Reads a file and everything it imports, so that the interpreter itself never opens a file.
//!
//! Nickel would read whatever path an import names: a device, a pipe, a file of another user. Here every file is looked
//! at first and handed over as a text; afterwards it is checked that Nickel knows no other.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nickel_lang_core::cache::{CacheHub, InputFormat, SourcePath, normalize_abs_path};
use nickel_lang_core::files::FileId;

use crate::diagnostic::{Code, Diagnostic, Source, Span};

use super::Input;
use super::guard::{Danger, danger};
use super::imports::{Import, Roots, scan};

/// Largest file that is read, in bytes.
const MAX_FILE: u64 = 16 << 20;
/// Most files that one evaluation reads.
const MAX_FILES: usize = 1_000;
/// Most tokens of one Nickel file: deeper nesting than so many tokens allow would exhaust the stack.
const MAX_TOKENS: usize = 150_000;

/// Most tokens of a file that cannot nest deeply enough to exhaust the stack.
const MAX_SAFE_TOKENS: usize = 20_000;

/// An import that has to be read, and where it was asked for.
struct Wanted {
    path: PathBuf,
    format: InputFormat,
    asked: Option<(Arc<Source>, Span)>,
}

impl Wanted {
    fn denied(&self, code: Code, reason: impl Into<String>) -> Diagnostic {
        let reason = reason.into();
        match &self.asked {
            Some((source, span)) => {
                Diagnostic::error(code, format!("cannot import `{}`", self.path.display()))
                    .with_label(source, *span, reason)
            }
            None => Diagnostic::error(
                code,
                format!("cannot read `{}`: {reason}", self.path.display()),
            ),
        }
    }
}

/// What was handed to the interpreter.
pub(super) struct Loaded {
    /// The input.
    pub(super) main: FileId,
    /// The input and everything it imports.
    files: HashSet<FileId>,
    /// Whether one of the Nickel texts may be too much for the type checker.
    pub(super) is_risky: bool,
}

impl Loaded {
    /// Returns the texts, in the order in which they were read.
    pub(super) fn texts(&self, hub: &CacheHub) -> Vec<String> {
        let mut files: Vec<FileId> = self.files.iter().copied().collect();
        files.sort();
        files
            .into_iter()
            .map(|id| hub.sources.source(id).to_owned())
            .collect()
    }

    /// Returns a file that the interpreter has read by itself, if there is one.
    pub(super) fn unexpected_file(&self, hub: &CacheHub) -> Option<PathBuf> {
        hub.sources
            .file_paths
            .iter()
            .find_map(|(id, path)| match path {
                SourcePath::Path(path, _) if !self.files.contains(id) => Some(PathBuf::from(path)),
                _ => None,
            })
    }
}

/// Reads the input and all its imports into the caches of an engine.
///
/// # Errors
/// The first file that cannot or must not be read. Nothing of a denied file is shown.
pub(super) fn load(hub: &mut CacheHub, input: &Input, roots: &Roots) -> Result<Loaded, Diagnostic> {
    let mut is_risky = false;
    let mut loaded: HashMap<(PathBuf, InputFormat), FileId> = HashMap::new();
    let mut wanted: VecDeque<Wanted> = VecDeque::new();
    let main = match input {
        Input::File(path) => {
            let path = absolute(path)?;
            let main = Wanted {
                format: InputFormat::from_path(path.as_os_str()).unwrap_or_default(),
                path,
                asked: None,
            };
            let key = (main.path.clone(), main.format);
            wanted.push_back(main);
            key
        }
        Input::Text {
            text,
            name,
            directory,
        } => {
            // The text gets a path so that its imports start in its directory. No file of that name is opened.
            let path = absolute(&directory.join(name))?;
            let key = (path.clone(), InputFormat::Nickel);
            let id = add(
                hub,
                &path,
                InputFormat::Nickel,
                text.clone(),
                &mut wanted,
                &mut is_risky,
            )?;
            loaded.insert(key.clone(), id);
            key
        }
    };
    while let Some(next) = wanted.pop_front() {
        let key = (next.path.clone(), next.format);
        if loaded.contains_key(&key) {
            continue;
        }
        if loaded.len() >= MAX_FILES {
            return Err(next.denied(Code::NickelLimit, format!("more than {MAX_FILES} files")));
        }
        let text = read(&next, roots)?;
        let id = add(
            hub,
            &next.path,
            next.format,
            text,
            &mut wanted,
            &mut is_risky,
        )?;
        loaded.insert(key, id);
    }
    let Some(main_id) = loaded.get(&main).copied() else {
        return Err(
            Diagnostic::error(Code::NickelInternal, "the input was not loaded").with_file(&main.0),
        );
    };
    Ok(Loaded {
        main: main_id,
        files: loaded.into_values().collect(),
        is_risky,
    })
}

/// Returns a path from the root without `.` and `..`, the form in which Nickel looks its sources up.
fn absolute(path: &Path) -> Result<PathBuf, Diagnostic> {
    std::path::absolute(path)
        .map(|path| normalize_abs_path(&path))
        .map_err(|error| {
            Diagnostic::error(
                Code::NickelIo,
                format!("cannot tell where `{}` is: {error}", path.display()),
            )
        })
}

fn read(wanted: &Wanted, roots: &Roots) -> Result<String, Diagnostic> {
    let code = if wanted.asked.is_some() {
        Code::NickelImport
    } else {
        Code::NickelIo
    };
    let denied = |reason: String| wanted.denied(code, reason);
    let real = dunce::canonicalize(&wanted.path).map_err(|error| denied(error.to_string()))?;
    if !roots.allow(&real) {
        return Err(denied("outside of the extension".to_owned())
            .with_help("an extension may only import files of its own directory"));
    }
    // Asked before opening, because opening a named pipe would wait for its writer.
    let metadata = real.metadata().map_err(|error| denied(error.to_string()))?;
    if !metadata.is_file() {
        return Err(denied("not a regular file".to_owned()));
    }
    let mut bytes = Vec::new();
    File::open(&real)
        .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
        .map_err(|error| denied(error.to_string()))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(denied(format!("larger than {} MiB", MAX_FILE >> 20)));
    }
    String::from_utf8(bytes).map_err(|_| denied("not UTF-8 text".to_owned()))
}

/// Hands a text to the interpreter and notes what it imports.
fn add(
    hub: &mut CacheHub,
    path: &Path,
    format: InputFormat,
    text: String,
    wanted: &mut VecDeque<Wanted>,
    is_risky: &mut bool,
) -> Result<FileId, Diagnostic> {
    // An editor's byte-order mark is not part of the text.
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    if let Some(danger) = danger(&text, format) {
        let source = Arc::new(Source::new(path.display().to_string(), text));
        let (at, message) = match danger {
            Danger::HugeNumber(at) => (at, "a number is too large to be read"),
            Danger::TooDeep(at) => (at, "the file is nested too deeply"),
        };
        return Err(Diagnostic::error(Code::NickelLimit, message).with_label(
            &source,
            Span::new(at, at + 1),
            "here",
        ));
    }
    if format == InputFormat::Nickel {
        let scan = scan(&text);
        *is_risky |= scan.is_typed || scan.tokens > MAX_SAFE_TOKENS;
        if scan.tokens > MAX_TOKENS || !scan.imports.is_empty() || scan.package.is_some() {
            let source = Arc::new(Source::new(path.display().to_string(), text.clone()));
            if scan.tokens > MAX_TOKENS {
                return Err(Diagnostic::error(Code::NickelLimit, "the file is too long")
                    .with_label(
                        &source,
                        Span::new(0, 0),
                        format!("more than {MAX_TOKENS} tokens"),
                    ));
            }
            if let Some((start, end)) = scan.package {
                return Err(
                    Diagnostic::error(Code::NickelImport, "packages cannot be imported")
                        .with_label(&source, Span::new(start, end), "a package, not a file")
                        .with_help("import a file by its path: import \"lib.ncl\""),
                );
            }
            let directory = path.parent().unwrap_or(path);
            for Import { path, format, span } in scan.imports {
                wanted.push_back(Wanted {
                    path: normalize_abs_path(&directory.join(path)),
                    format,
                    asked: Some((Arc::clone(&source), Span::new(span.0, span.1))),
                });
            }
        }
    }
    Ok(hub
        .sources
        .add_string(SourcePath::Path(path.to_owned(), format), text))
}
