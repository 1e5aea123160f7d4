//! A copy of an extension to try edits on.

use std::path::{Path, PathBuf};

use crate::extension::Layout;
use crate::metadata;
use crate::nushell::CodeFiles;
use crate::validation::text;

/// Largest schema or metadata file that is looked at, in bytes.
const MAX_TEXT: u64 = 1 << 20;

/// A copy of the texts that decide about the code: the code itself, schemas and metadata.
pub(super) struct Stage {
    real: PathBuf,
    pub(super) root: PathBuf,
    _home: tempfile::TempDir,
}

impl Stage {
    pub(super) fn of(real: &Path) -> std::io::Result<Self> {
        let home = tempfile::tempdir()?;
        let root = dunce::canonicalize(home.path())?;
        let stage = Self {
            real: real.to_owned(),
            root,
            _home: home,
        };
        for (path, text) in CodeFiles::below(real).files {
            stage.copy(&path, text.as_bytes())?;
        }
        let mut others: Vec<PathBuf> = metadata::FILE_NAMES
            .iter()
            .map(|name| real.join(name))
            .collect();
        let schemas = Layout::of(real).schema_directory();
        others.extend(
            schemas
                .read_dir()
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path()),
        );
        for path in others {
            if let Ok(Some(text)) = text::read(&path, MAX_TEXT) {
                stage.copy(&path, text.text.as_bytes())?;
            }
        }
        Ok(stage)
    }

    fn copy(&self, path: &Path, text: &[u8]) -> std::io::Result<()> {
        let Ok(relative) = path.strip_prefix(&self.real) else {
            return Ok(());
        };
        let copy = self.root.join(relative);
        if let Some(directory) = copy.parent() {
            std::fs::create_dir_all(directory)?;
        }
        std::fs::write(copy, text)
    }

    pub(super) fn real(&self, copy: &Path) -> PathBuf {
        match copy.strip_prefix(&self.root) {
            Ok(relative) => self.real.join(relative),
            Err(_) => copy.to_owned(),
        }
    }
}
