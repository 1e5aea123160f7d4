use std::cell::Cell;

use super::*;
use crate::diagnostic::{Edit, Severity, Span};
use crate::validation::report::Finding;
use crate::validation::tests::{tree, validator};
use crate::validation::{Mended, Options};

/// A module in which each `old` is offered to become `new`.
fn edits_of(path: &Path) -> Vec<Edit> {
    let text = std::fs::read_to_string(path).unwrap();
    let source = Arc::new(Source::new(path.display().to_string(), &*text));
    let offered = text.match_indices("old").map(|(at, found)| Edit {
        source: Arc::clone(&source),
        span: Span::new(at, at + found.len()),
        replacement: "new".to_owned(),
    });
    offered.collect()
}

/// Mends the texts of an extension whose judge offers to replace each `old`, and finds an error wherever `is_harmful`
/// says so; returns the texts, what was left out, and how many validations that has taken.
fn mended(
    files: &[(&str, &str)],
    is_harmful: impl Fn(&str) -> bool,
) -> (Vec<String>, Vec<String>, usize) {
    let mut all = vec![(
        "metadata.toml",
        "[extension]\nname = \"app\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n",
    )];
    all.extend(files);
    let (_home, root) = tree("app", &all);
    let stage = Stage::of(&root).unwrap();
    let trials = Cell::new(0);
    let validator = validator();
    let options = Options {
        kind: None,
        rules: &["version".to_owned()],
        deny_warnings: false,
    };
    let judge = |staged: &Path| {
        trials.set(trials.get() + 1);
        let mut report = validator.validate(staged, &options)?;
        for (file, _) in files {
            let path = staged.join(file);
            let add = |diagnostic: Diagnostic, report: &mut Report| {
                report.findings.push(Finding {
                    rule: "interface",
                    diagnostic,
                });
            };
            for edit in edits_of(&path) {
                let mut finding = Diagnostic::warning(Code::NushellDeprecated, "it is old")
                    .with_label(&edit.source, edit.span, "old");
                finding.fix = vec![edit];
                add(finding, &mut report);
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for line in text.lines().filter(|line| is_harmful(line)) {
                let found = Diagnostic::error(Code::NushellSyntax, format!("bad: {line}"));
                add(found.with_file(&path), &mut report);
            }
        }
        Ok(report)
    };
    let outcome = Rounds::new(&stage, &judge).unwrap().run().unwrap();
    let texts = files.iter().map(|(file, text)| {
        let changed = outcome.changes.get(&root.join(file));
        changed.map_or((*text).to_owned(), |(_, new, _)| new.clone())
    });
    let left_out = outcome.left_out.iter().map(|finding| {
        assert_eq!(finding.severity, Severity::Warning);
        let file = finding.file().unwrap();
        let file = Path::new(&file)
            .strip_prefix(&root)
            .unwrap()
            .display()
            .to_string();
        format!(
            "{} {file}:{}: {}",
            finding.code,
            finding.location().unwrap().line,
            finding.message
        )
    });
    (texts.collect(), left_out.collect(), trials.get())
}

#[test]
fn only_the_edit_that_does_harm_is_left_out() {
    let lines: Vec<String> = (1..=20).map(|line| format!("# {line} old\n")).collect();
    let text = lines.concat();
    let (texts, left_out, _) = mended(
        &[("nulib/mod.nu", &text), ("nulib/b.nu", "# b old\n")],
        |line| line == "# 7 new",
    );
    let expected = text.replace("old", "new").replace("# 7 new", "# 7 old");
    assert_eq!(texts, [expected, "# b new\n".to_owned()]);
    assert_eq!(
        left_out,
        [
            "fix::refused nulib/mod.nu:7: the edit for `nushell::deprecated` was left out, because it would bring another error, `nushell::syntax`: bad: # 7 new"
        ]
    );
}

#[test]
fn without_harm_nothing_is_tried_twice() {
    let (texts, left_out, trials) = mended(&[("nulib/mod.nu", "# old old\n# old\n")], |_| false);
    assert_eq!(texts, ["# new new\n# new\n"]);
    assert_eq!(left_out, Vec::<String>::new());
    // Before, to see whether there is harm, and afterwards, for what is left to do.
    assert_eq!(trials, 3);
}

#[test]
fn harm_that_another_edit_takes_away_is_none() {
    let (texts, left_out, _) = mended(&[("nulib/mod.nu", "# old one\n# old two\n")], |line| {
        line.contains("new") && line.contains("old")
    });
    assert_eq!(texts, ["# new one\n# new two\n"]);
    assert_eq!(left_out, Vec::<String>::new());
}

#[test]
fn when_every_edit_does_harm_nothing_is_changed_and_all_are_told() {
    let text = "# old\n# old\n# old\n";
    let (texts, left_out, _) = mended(&[("nulib/mod.nu", text)], |line| line.contains("new"));
    assert_eq!(texts, [text]);
    assert_eq!(left_out.len(), 3);
}

#[test]
fn a_search_for_harm_is_bounded() {
    let text = "# old\n".repeat(500);
    let (texts, left_out, trials) = mended(&[("nulib/mod.nu", &text)], |line| line == "# new");
    assert_eq!(texts, [text]);
    assert_eq!(left_out.len(), 500);
    assert!(trials < 2 * MAX_TRIALS, "{trials}");
}

#[test]
fn the_report_tells_what_was_left_out() {
    let text = "export def a [--check: bool = false]: nothing -> bool { $check }\nexport def b [check: bool]: nothing -> bool { a --check $check }\nexport def c [] -> null { null }\n";
    let metadata = "[extension]\nname = \"app\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n";
    let (_home, root) = tree(
        "app",
        &[("metadata.toml", metadata), ("nulib/mod.nu", text)],
    );
    let options = Options {
        kind: None,
        rules: &["interface".to_owned()],
        deny_warnings: false,
    };
    let Mended { files, report } = validator().fix(&root, &options, false).unwrap();
    let refused: Vec<_> = report
        .warnings()
        .filter(|finding| finding.diagnostic.code == Code::FixRefused)
        .collect();
    assert_eq!(refused.len(), 1, "{:#?}", report.findings);
    assert_eq!(refused[0].diagnostic.location().unwrap().line, 1);
    assert_eq!(files.len(), 1);
    let written = std::fs::read_to_string(root.join("nulib/mod.nu")).unwrap();
    assert!(
        written.contains("export def c []: nothing -> nothing"),
        "{written}"
    );
    assert!(written.contains("[--check: bool = false]"), "{written}");
}
