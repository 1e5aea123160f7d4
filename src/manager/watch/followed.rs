//! A watched extension: how it was the last time, and how it is now.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::wanted::Watched;
use crate::extension::tree::{Kind, Tree};
use crate::extension::{Change, Contents, ContentsError, Directory, DirectoryError, Packing};
use crate::manager::Place;
use crate::manager::read::{Outside, hash_of};
use crate::manager::stamps::{Look, Stamps};
use crate::nickel::Interrupt;

/// A watched extension.
#[derive(Debug)]
pub(super) struct Followed {
    pub(super) watched: Watched,
    /// How it was when it was told of last.
    pub(super) told: Seen,
    /// Its directory at that time.
    pub(super) directory: PathBuf,
    /// Its version at that time.
    pub(super) version: Option<String>,
    /// What leaves files out, as long as its metadata cannot say.
    packing: Option<Packing>,
    /// The files that it imports from elsewhere, and those that would take their place.
    outside: BTreeSet<PathBuf>,
    /// What a look at the files is compared with; none when there are none.
    stamps: Option<Stamps>,
    /// The files when they were seen to differ from that.
    glimpsed: Option<Stamps>,
}

/// What there is of an extension.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Seen {
    /// Nothing.
    Gone,
    /// Something, which cannot be looked at for this reason.
    Hidden(String),
    /// Its files.
    Files {
        contents: Contents,
        /// The SHA-256 of each file from elsewhere; none where there is no such file.
        outside: BTreeMap<PathBuf, Option<[u8; 32]>>,
    },
}

/// An extension at one moment.
#[derive(Debug)]
pub(super) struct Moment {
    pub(super) seen: Seen,
    pub(super) place: Place,
    packing: Option<Packing>,
    stamps: Option<Stamps>,
}

/// The work was ended from outside.
#[derive(Debug)]
pub(super) struct Ended;

impl Followed {
    pub(super) fn new(watched: Watched) -> Self {
        Self {
            told: Seen::Gone,
            directory: watched.path.clone(),
            version: watched.version.as_ref().map(ToString::to_string),
            packing: None,
            outside: BTreeSet::new(),
            stamps: None,
            glimpsed: None,
            watched,
        }
    }

    /// Looks at the files as they are now.
    pub(super) fn now(&self, interrupt: &Interrupt) -> Result<Moment, Ended> {
        let place = |path: &Path, version| Place {
            kind: self.watched.kind,
            name: self.watched.name.clone(),
            version,
            path: path.to_owned(),
        };
        let without_files = |seen, place| {
            Ok(Moment {
                seen,
                place,
                packing: None,
                stamps: None,
            })
        };
        let gone = || place(&self.directory, None);
        let directory = match Directory::open(&self.watched.path, Some(self.watched.kind)) {
            Ok(directory) if directory.reading.files.is_empty() => {
                return without_files(Seen::Gone, gone());
            }
            Ok(directory) => directory,
            Err(DirectoryError::NotFound(_) | DirectoryError::NotADirectory(_)) => {
                return without_files(Seen::Gone, gone());
            }
            Err(error) => return without_files(Seen::Hidden(error.to_string()), gone()),
        };
        let found = directory
            .extensions
            .iter()
            .find(|one| one.kind == self.watched.kind && one.name == self.watched.name);
        let place = place(&directory.path, found.map(|one| one.version.clone()));
        let own = directory.reading.metadata.as_ref();
        let own = own.map(|_| Packing::of(&directory));
        let packing = own.or_else(|| self.packing.clone());
        // Before the contents are read: what is written after this shows.
        let result = Stamps::of(&directory, interrupt).and_then(|mut stamps| {
            let (there, absent): (Vec<_>, Vec<_>) =
                self.outside.iter().cloned().partition(|path| path.exists());
            stamps.add_outside(there, absent);
            let contents = match &packing {
                Some(packing) => Contents::packed(&directory, packing, interrupt),
                None => Contents::of(&directory, interrupt),
            }?;
            Ok((stamps, contents))
        });
        match result {
            Ok((stamps, contents)) => Ok(Moment {
                seen: Seen::Files {
                    contents,
                    outside: hashes(&self.outside),
                },
                place,
                packing,
                stamps: Some(stamps),
            }),
            Err(ContentsError::Interrupted) => Err(Ended),
            Err(error) => without_files(Seen::Hidden(error.to_string()), place),
        }
    }

    /// Takes note of a moment, and of what the extension imports from elsewhere if it could be loaded.
    pub(super) fn keep(&mut self, moment: Moment, outside: Option<&Outside>) {
        if moment.seen != Seen::Gone {
            self.directory = moment.place.path;
            self.version = moment.place.version.map(|version| version.to_string());
        }
        self.told = moment.seen;
        self.packing = moment.packing.or(self.packing.take());
        self.stamps = moment.stamps;
        self.glimpsed = None;
        let Some(outside) = outside else {
            return;
        };
        let now: BTreeMap<PathBuf, Option<[u8; 32]>> = outside
            .paths()
            .map(|(path, hash)| (path.clone(), hash))
            .collect();
        if !now.keys().eq(&self.outside) {
            self.outside = now.keys().cloned().collect();
            if let Seen::Files { outside, .. } = &mut self.told {
                *outside = now;
            }
            // Looked at once more, with all of them: they are watched from now on only.
            self.stamps = None;
        }
    }

    /// Takes note of how the files are looked at from now on; nothing has changed.
    pub(super) fn look_from(&mut self, moment: Moment) {
        self.stamps = moment.stamps;
        self.glimpsed = None;
    }

    /// Whether a look at the files cannot rule out that they have changed.
    pub(super) fn may_have_changed(&self) -> bool {
        self.stamps
            .as_ref()
            .is_none_or(|stamps| stamps.look() == Look::Doubtful)
    }

    /// Looks at the files, to tell later whether they have come to rest.
    pub(super) fn glimpse(&mut self) {
        let directory = Directory::open(&self.watched.path, Some(self.watched.kind)).ok();
        self.glimpsed =
            directory.and_then(|directory| Stamps::of(&directory, &Interrupt::default()).ok());
    }

    /// Whether nothing has changed since the last glimpse, if there was one.
    pub(super) fn is_as_glimpsed(&self) -> bool {
        self.glimpsed.as_ref().is_none_or(Stamps::is_same)
    }

    /// Returns the paths by which changes of the extension are known.
    pub(super) fn roots(&self) -> Vec<PathBuf> {
        let mut all = vec![self.watched.path.clone()];
        if self.directory != self.watched.path {
            all.push(self.directory.clone());
        }
        all.extend(self.outside.iter().cloned());
        all
    }

    /// Returns the directories in which something that counts may change, and those that name the extension.
    pub(super) fn directories(&self, interrupt: &Interrupt) -> Places {
        let mut places = Places::default();
        let named = [&self.watched.path, &self.directory];
        let above = named.into_iter().chain(&self.outside);
        let above = above.filter_map(|path| path.parent());
        places.around.extend(above.map(Path::to_owned));
        let Ok(directory) = Directory::open(&self.watched.path, Some(self.watched.kind)) else {
            return places;
        };
        places
            .around
            .extend(directory.path.parent().map(Path::to_owned));
        let own = directory.reading.metadata.as_ref();
        let packing = own.map(|_| Packing::of(&directory));
        let packing = packing.or_else(|| self.packing.clone());
        let packing = packing.unwrap_or_else(|| Packing::of(&directory));
        if let Ok(tree) = Tree::walk(&directory.path, &packing, interrupt) {
            let inside = tree
                .entries
                .into_iter()
                .filter(|entry| entry.kind == Kind::Directory && Contents::counts(entry));
            places.inside.extend(inside.map(|entry| entry.path));
        }
        places.root = Some(directory.path);
        places
    }
}

/// Directories that are watched for an extension.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Those that it or something from elsewhere lies in.
    pub(super) around: BTreeSet<PathBuf>,
    /// Its own.
    pub(super) root: Option<PathBuf>,
    /// Those below that.
    pub(super) inside: BTreeSet<PathBuf>,
}

impl Seen {
    /// Returns the digest of the files of the extension itself.
    pub(super) fn digest(&self) -> Option<String> {
        match self {
            Seen::Files { contents, .. } => Some(contents.digest()),
            Seen::Gone | Seen::Hidden(_) => None,
        }
    }

    /// Returns the files that differ later on, in that directory.
    pub(super) fn changes_to(&self, later: &Seen, directory: &Path) -> Vec<String> {
        let (
            Seen::Files { contents, outside },
            Seen::Files {
                contents: now,
                outside: outside_now,
            },
        ) = (self, later)
        else {
            return Vec::new();
        };
        // What is left out from now on is still there.
        let has_changed = |(path, change): &(&str, Change)| {
            *change != Change::Removed || directory.join(path).symlink_metadata().is_err()
        };
        let inside = contents.changes_to(now).into_iter().filter(has_changed);
        let elsewhere = outside_now
            .iter()
            .filter(|(path, hash)| outside.get(*path).is_some_and(|was| was != *hash));
        inside
            .map(|(path, _)| path.to_owned())
            .chain(elsewhere.map(|(path, _)| path.to_string_lossy().into_owned()))
            .collect()
    }
}

fn hashes(paths: &BTreeSet<PathBuf>) -> BTreeMap<PathBuf, Option<[u8; 32]>> {
    paths
        .iter()
        .map(|path| (path.clone(), hash_of(path)))
        .collect()
}
