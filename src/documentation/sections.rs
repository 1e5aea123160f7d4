//! The six sections of the page (DOC-06..12), as far as they can be made.

use std::path::Path;

use super::facts::{Documentation, Documented, OperationFacts};
use super::markdown::{block, cell, code, code_cell, plain, table};
use crate::extension::Schema;
use crate::nickel::{Field, to_text};
use crate::nushell::{Command, Parameter};

/// A section of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub heading: &'static str,
    /// Its name in the markers.
    pub name: &'static str,
}

/// The sections, in their order.
pub const SECTIONS: [Section; 6] = [
    Section {
        heading: "Overview",
        name: "overview",
    },
    Section {
        heading: "Installation",
        name: "installation",
    },
    Section {
        heading: "Configuration",
        name: "configuration",
    },
    Section {
        heading: "API Reference",
        name: "api",
    },
    Section {
        heading: "Examples",
        name: "examples",
    },
    Section {
        heading: "Troubleshooting",
        name: "troubleshooting",
    },
];

/// Returns the text of each section, in the order of [`SECTIONS`]. The same extension gives the same bytes everywhere.
pub fn sections(docs: &Documentation) -> [String; 6] {
    [
        overview(docs),
        installation(docs),
        configuration(docs),
        reference(docs),
        examples(docs),
        troubleshooting(docs),
    ]
    .map(|parts| {
        let parts: Vec<&str> = parts
            .iter()
            .map(|part| part.trim_end())
            .filter(|part| !part.is_empty())
            .collect();
        // Nothing of others may look like a marker.
        parts.join("\n\n").replace("<!--", "<! --")
    })
}

fn overview(docs: &Documentation) -> Vec<String> {
    let metadata = &docs.metadata;
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut row = |name: &str, value: Option<String>| {
        rows.extend(value.map(|value| vec![name.to_owned(), value]));
    };
    if let [one] = docs.extensions.as_slice() {
        row("type", Some(one.extension.kind.to_string()));
    }
    row("version", Some(code_cell(&metadata.version.to_string())));
    row("license", metadata.license.as_deref().map(cell));
    row(
        "authors",
        (!metadata.authors.is_empty()).then(|| cell(&metadata.authors.join(", "))),
    );
    row("homepage", metadata.homepage.as_deref().map(cell));
    row("repository", metadata.repository.as_deref().map(cell));
    let needs = &metadata.compatibility;
    for (name, needed) in [
        ("platform", &needs.provisioning),
        ("Nushell", &needs.nushell),
        ("Nickel", &needs.nickel),
    ] {
        row(
            name,
            needed.as_ref().map(|needed| code_cell(&needed.to_string())),
        );
    }
    let provided: Vec<Vec<String>> = match docs.extensions.as_slice() {
        [_] => Vec::new(),
        many => many
            .iter()
            .map(|it| {
                vec![
                    it.extension.kind.to_string(),
                    code_cell(&it.extension.name),
                    code_cell(&it.extension.version.to_string()),
                ]
            })
            .collect(),
    };
    vec![
        metadata
            .description
            .as_deref()
            .map(plain)
            .unwrap_or_default(),
        table(&["what", "value"], &rows),
        table(&["type", "provides", "version"], &provided),
    ]
}

fn installation(docs: &Documentation) -> Vec<String> {
    let metadata = &docs.metadata;
    let mut lines = vec!["extension register PATH".to_owned()];
    for it in &docs.extensions {
        if let [_] = docs.extensions.as_slice() {
            lines.push(format!("extension load {}", it.extension.name));
        } else {
            lines.push(format!(
                "extension load {} --type {}",
                it.extension.name, it.extension.kind
            ));
        }
    }
    let needs: Vec<Vec<String>> = docs
        .dependencies
        .iter()
        .map(|needed| {
            vec![
                code_cell(&needed.name),
                code_cell(&needed.constraint.to_string()),
                needed.kind.map(|kind| kind.to_string()).unwrap_or_default(),
            ]
        })
        .collect();
    let programs = &metadata.system_packages;
    let programs = match programs.is_empty() {
        true => String::new(),
        false => {
            let names: Vec<String> = programs.iter().map(|name| code(name)).collect();
            format!("Programs that it runs: {}.", names.join(", "))
        }
    };
    vec![
        block(&lines.join("\n")),
        table(&["needs", "version", "type"], &needs),
        programs,
    ]
}

fn configuration(docs: &Documentation) -> Vec<String> {
    let metadata = &docs.metadata;
    let mut parts = Vec::new();
    for schema in &docs.schemas {
        let shown = schema.file.to_string_lossy().replace('\\', "/");
        let records: Vec<&Field> = schema
            .fields
            .iter()
            .filter(|field| !field.fields.is_empty() && !is_shown_elsewhere(field, schema, docs))
            .collect();
        for field in records {
            let kind = field.type_text().map(|kind| format!(", {}", code(&kind)));
            parts.push(format!(
                "### {} in {}{}",
                code(&field.name),
                code(&shown),
                kind.unwrap_or_default()
            ));
            parts.push(field.doc.as_deref().map(plain).unwrap_or_default());
            let mut rows = Vec::new();
            fields(&field.fields, "", &mut rows);
            parts.push(table(
                &["field", "type", "default", "required", "meaning"],
                &rows,
            ));
        }
    }
    let variables: Vec<Vec<String>> = metadata
        .required_env
        .iter()
        .map(|name| (name, "yes"))
        .chain(metadata.optional_env.iter().map(|name| (name, "no")))
        .map(|(name, is_required)| vec![code_cell(name), is_required.to_owned()])
        .collect();
    if !variables.is_empty() {
        parts.push("### Environment".to_owned());
        parts.push(table(&["variable", "required"], &variables));
    }
    if parts.is_empty() {
        parts.push("There is nothing to configure.".to_owned());
    }
    parts
}

/// Whether a record is one that another schema defines under the same name, and this one only passes on.
fn is_shown_elsewhere(field: &Field, schema: &Schema, docs: &Documentation) -> bool {
    let inner = field.fields.first().and_then(|inner| inner.file.as_deref());
    let Some(origin) = inner
        .map(Path::new)
        .filter(|origin| !origin.ends_with(&schema.file))
    else {
        return false;
    };
    docs.schemas.iter().any(|other| {
        let has_it = other.fields.iter().any(|known| known.name == field.name);
        has_it && origin.ends_with(&other.file)
    })
}

/// Adds a row for each field, and for those inside of it.
fn fields(all: &[Field], path: &str, rows: &mut Vec<Vec<String>>) {
    for field in all {
        let name = format!("{path}{}", field.name);
        let required = match (field.is_required, field.is_optional) {
            (true, _) => "yes",
            (false, true) => "optional",
            (false, false) => "no",
        };
        // What is inside has rows of its own.
        let (kind, value) = match field.fields.is_empty() {
            true => (field.type_text(), field.default().or(field.value.as_ref())),
            false => (
                field.type_text().filter(|kind| !kind.starts_with('{')),
                None,
            ),
        };
        rows.push(vec![
            code_cell(&name),
            match (kind, field.fields.is_empty()) {
                (Some(kind), _) => code_cell(&kind),
                (None, true) => String::new(),
                (None, false) => "record".to_owned(),
            },
            value
                .map(|value| code_cell(&to_text(value)))
                .unwrap_or_default(),
            required.to_owned(),
            field.doc.as_deref().map(cell).unwrap_or_default(),
        ]);
        fields(&field.fields, &format!("{name}."), rows);
    }
}

fn reference(docs: &Documentation) -> Vec<String> {
    let mut parts = Vec::new();
    for it in &docs.extensions {
        let (title, level) = match docs.extensions.as_slice() {
            [_] => (None, "###"),
            _ => (Some(it), "####"),
        };
        if let Some(Documented {
            extension, module, ..
        }) = title
        {
            let module = module
                .as_ref()
                .map(|path| format!(", {}", code(&path.to_string_lossy().replace('\\', "/"))));
            parts.push(format!(
                "### {} {}{}",
                extension.kind,
                code(&extension.name),
                module.unwrap_or_default()
            ));
        }
        for operation in &it.operations {
            parts.extend(described(operation, level));
        }
    }
    if parts.is_empty() {
        parts.push("It exports no commands.".to_owned());
    }
    parts
}

fn described(operation: &OperationFacts, level: &str) -> Vec<String> {
    let command = &operation.command;
    let note = match (operation.is_required, operation.purpose) {
        (true, _) => "An operation of the interface.",
        (false, Some(_)) => "A helper that extensions of this type usually have.",
        (false, None) => "",
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    let parameters = command.parameters.iter().map(|parameter| (parameter, ""));
    let rest = command.rest.iter().map(|parameter| (parameter, "..."));
    for (parameter, dots) in parameters.chain(rest) {
        rows.push(vec![
            code_cell(&format!("{dots}{}", parameter.name)),
            code_cell(&parameter.kind),
            parameter
                .default
                .as_deref()
                .map(code_cell)
                .unwrap_or_default(),
            cell(&parameter.description),
        ]);
    }
    for flag in &command.flags {
        let short = flag
            .short
            .map(|short| format!(", -{short}"))
            .unwrap_or_default();
        rows.push(vec![
            code_cell(&format!("--{}{short}", flag.name)),
            code_cell(flag.kind.as_deref().unwrap_or_default()),
            flag.default.as_deref().map(code_cell).unwrap_or_default(),
            cell(&flag.description),
        ]);
    }
    let text = sentence(plain(operation.description()));
    vec![
        format!("{level} {}", code(&command.name)),
        [text.as_str(), note]
            .iter()
            .filter(|text| !text.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join(" "),
        block(&usage(command)),
        table(&["argument", "type", "default", "meaning"], &rows),
    ]
}

/// Returns a text with the full stop that it may lack: something follows on the same line.
fn sentence(mut text: String) -> String {
    let is_open = text
        .chars()
        .next_back()
        .is_some_and(|last| last.is_alphanumeric() || matches!(last, ')' | '`' | '"'));
    if is_open {
        text.push('.');
    }
    text
}

/// Returns how a command is called, and what goes in and comes out.
fn usage(command: &Command) -> String {
    let named = |parameter: &Parameter| match parameter.required {
        true => parameter.name.clone(),
        false => format!("[{}]", parameter.name),
    };
    let mut words = vec![command.name.clone()];
    words.extend(command.parameters.iter().map(named));
    words.extend(
        command
            .rest
            .iter()
            .map(|rest| format!("[...{}]", rest.name)),
    );
    words.extend(command.flags.iter().map(|flag| match &flag.kind {
        None => format!("[--{}]", flag.name),
        Some(kind) => format!("[--{} <{kind}>]", flag.name),
    }));
    let types: Vec<String> = command
        .types
        .iter()
        .map(|(input, output)| match input.as_str() {
            "nothing" => format!("# returns {output}"),
            input => format!("# from {input} to {output}"),
        })
        .collect();
    std::iter::once(words.join(" "))
        .chain(types)
        .collect::<Vec<_>>()
        .join("\n")
}

fn examples(docs: &Documentation) -> Vec<String> {
    let operations = docs.extensions.iter().flat_map(|it| &it.operations);
    let parts: Vec<String> = operations
        .flat_map(|operation| &operation.examples)
        .map(|example| {
            let description = plain(&example.description);
            let mut chars = description.chars();
            let title: String = match chars.next() {
                Some(first) => first.to_uppercase().chain(chars).collect(),
                None => "For example".to_owned(),
            };
            format!(
                "{}:\n\n{}",
                title.trim_end_matches(['.', ':']),
                block(&example.code)
            )
        })
        .collect();
    match parts.is_empty() {
        true => vec!["More in [EXAMPLES.md](EXAMPLES.md).".to_owned()],
        false => parts,
    }
}

fn troubleshooting(docs: &Documentation) -> Vec<String> {
    let name = docs
        .extensions
        .first()
        .map_or(docs.name.as_str(), |it| it.extension.name.as_str());
    let mut rows = vec![
        vec![
            "something is wrong with the extension".to_owned(),
            code_cell("extension validate PATH"),
        ],
        vec![
            "it cannot be loaded".to_owned(),
            code_cell(&format!("extension load {name}")),
        ],
        vec![
            "an error has a code".to_owned(),
            code_cell("extension explain CODE"),
        ],
        vec![
            "the plugin does not behave".to_owned(),
            code_cell("provisioning doctor"),
        ],
    ];
    if !docs.dependencies.is_empty() {
        rows.push(vec![
            "versions do not go together".to_owned(),
            code_cell(&format!("extension resolve {name}")),
        ]);
    }
    vec![table(&["when", "ask"], &rows)]
}
