//! Scaffolds as a whole: what they become, and that nothing is half there.

use std::fs;
use std::path::Path;

use semver::Version;

use super::*;
use crate::diagnostic::{Explain as _, render};
use crate::extension::{Contract, Flag, Operation, Parameter};
use crate::nickel::Interrupt;
use crate::template::Renderer;

fn wanted(kind: ExtensionType) -> Wanted {
    Wanted {
        kind,
        name: "my-app".to_owned(),
        is_bundle: false,
        description: None,
        author: "Ada <ada@example.com>".to_owned(),
        license: License::default(),
        year: 2026,
        host: Host::with_nushell(Version::new(0, 115, 1)),
    }
}

fn files_for(wanted: &Wanted, contract: &Contract) -> Vec<NewFile> {
    let scaffold = Scaffold::own(wanted.kind).unwrap();
    scaffold
        .files_for(
            wanted,
            contract,
            &Renderer::default(),
            &Interrupt::default(),
        )
        .unwrap_or_else(|error| panic!("{error}: {:#?}", error.details()))
}

fn files(wanted: &Wanted) -> Vec<NewFile> {
    files_for(wanted, Contract::of(wanted.kind))
}

/// The text of the files below a directory.
fn text_below(files: &[NewFile], directory: &str) -> String {
    files
        .iter()
        .filter(|file| file.path.starts_with(directory))
        .map(|file| String::from_utf8_lossy(&file.contents))
        .collect()
}

/// An operation that no contract has.
const RESIZE: Operation = Operation {
    name: "resize-server",
    purpose: "Change the size",
    parameters: &[
        Parameter {
            name: "server_id",
            kind: "string",
            default: None,
            purpose: "Id of the server",
        },
        Parameter {
            name: "size",
            kind: "filesize",
            default: Some("1GB"),
            purpose: "How large it is to be",
        },
    ],
    flags: &[Flag {
        name: "force",
        kind: None,
        purpose: "Also while it runs",
    }],
    output: "record",
    since: Version::new(1, 0, 0),
    source: "PIF-99",
    also_called: &[],
};

#[test]
fn every_operation_of_the_contract_is_there_and_nothing_else() {
    for kind in ExtensionType::ALL {
        let contract = Contract::of(kind);
        let text = text_below(&files(&wanted(kind)), "nulib/");
        for operation in contract.operations.iter().chain(contract.helpers) {
            assert_eq!(
                text.matches(&operation.signature()).count(),
                1,
                "{}",
                operation.name
            );
        }
    }
}

#[test]
fn what_the_contract_loses_or_gains_the_scaffold_does_too() {
    let wanted = wanted(ExtensionType::Provider);
    let of = |operations| Contract {
        kind: wanted.kind,
        version: Version::new(1, 0, 0),
        operations,
        helpers: Contract::of(wanted.kind).helpers,
    };
    let less = files_for(&wanted, &of(&Contract::of(wanted.kind).operations[1..]));
    for directory in ["nulib/", "tests/integration"] {
        assert!(
            !text_below(&less, directory).contains("create-server ["),
            "{directory}"
        );
    }
    assert!(text_below(&less, "nulib/").contains("export def delete-server ["));

    static MORE: [Operation; 1] = [RESIZE];
    let more = files_for(&wanted, &of(&MORE));
    let code = text_below(&more, "nulib/");
    assert!(code.contains(&RESIZE.signature()));
    assert!(
        code.contains("not-written resize-server nulib/mod.nu --at (metadata $server_id).span")
    );
    assert!(
        text_below(&more, "tests/integration").contains("[resize-server {|| resize-server one }]")
    );
    assert!(!code.contains("export def delete-server"));
}

#[test]
fn the_files_of_each_type() {
    let mut lists = String::new();
    for kind in ExtensionType::ALL {
        for is_bundle in [false, true] {
            let wanted = Wanted {
                is_bundle,
                ..wanted(kind)
            };
            let paths: Vec<String> = files(&wanted).into_iter().map(|file| file.path).collect();
            lists.push_str(&format!(
                "{kind}, bundle: {is_bundle}\n  {}\n",
                paths.join("\n  ")
            ));
        }
    }
    insta::assert_snapshot!(lists);
}

#[test]
fn no_file_keeps_what_only_templates_have() {
    for kind in ExtensionType::ALL {
        for file in files(&wanted(kind)) {
            let text = String::from_utf8(file.contents).unwrap();
            assert!(
                text.ends_with('\n') && !text.ends_with("\n\n"),
                "{}",
                file.path
            );
            assert!(!text.contains("\n\n\n"), "{}", file.path);
            let is_template = file.path.starts_with("templates/");
            assert!(
                is_template || !text.contains("{{") && !text.contains("{%"),
                "{}",
                file.path
            );
            for line in text.lines() {
                assert_eq!(line.trim_end(), line, "{}", file.path);
            }
        }
    }
}

fn company(files: &[(&str, &str)]) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = home.path().join("company").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    home
}

fn from(home: &tempfile::TempDir) -> Result<Vec<NewFile>, ScaffoldError> {
    Scaffold::at(&home.path().join("company"))?.files(
        &wanted(ExtensionType::Taskserv),
        &Renderer::default(),
        &Interrupt::default(),
    )
}

/// Everything that an error says, without the temporary directory.
fn told(home: &tempfile::TempDir, error: &ScaffoldError) -> String {
    let details: Vec<String> = error.details().iter().map(render).collect();
    let text = format!("{}: {error}\n{}", error.code(), details.join("\n"));
    let real = home.path().canonicalize().unwrap();
    text.replace(&real.display().to_string(), "[HOME]")
        .replace(&home.path().display().to_string(), "[HOME]")
}

const METADATA: (&str, &str) = ("metadata.toml.tmpl", "[extension]\nname = \"{{ name }}\"\n");

#[test]
fn a_scaffold_of_ones_own_is_rendered() {
    let home = company(&[
        METADATA,
        (
            "nulib/{{ snake_name }}.nu.tmpl",
            "{% include '_parts/head.nu' %}{% for it in operations if it.required %}{{ it.name }} {% endfor %}",
        ),
        ("_parts/head.nu", "# {{ nushell.description }}\n"),
        ("as-it-is.j2", "{{ port }}"),
        (".git/config", "no"),
    ]);
    let made: Vec<(String, String)> = from(&home)
        .unwrap()
        .into_iter()
        .map(|file| (file.path, String::from_utf8(file.contents).unwrap()))
        .collect();
    let text = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    assert_eq!(
        made,
        [
            text("as-it-is.j2", "{{ port }}"),
            text("metadata.toml", "[extension]\nname = \"my-app\"\n"),
            text(
                "nulib/my_app.nu",
                "# \"The service my-app, installed and configured\"\ninstall uninstall configure status restart upgrade get-current-version get-available-versions check-updates "
            ),
        ]
    );
}

#[test]
fn everything_that_is_wrong_with_a_scaffold_is_told() {
    let home = company(&[
        ("a.nu.tmpl", "{{ nam }}\n"),
        ("b.nu.tmpl", "{% if %}\n"),
        ("{{ nme }}.nu", ""),
        ("{{ name", ""),
        ("Twice", ""),
        ("twice.tmpl", ""),
        ("my-app", ""),
        ("{{ name }}/x", ""),
        METADATA,
    ]);
    insta::assert_snapshot!(told(&home, &from(&home).unwrap_err()));
}

#[cfg(unix)]
#[test]
fn nothing_leads_out_of_a_scaffold() {
    let home = company(&[METADATA, ("x.tmpl", "{% include '../secret' %}")]);
    fs::write(home.path().join("secret"), "hunter2").unwrap();
    assert!(!told(&home, &from(&home).unwrap_err()).contains("hunter2"));
    let link = home.path().join("company/link");
    std::os::unix::fs::symlink("../secret", &link).unwrap();
    let error = told(&home, &from(&home).unwrap_err());
    assert!(
        error.contains("`link` is a link, which is not followed"),
        "{error}"
    );
    fs::remove_file(&link).unwrap();
    // Nor does one that is there to be included.
    fs::create_dir(home.path().join("company/_parts")).unwrap();
    std::os::unix::fs::symlink("../../secret", home.path().join("company/_parts/s")).unwrap();
    let error = told(&home, &from(&home).unwrap_err());
    assert!(error.contains("`_parts/s` is a link"), "{error}");
}

#[test]
fn what_is_too_much_is_refused() {
    let home = company(&[METADATA]);
    fs::write(home.path().join("company/big"), vec![b'x'; (1 << 20) + 1]).unwrap();
    assert!(told(&home, &from(&home).unwrap_err()).contains("larger than 1 MiB"));
    let home = company(&[METADATA]);
    for number in 0..1_000 {
        fs::write(home.path().join(format!("company/{number}")), "").unwrap();
    }
    assert!(told(&home, &from(&home).unwrap_err()).contains("more than 1000 files"));
    let home = company(&[("README.md", "")]);
    assert!(told(&home, &from(&home).unwrap_err()).contains("has to have a `metadata.toml`"));
}

fn one_file(contents: &str) -> Vec<NewFile> {
    ["a/b.txt", "c.txt"]
        .map(|path| NewFile {
            path: path.to_owned(),
            contents: contents.as_bytes().to_vec(),
            is_executable: path == "c.txt",
        })
        .to_vec()
}

/// The names below a directory, sorted.
fn below(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = directory
        .read_dir()
        .unwrap()
        .flatten()
        .flat_map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            match entry.path().is_dir() && !entry.path().is_symlink() {
                true => [
                    vec![format!("{name}/")],
                    below(&entry.path())
                        .into_iter()
                        .map(|it| format!("{name}/{it}"))
                        .collect(),
                ]
                .concat(),
                false => vec![name],
            }
        })
        .collect();
    names.sort();
    names
}

#[test]
fn a_new_directory_is_made_with_those_above_it() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("x/y/app");
    Draft::of(&target, one_file("one"), false)
        .unwrap()
        .write()
        .unwrap();
    assert_eq!(
        below(home.path()),
        [
            "x/",
            "x/y/",
            "x/y/app/",
            "x/y/app/a/",
            "x/y/app/a/b.txt",
            "x/y/app/c.txt"
        ]
    );
    // An empty one will do.
    let empty = home.path().join("empty");
    fs::create_dir(&empty).unwrap();
    Draft::of(&empty, one_file("one"), false)
        .unwrap()
        .write()
        .unwrap();
    assert_eq!(below(&empty), ["a/", "a/b.txt", "c.txt"]);
}

#[test]
fn what_is_there_is_written_over_only_by_force_and_nothing_else_is_touched() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("app");
    fs::create_dir_all(target.join("a")).unwrap();
    fs::write(target.join("a/b.txt"), "old").unwrap();
    fs::write(target.join("mine.txt"), "mine").unwrap();
    let error = Draft::of(&target, one_file("one"), false).unwrap_err();
    let text = told(&home, &error);
    assert!(
        text.contains("is there already, with `a`, `mine.txt`"),
        "{text}"
    );
    let draft = Draft::of(&target, one_file("one"), true).unwrap();
    let actions: Vec<Action> = draft.files().iter().map(|file| file.action).collect();
    assert_eq!(actions, [Action::Replace, Action::Create]);
    draft.write().unwrap();
    assert_eq!(below(&target), ["a/", "a/b.txt", "c.txt", "mine.txt"]);
    assert_eq!(fs::read(target.join("a/b.txt")).unwrap(), b"one");
    assert_eq!(fs::read(target.join("mine.txt")).unwrap(), b"mine");
    let again = Draft::of(&target, one_file("one"), true).unwrap();
    assert!(again.files().iter().all(|file| file.action == Action::Keep));
}

#[cfg(unix)]
#[test]
fn links_and_directories_in_the_way_are_all_told_and_nothing_is_written() {
    use std::os::unix::fs::symlink;
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("app");
    let outside = home.path().join("outside");
    fs::create_dir_all(&outside).unwrap();
    fs::create_dir_all(target.join("c.txt")).unwrap();
    symlink(&outside, target.join("a")).unwrap();
    let error = Draft::of(&target, one_file("one"), true).unwrap_err();
    insta::assert_snapshot!(told(&home, &error));
    assert!(below(&outside).is_empty());
    // The directory itself is no link either.
    let link = home.path().join("link");
    symlink(&outside, &link).unwrap();
    for force in [false, true] {
        let error = Draft::of(&link, one_file("one"), force).unwrap_err();
        assert_eq!(error.code(), crate::diagnostic::Code::ScaffoldInTheWay);
    }
}

#[test]
fn of_what_cannot_be_put_into_place_nothing_is_left() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("x/app");
    let draft = Draft::of(&target, one_file("one"), false).unwrap();
    // Somebody is faster.
    fs::create_dir_all(&target).unwrap();
    fs::write(target.join("theirs"), "").unwrap();
    let error = draft.write().unwrap_err();
    assert_eq!(error.code(), crate::diagnostic::Code::ScaffoldExists);
    assert_eq!(below(home.path()), ["x/", "x/app/", "x/app/theirs"]);
    // A file is where a directory has to be.
    let draft = Draft::of(&target.join("theirs/app"), one_file("one"), false);
    let error = draft.and_then(|draft| draft.write()).unwrap_err();
    assert_eq!(error.code(), crate::diagnostic::Code::ScaffoldIo);
    assert_eq!(below(home.path()), ["x/", "x/app/", "x/app/theirs"]);
}

#[test]
fn nobody_sees_a_directory_with_less_than_everything() {
    let home = tempfile::tempdir().unwrap();
    let files: Vec<NewFile> = (0..50)
        .map(|number| NewFile {
            path: format!("{}/{number}", number % 7),
            contents: vec![b'x'; 4_096],
            is_executable: false,
        })
        .collect();
    for round in 0..20 {
        let target = home.path().join(format!("app{round}"));
        let seen = std::thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                while !target.exists() {
                    std::hint::spin_loop();
                }
                below(&target).len()
            });
            let draft = Draft::of(&target, files.clone(), false).unwrap();
            draft.write().unwrap();
            watcher.join().unwrap()
        });
        assert_eq!(seen, 50 + 7);
    }
}
