//! What the documents of an extension should say (DOC-01..17): only their headings are looked at.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic};

/// How much of a document is read, in bytes.
const MAX_READ: u64 = 1 << 20;

/// A document, and where it may lie.
pub(super) struct Document {
    pub(super) name: &'static str,
    /// A folder does as well where one is named.
    pub(super) places: &'static [&'static str],
    /// What it is for.
    pub(super) why: &'static str,
    /// What it has to say. None: whatever its author likes.
    sections: &'static [Section],
    /// Whether what it has to say is about operations.
    pub(super) is_about_operations: bool,
}

/// Something that a document should have a heading for.
struct Section {
    name: &'static str,
    /// Parts of headings that say the same.
    words: &'static [&'static str],
    /// Whether a few words below the title will do.
    may_be_first: bool,
}

const fn section(name: &'static str, words: &'static [&'static str]) -> Section {
    Section {
        name,
        words,
        may_be_first: false,
    }
}

const OVERVIEW: &[&str] = &[
    "overview",
    "introduction",
    "about",
    "summary",
    "purpose",
    "description",
    "what ",
];
const INSTALLATION: &[&str] = &[
    "install",
    "setup",
    "set up",
    "getting started",
    "quick start",
    "quickstart",
];
const USAGE: &[&str] = &[
    "usage",
    "using",
    "use",
    "how to",
    "example",
    "getting started",
    "quick start",
    "quickstart",
];

/// Every document that an extension should have.
pub(super) const DOCUMENTS: &[Document] = &[
    Document {
        name: "README.md",
        places: &["README.md"],
        why: "say what the extension is for and how to use it",
        // DOC-02
        sections: &[
            Section {
                name: "Overview",
                words: OVERVIEW,
                may_be_first: true,
            },
            section("Installation", INSTALLATION),
            section("Usage", USAGE),
        ],
        is_about_operations: false,
    },
    Document {
        name: "API.md",
        places: &["API.md", "docs/API.md"],
        why: "list the operations and their parameters",
        // DOC-06..12
        sections: &[
            section("Overview", OVERVIEW),
            section("Installation", INSTALLATION),
            section("Configuration", &["config", "setting", "option"]),
            section(
                "API Reference",
                &["reference", "api", "operation", "command", "function"],
            ),
            section("Examples", &["example", "usage", "tutorial"]),
            section(
                "Troubleshooting",
                &["troubleshoot", "faq", "problem", "issue", "debugging"],
            ),
        ],
        is_about_operations: true,
    },
    Document {
        name: "EXAMPLES.md",
        places: &[
            "EXAMPLES.md",
            "docs/EXAMPLES.md",
            "examples",
            "docs/examples",
        ],
        why: "show the extension in use",
        sections: &[],
        is_about_operations: false,
    },
    Document {
        name: "CHANGELOG.md",
        places: &["CHANGELOG.md", "docs/CHANGELOG.md"],
        why: "say what changed in each version",
        sections: &[],
        is_about_operations: false,
    },
];

impl Document {
    /// Returns where the document lies.
    pub(super) fn find(&self, root: &Path) -> Option<PathBuf> {
        self.places
            .iter()
            .map(|place| root.join(place))
            .find(|path| path.exists())
    }

    /// Returns what is wrong with a document that is there.
    pub(super) fn check(&self, root: &Path, path: &Path) -> Option<Diagnostic> {
        let shown = path
            .strip_prefix(root)
            .unwrap_or(path)
            .display()
            .to_string();
        let text = read(root, path)?;
        if text.trim().is_empty() {
            return Some(
                Diagnostic::warning(Code::StructureEmpty, format!("`{shown}` is empty"))
                    .with_file(path)
                    .with_help(self.why),
            );
        }
        let missing = self.missing(&text);
        if missing.is_empty() {
            return None;
        }
        let headings: Vec<String> = missing
            .iter()
            .map(|name| match *name {
                TITLE => "# Name of the extension".to_owned(),
                name => format!("## {name}"),
            })
            .collect();
        Some(
            Diagnostic::warning(
                Code::StructureSection,
                format!("`{shown}` lacks headings: {}", missing.join(", ")),
            )
            .with_file(path)
            .with_help(format!("add these headings\n{}", headings.join("\n"))),
        )
    }

    fn missing(&self, text: &str) -> Vec<&'static str> {
        if self.sections.is_empty() {
            return Vec::new();
        }
        let outline = headings(text);
        let title = outline.headings.first().filter(|(level, _)| *level == 1);
        let rest = &outline.headings[usize::from(title.is_some())..];
        let has = |section: &Section| {
            rest.iter()
                .any(|(_, heading)| section.words.iter().any(|word| heading.contains(word)))
                || (section.may_be_first && outline.has_introduction)
        };
        let sections = self.sections.iter().filter(|section| !has(section));
        title
            .is_none()
            .then_some(TITLE)
            .into_iter()
            .chain(sections.map(|section| section.name))
            .collect()
    }
}

/// The heading of the document as a whole.
const TITLE: &str = "title";

/// Reads the beginning of a file of the extension; nothing of what lies elsewhere, or is no file.
fn read(root: &Path, path: &Path) -> Option<String> {
    let real = dunce::canonicalize(path).ok()?;
    if !real.starts_with(root) || !real.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(&real)
        .ok()?
        .take(MAX_READ)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The headings of a text in Markdown.
#[derive(Debug, Default, PartialEq)]
struct Headings {
    /// Level and text, in small letters.
    headings: Vec<(usize, String)>,
    /// Whether there is text between the first heading and the second.
    has_introduction: bool,
}

fn headings(text: &str) -> Headings {
    let mut found = Headings::default();
    let mut fence: Option<&str> = None;
    let mut before = "";
    let mut introduction = 0_usize;
    for line in text.trim_start_matches('\u{feff}').lines() {
        let bare = line.trim();
        if let Some(mark) = fence {
            if bare.starts_with(mark) {
                fence = None;
            }
            continue;
        }
        fence = ["```", "~~~"]
            .into_iter()
            .find(|mark| bare.starts_with(mark));
        let is_underline = |mark: char| bare.len() > 1 && bare.chars().all(|c| c == mark);
        let level = bare.bytes().take_while(|byte| *byte == b'#').count();
        let rest = &bare[level..];
        if (1..=6).contains(&level) && (rest.is_empty() || rest.starts_with([' ', '\t'])) {
            let heading = rest.trim().trim_end_matches('#').trim();
            found.headings.push((level, heading.to_lowercase()));
            before = "";
        } else if !before.is_empty() && (is_underline('=') || is_underline('-')) {
            // The line before was the heading, and not an introduction.
            introduction = introduction.saturating_sub(usize::from(found.headings.len() == 1));
            let level = if is_underline('=') { 1 } else { 2 };
            found.headings.push((level, before.to_lowercase()));
            before = "";
        } else {
            introduction += usize::from(!bare.is_empty() && found.headings.len() == 1);
            before = bare;
        }
    }
    found.has_introduction = introduction > 0;
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(name: &str, text: &str) -> Vec<&'static str> {
        DOCUMENTS
            .iter()
            .find(|document| document.name == name)
            .unwrap()
            .missing(text)
    }

    #[test]
    fn headings_are_found_in_both_forms_and_not_in_code() {
        let text = "\u{feff}Title\n=====\n\nText\n\nSecond\n---\n```sh\n# not one\n```\n### Third ###\n#no\n";
        assert_eq!(
            headings(text),
            Headings {
                headings: vec![
                    (1, "title".to_owned()),
                    (2, "second".to_owned()),
                    (3, "third".to_owned())
                ],
                has_introduction: true,
            }
        );
    }

    #[test]
    fn a_document_may_use_its_own_words() {
        assert!(missing("README.md", "# a\nWhat it is.\n## Getting started\n").is_empty());
        assert!(
            missing(
                "API.md",
                "# a\n## About\n## Setup\n## Settings\n## Operations\n## Usage\n## Known issues\n"
            )
            .is_empty()
        );
        assert!(missing("CHANGELOG.md", "1.0.0").is_empty());
    }

    #[test]
    fn what_is_missing_is_told_in_the_order_of_the_document() {
        assert_eq!(
            missing("API.md", "## Examples\n"),
            [
                "title",
                "Overview",
                "Installation",
                "Configuration",
                "API Reference",
                "Troubleshooting"
            ]
        );
        // Nor is a heading an introduction.
        assert_eq!(
            missing("README.md", "a\n=\nInstall\n---\nUsage\n---\n"),
            ["title", "Overview"]
        );
        // The title is no section.
        assert_eq!(
            missing("README.md", "# Installation and usage\n"),
            ["Overview", "Installation", "Usage"]
        );
    }
}
