//! A program with everything it imports, so that the interpreter itself never opens a file.
//!
//! Nickel would read whatever path an import names: a device, a pipe, a file of another user. Here every file is looked
//! at first and handed over as a text; the engine checks afterwards that Nickel knows no other.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nickel_lang_core::cache::normalize_abs_path;
use sha2::{Digest as _, Sha256};

use super::files::{Files, Hash, Known, Refused, Text};
use super::program::{Format, Imports, Input, Program, Roots};
use super::scan::Import;
use super::secrets::mask_file;
use crate::diagnostic::{Code, Diagnostic, Source, Span};
use crate::metadata::has_metadata;

/// Most files that one program reads.
const MAX_FILES: usize = 1_000;

/// Most bytes that the files of one program have together.
const MAX_BYTES: usize = 64 << 20;

/// Most imports that are told because they cannot be read.
const MAX_DENIED: usize = 200;

/// Most directories above an input that are searched for the extension it belongs to.
const MAX_CLIMB: usize = 16;

/// A program and everything it imports.
#[derive(Clone, Debug)]
pub(super) struct Closure {
    /// What tells it from every other one.
    pub(super) hash: Hash,
    /// The inputs come first, as many as `inputs` says.
    pub(super) files: Vec<ClosureFile>,
    pub(super) inputs: usize,
    pub(super) import_paths: Vec<PathBuf>,
    pub(super) packages: BTreeMap<String, PathBuf>,
}

/// A text of a closure.
#[derive(Clone, Debug)]
pub(super) struct ClosureFile {
    pub(super) path: PathBuf,
    pub(super) format: Format,
    pub(super) text: Arc<Text>,
}

/// Reads a program and all its imports.
///
/// # Errors
/// The first input that cannot be read, or every import that cannot or must not be. Nothing of a denied file is shown.
pub(super) fn load(files: &Files, program: &Program) -> Result<Closure, Vec<Diagnostic>> {
    let one = |finding: Box<Diagnostic>| vec![*finding];
    let imports = absolute_imports(&program.imports).map_err(one)?;
    let mut loader = Loader {
        files,
        imports: &imports,
        fence: OnceCell::new(),
        inputs: Vec::new(),
        loaded: Vec::new(),
        known: HashMap::new(),
        resolved: Vec::new(),
        wanted: VecDeque::new(),
        bytes: 0,
    };
    for input in &program.inputs {
        loader.input(input).map_err(one)?;
    }
    let inputs = loader.loaded.len();
    let mut denied: Vec<Diagnostic> = Vec::new();
    while let Some(wanted) = loader.wanted.pop_front() {
        if let Err(finding) = loader.import(&wanted) {
            // What is over a limit now is so for all that follow.
            let is_over = finding.code == Code::NickelLimit;
            denied.push(*finding);
            if is_over || denied.len() >= MAX_DENIED {
                break;
            }
        }
    }
    if !denied.is_empty() {
        return Err(denied);
    }
    Ok(Closure {
        hash: closure_hash(&loader.loaded, inputs, &loader.resolved),
        files: loader.loaded,
        inputs,
        import_paths: imports.paths,
        packages: imports.packages,
    })
}

fn absolute_imports(imports: &Imports) -> Result<Imports, Box<Diagnostic>> {
    Ok(Imports {
        roots: imports.roots.clone(),
        paths: imports
            .paths
            .iter()
            .map(|path| absolute(path))
            .collect::<Result<_, _>>()?,
        packages: imports
            .packages
            .iter()
            .map(|(name, path)| Ok((name.clone(), absolute(path)?)))
            .collect::<Result<_, Box<Diagnostic>>>()?,
    })
}

/// Two closures are the same when they have the same texts under the same names, and their imports mean the same.
/// Where else imports would have been looked for does not matter.
fn closure_hash(files: &[ClosureFile], inputs: usize, resolved: &[usize]) -> Hash {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update(bytes.len().to_le_bytes());
        hash.update(bytes);
    };
    part(&inputs.to_le_bytes());
    for file in files {
        part(file.path.as_os_str().as_encoded_bytes());
        part(&[file.format as u8]);
        part(&file.text.hash);
    }
    for file in resolved {
        part(&file.to_le_bytes());
    }
    hash.finalize().into()
}

/// Returns a path from the root without `.` and `..`, the form in which Nickel looks its sources up.
fn absolute(path: &Path) -> Result<PathBuf, Box<Diagnostic>> {
    std::path::absolute(path)
        .map(|path| normalize_abs_path(&path))
        .map_err(|error| {
            Box::new(Diagnostic::error(
                Code::NickelIo,
                format!("cannot tell where `{}` is: {error}", path.display()),
            ))
        })
}

/// An import that has to be read, and where it was asked for.
struct Wanted {
    /// Where it may be, the first that is there counts.
    candidates: Vec<PathBuf>,
    format: Format,
    /// As it is written.
    written: String,
    source: Arc<Source>,
    span: Span,
}

impl Wanted {
    fn denied(&self, reason: impl Into<String>) -> Diagnostic {
        Diagnostic::error(
            Code::NickelImport,
            format!("cannot import `{}`", self.written),
        )
        .with_label(&self.source, self.span, reason)
    }
}

struct Loader<'a> {
    files: &'a Files,
    imports: &'a Imports,
    /// Directories without links, below which imports may lie. Found out when the first import is met.
    fence: OnceCell<Vec<PathBuf>>,
    /// Directories of the inputs.
    inputs: Vec<PathBuf>,
    loaded: Vec<ClosureFile>,
    /// Where in `loaded` a file is.
    known: HashMap<(PathBuf, Format), usize>,
    /// What each import means, as a place in `loaded`.
    resolved: Vec<usize>,
    wanted: VecDeque<Wanted>,
    /// Bytes of all that is loaded.
    bytes: usize,
}

impl Loader<'_> {
    fn input(&mut self, input: &Input) -> Result<(), Box<Diagnostic>> {
        let (path, format, text) = match input {
            Input::File(path) => {
                let path = absolute(path)?;
                let format = Format::of(&path);
                let refused = |reason: &str| {
                    Box::new(Diagnostic::error(
                        Code::NickelIo,
                        format!("cannot read `{}`: {reason}", path.display()),
                    ))
                };
                let known =
                    self.files
                        .read(&path, format, &|_| true)
                        .map_err(|error| match error {
                            Refused::Missing(error) => refused(&error.to_string()),
                            Refused::Unreadable(reason) => refused(&reason),
                            Refused::Outside => refused("it may not be read"),
                        })?;
                let text = known.text?;
                (path, format, text)
            }
            Input::Text {
                text,
                name,
                directory,
            } => {
                // The text gets a path so that its imports start in its directory. No file of that name is opened.
                let path = absolute(&directory.join(name))?;
                let text = Text::new(&path, Format::Nickel, text)?;
                (path, Format::Nickel, Arc::new(text))
            }
        };
        if let Some(directory) = path.parent() {
            self.inputs.push(directory.to_owned());
        }
        self.add(path, format, text);
        Ok(())
    }

    fn import(&mut self, wanted: &Wanted) -> Result<(), Box<Diagnostic>> {
        for path in &wanted.candidates {
            if let Some(at) = self.known.get(&(path.clone(), wanted.format)) {
                self.resolved.push(*at);
                return Ok(());
            }
            let allowed = |real: &Path| self.fence().iter().any(|root| real.starts_with(root));
            let Known { text, .. } = match self.files.read(path, wanted.format, &allowed) {
                Ok(known) => known,
                Err(Refused::Missing(_)) => continue,
                Err(Refused::Outside) => {
                    let denied =
                        wanted.denied("outside of the directories that may be imported from");
                    return Err(denied.with_help(self.rule()).into());
                }
                Err(Refused::Unreadable(reason)) => return Err(wanted.denied(reason).into()),
            };
            let over = |limit: String| {
                let mut denied = wanted.denied(limit);
                denied.code = Code::NickelLimit;
                Err(denied.into())
            };
            if self.loaded.len() >= MAX_FILES {
                return over(format!("more than {MAX_FILES} files"));
            }
            let text = text?;
            if self.bytes + text.text.len() > MAX_BYTES {
                return over(format!("more than {} MiB in all", MAX_BYTES >> 20));
            }
            self.resolved.push(self.loaded.len());
            self.add(path.clone(), wanted.format, text);
            return Ok(());
        }
        let missing =
            wanted
                .denied("there is no such file")
                .with_help(match wanted.candidates.as_slice() {
                    [one] => format!("looked for {}", one.display()),
                    several => format!(
                        "looked in {}",
                        several
                            .iter()
                            .filter_map(|path| path.parent())
                            .map(|path| path.display().to_string())
                            .collect::<Vec<_>>()
                            .join(", ")
                    ),
                });
        Err(missing.into())
    }

    /// Says what may be imported.
    fn rule(&self) -> String {
        let fence: Vec<String> = self
            .fence()
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let below = fence.join(", ");
        match self.imports.roots {
            Roots::Own => format!(
                "a file may import what lies below its extension or its directory, and below import paths: {below}"
            ),
            Roots::Within(_) => {
                format!("an extension may only import files of its own directory: {below}")
            }
        }
    }

    fn fence(&self) -> &[PathBuf] {
        self.fence.get_or_init(|| self.roots())
    }

    /// Returns the directories below which imports may lie, without links.
    fn roots(&self) -> Vec<PathBuf> {
        let own: Vec<PathBuf> = match &self.imports.roots {
            Roots::Own => self.inputs.iter().map(|path| extension_of(path)).collect(),
            Roots::Within(roots) => roots.clone(),
        };
        let mut all: Vec<PathBuf> = own
            .iter()
            .chain(&self.imports.paths)
            .chain(self.imports.packages.values())
            .filter_map(|path| dunce::canonicalize(path).ok())
            .collect();
        all.sort();
        all.dedup();
        all
    }

    /// Takes a text in and notes what it imports.
    fn add(&mut self, path: PathBuf, format: Format, text: Arc<Text>) {
        if !text.scan.imports.is_empty() || !text.scan.packages.is_empty() {
            let source = Source::new(path.display().to_string(), &*text.text);
            let source = Arc::new(source.masked_by(mask_file));
            let directory = path.parent().unwrap_or(&path);
            for Import {
                path: written,
                format,
                span,
            } in &text.scan.imports
            {
                let candidates = std::iter::once(directory)
                    .chain(self.imports.paths.iter().map(PathBuf::as_path))
                    .map(|directory| normalize_abs_path(&directory.join(written)))
                    .collect();
                self.wanted.push_back(Wanted {
                    candidates,
                    format: *format,
                    written: written.clone(),
                    source: Arc::clone(&source),
                    span: Span::new(span.0, span.1),
                });
            }
            for (name, span) in &text.scan.packages {
                // A package that is not mapped is left to Nickel, which tells so at the place.
                if let Some(package) = self.imports.packages.get(name) {
                    self.wanted.push_back(Wanted {
                        candidates: vec![package.join("main.ncl")],
                        format: Format::Nickel,
                        written: name.clone(),
                        source: Arc::clone(&source),
                        span: Span::new(span.0, span.1),
                    });
                }
            }
        }
        self.known.insert((path.clone(), format), self.loaded.len());
        self.bytes += text.text.len();
        self.loaded.push(ClosureFile { path, format, text });
    }
}

/// Returns the extension that a directory belongs to, or the directory itself.
fn extension_of(directory: &Path) -> PathBuf {
    directory
        .ancestors()
        .take(MAX_CLIMB)
        .find(|ancestor| has_metadata(ancestor))
        .unwrap_or(directory)
        .to_owned()
}
