//! The page: what is generated, among what is written by hand.

use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::error::DocumentationError;
use super::facts::Documentation;
use super::markdown::plain;
use super::sections::{SECTIONS, Section, sections};
use crate::store::{open_file, replace_file_and_no_link};

/// The name of the page.
pub const FILE_NAME: &str = "API.md";
/// Largest page that is read, in bytes.
const MAX_SIZE: u64 = 4 << 20;
/// Lines around a difference that are shown.
const CONTEXT: usize = 2;
/// Most lines of a difference that are shown.
const MAX_LINES: usize = 60;

/// The page of an extension as it is, and as it should be.
#[derive(Debug)]
pub struct Page {
    /// Where it is.
    pub path: PathBuf,
    /// How it stands.
    pub state: State,
    /// As it should be.
    pub text: String,
    found: Option<String>,
}

/// How a page stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There is none.
    Missing,
    /// It is as it should be.
    Current,
    /// What is generated in it is another text.
    Stale,
    /// Nothing in it is generated.
    HandWritten,
}

fn begin(section: Section) -> String {
    format!("<!-- generated: {} -->", section.name)
}

fn end(section: Section) -> String {
    format!("<!-- end of {} -->", section.name)
}

impl Page {
    /// Looks at the page of an extension.
    ///
    /// # Errors
    /// The extension has errors, so that the page would have holes; or there is a page that cannot be read.
    pub fn of(directory: &Path, docs: &Documentation) -> Result<Self, DocumentationError> {
        if !docs.findings.is_empty() {
            return Err(DocumentationError::Incomplete {
                name: docs.name.clone(),
                findings: docs.findings.clone(),
            });
        }
        // In the layout of the guide, documents lie in `docs/`.
        let in_docs = directory.join("docs").join(FILE_NAME);
        let path = match in_docs.is_file() && !directory.join(FILE_NAME).exists() {
            true => in_docs,
            false => directory.join(FILE_NAME),
        };
        let found = read(&path)?;
        let sections = sections(docs);
        let text = merged(found.as_deref(), &docs.name, &sections);
        let state = match &found {
            None => State::Missing,
            Some(found) if !found.contains("<!-- generated: ") => State::HandWritten,
            Some(found) if *found == text => State::Current,
            Some(_) => State::Stale,
        };
        Ok(Self {
            path,
            state,
            text,
            found,
        })
    }

    /// Whether the page is as it should be.
    ///
    /// # Errors
    /// It is not: what differs.
    pub fn check(&self) -> Result<(), DocumentationError> {
        match self.state {
            State::Current => Ok(()),
            State::HandWritten => Err(DocumentationError::HandWritten {
                path: self.path.clone(),
            }),
            State::Missing | State::Stale => Err(DocumentationError::Stale {
                path: self.path.clone(),
                difference: self.difference(),
            }),
        }
    }

    /// Writes the page as a whole; returns whether it was another one. A page that was written by hand is left alone
    /// unless `force` says to put what is generated into it.
    ///
    /// # Errors
    /// It was written by hand, or cannot be written.
    pub fn save(&self, force: bool) -> Result<bool, DocumentationError> {
        match self.state {
            State::Current => return Ok(false),
            State::HandWritten if !force => return self.check().map(|()| false),
            _ => {}
        }
        replace_file_and_no_link(&self.path, self.text.as_bytes()).map_err(|error| {
            DocumentationError::Io {
                path: self.path.clone(),
                what: "written",
                reason: error.to_string(),
            }
        })?;
        Ok(true)
    }

    /// Returns what differs, as lines with `-` and `+`.
    fn difference(&self) -> String {
        let found = self.found.as_deref().unwrap_or_default();
        let difference = similar::TextDiff::from_lines(found, &self.text);
        let text = difference
            .unified_diff()
            .context_radius(CONTEXT)
            .header("as it is", "as it should be")
            .to_string();
        let lines: Vec<&str> = text.lines().collect();
        match lines.len() > MAX_LINES {
            true => format!(
                "{}\n... and {} more lines",
                lines[..MAX_LINES].join("\n"),
                lines.len() - MAX_LINES
            ),
            false => lines.join("\n"),
        }
    }
}

fn read(path: &Path) -> Result<Option<String>, DocumentationError> {
    let failed = |reason: String| DocumentationError::Io {
        path: path.to_owned(),
        what: "read",
        reason,
    };
    let file = match open_file(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error.to_string())),
    };
    let mut bytes = Vec::new();
    file.take(MAX_SIZE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| failed(error.to_string()))?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(failed(format!("it is larger than {} MiB", MAX_SIZE >> 20)));
    }
    let text = String::from_utf8(bytes).map_err(|_| failed("it is not UTF-8 text".to_owned()))?;
    // Git may have checked it out with other line breaks.
    Ok(Some(text.replace("\r\n", "\n")))
}

/// Puts sections into a page: between their markers, else at the end of what stands under their heading, else at the end.
fn merged(found: Option<&str>, name: &str, sections: &[String; 6]) -> String {
    let mut page = match found {
        Some(found) => found.to_owned(),
        None => format!("# {} API\n", plain(name)),
    };
    for (section, text) in SECTIONS.into_iter().zip(sections) {
        let (begin, end) = (begin(section), end(section));
        let part = format!("{begin}\n\n{text}\n\n{end}");
        let marked = page.find(&begin).and_then(|start| {
            let length = page[start..].find(&end)?;
            Some(start..start + length + end.len())
        });
        if let Some(range) = marked {
            page.replace_range(range, &part);
        } else if let Some(at) = end_of_section(&page, section.heading) {
            let (before, after) = page.split_at(at);
            let after = if after.is_empty() {
                String::new()
            } else {
                format!("\n{after}")
            };
            page = format!("{}\n\n{part}\n{after}", before.trim_end());
        } else {
            let blank = if page.ends_with("\n\n") { "" } else { "\n" };
            page.push_str(&format!("{blank}## {}\n\n{part}\n", section.heading));
        }
    }
    page
}

/// Returns where the section under a heading ends. Headings in blocks of code are none.
fn end_of_section(page: &str, heading: &str) -> Option<usize> {
    let mut at = 0;
    let (mut is_code, mut is_inside) = (false, false);
    for line in page.split_inclusive('\n') {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        let is_heading = !is_code && (line.starts_with("# ") || line.starts_with("## "));
        if is_inside && is_heading {
            return Some(at);
        }
        let title = line.strip_prefix("## ").map(str::trim);
        is_inside |= is_heading && title.is_some_and(|title| title.eq_ignore_ascii_case(heading));
        at += line.len();
    }
    is_inside.then_some(page.len())
}
