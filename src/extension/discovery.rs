//! Finding extensions below directories.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use ignore::{WalkBuilder, WalkState};

use crate::metadata::{ExtensionType, has_metadata};

use super::{Directory, Extension};

/// How many levels below a root are searched: `<root>/<types>/<name>/<version>` and two to spare.
pub const DEFAULT_DEPTH: usize = 6;

/// Name of a file with more patterns of what not to search, in the form of `.gitignore`.
const IGNORE_FILE: &str = ".extignore";

/// What to search, and how.
#[derive(Clone, Debug)]
pub struct Discovery {
    /// Directories to search.
    pub roots: Vec<PathBuf>,
    /// Only extensions of this type.
    pub kind: Option<ExtensionType>,
    /// Levels below a root.
    pub depth: usize,
    /// Threads; 0 for as many as there are processors.
    pub jobs: usize,
}

/// A directory with metadata.
#[derive(Debug)]
pub struct Found {
    /// The directory.
    pub path: PathBuf,
    /// The extensions in it; none when the metadata cannot be used.
    pub extensions: Vec<Extension>,
    /// What is wrong, when there are none.
    pub problem: Option<String>,
}

/// Searches and calls `visit` for each directory with metadata, from several threads and in no order.
///
/// Patterns of `.gitignore`, `.ignore` and `.extignore` files below a root are respected, hidden directories are left out, links are not
/// followed, and the search does not go into an extension. It ends when `visit` returns false.
pub fn discover(discovery: &Discovery, visit: &(impl Fn(Found) -> bool + Sync)) {
    let mut roots = discovery
        .roots
        .iter()
        .filter_map(|root| dunce::canonicalize(root).ok());
    let Some(first) = roots.next() else {
        return;
    };
    let mut builder = WalkBuilder::new(first);
    for root in roots {
        builder.add(root);
    }
    builder
        .max_depth(Some(discovery.depth))
        .threads(discovery.jobs)
        .follow_links(false)
        .require_git(false)
        // What a directory above the root ignores says nothing about the root.
        .parents(false)
        .git_global(false)
        .add_custom_ignore_filename(IGNORE_FILE);
    let ended = AtomicBool::new(false);
    // Roots may lie inside of each other.
    let seen: Mutex<HashSet<PathBuf>> = Mutex::default();
    builder.build_parallel().run(|| {
        Box::new(|entry| {
            if ended.load(Ordering::Relaxed) {
                return WalkState::Quit;
            }
            // What cannot be read is not an extension that can be used; the search goes on.
            let Ok(entry) = entry else {
                return WalkState::Continue;
            };
            if !entry.file_type().is_some_and(|kind| kind.is_dir()) || !has_metadata(entry.path()) {
                return WalkState::Continue;
            }
            let is_new = seen
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(entry.path().to_owned());
            if !is_new {
                return WalkState::Skip;
            }
            if let Some(found) = look(entry.into_path(), discovery.kind)
                && !visit(found)
            {
                ended.store(true, Ordering::Relaxed);
                return WalkState::Quit;
            }
            WalkState::Skip
        })
    });
}

fn look(path: PathBuf, kind: Option<ExtensionType>) -> Option<Found> {
    let directory = match Directory::open(&path, None) {
        Ok(directory) => directory,
        Err(error) => {
            return Some(Found {
                path,
                extensions: Vec::new(),
                problem: Some(error.to_string()),
            });
        }
    };
    if directory.is_usable() {
        let extensions: Vec<Extension> = directory
            .extensions
            .into_iter()
            .filter(|extension| kind.is_none_or(|kind| kind == extension.kind))
            .collect();
        return (!extensions.is_empty()).then_some(Found {
            path: directory.path,
            extensions,
            problem: None,
        });
    }
    let of_another_type = |metadata: &crate::metadata::Metadata| {
        kind.is_some() && metadata.kind.is_some() && metadata.kind != kind
    };
    if directory
        .reading
        .metadata
        .as_ref()
        .is_some_and(of_another_type)
    {
        return None;
    }
    let problem = directory
        .findings()
        .find(|finding| finding.is_error())
        .map(|finding| finding.message.clone());
    Some(Found {
        path: directory.path,
        extensions: Vec::new(),
        problem,
    })
}
