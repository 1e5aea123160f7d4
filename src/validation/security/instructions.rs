//! Files that tell automated agents what to do. Whoever works in a directory with an extension in it may obey them.

use std::path::Path;

use crate::diagnostic::{Code, Diagnostic};

use crate::extension::tree::{Entry, Kind, Tree};

/// Names of files, in lower case, wherever they lie.
const FILES: &[&str] = &[
    ".aider.conf.yml",
    ".clinerules",
    ".cursorrules",
    ".goosehints",
    ".mcp.json",
    ".roorules",
    ".windsurfrules",
    "agent.md",
    "agents.md",
    "agents.override.md",
    "claude.local.md",
    "claude.md",
    "copilot-instructions.md",
    "gemini.md",
    "qwen.md",
];

/// Names of directories that hold nothing else.
const DIRECTORIES: &[&str] = &[
    ".agents",
    ".amazonq",
    ".claude",
    ".clinerules",
    ".codex",
    ".continue",
    ".cursor",
    ".gemini",
    ".junie",
    ".kiro",
    ".roo",
    ".windsurf",
];

/// The ending of further files, below `.github`.
const ENDING: &str = ".instructions.md";

pub(super) fn check(tree: &Tree) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut inside: Option<&Path> = None;
    for entry in tree.packed() {
        // What lies in such a directory is told with it.
        if inside.is_some_and(|directory| entry.relative.starts_with(directory)) {
            continue;
        }
        if !is_for_agents(entry) {
            continue;
        }
        if entry.kind == Kind::Directory {
            inside = Some(&entry.relative);
        }
        let shown = entry.shown();
        findings.push(
            Diagnostic::warning(
                Code::SecurityInstructions,
                format!("`{shown}` instructs automated agents, and travels with the extension"),
            )
            .with_file(entry.place())
            .with_help(format!(
                "remove it, or leave it out: exclude = [\"/{shown}\"] in [build]"
            )),
        );
    }
    findings
}

fn is_for_agents(entry: &Entry) -> bool {
    match entry.kind {
        Kind::Directory => is_directory_of_agents(&entry.relative),
        // A link may stand for either.
        Kind::Link => is_directory_of_agents(&entry.relative) || is_file_of_agents(&entry.relative),
        _ => is_file_of_agents(&entry.relative),
    }
}

fn lower_name(relative: &Path) -> String {
    let name = relative.file_name().unwrap_or_default();
    name.to_string_lossy().to_lowercase()
}

/// Whether a directory holds nothing but instructions.
pub(crate) fn is_directory_of_agents(relative: &Path) -> bool {
    DIRECTORIES.contains(&lower_name(relative).as_str())
}

/// Whether a file instructs agents.
pub(crate) fn is_file_of_agents(relative: &Path) -> bool {
    let name = lower_name(relative);
    FILES.contains(&name.as_str()) || (name.ends_with(ENDING) && relative.starts_with(".github"))
}
