//! From everything that was seen to what is told: each cause once, where it stands.

use std::collections::{BTreeMap, HashSet};

use super::Schema;
use super::kcl::Leftover;
use super::places;
use crate::diagnostic::{Code, Diagnostic, Label, Severity};
use crate::nickel::Outline;

/// Most places of one finding that are underlined, and most fields that are named.
const MAX_SHOWN: usize = 6;
/// Most lines of one help.
const MAX_HELP: usize = 40;

/// Returns what is to be told of all schemas, file by file.
pub(super) fn fold(mut schemas: Vec<Schema>) -> Vec<Diagnostic> {
    for schema in &mut schemas {
        let findings = std::mem::take(&mut schema.findings);
        schema.findings = findings
            .into_iter()
            .map(|finding| improved(finding, schema))
            .collect();
    }
    let mut explaining: HashSet<(usize, usize)> = HashSet::new();
    let mut all: Vec<Diagnostic> = Vec::new();
    let mut seen = HashSet::new();
    let mut told_at = HashSet::new();
    // What a file says of itself comes before what others that import it say.
    for at_home in [true, false] {
        for (at, schema) in schemas.iter().enumerate() {
            let name = schema.path.display().to_string();
            for finding in &schema.findings {
                let is_home = finding.file().is_none_or(|file| file == name);
                if is_home != at_home {
                    continue;
                }
                if let Some(cause) = cause(finding, &schemas) {
                    explaining.insert(cause);
                    continue;
                }
                // Whoever imports a fault sees it too, by whatever name.
                let first = first_place(finding);
                if !at_home && first.as_ref().is_some_and(|first| told_at.contains(first)) {
                    continue;
                }
                told_at.extend(first);
                if seen.insert(place(finding)) {
                    all.push(finding.clone());
                }
            }
            if at_home {
                continue;
            }
            let Some(outline) = &schema.outline else {
                continue;
            };
            for group in groups(&schema.leftovers) {
                let is_cause = group.iter().any(|leftover| {
                    schema.leftovers.iter().enumerate().any(|(index, known)| {
                        std::ptr::eq(known, *leftover) && explaining.contains(&(at, index))
                    })
                });
                all.push(told(outline, &group, is_cause));
            }
        }
    }
    all.sort_by_key(|finding| {
        let at = finding.labels.first().map(|label| label.span.start);
        (finding.file(), at)
    });
    all
}

fn first_place(finding: &Diagnostic) -> Option<(String, usize)> {
    let label = finding.labels.first()?;
    Some((label.source.name().to_owned(), label.span.start))
}

/// What tells a finding from others: its code and all its places.
fn place(finding: &Diagnostic) -> (Code, Option<String>, Vec<(String, usize, usize)>) {
    let places: Vec<(String, usize, usize)> = finding
        .labels
        .iter()
        .map(|label| {
            (
                label.source.name().to_owned(),
                label.span.start,
                label.span.end,
            )
        })
        .collect();
    // Without a place, the words have to do.
    let words = places
        .is_empty()
        .then(|| format!("{:?} {}", finding.file, finding.message));
    (finding.code, words, places)
}

/// Returns the leftover that a finding of Nickel's follows from, by schema and number.
fn cause(finding: &Diagnostic, schemas: &[Schema]) -> Option<(usize, usize)> {
    let causes: &[Code] = match finding.code {
        Code::NickelContract => &[Code::SchemaNullDefault, Code::SchemaEmptyContract],
        Code::NickelMerge => &[Code::SchemaFixedValue],
        Code::NickelRecursion => &[Code::SchemaOwnName],
        Code::NickelUnbound => &[Code::SchemaKclSchema],
        _ => return None,
    };
    schemas.iter().enumerate().find_map(|(at, schema)| {
        let name = schema.path.display().to_string();
        schema
            .leftovers
            .iter()
            .enumerate()
            .find_map(|(index, leftover)| {
                let touches = |label: &Label| {
                    label.source.name() == name
                        && label.span.start < leftover.whole.end
                        && leftover.whole.start < label.span.end
                };
                // What stands in the same file is the same field; a contract may be anywhere.
                (causes.contains(&leftover.code) && finding.labels.iter().any(touches))
                    .then_some((at, index))
            })
    })
}

/// Puts what Nickel says into what to do about it, where the shape of the file tells more.
fn improved(mut finding: Diagnostic, schema: &Schema) -> Diagnostic {
    if finding.code != Code::NickelMissingDefinition {
        return finding;
    }
    if let Some(section) = places::section_without_value(&finding, schema) {
        return section;
    }
    // The value is what has to be changed.
    if let Some(at) = finding
        .labels
        .iter()
        .position(|label| label.text == "in this record")
    {
        let label = finding.labels.remove(at);
        finding.labels.insert(0, label);
    }
    let name = finding
        .subject
        .as_ref()
        .and_then(|subject| subject.path.last_field());
    if let Some(name) = name {
        finding.help = Some(
            match finding
                .subject
                .as_ref()
                .and_then(|subject| subject.expected.as_ref())
            {
                Some(expected) => {
                    let expected = expected.replace(", }", " }");
                    format!("give it a value: `{name} = ...`; its contract is `{expected}`")
                }
                None => format!("give it a value: `{name} = ...`"),
            },
        );
    }
    finding
}

/// Puts together what is alike in one record.
fn groups(leftovers: &[Leftover]) -> Vec<Vec<&Leftover>> {
    let mut groups: BTreeMap<(usize, Code), Vec<&Leftover>> = BTreeMap::new();
    for leftover in leftovers {
        groups
            .entry((leftover.record, leftover.code))
            .or_default()
            .push(leftover);
    }
    groups.into_values().collect()
}

fn told(outline: &Outline, group: &[&Leftover], is_cause: bool) -> Diagnostic {
    let code = group[0].code;
    let names = names(group);
    let several = group.len() > 1;
    let (message, label, closing) = match code {
        Code::SchemaStringUnion => (
            format!(
                "{names} {} texts with `|`, where Nickel wants contracts",
                lists(several)
            ),
            "a text is not a contract",
            Some("this allows texts and tags, and exports texts"),
        ),
        Code::SchemaListContract => (
            format!(
                "{names} {} a list where Nickel wants a contract",
                has(several)
            ),
            "a list is not a contract",
            None,
        ),
        Code::SchemaNullDefault => (
            format!(
                "{names} {} null by default, and {} refuses null",
                is(several),
                if several {
                    "their contract"
                } else {
                    "its contract"
                }
            ),
            "no value of the contract",
            Some("a field that is optional may be left out"),
        ),
        Code::SchemaKclField => (
            format!("{names} {} written in KCL", is(several)),
            "KCL",
            None,
        ),
        Code::SchemaKclSchema => (
            format!("{names} {} a `schema` of KCL", is(several)),
            "KCL",
            Some(
                "a contract of Nickel is a record like any other; `not_exported` keeps it out of the data",
            ),
        ),
        Code::SchemaKclCheck => (
            "the rules of a `check` are KCL".to_owned(),
            "KCL",
            Some(
                "put what has to hold in the place of `...`, and the contract behind the field or the record it is about",
            ),
        ),
        Code::SchemaFixedValue => (
            format!("{names} {} a value that nothing can replace", has(several)),
            "not a default",
            Some("two values that differ cannot be merged; a default gives way"),
        ),
        Code::SchemaEmptyContract => (
            format!("{names} may not have any fields: its contract has none"),
            "a record without fields",
            Some("`_` stands for any name"),
        ),
        _ => (
            format!("{names} means itself where it names its contract"),
            "the field, not the contract",
            Some(
                "the fields of a record see each other; give contracts names of their own, which begin with a capital letter",
            ),
        ),
    };
    let is_error = is_cause || !matches!(code, Code::SchemaFixedValue | Code::SchemaEmptyContract);
    let mut finding = Diagnostic::error(code, message);
    if !is_error {
        finding.severity = Severity::Warning;
    }
    for leftover in group.iter().take(MAX_SHOWN) {
        finding = finding.with_label(&outline.source, leftover.span, label);
    }
    let mut lines: Vec<String> = vec!["write".to_owned()];
    lines.extend(
        group
            .iter()
            .flat_map(|leftover| leftover.form.iter().cloned()),
    );
    if lines.len() > MAX_HELP {
        lines.truncate(MAX_HELP);
        lines.push("# and so on".to_owned());
    }
    lines.extend(closing.map(str::to_owned));
    finding.with_help(lines.join("\n"))
}

fn names(group: &[&Leftover]) -> String {
    let named = |leftover: &&Leftover| format!("`{}`", leftover.name);
    match group {
        [one] => named(one),
        many if many.len() <= MAX_SHOWN => {
            let (last, first) = (&many[many.len() - 1], &many[..many.len() - 1]);
            let first: Vec<String> = first.iter().map(named).collect();
            format!("{} and {}", first.join(", "), named(last))
        }
        many => {
            let first: Vec<String> = many[..MAX_SHOWN].iter().map(named).collect();
            format!("{} and {} more", first.join(", "), many.len() - MAX_SHOWN)
        }
    }
}

fn is(several: bool) -> &'static str {
    if several { "are" } else { "is" }
}

fn has(several: bool) -> &'static str {
    if several { "have" } else { "has" }
}

fn lists(several: bool) -> &'static str {
    if several { "list" } else { "lists" }
}
