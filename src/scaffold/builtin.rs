//! The scaffolds that come with the program, one for each type.

use crate::extension::ExtensionType;

/// A file: its path in the scaffold, and its text.
type File = (&'static str, &'static str);

macro_rules! files {
    ($directory:literal: $($path:literal)*) => {
        &[$(($path, include_str!(concat!("files/", $directory, "/", $path))),)*]
    };
}

/// In every scaffold.
const COMMON: &[File] = files!("common":
    ".gitignore"
    "API.md.tmpl"
    "CHANGELOG.md.tmpl"
    "LICENSE.tmpl"
    "README.md.tmpl"
    "_parts/errors.nu"
    "_parts/otherwise.nu"
    "tests/fixture.nu"
    "tests/run_all_tests.nu"
);

const PROVIDER: &[File] = files!("provider":
    "EXAMPLES.md.tmpl"
    "_parts/configuration.md"
    "_parts/configure-firewall.nu"
    "_parts/create-server.nu"
    "_parts/get-plans.nu"
    "_parts/get-pricing.nu"
    "_parts/get-zones.nu"
    "_parts/provider-info.nu"
    "_parts/test-connection.nu"
    "_parts/usage.md"
    "_parts/validate-config.nu"
    "generate/generate.nu.tmpl"
    "metadata.toml.tmpl"
    "nulib/create.nu.tmpl"
    "nulib/delete.nu.tmpl"
    "nulib/mod.nu.tmpl"
    "nulib/utils.nu.tmpl"
    "schemas/contracts.ncl"
    "schemas/main.ncl"
    "schemas/settings.ncl.tmpl"
    "templates/config.j2.tmpl"
    "tests/integration_tests.nu.tmpl"
    "tests/unit_tests.nu.tmpl"
);

const TASKSERV: &[File] = files!("taskserv":
    "EXAMPLES.md.tmpl"
    "_parts/check-updates.nu"
    "_parts/configuration.md"
    "_parts/configure.nu"
    "_parts/get-available-versions.nu"
    "_parts/install.nu"
    "_parts/taskserv-info.nu"
    "_parts/upgrade.nu"
    "_parts/usage.md"
    "generate/generate.nu.tmpl"
    "metadata.toml.tmpl"
    "nulib/mod.nu.tmpl"
    "nulib/utils.nu.tmpl"
    "schemas/contracts.ncl"
    "schemas/main.ncl"
    "schemas/settings.ncl.tmpl"
    "schemas/version.ncl.tmpl"
    "templates/config.j2.tmpl"
    "templates/service.j2.tmpl"
    "tests/integration_tests.nu.tmpl"
    "tests/unit_tests.nu.tmpl"
);

const CLUSTER: &[File] = files!("cluster":
    "EXAMPLES.md.tmpl"
    "_parts/cluster-info.nu"
    "_parts/component-status.nu"
    "_parts/configuration.md"
    "_parts/create.nu"
    "_parts/list-components.nu"
    "_parts/restart-component.nu"
    "_parts/scale.nu"
    "_parts/upgrade.nu"
    "_parts/usage.md"
    "generate/generate.nu.tmpl"
    "metadata.toml.tmpl"
    "nulib/mod.nu.tmpl"
    "nulib/utils.nu.tmpl"
    "schemas/cluster.ncl.tmpl"
    "schemas/contracts.ncl"
    "schemas/main.ncl"
    "templates/config.j2.tmpl"
    "tests/integration_tests.nu.tmpl"
    "tests/unit_tests.nu.tmpl"
);

const TEMPLATE: &[File] = files!("template":
    "EXAMPLES.md"
    "_parts/configuration.md"
    "_parts/usage.md"
    "metadata.toml.tmpl"
    "schemas/settings.ncl.tmpl"
    "templates/config.j2"
    "tests/unit_tests.nu.tmpl"
);

/// Returns the files of the scaffold for a type.
pub(super) fn files(kind: ExtensionType) -> impl Iterator<Item = &'static File> {
    let own = match kind {
        ExtensionType::Provider => PROVIDER,
        ExtensionType::Taskserv => TASKSERV,
        ExtensionType::Cluster => CLUSTER,
        ExtensionType::Template => TEMPLATE,
    };
    COMMON.iter().chain(own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn below(directory: &Path, root: &Path, found: &mut Vec<String>) {
        for entry in directory.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below(&path, root, found);
            } else {
                found.push(
                    path.strip_prefix(root)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned(),
                );
            }
        }
    }

    #[test]
    fn every_file_of_the_scaffolds_is_in_the_table() {
        let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/scaffold/files");
        for (directory, table) in [
            ("common", COMMON),
            ("provider", PROVIDER),
            ("taskserv", TASKSERV),
            ("cluster", CLUSTER),
            ("template", TEMPLATE),
        ] {
            let root = files.join(directory);
            let mut found = Vec::new();
            below(&root, &root, &mut found);
            found.sort();
            let listed: Vec<&str> = table.iter().map(|(path, _)| *path).collect();
            assert_eq!(listed, found, "{directory}");
        }
    }
}
