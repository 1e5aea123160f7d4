//! Checking a document against the tables of [`schema`](super::schema).

use crate::diagnostic::{Code, Diagnostic, did_you_mean, is_unsafe_char, safe_text};

use super::document::{Entry, Node, NodeValue};
use super::schema::{Key, MAX_ITEMS, MAX_SHORT, MAX_URL, Shape, TABLES, Table};
use super::{Dependency, ExtensionType, name, version};

/// Adds a finding for everything in a document that is unknown, of the wrong type, too long or not allowed.
pub(super) fn check(document: &Node, findings: &mut Vec<Diagnostic>) {
    for entry in document.entries() {
        match TABLES.iter().find(|table| table.name == entry.key) {
            Some(table) => check_table(table, entry, findings),
            None => {
                findings.push(unknown(
                    entry,
                    "table",
                    TABLES.iter().map(|table| table.name),
                ));
                check_texts(&entry.node, findings);
            }
        }
    }
}

fn check_table(table: &Table, entry: &Entry, findings: &mut Vec<Diagnostic>) {
    if !matches!(entry.node.value, NodeValue::Table(_)) {
        findings.push(wrong_type(&entry.node, table.name, "a table"));
        return;
    }
    if table.keys.is_empty() {
        check_texts(&entry.node, findings);
        return;
    }
    for entry in entry.node.entries() {
        match table.keys.iter().find(|key| key.name == entry.key) {
            Some(key) => check_value(table, key, &entry.node, findings),
            None => {
                findings.push(unknown(entry, "key", table.keys.iter().map(|key| key.name)));
                check_texts(&entry.node, findings);
            }
        }
    }
}

fn unknown<'a>(
    entry: &Entry,
    what: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> Diagnostic {
    let finding = entry.warning(
        Code::UnknownKey,
        format!(
            "unknown {what} `{}`; it is kept and not used",
            safe_text(&entry.key)
        ),
        "not known",
    );
    match did_you_mean(&entry.key, known.clone()) {
        Some(hint) => finding.with_help(hint),
        None => finding.with_help(format!(
            "known here: {}",
            known.into_iter().collect::<Vec<_>>().join(", ")
        )),
    }
}

fn wrong_type(node: &Node, key: &str, expected: &str) -> Diagnostic {
    node.error(
        Code::WrongType,
        format!("`{key}` is {}, not {expected}", node.type_name()),
        format!("expected {expected}"),
    )
}

fn check_value(table: &Table, key: &Key, node: &Node, findings: &mut Vec<Diagnostic>) {
    let path = format!("{}.{}", table.name, key.name);
    match key.shape {
        Shape::Flag => {
            if !matches!(node.value, NodeValue::Boolean(_)) {
                findings.push(wrong_type(node, &path, "true or false"));
            }
        }
        Shape::Texts | Shape::Names | Shape::EnvNames | Shape::Globs | Shape::Dependencies => {
            check_list(key.shape, &path, node, findings);
        }
        _ => check_scalar(key.shape, &path, node, findings),
    }
}

fn check_list(shape: Shape, path: &str, node: &Node, findings: &mut Vec<Diagnostic>) {
    if !matches!(node.value, NodeValue::Array(_)) {
        findings.push(wrong_type(node, path, "an array"));
        return;
    }
    let items = node.items();
    if items.len() > MAX_ITEMS {
        findings.push(node.error(
            Code::TooLong,
            format!("`{path}` has {} items", items.len()),
            format!("at most {MAX_ITEMS} are allowed"),
        ));
        return;
    }
    for (index, item) in items.iter().enumerate() {
        let path = format!("{path}[{index}]");
        if shape == Shape::Dependencies {
            findings.extend(dependency(item).err());
        } else {
            check_scalar(shape, &path, item, findings);
        }
    }
}

/// Checks one text, on its own or as an item of a list of that shape.
fn check_scalar(shape: Shape, path: &str, node: &Node, findings: &mut Vec<Diagnostic>) {
    let Some(text) = node.as_str() else {
        findings.push(wrong_type(node, path, "a string"));
        return;
    };
    let limit = match shape {
        Shape::Text(limit) => limit,
        Shape::Url => MAX_URL,
        _ => MAX_SHORT,
    };
    let length = text.chars().count();
    if length > limit {
        findings.push(node.error(
            Code::TooLong,
            format!("`{path}` has {length} characters"),
            format!("at most {limit} are allowed"),
        ));
        return;
    }
    let prose = matches!(shape, Shape::Text(_));
    if forbidden_character(node, text, prose, findings) {
        return;
    }
    let problem = match shape {
        Shape::Name | Shape::Names => name::check_name(text).err().map(|reason| {
            let finding = node.error(
                Code::InvalidName,
                format!("`{text}` is not a valid name"),
                reason,
            );
            match name::suggest_name(text) {
                Some(valid) => finding.with_help(format!("write `{valid}`")),
                None => finding,
            }
        }),
        Shape::Type => text.parse::<ExtensionType>().err().map(|_| {
            let hint = did_you_mean(text, ExtensionType::WORDS)
                .unwrap_or_else(|| format!("one of: {}", ExtensionType::WORDS.join(", ")));
            node.error(
                Code::InvalidValue,
                format!("`{text}` is not a type of extension"),
                "unknown type",
            )
            .with_help(hint)
        }),
        Shape::Version => match version::read_version(text) {
            Ok(read) if read.padded => Some(
                node.warning(
                    Code::PaddedVersion,
                    format!("`{text}` was read as `{}`", read.version),
                    "a version has three numbers",
                )
                .with_help(format!("write \"{}\"", read.version)),
            ),
            Ok(_) => None,
            Err(reason) => Some(node.error(
                Code::InvalidVersion,
                format!("`{text}` is not a version"),
                reason,
            )),
        },
        Shape::Constraint => version::read_constraint(text).err().map(|reason| {
            node.error(
                Code::InvalidVersion,
                format!("`{text}` is not a version constraint"),
                reason,
            )
            .with_help("such as \">=1.15.0\" or \">=1.15, <2\"")
        }),
        Shape::Url => (!(text.starts_with("https://") || text.starts_with("http://"))).then(|| {
            node.error(
                Code::InvalidValue,
                format!("`{path}` is not a web address"),
                "it has to start with `https://` or `http://`",
            )
        }),
        Shape::EnvNames => (!is_env_name(text)).then(|| {
            node.error(
                Code::InvalidValue,
                format!("`{text}` is not the name of an environment variable"),
                "letters, digits and `_`, not starting with a digit",
            )
        }),
        Shape::Globs => leaves_root(text).then(|| {
            node.error(
                Code::InvalidValue,
                format!("the pattern `{text}` leaves the extension"),
                "patterns are relative and do not go up",
            )
        }),
        Shape::Text(_) | Shape::Texts | Shape::Flag | Shape::Dependencies => None,
    };
    findings.extend(problem);
}

/// Reports a character that must not be shown; in prose, line breaks and tabs are fine.
fn forbidden_character(
    node: &Node,
    text: &str,
    prose: bool,
    findings: &mut Vec<Diagnostic>,
) -> bool {
    let allowed = |c: char| prose && matches!(c, '\n' | '\r' | '\t');
    let bad = text.chars().find(|c| is_unsafe_char(*c) && !allowed(*c));
    let Some(bad) = bad else {
        return false;
    };
    findings.push(
        node.error(
            Code::ForbiddenCharacter,
            format!("the text holds the character U+{:04X}", u32::from(bad)),
            "control, bidirectional and invisible characters are not allowed",
        )
        .with_help("delete the character; it may not be visible in your editor"),
    );
    true
}

/// Checks every text inside content that has no schema.
fn check_texts(node: &Node, findings: &mut Vec<Diagnostic>) {
    if let Some(text) = node.as_str() {
        forbidden_character(node, text, true, findings);
    }
    for item in node.items() {
        check_texts(item, findings);
    }
    for entry in node.entries() {
        check_texts(&entry.node, findings);
    }
}

/// Reads one item of `dependencies.extensions`.
///
/// # Errors
/// What is wrong with it, at its place.
pub(super) fn dependency(node: &Node) -> Result<Dependency, Diagnostic> {
    read_dependency(node).map(|dependency| Dependency {
        node: Some(node.clone()),
        ..dependency
    })
}

fn read_dependency(node: &Node) -> Result<Dependency, Diagnostic> {
    let invalid = |node: &Node, reason: String| {
        node.error(Code::InvalidValue, "not a dependency", reason)
            .with_help("write \"containerd\", \"containerd >=1.6.0\" or {name = \"containerd\", version = \">=1.6.0\", type = \"taskserv\"}")
    };
    if let Some(text) = node.as_str() {
        return Dependency::read(text, node.origin()).map_err(|reason| invalid(node, reason));
    }
    if !matches!(node.value, NodeValue::Table(_)) {
        return Err(invalid(
            node,
            format!("{} is neither a name nor a table", node.type_name()),
        ));
    }
    let text = |key: &str| match node.get(key) {
        None => Ok(None),
        Some(value) => match value.as_str() {
            Some(text) => Ok(Some((value, text))),
            None => Err(wrong_type(value, key, "a string")),
        },
    };
    if let Some(entry) = node
        .entries()
        .iter()
        .find(|entry| !matches!(entry.key.as_str(), "name" | "version" | "type"))
    {
        return Err(invalid(
            &entry.node,
            format!("`{}` is not part of a dependency", safe_text(&entry.key)),
        ));
    }
    let Some((name_node, name)) = text("name")? else {
        return Err(invalid(node, "the name is missing".to_owned()));
    };
    let constraint = text("version")?;
    let kind = match text("type")? {
        None => None,
        Some((at, word)) => Some(word.parse().map_err(|unknown: super::UnknownType| {
            invalid(
                at,
                format!("{unknown}: one of {}", ExtensionType::WORDS.join(", ")),
            )
        })?),
    };
    Dependency::new(
        name,
        constraint.map_or("", |(_, text)| text),
        kind,
        node.origin(),
    )
    .map_err(|reason| {
        let at = match constraint {
            Some((at, _)) if name::check_name(name).is_ok() => at,
            _ => name_node,
        };
        invalid(at, reason)
    })
}

fn is_env_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether a pattern looks elsewhere. A `/` at its beginning means the root of the extension, as in `.gitignore`.
fn leaves_root(pattern: &str) -> bool {
    let pattern = pattern.strip_prefix('!').unwrap_or(pattern);
    pattern.starts_with(['\\', '~'])
        || pattern.split(['/', '\\']).any(|part| part == "..")
        || pattern.get(1..2) == Some(":")
}
