//! What there is to inspect in the code of an extension: its modules, and what they have to offer.

use std::path::{Path, PathBuf};

use super::{Contract, Directory, Extension, ExtensionType, Operation};
use crate::nushell::{CodeFiles, Request, Wanted, WantedFlag, WantedModule, WantedParameter};

/// The code of an extension, and the question about it.
#[derive(Clone, Debug)]
pub struct Interface {
    /// The extensions in the directory that have a module, each with the place of it.
    pub modules: Vec<(Extension, PathBuf)>,
    /// The Nushell files.
    pub code: CodeFiles,
    /// What an inspector is asked.
    pub request: Request,
}

impl Interface {
    /// Reads the code of an extension. `lib_dirs` are the directories of `NU_LIB_DIRS`.
    pub fn of(directory: &Directory, lib_dirs: &[PathBuf]) -> Self {
        let code = CodeFiles::below(&directory.path);
        let modules = modules(directory);
        let mut wanted: Vec<WantedModule> = Vec::new();
        for (extension, path) in &modules {
            // A link to another file of the extension is as good as that. What cannot be read is among the findings of `code`.
            let is_read =
                code.has(path) || dunce::canonicalize(path).is_ok_and(|real| code.has(&real));
            if is_read && !wanted.iter().any(|known| known.path == *path) {
                wanted.push(WantedModule {
                    path: path.clone(),
                    commands: wanted_of(extension.kind, directory),
                });
            }
        }
        let request = Request {
            root: directory.path.clone(),
            modules: wanted,
            scripts: code.files.iter().map(|(path, _)| path.clone()).collect(),
            lib_dirs: lib_dirs.to_vec(),
            definitions: false,
        };
        Self {
            modules,
            code,
            request,
        }
    }

    /// Leaves out everything that the modules do not use, such as tests: what is told is about the modules alone.
    #[must_use]
    pub fn of_modules_only(mut self) -> Self {
        self.request.scripts.clear();
        self
    }
}

/// Returns where the module of an extension in a directory has to be.
pub fn module_of(directory: &Directory, kind: ExtensionType, name: &str) -> Option<PathBuf> {
    modules(directory)
        .into_iter()
        .find(|(one, _)| one.kind == kind && one.name == name)
        .map(|(_, path)| path)
}

/// Returns the extensions that have a module, and where it has to be. In a bundle with several extensions of a type, each
/// has a module that is named after it; otherwise the type has one.
fn modules(directory: &Directory) -> Vec<(Extension, PathBuf)> {
    let of_kind = |kind: ExtensionType| {
        directory
            .extensions
            .iter()
            .filter(|extension| extension.kind == kind)
            .count()
    };
    directory
        .extensions
        .iter()
        .filter(|extension| extension.kind != ExtensionType::Template)
        .map(|extension| {
            let shared = directory.layout.module(extension.kind);
            let own = (of_kind(extension.kind) > 1)
                .then(|| own_module(&shared, &extension.name))
                .flatten();
            (extension.clone(), own.unwrap_or(shared))
        })
        .collect()
}

fn own_module(shared: &Path, name: &str) -> Option<PathBuf> {
    let directory = shared.parent()?;
    let snake = name.replace('-', "_");
    [name, &snake]
        .iter()
        .flat_map(|name| [format!("{name}/mod.nu"), format!("{name}.nu")])
        .map(|path| directory.join(path))
        .find(|path| path.is_file())
}

/// Returns the operations of a type, as they are called.
fn wanted_of(kind: ExtensionType, directory: &Directory) -> Vec<Wanted> {
    let contract = Contract::of(kind);
    let metadata = directory.reading.metadata.as_ref();
    let made_for = metadata.and_then(|metadata| metadata.compatibility.contract.as_ref());
    contract
        .operations_at(made_for.unwrap_or(&contract.version))
        .map(wanted)
        .collect()
}

fn wanted(operation: &Operation) -> Wanted {
    Wanted {
        name: operation.name.to_owned(),
        parameters: operation
            .parameters
            .iter()
            .map(|parameter| WantedParameter {
                name: parameter.name.to_owned(),
                kind: parameter.kind.to_owned(),
            })
            .collect(),
        flags: operation
            .flags
            .iter()
            .map(|flag| WantedFlag {
                name: flag.name.to_owned(),
                kind: flag.kind.map(str::to_owned),
            })
            .collect(),
        output: operation.output.to_owned(),
    }
}
