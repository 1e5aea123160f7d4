//! One package on its way here.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::time::Instant;

use chrono::Utc;

use crate::extension::{Directory, Extension, ExtensionType, Interrupted};
use crate::package::{Archive, signature_path};
use crate::registry::{Arrival, Installed};
use crate::remote::{Found, PackageKind, Platform, Release};
use crate::resolver::{Candidate, Origin};

use super::plan::Step;
use super::space::Space;
use super::{InstallError, Installer};

/// How many digits of the digest name the folder of a package.
const DIGITS: usize = 24;

impl Space<'_> {
    /// Fetches a package, verifies it and unpacks it.
    pub(super) fn fetch(
        &self,
        found: &Found<'_>,
        step: &Step<'_>,
    ) -> Result<Arrival, InstallError> {
        let begun = Instant::now();
        let release = &found.release;
        let interrupt = self.installer.interrupt;
        let staging = self.staging()?;
        let file = staging
            .path()
            .join(release.id().archive_name(&release.version));
        let mut copy = File::create_new(&file).map_err(InstallError::io(&file))?;
        found
            .remote
            .fetch(release, &mut copy, &|| interrupt.is_triggered())?;
        drop(copy);
        if let Some(text) = found.remote.signature(release)? {
            let beside = signature_path(&file);
            fs::write(&beside, text).map_err(InstallError::io(&beside))?;
        }
        let Installer { policy, trust, .. } = self.installer;
        let archive = Archive::open(&file, policy, trust, interrupt)?;
        if archive.digest() != release.digest {
            return Err(different(found, "its digest is another one"));
        }
        let manifest = archive.manifest();
        let provides: Vec<(ExtensionType, String)> = release
            .provides
            .iter()
            .map(|one| (one.kind, one.name.clone()))
            .collect();
        let is_it = manifest.name == release.name
            && manifest.kind == release.kind.as_str()
            && manifest.version == release.version
            && manifest.provides == provides;
        if !is_it {
            return Err(different(found, "it says that it is something else"));
        }
        if manifest.contents().digest() != release.contents {
            return Err(different(found, "it has other files"));
        }
        let digits = release.digest.trim_start_matches("sha256:");
        let folder = self.folder.join(digits.get(..DIGITS).unwrap_or(digits));
        fs::create_dir_all(&folder).map_err(InstallError::io(&folder))?;
        let target = folder.join(&release.name);
        if target.symlink_metadata().is_ok() {
            // What is registered by a row that was taken away by hand.
            fs::remove_dir_all(&target).map_err(InstallError::io(&target))?;
        }
        let unpacked = archive.unpack(&folder, &release.name, interrupt)?;
        let extensions = self.described(found, &unpacked.path)?;
        Ok(Arrival {
            installed: Installed {
                path: unpacked.path,
                kind: release.kind.as_str().to_owned(),
                name: release.name.clone(),
                version: release.version.clone(),
                remote: found.remote.name().to_owned(),
                digest: release.digest.clone(),
                contents: release.contents.clone(),
                signed_by: archive
                    .signature()
                    .filter(|signature| signature.trusted)
                    .map(|signature| signature.key.clone()),
                requested: step.requested,
                installed_at: Utc::now(),
            },
            extensions,
            replaces: step.replaces.first().map(|old| old.version.clone()),
            took: begun.elapsed(),
        })
    }

    /// Returns the extensions in a package, which have to be what the index says: versions were chosen by that.
    fn described(&self, found: &Found<'_>, path: &Path) -> Result<Vec<Extension>, InstallError> {
        let release = &found.release;
        let kind = match release.kind {
            PackageKind::Single(kind) => Some(kind),
            PackageKind::Bundle => None,
        };
        let directory =
            Directory::open(path, kind).map_err(|error| different(found, &error.to_string()))?;
        let (candidates, _) =
            Candidate::of(&directory, Origin::Registered, self.installer.evaluator)
                .map_err(|Interrupted| InstallError::Interrupted)?;
        let real: BTreeSet<(ExtensionType, String)> = directory
            .extensions
            .iter()
            .filter(|one| one.version == release.version)
            .map(|one| (one.kind, one.name.clone()))
            .collect();
        let said: BTreeSet<(ExtensionType, String)> = release
            .extensions()
            .into_iter()
            .map(|one| (one.kind, one.name))
            .collect();
        if real != said || real.len() != directory.extensions.len() {
            return Err(different(
                found,
                "it has other extensions than the index says",
            ));
        }
        let is_described = |candidate: &Candidate| {
            let real = Platform::of(&candidate.compatibility);
            needs(candidate) == said_needs(release) && real == release.platform
        };
        if !candidates.iter().all(is_described) {
            return Err(different(
                found,
                "it needs something else than the index says",
            ));
        }
        Ok(candidates
            .into_iter()
            .map(|candidate| Extension {
                dependencies: candidate.dependencies,
                ..candidate.extension
            })
            .collect())
    }
}

fn needs(candidate: &Candidate) -> BTreeSet<(String, String, Option<ExtensionType>)> {
    candidate
        .dependencies
        .iter()
        .map(|one| (one.name.clone(), one.constraint.to_string(), one.kind))
        .collect()
}

fn said_needs(release: &Release) -> BTreeSet<(String, String, Option<ExtensionType>)> {
    release
        .dependencies
        .iter()
        .map(|one| (one.name.clone(), one.version.to_string(), one.kind))
        .collect()
}

fn different(found: &Found<'_>, what: &str) -> InstallError {
    InstallError::Different {
        remote: found.remote.name().to_owned(),
        id: found.release.id(),
        version: found.release.version.clone(),
        what: what.to_owned(),
    }
}
