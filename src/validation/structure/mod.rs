//! Rule `structure`: the metadata can be read, and the files that an extension needs are there (VAL-01, GAP-21).

use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic};
use crate::extension::{Directory, ExtensionType, Interrupted, Kind, Layout, SchemaLanguage};

use super::{Rule, Validator};

mod documents;
mod parts;

/// The rule.
pub(super) struct Structure;

impl Rule for Structure {
    fn name(&self) -> &'static str {
        "structure"
    }

    fn description(&self) -> &'static str {
        "The metadata can be read, and the files and folders of an extension of that type are there"
    }

    fn check(
        &self,
        directory: &Directory,
        _validator: &Validator,
    ) -> Result<Vec<Diagnostic>, Interrupted> {
        let mut findings: Vec<Diagnostic> = directory
            .findings()
            .filter(|finding| !super::version::is_about_versions(finding))
            .cloned()
            .collect();
        if directory.reading.files.is_empty() {
            // Not an extension at all: what else it lacks would only be noise.
            return Ok(findings);
        }
        let kinds: Vec<ExtensionType> = directory
            .extensions
            .iter()
            .map(|extension| extension.kind)
            .collect();
        findings.extend(name_mismatch(directory));
        findings.extend(folder_mismatch(directory));
        modules(&directory.layout, &kinds, &mut findings);
        schemas(&directory.layout, &kinds, &mut findings);
        parts::usual(directory, &kinds, &mut findings);
        Ok(findings)
    }
}

fn missing(path: PathBuf, shown: &str, help: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::StructureMissing, format!("`{shown}` is missing"))
        .with_file(path)
        .with_help(help)
}

/// The Nushell module: one, or one for each type of a bundle. A template has no operations and needs none.
fn modules(layout: &Layout, kinds: &[ExtensionType], findings: &mut Vec<Diagnostic>) {
    let mut wanted: Vec<(ExtensionType, PathBuf)> = Vec::new();
    for kind in kinds
        .iter()
        .filter(|kind| **kind != ExtensionType::Template)
    {
        let module = layout.module(*kind);
        if !wanted.iter().any(|(_, known)| *known == module) {
            wanted.push((*kind, module));
        }
    }
    for (kind, module) in wanted {
        if !module.is_file() {
            let shown = relative(&module, &layout.root);
            findings.push(missing(
                module,
                &shown,
                format!("the operations of a {kind} are exported from this module"),
            ));
        }
    }
}

fn schemas(layout: &Layout, kinds: &[ExtensionType], findings: &mut Vec<Diagnostic>) {
    let directory = layout.schema_directory();
    let shown = relative(&directory, &layout.root);
    match layout.schemas {
        SchemaLanguage::Kcl => findings.push(
            Diagnostic::warning(
                Code::StructureLegacyKcl,
                "the schemas are KCL, which is not checked",
            )
            .with_file(layout.base.join("kcl"))
            .with_help("write the schemas in Nickel, in `schemas/`"),
        ),
        SchemaLanguage::None if kinds != [ExtensionType::Template] => findings.push(missing(
            directory,
            &format!("{shown}/*.ncl"),
            "an extension has at least one Nickel schema for its settings",
        )),
        SchemaLanguage::None => {}
        SchemaLanguage::Nickel => {
            // A bundle names its schemas after the extensions in it; one extension has the file of its type (GAP-22).
            if let [kind] = kinds
                && let Some(file) = type_schema(*kind)
                && !layout.module_per_type
                && !directory.join(file).is_file()
            {
                findings.push(
                    Diagnostic::warning(
                        Code::StructureRecommended,
                        format!("`{shown}/{file}` is missing"),
                    )
                    .with_file(directory.join(file))
                    .with_help(format!("a {kind} describes itself there")),
                );
            }
        }
    }
}

fn type_schema(kind: ExtensionType) -> Option<&'static str> {
    match kind {
        ExtensionType::Provider => Some("settings.ncl"),
        ExtensionType::Taskserv => Some("version.ncl"),
        ExtensionType::Cluster => Some("cluster.ncl"),
        ExtensionType::Template => None,
    }
}

fn name_mismatch(directory: &Directory) -> Option<Diagnostic> {
    let metadata = directory.reading.metadata.as_ref()?;
    let folder = |path: &Path| {
        path.file_name()
            .map(|name| name.to_string_lossy().into_owned())
    };
    let own = folder(&directory.path)?;
    let version = metadata.version.to_string();
    let versioned =
        own == version && directory.path.parent().and_then(folder).as_ref() == Some(&metadata.name);
    let packaged = own == format!("{}-{version}", metadata.name);
    if own == metadata.name || versioned || packaged {
        return None;
    }
    let finding = Diagnostic::warning(
        Code::StructureName,
        format!(
            "the directory is called `{own}` and the extension `{}`",
            metadata.name
        ),
    )
    .with_help(format!("rename the directory to `{}`", metadata.name));
    Some(match metadata.document.at("extension.name") {
        Some(node) => finding.with_label(&node.source, node.span, "its name"),
        None => finding,
    })
}

/// `providers/` holds providers: a taskserv there is found by nobody who looks for taskservs.
fn folder_mismatch(directory: &Directory) -> Option<Diagnostic> {
    let Some(Kind::Single(kind)) = directory.kind() else {
        return None;
    };
    let folder = directory.path.parent()?.file_name()?.to_str()?;
    let expected = ExtensionType::from_folder(folder)?;
    (expected != kind).then(|| {
        Diagnostic::warning(
            Code::StructureName,
            format!("a {kind} lies in `{folder}`, the folder of {expected}s"),
        )
        .with_file(&directory.path)
        .with_help(format!(
            "move it to a folder called `{}`",
            kind.provides_key()
        ))
    })
}

fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root)
        .unwrap_or(path)
        .display()
        .to_string()
}
