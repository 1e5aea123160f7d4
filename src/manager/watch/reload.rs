//! What the manager does when the files of a watched extension have changed.

use std::path::Path;
use std::sync::Arc;

use crate::audit::Operation;
use crate::manager::load::Arrived;
use crate::manager::{ExtensionManager, LoadError, Place, Wanted};
use crate::metadata::VersionRequest;

impl ExtensionManager {
    /// Brings what is loaded from a place up to date. What was loaded from there and is not what its files say now is
    /// forgotten, whether something else takes its place or not.
    ///
    /// # Errors
    /// Its files have errors.
    pub(super) fn follow(&self, place: &Place, is_first: bool) -> Result<Arrived, LoadError> {
        let operation = if is_first {
            Operation::Load
        } else {
            Operation::Reload
        };
        let wanted = Wanted {
            kind: Some(place.kind),
            name: place.name.clone(),
            version: match &place.version {
                Some(version) => VersionRequest::Exact(version.clone()),
                None => VersionRequest::Latest,
            },
        };
        let mut arrived = None;
        let result = self.counted(operation, &wanted, || {
            let now = self.load_place_as(operation, place)?;
            let extension = Arc::clone(&now.loaded.extension);
            let is_hit = now.is_hit;
            arrived = Some(now);
            Ok((extension, is_hit))
        });
        match (result, arrived) {
            (Ok(_), Some(arrived)) => Ok(arrived),
            (Err(error), _) => Err(error),
            (Ok(_), None) => Err(LoadError::Interrupted),
        }
    }

    /// Forgets what was loaded from a place that is there no more.
    pub(super) fn forget(&self, place: &Place) {
        let gone = self.shared.memory.remove_if(|key, loaded| {
            key.kind == place.kind
                && key.name == place.name
                && Path::new(&loaded.extension.path) == place.path
        });
        self.audit_gone(Operation::Unload, &gone);
    }
}
