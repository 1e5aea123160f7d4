//! Files that should not travel, told by their names.

use std::path::Path;

use crate::validation::security::instructions::{is_directory_of_agents, is_file_of_agents};

/// What a name says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sensitive {
    /// It holds a secret, of this kind.
    Secret(&'static str),
    /// It instructs agents.
    Instructions,
}

const KEY: &str = "a private key";
const PASSWORDS: &str = "a file with passwords";
const VARIABLES: &str = "a file with secret variables";
const STATE: &str = "a file with the state of an infrastructure";

/// Whole names, in lower case.
const NAMES: &[(&str, &str)] = &[
    (".env", VARIABLES),
    (".envrc", VARIABLES),
    (".git-credentials", PASSWORDS),
    (".htpasswd", PASSWORDS),
    (".netrc", PASSWORDS),
    ("_netrc", PASSWORDS),
    (".npmrc", PASSWORDS),
    (".pgpass", PASSWORDS),
    (".pypirc", PASSWORDS),
    (".vault-token", PASSWORDS),
    ("id_dsa", KEY),
    ("id_ecdsa", KEY),
    ("id_ed25519", KEY),
    ("id_rsa", KEY),
    ("kubeconfig", PASSWORDS),
];

/// Endings, in lower case.
const ENDINGS: &[(&str, &str)] = &[
    (".jks", KEY),
    (".kdbx", PASSWORDS),
    (".key", KEY),
    (".keystore", KEY),
    (".p12", KEY),
    (".pem", KEY),
    (".pfx", KEY),
    (".ppk", KEY),
    (".tfstate", STATE),
    (".tfstate.backup", STATE),
];

/// Folders, in lower case.
const FOLDERS: &[(&str, &str)] = &[
    (".aws", PASSWORDS),
    (".gnupg", KEY),
    (".kube", PASSWORDS),
    (".ssh", KEY),
];

/// Endings of files that show how one with secrets looks.
const SAMPLES: &[&str] = &[".dist", ".example", ".sample", ".template", ".j2"];

/// Returns what the path of a file says.
pub(super) fn what(path: &str) -> Option<Sensitive> {
    let path = Path::new(path);
    let around = || path.ancestors().skip(1);
    if is_file_of_agents(path) || around().any(is_directory_of_agents) {
        return Some(Sensitive::Instructions);
    }
    let name = path.file_name()?.to_str()?.to_lowercase();
    if SAMPLES.iter().any(|ending| name.ends_with(ending)) {
        return None;
    }
    let by_name = NAMES.iter().find(|(known, _)| name == *known);
    let by_ending = || ENDINGS.iter().find(|(known, _)| name.ends_with(known));
    let by_folder = || {
        let mut parts = around().filter_map(|folder| folder.file_name()?.to_str());
        parts.find_map(|part| {
            FOLDERS
                .iter()
                .find(|(known, _)| part.eq_ignore_ascii_case(known))
        })
    };
    let found = by_name.or_else(by_ending).or_else(by_folder);
    match found {
        Some((_, what)) => Some(Sensitive::Secret(what)),
        None => name
            .starts_with(".env.")
            .then_some(Sensitive::Secret(VARIABLES)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_instructions_are_told_by_their_names() {
        for path in [
            ".env",
            "config/.ENV.production",
            "deploy/id_rsa",
            "tls/server.KEY",
            ".ssh/config",
            "a/.aws/credentials",
            "terraform.tfstate",
        ] {
            assert!(matches!(what(path), Some(Sensitive::Secret(_))), "{path}");
        }
        for path in [
            "AGENTS.md",
            "docs/Claude.md",
            ".mcp.json",
            ".cursor/rules/one.mdc",
            ".github/copilot-instructions.md",
        ] {
            assert_eq!(what(path), Some(Sensitive::Instructions), "{path}");
        }
        for path in [
            ".env.example",
            "templates/server.key.j2",
            "environment.nu",
            "keys.md",
            "id_rsa.pub",
            "docs/agents.txt",
        ] {
            assert_eq!(what(path), None, "{path}");
        }
    }
}
