//! What there is to say of an extension.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::DocumentationError;
use crate::diagnostic::{Diagnostic, Explain as _};
use crate::extension::{
    Contract, Directory, Extension, ExtensionType, Interface, Schema, dependencies, schemas,
};
use crate::metadata::{Dependency, Metadata};
use crate::nickel::Evaluator;
use crate::nushell::{Command, Inspection, InspectionError, Inspector};

/// What the documentation is made with.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Evaluates the schemas. Its interrupt ends the work.
    pub evaluator: Evaluator,
    /// Parses the code.
    pub inspector: Inspector,
    /// Directories in which modules are looked for (`NU_LIB_DIRS`).
    pub lib_dirs: Vec<PathBuf>,
}

/// What there is to say of the extension, or the extensions, in a directory.
#[derive(Debug)]
pub struct Documentation {
    /// The name of the whole.
    pub name: String,
    /// What the metadata say.
    pub metadata: Metadata,
    /// The extensions, each with what it offers.
    pub extensions: Vec<Documented>,
    /// What is needed.
    pub dependencies: Vec<Dependency>,
    /// The schemas, with paths relative to the directory.
    pub schemas: Vec<Schema>,
    /// What could not be told, because something is wrong.
    pub findings: Vec<Diagnostic>,
}

/// An extension and what its module exports.
#[derive(Debug)]
pub struct Documented {
    /// The extension.
    pub extension: Extension,
    /// Its module, relative to the directory.
    pub module: Option<PathBuf>,
    /// Operations of the interface in the order of the contract, then helpers, then what is the extension's own.
    pub operations: Vec<OperationFacts>,
}

/// A command that an extension exports.
#[derive(Clone, Debug)]
pub struct OperationFacts {
    /// What the code says.
    pub command: Command,
    /// What the contract says of it.
    pub purpose: Option<&'static str>,
    /// Whether every extension of the type has it.
    pub is_required: bool,
    /// Examples in the code (`@example`).
    pub examples: Vec<Example>,
}

impl OperationFacts {
    /// Returns what it does: the comment in the code, else the words of the contract.
    pub fn description(&self) -> &str {
        match self.command.description.as_str() {
            "" => self.purpose.unwrap_or_default(),
            description => description,
        }
    }
}

/// An example of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// What it shows.
    pub description: String,
    /// The code.
    pub code: String,
}

impl Documentation {
    /// Looks at an extension. Nothing of it is run.
    ///
    /// # Errors
    /// The metadata cannot be read, or the work was ended from outside.
    pub fn of(directory: &Directory, with: &Surroundings) -> Result<Self, DocumentationError> {
        let Some(metadata) = &directory.reading.metadata else {
            return Err(DocumentationError::Metadata {
                path: directory.path.clone(),
                findings: directory
                    .findings()
                    .filter(|it| it.is_error())
                    .cloned()
                    .collect(),
            });
        };
        let interrupted = |_| DocumentationError::Interrupted;
        let (dependencies, mut findings) =
            dependencies(directory, &with.evaluator).map_err(interrupted)?;
        let (mut schemas, unevaluated) =
            schemas(directory, &with.evaluator).map_err(interrupted)?;
        findings.extend(unevaluated);
        for schema in &mut schemas {
            schema.file = relative(&schema.file, directory);
        }
        let extensions = documented(directory, with, &mut findings)?;
        Ok(Self {
            name: metadata.name.clone(),
            metadata: metadata.clone(),
            extensions,
            dependencies,
            schemas,
            findings,
        })
    }
}

fn relative(path: &Path, directory: &Directory) -> PathBuf {
    path.strip_prefix(&directory.path)
        .unwrap_or(path)
        .to_owned()
}

/// Returns the extensions of a directory with what their modules export.
fn documented(
    directory: &Directory,
    with: &Surroundings,
    findings: &mut Vec<Diagnostic>,
) -> Result<Vec<Documented>, DocumentationError> {
    let interface = Interface::of(directory, &with.lib_dirs).of_modules_only();
    let interrupt = &with.evaluator.limits().interrupt;
    let inspection = with
        .inspector
        .inspect(&interface.request, &interface.code, &|| {
            interrupt.is_triggered()
        });
    let inspection = match inspection {
        Ok(inspection) => inspection,
        Err(InspectionError::Interrupted) => return Err(DocumentationError::Interrupted),
        Err(error) => {
            let finding = Diagnostic::error(error.code(), error.to_string());
            findings.push(finding.with_file(&directory.path));
            Arc::default()
        }
    };
    let sources = inspection.sources(&directory.path, crate::validation::masked);
    findings.extend(
        inspection
            .diagnostics(&sources)
            .into_iter()
            .filter(Diagnostic::is_error),
    );
    let module_of = |extension: &Extension| {
        let modules = interface.modules.iter();
        modules
            .filter(|(known, _)| known.kind == extension.kind && known.name == extension.name)
            .map(|(_, path)| path)
            .next()
    };
    Ok(directory
        .extensions
        .iter()
        .map(|extension| {
            let module = module_of(extension);
            Documented {
                extension: extension.clone(),
                module: module.map(|path| relative(path, directory)),
                operations: module.map_or_else(Vec::new, |path| {
                    operations(extension.kind, path, &inspection)
                }),
            }
        })
        .collect())
}

fn operations(kind: ExtensionType, module: &Path, inspection: &Inspection) -> Vec<OperationFacts> {
    let contract = Contract::of(kind);
    let place = |name: &str| {
        let wanted = contract.operations.iter().chain(contract.helpers);
        wanted
            .map(|operation| operation.name)
            .position(|known| known == name)
    };
    let exported = inspection
        .modules
        .iter()
        .filter(|known| known.path == module);
    let mut all: Vec<OperationFacts> = exported
        .flat_map(|module| &module.commands)
        .map(|command| OperationFacts {
            purpose: contract
                .command(&command.name)
                .map(|operation| operation.purpose),
            is_required: contract
                .operations
                .iter()
                .any(|known| known.name == command.name),
            examples: command
                .examples
                .iter()
                .map(|(description, code)| Example {
                    description: description.clone(),
                    code: code.clone(),
                })
                .collect(),
            command: command.clone(),
        })
        .collect();
    all.sort_by_key(|operation| {
        let place = place(&operation.command.name);
        (place.unwrap_or(usize::MAX), operation.command.name.clone())
    });
    all
}
