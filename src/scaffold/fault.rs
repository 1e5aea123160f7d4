//! What is wrong with what is said of a new extension.

use std::path::{Path, PathBuf};

use super::Wanted;
use crate::diagnostic::{Code, is_unsafe_char};
use crate::metadata::check_name;
use crate::metadata::schema::MAX_SHORT;
use crate::validation::security::names;

/// Longest description, as in the metadata.
const MAX_DESCRIPTION: usize = 1024;

/// What a fault is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The name.
    Name,
    /// What it is for.
    Description,
    /// Who makes it.
    Author,
}

/// Something that cannot be used as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What it is about.
    pub about: About,
    /// Its code.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// In a few words, for the place where it stands.
    pub label: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl Wanted {
    /// Returns everything that cannot be used as it is.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults: Vec<Fault> = name(&self.name).into_iter().collect();
        if let Some(description) = &self.description {
            faults.extend(line(
                About::Description,
                "the description",
                description,
                MAX_DESCRIPTION,
            ));
        }
        faults.extend(line(About::Author, "the author", &self.author, MAX_SHORT));
        faults
    }

    /// Returns the directory that the extension gets, below another.
    pub fn directory(&self, parent: &Path) -> PathBuf {
        parent.join(&self.name)
    }
}

fn name(name: &str) -> Option<Fault> {
    let fault = |label: String, help| Fault {
        about: About::Name,
        code: Code::ScaffoldName,
        message: format!("`{name}` cannot be the name of an extension"),
        label,
        help,
    };
    if let Err(reason) = check_name(name) {
        if name.contains(['/', '\\']) {
            return Some(fault(
                "a name, and no path".to_owned(),
                Some("say with --path where its directory is to be".to_owned()),
            ));
        }
        return Some(fault(
            reason,
            suggestion(name).map(|valid| format!("write `{valid}`")),
        ));
    }
    // It is the name of a directory, on every system.
    names::problem(name.as_ref()).map(|_| {
        fault(
            "stands for a device on Windows, where no directory can have this name".to_owned(),
            Some(format!("such as `{name}-server`")),
        )
    })
}

/// Returns a valid name close to one that is not.
fn suggestion(name: &str) -> Option<String> {
    let words: String = name
        .trim()
        .to_lowercase()
        .chars()
        .map(|c| match c {
            'a'..='z' | '0'..='9' | '_' => c,
            _ => '-',
        })
        .take(crate::metadata::MAX_NAME)
        .collect();
    let mut valid = words.trim_matches(['-', '_']).to_owned();
    while valid.contains("--") {
        valid = valid.replace("--", "-");
    }
    // Of a name in other letters, nothing would be left.
    let is_close = valid.chars().filter(|c| *c != '-').count() * 2 >= name.trim().chars().count();
    let is_usable = check_name(&valid).is_ok() && names::problem(valid.as_ref()).is_none();
    (is_close && is_usable).then_some(valid)
}

/// Returns what is wrong with a text that has to fit into one line of several files.
fn line(about: About, what: &str, text: &str, limit: usize) -> Option<Fault> {
    let fault = |message: String, label: String, help: &str| {
        Some(Fault {
            about,
            code: Code::ScaffoldText,
            message,
            label,
            help: Some(help.to_owned()),
        })
    };
    let length = text.chars().count();
    if text.trim().is_empty() {
        return fault(
            format!("{what} is empty"),
            "nothing is said here".to_owned(),
            "write a few words, or leave it away",
        );
    }
    if length > limit {
        return fault(
            format!("{what} has {length} characters"),
            format!("at most {limit} are allowed"),
            "write less; README.md is for more",
        );
    }
    let bad = text.chars().find(|c| is_unsafe_char(*c))?;
    match bad {
        '\n' | '\r' | '\t' => fault(
            format!("{what} has more than one line or a tab"),
            "one line is expected".to_owned(),
            "write one line; README.md is for more",
        ),
        bad => fault(
            format!("{what} holds the character U+{:04X}", u32::from(bad)),
            "control, bidirectional and invisible characters are not allowed".to_owned(),
            "delete the character; it may not be visible in your terminal",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_name_is_suggested_where_there_is_one() {
        for (given, valid) in [
            ("My Cloud", Some("my-cloud")),
            ("-cloud-", Some("cloud")),
            ("cloud.example.com", Some("cloud-example-com")),
            ("a//b", Some("a-b")),
            ("", None),
            ("größe", Some("gr-e")),
            ("日本語", None),
            ("NUL", None),
            ("..", None),
        ] {
            assert_eq!(suggestion(given).as_deref(), valid, "{given}");
        }
        assert!(name("com1").unwrap().label.contains("Windows"));
        assert_eq!(name("cloud-2"), None);
    }

    #[test]
    fn a_line_is_a_line() {
        let fault = |text: &str| line(About::Author, "the author", text, 10).map(|it| it.message);
        assert_eq!(fault("Ada 日本 \"x\""), None);
        for (text, message) in [
            ("", "the author is empty"),
            ("Ada\nEve", "the author has more than one line or a tab"),
            ("Ada\u{202e}", "the author holds the character U+202E"),
            ("Ada Lovelace", "the author has 12 characters"),
        ] {
            assert_eq!(fault(text).as_deref(), Some(message));
        }
    }
}
