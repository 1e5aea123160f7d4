//! The generated parts of `API.md`, which are there from the beginning.

use std::fs;
use std::path::Path;

use super::{NewFile, ScaffoldError};
use crate::documentation::{Documentation, DocumentationError, FILE_NAME, Page, Surroundings};
use crate::extension::Directory;

/// What tells that a part of a page is generated.
const MARK: &[u8] = b"<!-- generated: ";

/// Writes what is generated into the `API.md` among the files of an extension of that name, where it has marks for it. What a
/// scaffold of somebody's own makes may be no extension yet: then the page stays as it is.
///
/// # Errors
/// The work was ended from outside, or temporary files cannot be written.
pub fn document(
    files: &mut [NewFile],
    name: &str,
    with: &Surroundings,
) -> Result<(), ScaffoldError> {
    let in_docs = format!("docs/{FILE_NAME}");
    let has_marks = |file: &&mut NewFile| {
        (file.path == FILE_NAME || file.path == in_docs)
            && file.contents.windows(MARK.len()).any(|part| part == MARK)
    };
    if !files.iter_mut().any(|file| has_marks(&file)) {
        return Ok(());
    }
    let home =
        tempfile::tempdir().map_err(|error| ScaffoldError::write(&std::env::temp_dir(), error))?;
    let directory = home.path().join(name);
    // The files as they will be.
    for file in files.iter() {
        let path = directory.join(&file.path);
        path.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&path, &file.contents))
            .map_err(|error| ScaffoldError::write(&path, error))?;
    }
    let text = match page(&directory, with) {
        Ok(page) => page,
        Err(DocumentationError::Interrupted) => return Err(ScaffoldError::Interrupted),
        Err(_) => return Ok(()),
    };
    if let (Some(text), Some(file)) = (text, files.iter_mut().find(|file| has_marks(file))) {
        file.contents = text.into_bytes();
    }
    Ok(())
}

fn page(directory: &Path, with: &Surroundings) -> Result<Option<String>, DocumentationError> {
    let Ok(directory) = Directory::open(directory, None) else {
        return Ok(None);
    };
    let documentation = Documentation::of(&directory, with)?;
    Page::of(&directory.path, &documentation).map(|page| Some(page.text))
}
