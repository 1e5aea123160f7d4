//! The file in which an extension describes itself: `version.ncl` of a taskserv, `cluster.ncl` of a cluster, and
//! `settings.ncl` of a provider (TSC, CSC, PSC).

use std::collections::HashSet;

use serde_json::Value;

use super::places::{self, place};
use super::{Schema, cluster, form};
use crate::diagnostic::{Code, DataPath, Diagnostic, Step};
use crate::extension::{Directory, ExtensionType};
use crate::metadata::{Dependency, read_version};
use crate::nickel::{Expression, Outline, OutlineField as Field, PartKind, Record};

/// The field that describes a taskserv.
const VERSION_FIELD: &str = "taskserv_version";

/// Names of numbers that count something.
const COUNTS: &[&str] = &["replicas", "min_nodes", "port", "ports", "retries"];

/// Most findings of one kind in one file.
pub(super) const MAX_FINDINGS: usize = 100;

/// A value of a schema, with the way to say something of it.
pub(super) struct Described<'a> {
    pub(super) schema: &'a Schema,
    pub(super) path: DataPath,
    pub(super) value: &'a Value,
}

impl Described<'_> {
    /// Underlines what is at a path below the value, as far as the text has a place for it.
    pub(super) fn label(&self, finding: Diagnostic, below: &[Step], label: &str) -> Diagnostic {
        let mut path = self.path.clone();
        path.0.extend_from_slice(below);
        let at = self
            .schema
            .outline
            .as_ref()
            .and_then(|outline| Some((outline, place(outline, &path)?)));
        match at {
            Some((outline, span)) => finding.with_label(&outline.source, span, label),
            None if finding.labels.is_empty() => finding.with_file(&self.schema.path),
            None => finding,
        }
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.value.get(key)?.as_str()
    }
}

/// Returns a step into a field.
pub(super) fn step(name: &str) -> Step {
    Step::Field(name.to_owned())
}

/// Returns what the values of a file show, when it is one in which the extension describes itself.
pub(super) fn findings(directory: &Directory, schema: &Schema) -> Vec<Diagnostic> {
    let Some(value) = &schema.value else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let described = |path: &[&str], value| Described {
        schema,
        path: DataPath::of_fields(path.iter().copied()),
        value,
    };
    if is_own(directory, schema, ExtensionType::Taskserv) {
        let taskserv = match value.get(VERSION_FIELD) {
            Some(inner) if inner.is_object() => Some(described(&[VERSION_FIELD], inner)),
            _ if value.get("name").is_some_and(Value::is_string) => Some(described(&[], value)),
            _ => None,
        };
        if let Some(taskserv) = taskserv {
            findings.extend(identity(directory, ExtensionType::Taskserv, &taskserv));
            findings.extend(dependencies(&taskserv));
            findings.extend(unchecked(&taskserv));
        }
    }
    if is_own(directory, schema, ExtensionType::Cluster) {
        let is_cluster = |value: &Value| value.get("components").is_some_and(Value::is_array);
        let clusters: Vec<Described<'_>> = if is_cluster(value) {
            vec![described(&[], value)]
        } else {
            let fields = value.as_object().into_iter().flatten();
            fields
                .filter(|(_, value)| is_cluster(value))
                .map(|(name, value)| described(&[name], value))
                .collect()
        };
        for one in &clusters {
            if clusters.len() == 1 {
                findings.extend(identity(directory, ExtensionType::Cluster, one));
            }
            findings.extend(cluster::faults(one));
            findings.extend(unchecked(one));
        }
    }
    if is_own(directory, schema, ExtensionType::Taskserv)
        || is_own(directory, schema, ExtensionType::Cluster)
        || is_own(directory, schema, ExtensionType::Provider)
    {
        fractions(
            &described(&[], value),
            &mut Vec::new(),
            value,
            &mut findings,
        );
    }
    findings
}

/// Whether an extension of that type describes itself in this file: by the file's name, or in a bundle by its own.
fn is_own(directory: &Directory, schema: &Schema, kind: ExtensionType) -> bool {
    let schemas = directory.layout.schema_directory();
    let Some(stem) = schema.path.file_stem().and_then(|stem| stem.to_str()) else {
        return false;
    };
    let is_top = schema.path.parent() == Some(schemas.as_path());
    let usual = match kind {
        ExtensionType::Provider => "settings",
        ExtensionType::Taskserv => "version",
        ExtensionType::Cluster => "cluster",
        ExtensionType::Template => return false,
    };
    directory
        .extensions
        .iter()
        .filter(|extension| extension.kind == kind)
        .any(|extension| {
            let alike = |name: &str| name.replace('-', "_");
            (is_top && stem == usual)
                || (extension.package.is_some()
                    && schema.path.starts_with(&schemas)
                    && alike(stem) == alike(&extension.name))
        })
}

/// Compares name and version with the metadata, which count.
fn identity(
    directory: &Directory,
    kind: ExtensionType,
    described: &Described<'_>,
) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let Some(metadata) = &directory.reading.metadata else {
        return findings;
    };
    let names: Vec<&str> = directory
        .extensions
        .iter()
        .filter(|extension| extension.kind == kind)
        .map(|extension| extension.name.as_str())
        .collect();
    let with_metadata = |finding: Diagnostic, key: &str| match metadata.document.at(key) {
        Some(node) => finding.with_label(&node.source, node.span, "the metadata"),
        None => finding,
    };
    if let Some(name) = described.text("name")
        && !names.contains(&name)
    {
        let finding = Diagnostic::warning(
            Code::SchemaMismatch,
            format!(
                "the schema calls the {kind} `{}`, and the metadata `{}`",
                shown(name),
                names.join("`, `")
            ),
        )
        .with_help("the metadata count; write the same name in the schema");
        let finding = described.label(finding, &[step("name")], "another name");
        findings.push(if directory.is_bundle() {
            with_metadata(finding, "provides")
        } else {
            with_metadata(finding, "extension.name")
        });
    }
    let Some(version) = described.text("version") else {
        return findings;
    };
    match read_version(version) {
        Err(reason) => {
            let finding = Diagnostic::warning(
                Code::SchemaInvalidVersion,
                format!("`{}` is not a version", shown(version)),
            )
            .with_help(reason);
            findings.push(described.label(finding, &[step("version")], "not a version"));
        }
        // A package has a version of its own.
        Ok(read) if read.version != metadata.version && !directory.is_bundle() => {
            let finding = Diagnostic::warning(
                Code::SchemaMismatch,
                format!(
                    "the schema has version {}, and the metadata {}",
                    read.version, metadata.version
                ),
            )
            .with_help("the metadata count; write the same version in both");
            let finding = described.label(finding, &[step("version")], "another version");
            findings.push(with_metadata(finding, "extension.version"));
        }
        Ok(_) => {}
    }
    findings
}

/// Reads the dependencies of a taskserv: `name >=1.6` or `{ name, version, type }`.
fn dependencies(taskserv: &Described<'_>) -> Vec<Diagnostic> {
    let refused = |reason: String, below: &[Step]| {
        let finding = Diagnostic::error(
            Code::SchemaInvalidDependency,
            format!("a dependency cannot be read: {reason}"),
        )
        .with_help("a dependency is `{ name = \"containerd\", version = \">=1.6.0\" }`");
        taskserv.label(finding, below, "not a dependency")
    };
    let items = match taskserv.value.get("dependencies") {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Array(items)) => items,
        Some(_) => {
            return vec![refused(
                "they are not a list".to_owned(),
                &[step("dependencies")],
            )];
        }
    };
    let read = |item: &Value| {
        let text = |key: &str| item.get(key).and_then(Value::as_str);
        match (item.as_str(), text("name")) {
            (Some(written), _) => Dependency::read(written, "").map(drop),
            (None, Some(name)) => {
                let kind =
                    match text("type") {
                        None => None,
                        Some(word) => Some(word.parse().map_err(|_| {
                            format!("`{}` is not a type of extensions", shown(word))
                        })?),
                    };
                Dependency::new(name, text("version").unwrap_or_default(), kind, "").map(drop)
            }
            (None, None) => Err("it has no name".to_owned()),
        }
    };
    items
        .iter()
        .enumerate()
        // What is null is a fault that Nickel tells.
        .filter(|(_, item)| !item.is_null())
        .filter_map(|(at, item)| {
            let reason = read(item).err()?;
            Some(refused(
                shown(&reason),
                &[step("dependencies"), Step::Index(at)],
            ))
        })
        .take(MAX_FINDINGS)
        .collect()
}

/// Tells a value that no contract checks, when the file has one that fits (NCL-11).
fn unchecked(described: &Described<'_>) -> Option<Diagnostic> {
    let outline = described.schema.outline.as_ref()?;
    let names: Vec<&str> = described
        .path
        .0
        .iter()
        .filter_map(|step| match step {
            Step::Field(name) => Some(name.as_str()),
            Step::Index(_) => None,
        })
        .collect();
    let field = places::field(outline.record()?, &names)?;
    let value = field.value.as_ref()?.record()?;
    let has_contract = field
        .annotations
        .iter()
        .any(|annotation| form::word(outline, &annotation.expression.parts).is_none());
    if has_contract {
        return None;
    }
    let contract = contracts(outline).find(|contract| {
        let Some(asked) = contract.value.as_ref().and_then(Expression::record) else {
            return false;
        };
        let asked: HashSet<&str> = first_names(asked).collect();
        value.fields.len() > 1 && first_names(value).all(|name| asked.contains(name))
    })?;
    let (name, contract) = (field.shown(), contract.shown());
    Some(
        Diagnostic::warning(
            Code::SchemaUnchecked,
            format!("nothing checks `{name}`, although there is `{contract}`"),
        )
        .with_label(&outline.source, field.name, "no contract")
        .with_help(format!("write `{name} | {contract} = {{`")),
    )
}

fn first_names(record: &Record) -> impl Iterator<Item = &str> {
    record
        .fields
        .iter()
        .filter_map(|field| field.path.first().map(String::as_str))
}

/// Lists the records of a file that are called like contracts.
fn contracts(outline: &Outline) -> impl Iterator<Item = &Field> {
    let bindings = outline
        .root
        .parts
        .iter()
        .filter_map(|part| match &part.kind {
            PartKind::Bindings(record) => Some(record),
            _ => None,
        });
    bindings
        .chain(outline.record())
        .flat_map(|record: &Record| &record.fields)
        .filter(|field| {
            field
                .path
                .last()
                .is_some_and(|name| name.starts_with(|c: char| c.is_uppercase()))
        })
}

/// Tells numbers that count something and are not whole (NCL-13).
fn fractions(
    described: &Described<'_>,
    path: &mut Vec<Step>,
    value: &Value,
    findings: &mut Vec<Diagnostic>,
) {
    if findings.len() >= MAX_FINDINGS {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, item) in fields {
                path.push(step(name));
                fractions(described, path, item, findings);
                path.pop();
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                path.push(Step::Index(at));
                fractions(described, path, item, findings);
                path.pop();
            }
        }
        Value::Number(number) if number.as_f64().is_some_and(|number| number.fract() != 0.0) => {
            let path = DataPath(path.clone());
            let Some(name) = path.last_field().filter(|name| COUNTS.contains(name)) else {
                return;
            };
            let finding = Diagnostic::warning(
                Code::SchemaFraction,
                format!("`{path}` is {number}, which is not a whole number"),
            )
            .with_help(format!(
                "`{name} | std.number.Nat` takes whole numbers only, `std.number.PosNat` none below 1"
            ));
            findings.push(described.label(finding, &path.0, "not whole"));
        }
        _ => {}
    }
}

/// Returns a text as it can be shown, on one line and not too long.
pub(super) fn shown(text: &str) -> String {
    let safe = crate::diagnostic::safe_text(text);
    match safe.char_indices().nth(80) {
        None => safe.into_owned(),
        Some((at, _)) => format!("{}…", &safe[..at]),
    }
}
