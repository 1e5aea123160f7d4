//! What is wrong with a test, at the author's own line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::output::plain;
use crate::diagnostic::{Code, Diagnostic, Source, Span, render, safe_text};
use crate::validation::masked;

/// Longest message, in characters.
const MAX_MESSAGE: usize = 4000;
/// Longest text of a label that is shown in a message, in characters.
const MAX_LABEL: usize = 400;

/// What is wrong with a test.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What happened.
    pub message: String,
    /// The code: one of ours, of Nushell, or the author's own.
    pub code: String,
    /// Where, and what to do; with the text of the place.
    pub finding: Diagnostic,
}

impl Fault {
    /// Returns a fault of ours.
    pub(super) fn new(finding: Diagnostic) -> Self {
        Self {
            message: finding.message.clone(),
            code: finding.code.as_str().to_owned(),
            finding,
        }
    }

    /// Returns it as a text with the place.
    pub fn rendered(&self) -> String {
        render(&self.finding)
    }
}

/// The texts of an extension's files, for places in them.
#[derive(Debug)]
pub(crate) struct Texts<'a> {
    root: &'a Path,
    known: BTreeMap<PathBuf, Option<Arc<Source>>>,
}

impl<'a> Texts<'a> {
    /// Returns those of the files below a directory. Nothing of another file is ever shown.
    pub(crate) fn below(root: &'a Path) -> Self {
        Self {
            root,
            known: BTreeMap::new(),
        }
    }

    fn get(&mut self, path: &Path) -> Option<Arc<Source>> {
        const MAX_SIZE: u64 = 1 << 20;
        let real = dunce::canonicalize(path).ok()?;
        if !real.starts_with(self.root) {
            return None;
        }
        let known = self.known.entry(real).or_insert_with_key(|path| {
            use std::io::Read as _;
            let mut text = String::new();
            let file = crate::store::open_file(path).ok()?;
            file.take(MAX_SIZE).read_to_string(&mut text).ok()?;
            let source = Source::new(path.display().to_string(), text);
            Some(Arc::new(source.masked_by(masked)))
        });
        known.clone()
    }

    /// Reads an error as Nushell has caught it: `{details, exit_code, hook}`. Without a place in a file of the extension, it is
    /// at the test.
    pub(crate) fn fault(&mut self, error: &Value, at: &Place<'_>) -> Fault {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let details = &error["details"];
        let labels: Vec<&Value> = details["labels"].as_array().into_iter().flatten().collect();
        let told = text(&details["msg"]).unwrap_or_else(|| format!("{} has failed", at.what));
        let mut message = one_line(&plain(&told), details["code"].as_str(), &labels);
        let code = match text(&error["hook"]) {
            Some(hook) => {
                message =
                    format!("`{hook}`, which runs before or after tests, has failed: {message}");
                Code::TestHook.as_str().to_owned()
            }
            None => text(&details["code"])
                .filter(|code| !code.is_empty())
                .unwrap_or_else(|| at.code.as_str().to_owned()),
        };
        let mut finding = Diagnostic::error(at.code, shown(&message));
        finding.help = text(&details["help"]).map(|help| shown(&plain(&help)));
        for label in &labels {
            let location = &label["location"];
            let offset = |name: &str| usize::try_from(location[name].as_u64()?).ok();
            if let (Some(file), Some(start), Some(end)) =
                (text(&location["file"]), offset("start"), offset("end"))
                && Path::new(&file).is_absolute()
                && let Some(source) = self.get(Path::new(&file))
                && source.text().get(start..end).is_some()
            {
                let words = text(&label["text"]).unwrap_or_default();
                let words = cut(&plain(&words), MAX_LABEL);
                finding = finding.with_label(&source, Span::new(start, end), words);
            }
        }
        if finding.labels.is_empty() {
            finding = self.labelled(finding, at);
        }
        Fault {
            message: finding.message.clone(),
            code: safe_text(&cut(&code, MAX_LABEL)).into_owned(),
            finding,
        }
    }

    /// Returns a finding that is about a test as a whole.
    pub(super) fn labelled(&mut self, finding: Diagnostic, at: &Place<'_>) -> Diagnostic {
        match (self.get(at.file), at.span) {
            (Some(source), Some(span)) if source.text().get(span.start..span.end).is_some() => {
                finding.with_label(&source, span, "this test")
            }
            _ => finding.with_file(at.file),
        }
    }
}

/// Where a test is, or something else that runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) file: &'a Path,
    /// Its name.
    pub(crate) span: Option<Span>,
    /// What it is: `the test`.
    pub(crate) what: &'static str,
    /// The code of an error that has none.
    pub(crate) code: Code,
}

/// Returns a message with what its labels say, which may be all that is worth knowing: `left: 1`, `right: 2`.
fn one_line(message: &str, code: Option<&str>, labels: &[&Value]) -> String {
    // Nushell's own errors say in the first one what is missing in the message.
    let is_own = code.is_some_and(|code| code.starts_with("nu::"));
    let most = if is_own { 1 } else { labels.len() };
    let texts: Vec<String> = labels
        .iter()
        .take(most)
        .filter_map(|label| label["text"].as_str())
        .map(|text| cut(&plain(text), MAX_LABEL))
        .filter(|text| !text.is_empty() && !message.contains(text.as_str()))
        .collect();
    // `assert` puts the author's words in a line before its own.
    let message = match message.trim_end().split_once('\n') {
        Some((first, rest)) if !rest.contains('\n') => format!("{first}: {rest}"),
        _ => message.trim_end().to_owned(),
    };
    let message = message.strip_suffix('.').unwrap_or(&message);
    match texts.as_slice() {
        [] => message.to_owned(),
        texts => format!("{message} ({})", texts.join(", ")),
    }
}

fn shown(text: &str) -> String {
    safe_text(&cut(text, MAX_MESSAGE)).into_owned()
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fault(error: &Value, text: &str) -> Fault {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().canonicalize().unwrap();
        let file = root.join("a_test.nu");
        std::fs::write(&file, text).unwrap();
        let error: Value =
            serde_json::from_str(&error.to_string().replace("[FILE]", &file.to_string_lossy()))
                .unwrap();
        let at = Place {
            file: &file,
            span: Some(Span::new(0, 3)),
            what: "the test",
            code: Code::TestFailed,
        };
        Texts::below(&root).fault(&error, &at)
    }

    #[test]
    fn the_place_is_the_first_one_in_the_extension() {
        let location =
            |file: &str, start: usize| json!({"file": file, "start": start, "end": start + 1});
        let error = json!({"details": {
            "msg": "These are not equal.",
            "labels": [
                {"text": "of the library", "location": location("/etc/passwd", 0)},
                {"text": "left: 1", "location": location("[FILE]", 4)},
                {"text": "right: 2", "location": location("[FILE]", 6)},
            ],
            "code": null, "help": null,
        }});
        let fault = fault(&error, "one\n1 2\n");
        assert_eq!(
            fault.message,
            "These are not equal (of the library, left: 1, right: 2)"
        );
        assert_eq!(fault.code, "test::failed");
        let place = fault.finding.location().unwrap();
        assert_eq!((place.line, place.column), (2, 1));
        assert_eq!(fault.finding.labels.len(), 2);
    }

    #[test]
    fn what_makes_no_sense_is_at_the_test() {
        for error in [
            json!(null),
            json!({"details": 3}),
            json!({"details": {"msg": 1, "labels": {"a": 1}}}),
            json!({"details": {"labels": [{"location": {"file": "[FILE]", "start": 90, "end": 1}}]}}),
            json!({"details": {"labels": [{"location": {"file": "a_test.nu", "start": 0, "end": 1}}]}}),
        ] {
            let fault = fault(&error, "one\n");
            let place = fault.finding.location().unwrap();
            assert_eq!((place.line, place.column), (1, 1), "{error}");
            assert_eq!(fault.code, "test::failed", "{error}");
        }
    }

    #[test]
    fn long_and_strange_texts_are_shown_and_short() {
        let error = json!({"details": {"msg": "x\u{1b}]0;".repeat(9000), "code": "own::code", "help": "\u{202e}"}});
        let fault = fault(&error, "one\n");
        assert!(!fault.message.contains('\u{1b}') && fault.message.len() < 40_000);
        assert_eq!(fault.code, "own::code");
        assert_eq!(fault.finding.help.as_deref(), Some("\\u{202e}"));
    }
}
