//! What a check gives.

use std::path::Path;

use crate::diagnostic::safe_text;

/// Most problems that a row tells of one by one.
const MAX_TOLD: usize = 8;

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Everything is in order.
    Ok,
    /// It works, and not as well as it could.
    Warning,
    /// Something does not work.
    Error,
}

impl Status {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Warning => "warning",
            Status::Error => "error",
        }
    }
}

/// What a check gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What was looked at.
    pub check: &'static str,
    /// How it went.
    pub status: Status,
    /// What was found.
    pub detail: String,
    /// What to type next; none when everything is in order.
    pub fix: Option<String>,
}

impl Row {
    /// Returns the row of a check whose subject cannot be told.
    pub(super) fn unknown(check: &'static str, setting: &str) -> Self {
        let mut findings = Findings::of(check);
        findings.warning(
            format!("not looked at, because the setting `{setting}` cannot be read"),
            "provisioning config",
        );
        findings.into_row()
    }

    /// Returns the row of a check whose subject lies in a directory that cannot be used, which another row tells.
    pub(super) fn out_of_reach(check: &'static str, told_by: &str) -> Self {
        let mut findings = Findings::of(check);
        findings.warning(
            format!("not looked at, because the {told_by} cannot be used"),
            format!("provisioning doctor | where check == '{told_by}'"),
        );
        findings.into_row()
    }
}

/// What is found by one check.
#[derive(Debug)]
pub(super) struct Findings {
    check: &'static str,
    facts: Vec<String>,
    problems: Vec<(Status, String, String)>,
}

impl Findings {
    pub(super) fn of(check: &'static str) -> Self {
        Self {
            check,
            facts: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Notes what is told when nothing is wrong.
    pub(super) fn fact(&mut self, text: impl Into<String>) {
        self.facts.push(text.into());
    }

    /// Notes what does not work, and what to do about it.
    pub(super) fn error(&mut self, text: impl Into<String>, fix: impl Into<String>) {
        self.problems.push((Status::Error, text.into(), fix.into()));
    }

    /// Notes what could be better, and what to do about it.
    pub(super) fn warning(&mut self, text: impl Into<String>, fix: impl Into<String>) {
        self.problems
            .push((Status::Warning, text.into(), fix.into()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// Returns the row: errors are told before warnings.
    pub(super) fn into_row(mut self) -> Row {
        self.problems
            .sort_by_key(|(status, ..)| std::cmp::Reverse(*status));
        let status = self.problems.first().map_or(Status::Ok, |first| first.0);
        let told = self.problems.iter().take(MAX_TOLD);
        let mut fixes: Vec<&str> = Vec::new();
        let mut texts: Vec<String> = Vec::new();
        for (_, text, fix) in told {
            texts.push(text.clone());
            if !fixes.contains(&fix.as_str()) {
                fixes.push(fix);
            }
        }
        match self.problems.len().checked_sub(MAX_TOLD) {
            Some(more) if more > 0 => texts.push(format!("and {more} more")),
            _ => {}
        }
        let detail = match texts.is_empty() {
            true => self.facts.join(", "),
            false => texts.join("; "),
        };
        Row {
            check: self.check,
            status,
            detail: safe_text(&detail).into_owned(),
            fix: (status != Status::Ok).then(|| safe_text(&fixes.join("; ")).into_owned()),
        }
    }
}

/// Returns a path as an argument of a command.
pub(super) fn argument(path: &Path) -> String {
    quoted(&path.display().to_string())
}

/// Returns a path as a value, where a word alone would be a command.
pub(super) fn value(path: &Path) -> String {
    let text = path.display().to_string();
    match text.contains('\'') {
        true => quoted(&text),
        false => format!("'{text}'"),
    }
}

/// Returns a text as an argument of a command: in quotes where the shell would take it for something else.
pub(super) fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | '@');
    if text.starts_with(|c: char| c.is_alphabetic() || c == '/') && text.chars().all(is_plain) {
        text.to_owned()
    } else if !text.contains('\'') {
        format!("'{text}'")
    } else {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

/// Returns a number of bytes as people write it: `1.2 GB`.
pub(super) fn bytes(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB"];
    let (mut whole, mut tenths, mut unit) = (bytes, 0, 0);
    while whole >= 1000 && unit + 1 < units.len() {
        tenths = whole % 1000 / 100;
        whole /= 1000;
        unit += 1;
    }
    match unit {
        0 => format!("{whole} B"),
        _ => format!("{whole}.{tenths} {}", units[unit]),
    }
}

/// Returns a number with its noun.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    }
}
