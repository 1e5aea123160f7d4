//! What an index file tells of a package: one event a line, the oldest first.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use semver::Version;
use serde::Deserialize;

use super::release::{Event, FORMAT, Mark, PackageId, Release};

/// Longest line of an index, in bytes.
pub(super) const MAX_LINE: usize = 256 << 10;

/// A release, and whether it was withdrawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The release.
    pub release: Release,
    /// Who has withdrawn it, when and why; none when it may be chosen.
    pub yanked: Option<Mark>,
}

/// What is known of a package.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// Every release, by version.
    pub releases: BTreeMap<Version, Entry>,
    /// Lines that only a newer program can read.
    pub newer: usize,
    /// Lines that cannot be read: their numbers, the first being 1, and why.
    pub faults: Vec<(usize, String)>,
    /// How many bytes at the end belong to a line that was never finished.
    pub(super) torn: usize,
}

impl History {
    /// Reads an index. Lines that cannot be read are told and left out: one bad line does not take away the other releases.
    pub(super) fn read(text: &[u8], id: &PackageId) -> Self {
        let mut history = Self::default();
        let whole = text
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        history.torn = text.len() - whole;
        for (index, line) in text[..whole]
            .split_inclusive(|byte| *byte == b'\n')
            .enumerate()
        {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            if let Err(reason) = history.line(line, id) {
                history.faults.push((index + 1, reason));
            }
        }
        history
    }

    fn line(&mut self, line: &[u8], id: &PackageId) -> Result<(), String> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        if line.len() > MAX_LINE {
            return Err(format!("it is longer than {} KiB", MAX_LINE >> 10));
        }
        let format: Format =
            serde_json::from_slice(line).map_err(|error| format!("it is no event: {error}"))?;
        if format.format > FORMAT {
            self.newer += 1;
            return Ok(());
        }
        let event: Event =
            serde_json::from_slice(line).map_err(|error| format!("it is no event: {error}"))?;
        match event {
            Event::Publish(release) => {
                if release.id() != *id {
                    return Err(format!("it is about the {}", release.id()));
                }
                if let Some(fault) = release.fault() {
                    return Err(fault);
                }
                if let Some(known) = self.same(&release.version) {
                    return Err(format!("{known} was published before"));
                }
                self.releases.insert(
                    release.version.clone(),
                    Entry {
                        release: *release,
                        yanked: None,
                    },
                );
            }
            Event::Yank(mark) => {
                let version = mark.version.clone();
                self.entry(&version)?.yanked = Some(mark);
            }
            Event::Unyank(mark) => self.entry(&mark.version)?.yanked = None,
        }
        Ok(())
    }

    fn entry(&mut self, version: &Version) -> Result<&mut Entry, String> {
        self.releases
            .get_mut(version)
            .ok_or_else(|| format!("{version} was not published before"))
    }

    /// Returns the version that was published and that a version would be confused with: of the same numbers, whatever their
    /// build metadata say.
    pub fn same(&self, version: &Version) -> Option<&Version> {
        self.releases
            .keys()
            .find(|known| known.cmp_precedence(version).is_eq())
    }

    /// Returns the versions that may be chosen, the lowest first.
    pub fn usable(&self) -> impl DoubleEndedIterator<Item = &Release> {
        self.releases
            .values()
            .filter(|entry| entry.yanked.is_none())
            .map(|entry| &entry.release)
    }

    /// Returns what a search shows: the highest release that may be chosen, pre-releases last; else the highest at all.
    pub fn shown(&self) -> Option<&Entry> {
        let all = || self.releases.values();
        let usable = || all().filter(|entry| entry.yanked.is_none());
        let is_release = |entry: &&Entry| entry.release.version.pre.is_empty();
        usable()
            .rfind(is_release)
            .or_else(|| usable().next_back())
            .or_else(|| all().next_back())
    }
}

/// Writes an event as a line.
pub(super) fn line_of(event: &Event) -> Result<Vec<u8>, String> {
    let mut value = serde_json::to_value(event).map_err(|error| error.to_string())?;
    if let Some(fields) = value.as_object_mut() {
        fields.insert("format".to_owned(), FORMAT.into());
    }
    let mut line = serde_json::to_vec(&value).map_err(|error| error.to_string())?;
    line.push(b'\n');
    if line.len() > MAX_LINE {
        return Err(format!(
            "what is to be said of it takes more than {} KiB",
            MAX_LINE >> 10
        ));
    }
    Ok(line)
}

/// Returns now, in whole seconds: what people read needs no more.
pub(super) fn now() -> DateTime<Utc> {
    let now = Utc::now();
    DateTime::from_timestamp(now.timestamp(), 0).unwrap_or(now)
}
