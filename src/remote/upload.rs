//! What an index will say of a package, told from the package itself.

use std::path::PathBuf;

use crate::audit::who_is_here;
use crate::extension::{Directory, Interrupted};
use crate::nickel::{Evaluator, Interrupt};
use crate::package::{Archive, signature_path};
use crate::registry::Requirement;
use crate::resolver::{Candidate, Origin};

use super::history::now;
use super::release::{PackageId, PackageKind, Platform, Provides, Release};
use super::{PackageError, RemoteError};

/// Something to publish: an archive that was verified, and what it says.
#[derive(Clone, Debug)]
pub struct Upload {
    /// What the index will say of it.
    pub release: Release,
    /// The archive.
    pub archive: PathBuf,
    /// The file with its signature.
    pub signature: Option<PathBuf>,
}

impl Upload {
    /// Describes a package that was read and is as it should be. It is unpacked for that, where nobody sees it.
    ///
    /// # Errors
    /// It is no extension that can be used, or cannot be unpacked.
    pub fn of(
        archive: &Archive,
        evaluator: &Evaluator,
        interrupt: &Interrupt,
    ) -> Result<Self, RemoteError> {
        let manifest = archive.manifest();
        let unpublishable = |reason: String| RemoteError::Unpublishable {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            reason,
        };
        let kind: PackageKind = manifest.kind.parse().map_err(unpublishable)?;
        let id = PackageId {
            kind,
            name: manifest.name.clone(),
        };
        let home = tempfile::tempdir().map_err(|error| unpublishable(error.to_string()))?;
        let unpacked =
            archive
                .unpack(home.path(), &id.name, interrupt)
                .map_err(|error| match error {
                    PackageError::Interrupted => RemoteError::Interrupted,
                    error => unpublishable(error.to_string()),
                })?;
        let given = match kind {
            PackageKind::Single(kind) => Some(kind),
            PackageKind::Bundle => None,
        };
        let directory = Directory::open(&unpacked.path, given)
            .map_err(|error| unpublishable(error.to_string()))?;
        let Some(metadata) = directory
            .reading
            .metadata
            .as_ref()
            .filter(|_| directory.is_usable())
        else {
            return Err(unpublishable("its metadata have errors".to_owned()));
        };
        let (candidates, findings) = Candidate::of(&directory, Origin::Given, evaluator)
            .map_err(|Interrupted| RemoteError::Interrupted)?;
        if let Some(finding) = findings.first() {
            return Err(unpublishable(finding.message.clone()));
        }
        let Some(candidate) = candidates.first() else {
            return Err(unpublishable("there is no extension in it".to_owned()));
        };
        let keywords = metadata.document.at("extension.keywords");
        let signature = archive.signature();
        let release = Release {
            name: id.name,
            kind,
            version: manifest.version.clone(),
            description: metadata.description.clone(),
            keywords: keywords
                .map(crate::metadata::Node::texts)
                .unwrap_or_default(),
            license: metadata.license.clone(),
            digest: archive.digest().to_owned(),
            size: archive.size(),
            contents: manifest.contents().digest(),
            signed_by: signature.map(|signature| signature.key.clone()),
            provides: manifest
                .provides
                .iter()
                .map(|(kind, name)| Provides {
                    kind: *kind,
                    name: name.clone(),
                })
                .collect(),
            dependencies: candidate
                .dependencies
                .iter()
                .map(|one| Requirement {
                    name: one.name.clone(),
                    version: one.constraint.clone(),
                    kind: one.kind,
                })
                .collect(),
            platform: Platform::of(&candidate.compatibility),
            system_packages: candidate.system_packages.clone(),
            required_env: candidate.required_env.clone(),
            published: now(),
            by: who_is_here(),
        };
        Ok(Self {
            release,
            archive: archive.path().to_owned(),
            signature: signature.map(|_| signature_path(archive.path())),
        })
    }
}
