//! The Nushell files of an extension, as far as they can be read and parsed at all.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::diagnostic::{Code, Diagnostic, Source, Span};
use crate::store::open_file;

/// Largest file, in bytes.
pub(super) const MAX_SIZE: u64 = 1 << 20;
/// Most bytes of all files together.
const MAX_BYTES: usize = 16 << 20;
/// Most files.
const MAX_FILES: usize = 2000;
/// Deepest nesting of directories.
const MAX_DEPTH: usize = 16;
/// Deepest nesting of brackets: the parser recurses over them.
const MAX_BRACKETS: usize = 128;

/// The Nushell files below a directory.
#[derive(Clone, Debug, Default)]
pub struct CodeFiles {
    /// Those that can be parsed, with their texts, sorted by path.
    pub files: Vec<(PathBuf, Arc<str>)>,
    /// Why the others cannot.
    pub findings: Vec<Diagnostic>,
    /// A hash of the paths and the texts.
    digest: [u8; 32],
}

impl CodeFiles {
    /// Reads the files below a directory. Links are not followed, and what is hidden is left out.
    pub fn below(root: &Path) -> Self {
        let mut all = Self::default();
        let mut paths = Vec::new();
        find(root, 0, &mut paths);
        paths.sort();
        if paths.len() > MAX_FILES {
            let what = format!("there are more than {MAX_FILES} Nushell files");
            all.findings.push(too_much(root, &what));
            paths.truncate(MAX_FILES);
        }
        let mut bytes = 0;
        for path in paths {
            match read(&path) {
                Ok(text) => match too_deep(&path, &text) {
                    Some(finding) => all.findings.push(finding),
                    None => {
                        bytes += text.len();
                        if bytes > MAX_BYTES {
                            let what =
                                format!("there are more than {} MiB of code", MAX_BYTES >> 20);
                            all.findings.push(too_much(root, &what));
                            break;
                        }
                        all.files.push((path, text.into()));
                    }
                },
                Err(finding) => all.findings.push(*finding),
            }
        }
        all.digest = digest(&all.files);
        all
    }

    /// Returns what is the same for the same files with the same texts.
    pub(super) fn digest(&self) -> &[u8] {
        &self.digest
    }

    /// Returns the text of a file that can be parsed.
    pub(super) fn text(&self, path: &Path) -> Option<&str> {
        let at = self
            .files
            .binary_search_by(|(known, _)| known.as_path().cmp(path));
        let (_, text) = self.files.get(at.ok()?)?;
        Some(text)
    }

    /// Whether a file can be parsed.
    pub fn has(&self, path: &Path) -> bool {
        self.text(path).is_some()
    }
}

fn too_much(root: &Path, what: &str) -> Diagnostic {
    Diagnostic::error(
        Code::NushellTooLarge,
        format!("{what}; the rest is not checked"),
    )
    .with_file(root)
    .with_help("leave out what is generated")
}

fn digest(files: &[(PathBuf, Arc<str>)]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for (path, text) in files {
        for bytes in [path.as_os_str().as_encoded_bytes(), text.as_bytes()] {
            hasher.update(bytes.len().to_le_bytes());
            hasher.update(bytes);
        }
    }
    hasher.finalize().into()
}

fn find(directory: &Path, depth: usize, paths: &mut Vec<PathBuf>) {
    let entries = directory.read_dir().into_iter().flatten().flatten();
    for entry in entries {
        if paths.len() > MAX_FILES {
            return;
        }
        let path = entry.path();
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth < MAX_DEPTH && !is_hidden => {
                find(&path, depth + 1, paths);
            }
            // A device or a pipe with that ending is told too.
            Ok(kind) if !kind.is_dir() && !kind.is_symlink() && is_code(&path) => {
                paths.push(path);
            }
            _ => {}
        }
    }
}

/// Whether a file is among those that [`CodeFiles::below`] reads, or tells why it does not.
pub(super) fn is_looked_at(root: &Path, path: &Path) -> bool {
    let Ok(relative) = path.strip_prefix(root) else {
        return false;
    };
    let mut names = relative.iter();
    let is_hidden = names.any(|name| name.as_encoded_bytes().starts_with(b"."));
    let is_itself = dunce::canonicalize(path).is_ok_and(|real| real == path);
    is_code(path) && !is_hidden && is_itself && relative.iter().count() <= MAX_DEPTH + 1
}

fn is_code(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "nu")
}

fn read(path: &Path) -> Result<String, Box<Diagnostic>> {
    let refused = |code, message: String, help: &str| {
        Box::new(
            Diagnostic::error(code, message)
                .with_file(path)
                .with_help(help),
        )
    };
    let unreadable = |reason: String| {
        refused(
            Code::NushellUnreadable,
            format!("the file cannot be read: {reason}"),
            "make it a file that can be read",
        )
    };
    let bytes = contents(path, MAX_SIZE + 1).map_err(|error| unreadable(error.to_string()))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_SIZE) {
        return Err(refused(
            Code::NushellTooLarge,
            "the file is larger than 1 MiB".to_owned(),
            "split it, or keep data in files of their own",
        ));
    }
    String::from_utf8(bytes).map_err(|_| {
        refused(
            Code::NushellNotUtf8,
            "the file is not UTF-8 text".to_owned(),
            "save it as UTF-8",
        )
    })
}

/// Reads a regular file, no more of it than so many bytes. What is no regular file is an error, at once.
pub(super) fn contents(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_file(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Returns a finding when brackets are nested deeper than the limit.
fn too_deep(path: &Path, text: &str) -> Option<Diagnostic> {
    let at = deepest(text)?;
    let source = Arc::new(Source::new(path.display().to_string(), text));
    Some(
        Diagnostic::error(
            Code::NushellTooDeep,
            format!("brackets are nested more than {MAX_BRACKETS} deep"),
        )
        .with_label(&source, Span::new(at, at + 1), "one too many")
        .with_help("name the parts with `let`, or keep data in a file of their own"),
    )
}

/// Returns where brackets are nested deeper than the limit. Texts in quotes and comments do not count, as far as that
/// can be told from single characters; the limits of the parse are there for the rest.
fn deepest(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote: Option<u8> = None;
    let mut in_comment = false;
    let mut previous = b' ';
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (_, b'\n') => in_comment = false,
            _ if in_comment => {}
            (Some(open), byte) if byte == open && (open != b'"' || previous != b'\\') => {
                quote = None
            }
            (Some(_), _) => {}
            (None, b'"' | b'\'' | b'`') => quote = Some(byte),
            (None, b'#') if previous.is_ascii_whitespace() => in_comment = true,
            (None, b'{' | b'[' | b'(') => {
                depth += 1;
                if depth > MAX_BRACKETS {
                    return Some(at);
                }
            }
            (None, b'}' | b']' | b')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        previous = byte;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_parsed_is_told_and_the_rest_is_read() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path();
        std::fs::create_dir_all(root.join("nulib/.hidden")).unwrap();
        std::fs::write(root.join("nulib/mod.nu"), "export def a [] {}").unwrap();
        std::fs::write(root.join("nulib/.hidden/x.nu"), "(").unwrap();
        std::fs::write(root.join("latin.nu"), b"# caf\xe9").unwrap();
        std::fs::write(root.join("large.nu"), vec![b'#'; 1 << 21]).unwrap();
        std::fs::write(root.join("deep.nu"), "(".repeat(200)).unwrap();
        let all = CodeFiles::below(root);
        assert_eq!(all.files.len(), 1);
        assert!(all.has(&root.join("nulib/mod.nu")));
        let codes: Vec<&str> = all
            .findings
            .iter()
            .map(|finding| finding.code.as_str())
            .collect();
        assert_eq!(
            codes,
            [
                "nushell::too-deep",
                "nushell::too-large",
                "nushell::not-utf8"
            ]
        );
    }

    #[test]
    fn there_is_an_end_to_how_much_is_read() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path();
        for n in 0..20 {
            std::fs::write(root.join(format!("{n:02}.nu")), vec![b'#'; 1 << 20]).unwrap();
        }
        let all = CodeFiles::below(root);
        assert_eq!(all.files.len(), 16);
        assert_eq!(
            all.findings[0].message,
            "there are more than 16 MiB of code; the rest is not checked"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_takes_the_place_of_a_file_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let link = home.path().join("a.nu");
        std::os::unix::fs::symlink("/etc/passwd", &link).unwrap();
        assert!(contents(&link, 10).is_err());
        assert!(contents(Path::new("/dev/zero"), 10).is_err());
        assert!(contents(home.path(), 10).is_err());
    }

    #[test]
    fn brackets_in_texts_and_comments_do_not_count() {
        let many = "[".repeat(300);
        assert_eq!(
            deepest(&format!("let x = '{many}'\n# {many}\n\"{many}\"")),
            None
        );
        assert_eq!(deepest(&many), Some(MAX_BRACKETS));
        assert_eq!(deepest(&"[]".repeat(500)), None);
    }
}
