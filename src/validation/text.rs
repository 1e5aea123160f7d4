//! Reading texts of an extension that nobody has looked at yet.

use std::io::{self, Read as _};
use std::path::Path;

use crate::store::open_file;

/// A text, or its beginning.
pub(super) struct Text {
    pub(super) text: String,
    /// Whether the file goes on after it.
    pub(super) is_cut: bool,
}

/// Reads at most so many bytes of a regular file. Returns none for what is not text. The last part of the path is not
/// followed when it is a link.
///
/// # Errors
/// The file cannot be read, or is not a regular one.
pub(super) fn read(path: &Path, most: u64) -> io::Result<Option<Text>> {
    let mut bytes = Vec::new();
    open_file(path)?
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    let limit = usize::try_from(most).unwrap_or(usize::MAX);
    let is_cut = bytes.len() > limit;
    bytes.truncate(limit);
    if bytes.contains(&0) {
        return Ok(None);
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        // The cut may have gone through a character.
        Err(error) if is_cut && error.utf8_error().error_len().is_none() => {
            let end = error.utf8_error().valid_up_to();
            let mut bytes = error.into_bytes();
            bytes.truncate(end);
            String::from_utf8(bytes).unwrap_or_default()
        }
        Err(_) => return Ok(None),
    };
    Ok(Some(Text { text, is_cut }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_never_goes_through_a_character() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a");
        std::fs::write(&path, "aé日").unwrap();
        for (most, text, is_cut) in [
            (1, "a", true),
            (2, "a", true),
            (3, "aé", true),
            (5, "aé", true),
            (6, "aé日", false),
        ] {
            let read = read(&path, most).unwrap().unwrap();
            assert_eq!((read.text.as_str(), read.is_cut), (text, is_cut), "{most}");
        }
        std::fs::write(&path, b"a\0b").unwrap();
        assert!(read(&path, 100).unwrap().is_none());
        std::fs::write(&path, b"a\xffb").unwrap();
        assert!(read(&path, 100).unwrap().is_none());
        assert!(read(home.path(), 100).is_err());
    }
}
