//! Reading a metadata file that nobody has looked at yet.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Source, Span};

/// Largest metadata file that is read, in bytes.
pub const MAX_FILE: u64 = 256 * 1024;

/// Reads a metadata file of an extension.
///
/// `root` must be canonical. Returns none when there is no such file, and a finding when there is one that cannot or
/// must not be read: a link that leaves the extension, a device, something huge, something that is not text.
pub(super) fn read(root: &Path, name: &str) -> Option<Result<Arc<Source>, Diagnostic>> {
    let path = root.join(name);
    match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        _ => {}
    }
    Some(read_existing(root, &path).map(Arc::new))
}

fn read_existing(root: &Path, path: &Path) -> Result<Source, Diagnostic> {
    let unreadable = |reason: String| {
        Diagnostic::error(
            Code::Unreadable,
            format!("the metadata cannot be read: {reason}"),
        )
        .with_file(path)
    };
    let real = dunce::canonicalize(path).map_err(|error| unreadable(error.to_string()))?;
    if !real.starts_with(root) {
        return Err(Diagnostic::error(
            Code::Outside,
            "the metadata file is a link that leaves the extension",
        )
        .with_file(path)
        .with_help("put the file itself into the extension's directory"));
    }
    // Asked before opening, because opening a named pipe would wait for its writer.
    let kind = real
        .metadata()
        .map_err(|error| unreadable(error.to_string()))?;
    if !kind.is_file() {
        return Err(unreadable("it is not a regular file".to_owned()));
    }
    let file = File::open(&real).map_err(|error| unreadable(error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(
            Diagnostic::error(Code::TooLarge, "the metadata file is too large")
                .with_file(path)
                .with_help(format!("metadata has at most {} KiB", MAX_FILE / 1024)),
        );
    }
    let name = path.display().to_string();
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(name, text)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let source = Arc::new(Source::new(name, text));
            Err(
                Diagnostic::error(Code::NotUtf8, "the metadata file is not UTF-8 text")
                    .with_label(&source, Span::new(at, at + 1), "not UTF-8 from here")
                    .with_help("save the file as UTF-8"),
            )
        }
    }
}
