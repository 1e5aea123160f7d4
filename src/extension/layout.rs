//! Where the parts of an extension lie.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::metadata::ExtensionType;

/// The directory layouts of the source documents (DIR).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayoutKind {
    /// `schemas/` and `nulib/mod.nu`: the current one (tree B).
    Modern,
    /// `nulib/providers`, `nulib/taskservs`, `nulib/clusters`: the guide's, for bundles (trees C and E).
    Guide,
    /// The same below `src/`: a package that was made for publishing (tree D).
    Package,
    /// `kcl/` and `kcl.mod` in place of `schemas/` (tree A).
    LegacyKcl,
}

impl LayoutKind {
    /// Returns the word for the layout.
    pub fn as_str(self) -> &'static str {
        match self {
            LayoutKind::Modern => "modern",
            LayoutKind::Guide => "guide",
            LayoutKind::Package => "package",
            LayoutKind::LegacyKcl => "legacy-kcl",
        }
    }
}

impl fmt::Display for LayoutKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the schemas are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaLanguage {
    /// Nickel.
    Nickel,
    /// KCL: accepted, never evaluated.
    Kcl,
    /// There are none.
    None,
}

/// The parts of one extension directory.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Which of the layouts it is.
    pub kind: LayoutKind,
    /// The extension's directory.
    pub root: PathBuf,
    /// The directory that holds `nulib/`, `schemas/` and `templates/`: the root or `src/` in it.
    pub base: PathBuf,
    /// What the schemas are written in.
    pub schemas: SchemaLanguage,
    /// Whether `nulib/` has a folder for each type instead of one module.
    pub module_per_type: bool,
}

impl Layout {
    /// Looks at a directory.
    pub fn of(root: &Path) -> Self {
        let source = root.join("src");
        let packaged = ["nulib", "schemas", "kcl"]
            .iter()
            .any(|part| source.join(part).is_dir());
        let base = if packaged { source } else { root.to_owned() };
        let schemas = if has_files(&base.join("schemas"), "ncl") {
            SchemaLanguage::Nickel
        } else if base.join("kcl").is_dir() || root.join("kcl.mod").is_file() {
            SchemaLanguage::Kcl
        } else {
            SchemaLanguage::None
        };
        let module_per_type = !base.join("nulib/mod.nu").is_file()
            && ExtensionType::ALL
                .iter()
                .any(|kind| base.join("nulib").join(kind.provides_key()).is_dir());
        let kind = if packaged {
            LayoutKind::Package
        } else if module_per_type {
            LayoutKind::Guide
        } else if schemas == SchemaLanguage::Kcl {
            LayoutKind::LegacyKcl
        } else {
            LayoutKind::Modern
        };
        Self {
            kind,
            root: root.to_owned(),
            base,
            schemas,
            module_per_type,
        }
    }

    /// Returns where the Nushell module of an extension of that type has to be.
    pub fn module(&self, kind: ExtensionType) -> PathBuf {
        if self.module_per_type {
            self.base
                .join("nulib")
                .join(kind.provides_key())
                .join("mod.nu")
        } else {
            self.base.join("nulib/mod.nu")
        }
    }

    /// Returns the directory of the Nickel schemas.
    pub fn schema_directory(&self) -> PathBuf {
        self.base.join("schemas")
    }
}

/// Whether a directory holds a file with that extension, at most two levels down (`kcl/providers/x.k`).
pub(crate) fn has_files(directory: &Path, extension: &str) -> bool {
    fn search(directory: &Path, extension: &str, depth: usize) -> bool {
        let Ok(entries) = directory.read_dir() else {
            return false;
        };
        entries.flatten().any(|entry| {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => depth > 0 && search(&path, extension, depth - 1),
                Ok(_) => path.extension().is_some_and(|found| found == extension),
                Err(_) => false,
            }
        })
    }
    search(directory, extension, 2)
}
