//! The directory that templates may use others of.

use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Source, closest, safe_text};
use crate::store::open_file;

/// Largest template, in bytes.
const MAX_SIZE: u64 = 1 << 20;
/// Most files that are looked at for names.
const MAX_NAMES: usize = 2_000;
/// How deep directories are looked into for names.
const MAX_DEPTH: usize = 16;
/// The directory of an extension's templates.
const DIRECTORY: &str = "templates";
/// What tells a directory to be an extension.
const METADATA: [&str; 3] = ["metadata.toml", "extension.toml", "manifest.toml"];
/// How the names of templates end.
const ENDINGS: [&str; 3] = ["j2", "jinja", "jinja2"];

/// Whether a file is a template by its name: it ends in `.j2`, `.jinja` or `.jinja2`.
pub fn is_template(path: &Path) -> bool {
    path.extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
}

/// Hides what must not be shown of a template; see [`Source::masked_by`].
pub type Mask = fn(&Path, &str) -> String;

/// A directory, outside of which nothing is read.
#[derive(Clone, Debug)]
pub struct Root {
    /// As it is shown.
    shown: PathBuf,
    /// Without links.
    real: PathBuf,
    mask: Mask,
}

/// Why a template was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// There is none of that name.
    Missing,
    /// The name leads out of the root; how, in words.
    Outside(&'static str),
    /// There is something that cannot be used; why, in words.
    Unreadable(String),
}

impl Root {
    /// Returns the root at a directory.
    ///
    /// # Errors
    /// It is not there.
    pub fn new(directory: &Path, mask: Mask) -> io::Result<Self> {
        Ok(Self {
            real: dunce::canonicalize(directory)?,
            shown: directory.to_owned(),
            mask,
        })
    }

    /// Returns the root of a template that somebody has named, and the template's name in it: the `templates/` of the
    /// extension that it lies in, else the nearest `templates/`, else the directory of the file.
    ///
    /// # Errors
    /// The directory is not there.
    pub fn of(file: &Path, mask: Mask) -> io::Result<(Self, String)> {
        let parent = file.parent().unwrap_or(file);
        let is_named = |directory: &&Path| directory.file_name().is_some_and(|it| it == DIRECTORY);
        let is_of_extension = |directory: &&Path| {
            let Some(around) = directory.parent() else {
                return false;
            };
            // A package keeps its parts in `src/`.
            let above = around.parent().unwrap_or(around);
            METADATA
                .iter()
                .any(|name| around.join(name).is_file() || above.join(name).is_file())
        };
        let mut named = parent.ancestors().filter(is_named);
        let directory = parent
            .ancestors()
            .filter(is_named)
            .find(is_of_extension)
            .or_else(|| named.next())
            .unwrap_or(parent);
        let relative = file.strip_prefix(directory).unwrap_or(file);
        let name = relative.to_string_lossy().replace('\\', "/");
        Ok((Self::new(directory, mask)?, name))
    }

    /// Returns where a template of that name is, as it is shown.
    pub fn path(&self, name: &str) -> PathBuf {
        self.shown.join(name)
    }

    /// Reads a template.
    pub(super) fn read(&self, name: &str) -> Result<Arc<Source>, Refused> {
        let relative = relative(name)?;
        let path = self.real.join(&relative);
        let real = match dunce::canonicalize(&path) {
            Ok(real) => real,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Refused::Missing),
            Err(error) => return Err(Refused::Unreadable(reason(&error))),
        };
        if !real.starts_with(&self.real) {
            return Err(Refused::Outside("a link leads out of the directory"));
        }
        let text = text(&real)?;
        let source = Source::new(self.shown.join(relative).display().to_string(), text);
        Ok(Arc::new(source.masked_by(self.mask)))
    }

    /// Returns the names of files below the root, for suggestions and to learn who includes whom; not all of a great many.
    /// Links are left out.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut seen = 0;
        let mut wanted = vec![(self.real.clone(), 0)];
        while let Some((directory, depth)) = wanted.pop() {
            for entry in directory.read_dir().into_iter().flatten().flatten() {
                seen += 1;
                if seen > MAX_NAMES {
                    return names;
                }
                let path = entry.path();
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() && depth < MAX_DEPTH => {
                        wanted.push((path, depth + 1))
                    }
                    Ok(kind) if kind.is_file() => {
                        let relative = path.strip_prefix(&self.real).ok().and_then(Path::to_str);
                        names.extend(relative.map(|name| name.replace('\\', "/")));
                    }
                    _ => {}
                }
            }
        }
        names.sort();
        names
    }

    /// Returns what may have been meant by a name that no template has.
    pub(super) fn help_for(&self, name: &str) -> String {
        let names = self.names();
        let file_name = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
        let wanted = file_name(name);
        let moved = names.iter().find(|known| file_name(known) == wanted);
        let close = closest(name, names.iter().map(String::as_str));
        match (moved.map(String::as_str), close.first()) {
            (Some(close), _) | (None, Some(&close)) => {
                format!(
                    "did you mean `{}`? Names start at `{}`",
                    safe_text(close),
                    self.shown.display()
                )
            }
            (None, None) => format!("names start at `{}`", self.shown.display()),
        }
    }
}

/// Returns a name as a path that stays below where it starts.
fn relative(name: &str) -> Result<PathBuf, Refused> {
    let has_drive = name.as_bytes().get(1) == Some(&b':');
    if name.starts_with(['/', '\\', '~']) || has_drive {
        return Err(Refused::Outside("the name is absolute"));
    }
    if name.contains('\\') {
        return Err(Refused::Outside("the name has a backslash"));
    }
    if name.is_empty() || name.contains('\0') {
        return Err(Refused::Missing);
    }
    let mut path = PathBuf::new();
    for part in Path::new(name).components() {
        match part {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            _ => return Err(Refused::Outside("the name goes up with `..`")),
        }
    }
    Ok(path)
}

fn text(path: &Path) -> Result<String, Refused> {
    let unreadable = |reason: String| Refused::Unreadable(reason);
    let mut bytes = Vec::new();
    open_file(path)
        .and_then(|file| file.take(MAX_SIZE + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(reason(&error)))?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(unreadable(format!(
            "it is larger than {} MiB",
            MAX_SIZE >> 20
        )));
    }
    let text =
        String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8 text".to_owned()))?;
    if text.contains('\0') {
        return Err(unreadable("it is not a text".to_owned()));
    }
    // An editor's byte-order mark is not part of the text.
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it is not there".to_owned(),
        io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
        _ => error.to_string(),
    }
}
