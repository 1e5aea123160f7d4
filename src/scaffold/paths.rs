//! Paths of files in a scaffold, and of those that they become.

use std::path::Path;

use serde_json::Value;

use crate::diagnostic::{did_you_mean, safe_text};
use crate::validation::security::names::{Problem, problem};

/// How the names of templates end.
pub(super) const TEMPLATE: &str = ".tmpl";
/// The directory of what templates include.
pub(super) const PARTS: &str = "_parts";
/// Longest part of a path, in bytes.
const MAX_PART: usize = 255;

/// Whether a file is there for others only.
pub(super) fn is_part(relative: &str) -> bool {
    relative.split('/').next() == Some(PARTS)
}

/// Returns the path of what a file becomes: with names in braces replaced by texts of the data, and without the ending of
/// templates.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn path_of(relative: &str, data: &Value) -> Result<String, String> {
    let relative = relative.strip_suffix(TEMPLATE).unwrap_or(relative);
    let parts: Result<Vec<String>, String> = relative
        .split('/')
        .map(|part| part_of(part, data))
        .collect();
    Ok(parts?.join("/"))
}

fn part_of(part: &str, data: &Value) -> Result<String, String> {
    let mut all = String::new();
    let mut rest = part;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else {
            return Err("has a `{{` without its `}}`".to_owned());
        };
        let name = name.trim();
        let Some(text) = data.get(name).and_then(Value::as_str) else {
            let texts = data.as_object().into_iter().flatten();
            let known = texts.filter(|(_, value)| value.is_string());
            let hint = did_you_mean(name, known.map(|(key, _)| key.as_str()))
                .unwrap_or_else(|| "such as `{{ name }}`".to_owned());
            return Err(format!(
                "asks for `{}`, which is no text of the data: {hint}",
                safe_text(name)
            ));
        };
        all.push_str(before);
        all.push_str(text);
        rest = after;
    }
    all.push_str(rest);
    if all.is_empty() {
        return Err("has a part without a name".to_owned());
    }
    // What comes from the data is no way out either.
    if all.len() > MAX_PART || Path::new(&all).components().count() != 1 {
        return Err(format!(
            "would make `{}`, which is no name of a file",
            safe_text(&all)
        ));
    }
    match problem(all.as_ref()) {
        None => Ok(all),
        Some(Problem::Harmful(reason) | Problem::Local(reason)) => {
            Err(format!("would make `{}`, which {reason}", safe_text(&all)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_replaced_and_nothing_leads_out() {
        let data = json!({"name": "app", "year": 2026, "up": "../..", "nul": "nul"});
        let path = |relative: &str| path_of(relative, &data);
        for (relative, made) in [
            ("README.md.tmpl", "README.md"),
            ("nulib/{{ name }}/{{name}}_x.nu", "nulib/app/app_x.nu"),
            ("a.tmpl.tmpl", "a.tmpl"),
            ("} }}", "} }}"),
        ] {
            assert_eq!(path(relative).as_deref(), Ok(made), "{relative}");
        }
        for (relative, reason) in [
            ("{{ nam }}.nu", "did you mean `name`?"),
            ("{{ year }}.nu", "no text of the data"),
            ("{{ name", "without its `}}`"),
            ("{{ up }}/x", "no name of a file"),
            ("{{ nul }}", "stands for a device"),
            (".tmpl", "without a name"),
            ("a\\b", "separates directories"),
        ] {
            let error = path(relative).unwrap_err();
            assert!(error.contains(reason), "{relative}: {error}");
        }
    }
}
