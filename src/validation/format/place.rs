//! Where a finding is, as other programs want to be told.

use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

use crate::diagnostic::{Diagnostic, Location, Source, Span};
use crate::validation::Report;

/// A stretch of a text. The end is the place after the last character.
#[derive(Clone, Copy, Debug)]
pub(super) struct Region {
    pub(super) start: Location,
    pub(super) end: Location,
}

impl Region {
    pub(super) fn of(source: &Source, span: Span) -> Self {
        Self {
            start: source.location(span.start),
            end: source.location(span.end.max(span.start)),
        }
    }
}

/// A file or directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Artifact {
    /// Below the base, with `/` between its parts; `.` is the base itself.
    Below(String),
    /// Elsewhere, from the root.
    Elsewhere(PathBuf),
}

impl Artifact {
    /// Returns the file of a text or, when the text is none of a file, such as Nickel's own library, the extension.
    pub(super) fn of_source(source: &Source, report: &Report, base: &Path) -> Self {
        let path = Path::new(source.name());
        Self::new(
            if path.is_absolute() {
                path
            } else {
                &report.path
            },
            base,
        )
    }

    /// Returns the file that a finding is about or, when it is about none, the extension.
    pub(super) fn of_finding(finding: &Diagnostic, report: &Report, base: &Path) -> Self {
        match (finding.labels.first(), &finding.file) {
            (Some(label), _) => Self::of_source(&label.source, report, base),
            (None, Some(file)) if file.is_absolute() => Self::new(file, base),
            (None, _) => Self::new(&report.path, base),
        }
    }

    fn new(path: &Path, base: &Path) -> Self {
        match path.strip_prefix(base) {
            Ok(relative) if relative.as_os_str().is_empty() => Artifact::Below(".".to_owned()),
            Ok(relative) => Artifact::Below(slashed(relative)),
            Err(_) => Artifact::Elsewhere(path.to_owned()),
        }
    }

    /// Returns the path with `/` between its parts.
    pub(super) fn path(&self) -> String {
        match self {
            Artifact::Below(path) => path.clone(),
            Artifact::Elsewhere(path) => slashed(path),
        }
    }

    /// Returns the URI; that of something below the base is relative.
    pub(super) fn uri(&self) -> String {
        match self {
            Artifact::Below(path) => encoded(path),
            Artifact::Elsewhere(path) => file_uri(path),
        }
    }
}

/// Returns the `file:` URI of an absolute path.
pub(super) fn file_uri(path: &Path) -> String {
    let path = slashed(path);
    match path.split_once(":/") {
        // C:/dir
        Some((drive, rest)) if drive.len() == 1 => format!("file:///{drive}:/{}", encoded(rest)),
        _ => match path.strip_prefix("//") {
            // //server/share
            Some(share) => format!("file://{}", encoded(share)),
            None => format!("file://{}", encoded(&path)),
        },
    }
}

/// Returns a path with `/` between its parts, whatever the system writes.
fn slashed(path: &Path) -> String {
    let mut text = String::new();
    for component in path.components() {
        let part = match component {
            Component::RootDir => {
                text.push('/');
                continue;
            }
            Component::Prefix(prefix) => prefix.as_os_str().to_string_lossy().replace('\\', "/"),
            other => other.as_os_str().to_string_lossy().into_owned(),
        };
        if !text.is_empty() && !text.ends_with('/') {
            text.push('/');
        }
        text.push_str(&part);
    }
    text
}

/// Returns a path as it is written in a URI.
fn encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_hold_nothing_that_means_something_in_a_uri() {
        assert_eq!(
            encoded("a b/50%/ü#?:[x]"),
            "a%20b/50%25/%C3%BC%23%3F%3A%5Bx%5D"
        );
        assert_eq!(
            file_uri(Path::new("/home/a b/x.toml")),
            "file:///home/a%20b/x.toml"
        );
    }

    #[test]
    fn paths_below_the_base_are_relative() {
        let base = Path::new("/srv/repo");
        let below = Artifact::new(Path::new("/srv/repo/a/metadata.toml"), base);
        assert_eq!(below.uri(), "a/metadata.toml");
        assert_eq!(Artifact::new(base, base).path(), ".");
        let elsewhere = Artifact::new(Path::new("/srv/repository/a"), base);
        assert_eq!(elsewhere.path(), "/srv/repository/a");
        assert_eq!(elsewhere.uri(), "file:///srv/repository/a");
    }

    #[cfg(windows)]
    #[test]
    fn windows_paths_have_slashes() {
        let file = Path::new(r"C:\work\repo\a b\metadata.toml");
        let below = Artifact::new(file, Path::new(r"C:\work\repo"));
        assert_eq!(below.path(), "a b/metadata.toml");
        assert_eq!(file_uri(file), "file:///C:/srv/repo/a%20b/metadata.toml");
        assert_eq!(
            file_uri(Path::new(r"\\server\share\a")),
            "file://server/share/a"
        );
    }
}
