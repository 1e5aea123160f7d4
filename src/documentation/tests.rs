use super::*;
use crate::extension::Directory;
use crate::nickel::Evaluator;
use crate::nushell::Inspector;
use std::path::Path;

fn surroundings() -> Surroundings {
    Surroundings {
        evaluator: Evaluator::default(),
        inspector: Inspector::default(),
        lib_dirs: Vec::new(),
    }
}

fn documentation(path: &Path) -> Documentation {
    let directory = Directory::open(path, None).unwrap();
    Documentation::of(&directory, &surroundings()).unwrap()
}

/// Makes a taskserv with texts that mean something in Markdown.
fn odd() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = home.path().join("app").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    file(
        "metadata.toml",
        "[extension]\nname = \"app\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\ndescription = \"Runs *it* | all <b>\"\nauthor = \"A <a@b.c>\"\n\
         [compatibility]\nnushell_version = \">=0.115\"\n[dependencies]\nextensions = [\"db >=1.2\"]\nsystem_packages = [\"tar\"]\n\
         [configuration]\nrequired_env = [\"TOKEN\"]\n",
    );
    file(
        "schemas/settings.ncl",
        "{ Settings | not_exported = { port | Number | doc \"Port | `tcp`\" | default = 80, mode | [| 'a, 'b |], deep = { x | String | optional } } }\n",
    );
    file(
        "nulib/mod.nu",
        "# Installs <it> | at once.\n@example \"try it\" { install {} --check }\nexport def install [\n    config: record = {} # What | to do\n    ...more: string\n    --check (-c) # Only *tell*\n    --port: int = 80\n]: nothing -> record { {} }\n\nexport def own-thing []: string -> string { $in }\n",
    );
    home
}

#[test]
fn everything_that_the_files_say_is_in_the_page() {
    let home = odd();
    let path = home.path().join("app");
    let docs = documentation(&path);
    assert!(docs.findings.is_empty(), "{:?}", docs.findings);
    let page = Page::of(&path, &docs).unwrap();
    assert_eq!(page.state, State::Missing);
    insta::assert_snapshot!(page.text);
}

#[test]
fn what_is_written_by_hand_stays() {
    let home = odd();
    let path = home.path().join("app");
    let docs = documentation(&path);
    let page = || Page::of(&path, &docs).unwrap();
    assert!(page().save(false).unwrap());
    assert_eq!(page().state, State::Current);
    assert!(!page().save(false).unwrap());
    let text = std::fs::read_to_string(page().path).unwrap();
    let own = text.replace("## Troubleshooting\n", "## Troubleshooting\n\nMy words.\n")
        + "\n## More\n\nMine.\n";
    std::fs::write(page().path, &own).unwrap();
    assert_eq!(page().state, State::Current);
    // Something generated is another text: only that comes back.
    std::fs::write(
        page().path,
        own.replace("An operation of the interface.", "Old."),
    )
    .unwrap();
    assert_eq!(page().state, State::Stale);
    let DocumentationError::Stale { difference, .. } = page().check().unwrap_err() else {
        panic!("it is stale");
    };
    assert!(
        difference.contains("-Installs") && difference.contains("+Installs"),
        "{difference}"
    );
    assert!(page().save(false).unwrap());
    assert_eq!(std::fs::read_to_string(page().path).unwrap(), own);
}

#[test]
fn a_page_by_hand_is_left_alone_unless_asked() {
    let home = odd();
    let path = home.path().join("app");
    let docs = documentation(&path);
    let by_hand = "# Mine\n\nWords.\n\n## Configuration\n\nMore words.\n\n```\n## Examples\n```\n";
    std::fs::write(path.join(FILE_NAME), by_hand).unwrap();
    let page = || Page::of(&path, &docs).unwrap();
    page().check().unwrap_err();
    page().save(false).unwrap_err();
    assert_eq!(
        std::fs::read_to_string(path.join(FILE_NAME)).unwrap(),
        by_hand
    );
    assert!(page().save(true).unwrap());
    let text = std::fs::read_to_string(path.join(FILE_NAME)).unwrap();
    for line in by_hand.lines() {
        assert!(text.contains(line), "{line}");
    }
    for section in SECTIONS {
        let heading = format!("## {}", section.heading);
        let count = text.lines().filter(|line| *line == heading).count();
        // One stands in a block of code.
        assert_eq!(
            count,
            1 + usize::from(section.heading == "Examples"),
            "{heading}"
        );
    }
    assert_eq!(page().state, State::Current);
    // Its line breaks may be those of Windows.
    std::fs::write(path.join(FILE_NAME), text.replace('\n', "\r\n")).unwrap();
    assert_eq!(page().state, State::Current);
}

#[test]
fn an_extension_with_errors_is_not_documented() {
    let home = odd();
    let path = home.path().join("app");
    for (file, text) in [
        ("nulib/mod.nu", "export def a [ {\n"),
        ("schemas/settings.ncl", "{ a = }\n"),
    ] {
        let before = std::fs::read(path.join(file)).unwrap();
        std::fs::write(path.join(file), text).unwrap();
        let error = Page::of(&path, &documentation(&path)).unwrap_err();
        assert!(
            matches!(error, DocumentationError::Incomplete { .. }),
            "{error:?}"
        );
        std::fs::write(path.join(file), before).unwrap();
    }
}
