//! Settings of packages: whose are taken.

use std::path::Path;

use nu_protocol::LabeledError;
use provisioning::package::PublicKey;

use super::{Origin, Setting, Settings};

impl Settings<'_> {
    /// Returns the public keys that packages are signed with: texts, and absolute paths of files.
    pub(crate) fn trusted_keys(&self) -> Result<Setting<Vec<String>>, LabeledError> {
        let given = self.or(
            "trusted_keys",
            |values| values.trusted_keys.as_ref(),
            Vec::new(),
        )?;
        let keys = self.keys(given.value, given.origin)?;
        Ok(Setting::new(keys, given.origin))
    }

    /// Returns whether only packages are taken that are signed with a trusted key; without a word about it, as soon as there
    /// are such keys.
    pub(crate) fn require_signature(&self) -> Result<Setting<bool>, LabeledError> {
        match self.get("require_signature", |values| {
            values.require_signature.as_ref()
        })? {
            Some(given) => Ok(given),
            None => {
                let keys = self.trusted_keys()?.value;
                Ok(Setting::new(!keys.is_empty(), Origin::Default))
            }
        }
    }

    /// Returns keys with the paths among them as they are meant.
    pub(super) fn keys(
        &self,
        keys: Vec<String>,
        origin: Origin,
    ) -> Result<Vec<String>, LabeledError> {
        keys.into_iter()
            .map(|key| {
                if PublicKey::is_text(&key) {
                    return Ok(key);
                }
                let path = self.absolute(Path::new(&key), origin)?;
                Ok(path.to_string_lossy().into_owned())
            })
            .collect()
    }
}
