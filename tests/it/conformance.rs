//! Nickel files whose evaluation is compared with the reference: Nickel's own evaluator, as the package py-nickel brings it.
//!
//! A file of `tests/nickel/conformance/` says on its first line what the reference makes of it:
//!
//! - `# expect: value`: data. Ours have to be equal; whole numbers are equal however they are written. The order of fields
//!   is not compared, because the reference sorts them by name where we keep them as they are written.
//! - `# expect: error`: one fault. Ours has to be of the same kind and at the same place, and to be the only one.
//! - `# expect: errors`: several faults. The reference tells the first that it meets, which has to be among ours: we tell all.
//!
//! [`DIFFERENCES`] has the files for which something else holds.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use provisioning::nickel::NICKEL_VERSION;
use serde_json::{Value, json};

use crate::support::{Shell, repository};

/// Fewer files than this prove too little.
const MIN_FILES: usize = 90;

/// Where we differ from the reference, what we say there, and why.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    (
        "numbers-beyond-64-bits.ncl",
        "nickel::export numbers-beyond-64-bits.ncl:3:9",
        "a whole number that does not fit would be rounded",
    ),
    (
        "error-not-exported-and-broken.ncl",
        r#"{"shown":1}"#,
        "`nickel export` does not evaluate what is not exported either; the package does",
    ),
    (
        "error-export-contract.ncl",
        "nickel::export error-export-contract.ncl:2:3",
        "the field is shown, not the standard library's text",
    ),
    (
        "error-contract-closed-record.ncl",
        "nickel::contract error-contract-closed-record.ncl:6:5",
        "the extra field itself is shown, not the record that holds it",
    ),
];

/// How the messages of the reference start, and the kinds they are of.
const KINDS: &[(&str, &str)] = &[
    ("unexpected token", "nickel::parse"),
    ("unexpected end of file", "nickel::parse"),
    ("unmatched closing brace", "nickel::parse"),
    ("invalid escape sequence", "nickel::parse"),
    ("duplicated binding", "nickel::parse"),
    ("incompatible types", "nickel::type"),
    ("function types mismatch", "nickel::type"),
    ("type error:", "nickel::type"),
    ("dynamic type error", "nickel::type"),
    ("contract broken by", "nickel::contract"),
    ("import of", "nickel::import"),
    ("missing definition for", "nickel::missing-definition"),
    ("missing field", "nickel::missing-field"),
    ("non mergeable terms", "nickel::merge"),
    ("unbound identifier", "nickel::unbound"),
    ("infinite recursion", "nickel::recursion"),
    ("non serializable term", "nickel::export"),
    ("cannot compare values for equality", "nickel::eval"),
    ("destructuring failed", "nickel::eval"),
    ("unmatched pattern", "nickel::eval"),
    ("not a function", "nickel::eval"),
    ("division by zero", "nickel::eval"),
    ("record/insert:", "nickel::eval"),
    ("substring:", "nickel::eval"),
];

/// Evaluates every file, whatever becomes of the ones before.
const EVALUATE: &str = "ls *.ncl | get name | each {|file|
    try { {file: $file, value: (nickel eval $file)} } catch {|error|
        {file: $file, error: ($error.details | select msg code inner)}
    }
}";

/// Something wrong with a file: the kind, and the place as `FILE:LINE:COLUMN`.
#[derive(Debug, PartialEq)]
struct Fault {
    code: String,
    place: Option<String>,
}

/// What becomes of a file.
#[derive(Debug)]
enum Outcome {
    Value(Value),
    Faults(Vec<Fault>),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)?;
        match &self.place {
            Some(place) => write!(f, " {place}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Value(value) => write!(f, "{value}"),
            Outcome::Faults(faults) => {
                let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
                f.write_str(&faults.join(", "))
            }
        }
    }
}

/// Returns the directory of the files.
fn files() -> PathBuf {
    repository().join("tests/nickel/conformance")
}

/// Returns what the reference says of every file, with its version.
fn reference() -> Value {
    let package = std::env::var_os("PROVISIONING_TEST_PY_NICKEL")
        .map_or_else(|| repository().join("target/py-nickel"), PathBuf::from);
    assert!(
        package.is_dir(),
        "there is no reference to compare with: run `cargo xtask setup` or `cargo xtask test`"
    );
    let python = std::env::var_os("PYTHON")
        .filter(|python| !python.is_empty())
        .unwrap_or_else(|| "python3".into());
    let output = Command::new(&python)
        .arg(repository().join("tests/nickel/reference.py"))
        .arg(&package)
        .arg(files())
        .env("PYTHONIOENCODING", "utf-8")
        .output()
        .unwrap_or_else(|error| panic!("cannot start {}: {error}", python.display()));
    assert!(
        output.status.success(),
        "the reference failed; `cargo xtask setup` repairs it\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Returns the kind of an error of the reference by our name, or its message.
fn kind(message: &str, is_elsewhere: bool) -> &str {
    // Of another format than Nickel: a file that is imported, or a text that is deserialized.
    if message.contains("parse error:") {
        return if is_elsewhere {
            "nickel::import"
        } else {
            "nickel::eval"
        };
    }
    match KINDS.iter().find(|(start, _)| message.starts_with(start)) {
        Some((_, "nickel::parse")) if is_elsewhere => "nickel::import",
        Some((_, code)) => code,
        None => message,
    }
}

/// Reads what the reference says of a file; an error is one fault, however many parts its report has.
fn told_by_reference(file: &str, told: &Value) -> Outcome {
    let Some(message) = told["message"].as_str() else {
        return Outcome::Value(told["value"].clone());
    };
    let place = told["file"]
        .as_str()
        .map(|name| format!("{name}:{}:{}", told["line"], told["column"]));
    let is_elsewhere = told["file"]
        .as_str()
        .is_some_and(|name| name != file && !name.starts_with('<'));
    Outcome::Faults(vec![Fault {
        code: kind(message, is_elsewhere).to_owned(),
        place,
    }])
}

/// Reads what we say of a file.
fn told_by_us(told: &Value) -> Outcome {
    let error = &told["error"];
    if error.is_null() {
        return Outcome::Value(told["value"].clone());
    }
    let fault = |error: &Value| Fault {
        code: error["code"].as_str().unwrap_or_default().to_owned(),
        place: error["msg"].as_str().and_then(place),
    };
    Outcome::Faults(match error["inner"].as_array() {
        Some(inner) if !inner.is_empty() => inner.iter().map(fault).collect(),
        _ => vec![fault(error)],
    })
}

/// Returns the first place in a message with excerpts, without the directories of the file.
fn place(message: &str) -> Option<String> {
    let place = message
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("--> "))?;
    if place.starts_with('<') {
        return Some(place.to_owned());
    }
    place.rsplit(['/', '\\']).next().map(str::to_owned)
}

/// Whether data are equal, apart from the order of fields and from how a whole number is written.
fn is_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => match (one.as_i64(), other.as_i64()) {
            (Some(one), Some(other)) => one == other,
            _ => one.as_f64() == other.as_f64(),
        },
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| is_equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, one)| other.get(name).is_some_and(|other| is_equal(one, other)))
        }
        _ => one == other,
    }
}

/// Whether we say what the reference says; `errors` is how many errors its report has.
fn agree(reference: &Outcome, errors: u64, ours: &Outcome, expected: &str) -> bool {
    match (reference, ours) {
        (Outcome::Value(reference), Outcome::Value(ours)) => is_equal(reference, ours),
        (Outcome::Faults(reference), Outcome::Faults(ours)) if expected == "errors" => {
            reference.iter().all(|fault| ours.contains(fault))
        }
        (Outcome::Faults(reference), Outcome::Faults(ours)) => {
            reference.first() == ours.first() && ours.len() as u64 == errors
        }
        _ => false,
    }
}

/// Returns what a file says on its first line about itself.
fn expected(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    let first = text.lines().next().unwrap_or_default();
    match first.strip_prefix("# expect: ") {
        Some(expected @ ("value" | "error" | "errors")) => expected.to_owned(),
        _ => panic!(
            "{}: the first line does not say what to expect",
            file.display()
        ),
    }
}

#[test]
fn evaluation_equals_the_reference() {
    let reference = reference();
    assert_eq!(reference["version"], json!(NICKEL_VERSION.to_string()));
    let theirs = reference["files"].as_object().unwrap();
    let ours = Shell::new().at(files()).value(EVALUATE);
    let ours = ours.as_array().unwrap();
    assert_eq!(ours.len(), theirs.len());
    assert!(theirs.len() >= MIN_FILES, "only {} files", theirs.len());

    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for ours in ours {
        let file = ours["file"].as_str().unwrap();
        let told = &theirs[file];
        let (reference, ours) = (told_by_reference(file, told), told_by_us(ours));
        let expected = expected(&files().join(file));
        if matches!(reference, Outcome::Value(_)) != (expected == "value") {
            wrong.push(format!(
                "{file}: expects {expected}, but the reference says {reference}"
            ));
        }
        let errors = told["errors"].as_u64().unwrap_or_default();
        let is_same = agree(&reference, errors, &ours, &expected);
        match DIFFERENCES.iter().find(|(name, ..)| *name == file) {
            Some(_) if is_same => {
                wrong.push(format!(
                    "{file}: no longer differs; take it out of the table"
                ));
            }
            Some((_, known, _)) if *known != ours.to_string() => {
                wrong.push(format!("{file}: {known} is known, and now it is {ours}"));
            }
            None if !is_same => {
                wrong.push(format!(
                    "{file}:\n  reference: {reference}\n  ours:      {ours}"
                ));
            }
            Some(_) | None => {}
        }
        seen.insert(file);
    }
    for (file, ..) in DIFFERENCES {
        if !seen.contains(file) {
            wrong.push(format!("{file}: is in the table, and does not exist"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} files:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn fields_keep_the_order_that_they_are_written_in() {
    let order = Shell::new()
        .at(files())
        .value("nickel eval records-field-order.ncl | [($in | columns), ($in.a | columns)]");
    assert_eq!(order, json!([["z", "m", "k", "a"], ["y", "b", "c"]]));
}
