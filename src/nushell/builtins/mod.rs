//! The signatures of Nushell's built-in commands, as a snapshot.
//!
//! The parser cannot do without them, and to link the commands themselves would take many minutes of build and tens of
//! megabytes. `cargo xtask builtins` writes the snapshot anew for another version of Nushell.

mod snapshot;

use std::io::Read as _;

use semver::Version;

pub(super) use snapshot::{Builtin, Deprecation, Snapshot};

/// The version of Nushell whose parser and commands these are.
pub const NUSHELL: Version = Version::new(0, 115, 1);

static COMPRESSED: &[u8] = include_bytes!("builtins.rmp.gz");

/// Reads the snapshot.
///
/// # Errors
/// It is damaged, which a test excludes.
pub(super) fn read() -> Result<Snapshot, String> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(COMPRESSED)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    rmp_serde::from_slice(&bytes).map_err(|error| error.to_string())
}

/// Returns the names of the built-in commands in the snapshot, sorted.
pub fn builtin_names() -> Vec<String> {
    let commands = read().map(|snapshot| snapshot.commands).unwrap_or_default();
    commands
        .into_iter()
        .map(|command| command.signature.name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_snapshot_is_of_the_version_that_is_linked() {
        let snapshot = read().unwrap();
        assert_eq!(snapshot.nushell, NUSHELL.to_string());
        let lock = include_str!("../../../Cargo.lock");
        let parser = lock
            .split("[[package]]")
            .find(|package| package.contains("name = \"nu-parser\"\n"))
            .unwrap();
        assert!(parser.contains(&format!("version = \"{NUSHELL}\"")));
    }

    #[test]
    fn deprecations_come_with_what_to_use_instead() {
        let snapshot = read().unwrap();
        let downcase = snapshot
            .commands
            .iter()
            .find(|command| command.signature.name == "str downcase")
            .unwrap();
        let [deprecation] = downcase.deprecations.as_slice() else {
            panic!("one deprecation")
        };
        assert!(
            deprecation
                .help
                .as_deref()
                .unwrap()
                .contains("str lowercase")
        );
    }
}
