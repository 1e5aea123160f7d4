//! The templates below a directory.

use std::path::{Path, PathBuf};

use super::root::is_template;

/// Most files and directories that are looked at.
const MAX_ENTRIES: usize = 100_000;

/// Templates below a directory, in the order of their paths, as they are found. Links and hidden directories are left out.
#[derive(Debug)]
pub struct Templates {
    /// What is still to be looked at, the next one last.
    wanted: Vec<(PathBuf, bool)>,
    seen: usize,
}

impl Templates {
    /// Returns the templates below a directory.
    pub fn below(directory: &Path) -> Self {
        Self {
            wanted: vec![(directory.to_owned(), true)],
            seen: 0,
        }
    }

    fn look_into(&mut self, directory: &Path) {
        let mut found: Vec<(PathBuf, bool)> = Vec::new();
        for entry in directory.read_dir().into_iter().flatten().flatten() {
            self.seen += 1;
            if self.seen > MAX_ENTRIES {
                break;
            }
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let path = entry.path();
            let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
            if kind.is_dir() && !is_hidden {
                found.push((path, true));
            } else if kind.is_file() && is_template(&path) {
                found.push((path, false));
            }
        }
        found.sort();
        self.wanted.extend(found.into_iter().rev());
    }
}

impl Iterator for Templates {
    type Item = PathBuf;

    fn next(&mut self) -> Option<PathBuf> {
        loop {
            match self.wanted.pop()? {
                (directory, true) => self.look_into(&directory),
                (file, false) => return Some(file),
            }
        }
    }
}
