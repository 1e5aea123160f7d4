//! Telling of newer versions without being asked.

use std::io::Write as _;

use nu_protocol::LabeledError;
use provisioning::configuration::AutoUpdate;
use provisioning::diagnostic::safe_text;
use provisioning::registry::Installed;
use provisioning::remote::{PackageId, Remotes};

use super::Context;

impl Context<'_> {
    /// Says on standard error what there are newer versions of, when `auto_update` asks for that: once in the life of the
    /// plugin. A remote that cannot be read is no reason to keep a command from its work.
    pub(crate) fn tell_of_updates(&self) -> Result<(), LabeledError> {
        // Each question to the shell takes time: this one is asked once as well.
        if !self.plugin.looks_for_updates() {
            return Ok(());
        }
        let settings = self.settings();
        if settings.auto_update()?.value == AutoUpdate::Off {
            return Ok(());
        }
        let directory = settings.data_dir()?.value;
        let installed = self
            .plugin
            .with_existing_registry(&directory, |registry| registry.installed());
        let installed = installed.ok().flatten().unwrap_or_default();
        let remotes = Remotes::of(&settings.remotes()?.value);
        let newer: Vec<String> = installed
            .iter()
            .filter_map(|one| newer(one, &remotes))
            .collect();
        if !newer.is_empty() {
            // Nobody there to read it is no error.
            let _ = writeln!(
                std::io::stderr(),
                "newer versions: {}; see extension outdated, extension update",
                safe_text(&newer.join(", "))
            );
        }
        Ok(())
    }
}

/// Returns an extension with its version and the newer one of the remote that it came from.
fn newer(one: &Installed, remotes: &Remotes) -> Option<String> {
    let id = PackageId {
        kind: one.kind.parse().ok()?,
        name: one.name.clone(),
    };
    let remote = remotes.named(&one.remote).ok()?;
    let history = remote.history(&id).ok()??;
    let highest = &history.shown()?.release;
    (highest.version > one.version)
        .then(|| format!("{} {} -> {}", one.name, one.version, highest.version))
}
