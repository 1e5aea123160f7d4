//! Advice that is followed to the letter does away with what it is about.

use super::*;

type Files<'a> = Vec<(&'a str, &'a str)>;

/// The files, the help of the one finding, and what of the files is to be replaced as it says.
type Case<'a> = (
    &'a str,
    Files<'a>,
    &'a str,
    Vec<(&'a str, &'a str, &'a str)>,
);

fn told_in(files: &[(&str, String)]) -> Vec<crate::diagnostic::Diagnostic> {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().canonicalize().unwrap();
    for (path, text) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let inspection = inspect(&root, &[files[0].0]);
    let sources = inspection.sources(Path::new("/"), |_, text| text.to_owned());
    inspection.diagnostics(&sources)
}

#[test]
fn a_command_that_is_not_known_is_known_afterwards() {
    let call = "export def x []: nothing -> any { y }\n";
    let here = |line: &str| format!("{line}\n{call}");
    let quoted = here("use './h i.nu' *");
    let (star, sub, deep, dir, up) = (
        here("use ./h.nu *"),
        here("use ./h.nu s *"),
        here("use ./h.nu s t *"),
        here("use ./d/mod.nu *"),
        here("use ../h.nu *"),
    );
    let inline = "module m { export def y []: nothing -> any { 1 } }\n";
    let of_inline = format!("{inline}{call}");
    let used_inline = format!("{inline}use m *\n{call}");
    let own = "export def x []: nothing -> any { y }\nexport def z []: nothing -> any { def y []: nothing -> any { 1 }; y }\n";
    let moved = "export def x []: nothing -> any { y }\ndef y []: nothing -> any { 1 }\nexport def z []: nothing -> any { y }\n";
    let exported = "export def y []: nothing -> any { 1 }\n";
    let cases: Vec<Case<'_>> = vec![
        (
            "exported by another file",
            vec![("mod.nu", call), ("h.nu", exported)],
            "another file defines it: write `use ./h.nu *`",
            vec![("mod.nu", call, &star)],
        ),
        (
            "exported by a file above",
            vec![("n/mod.nu", call), ("h.nu", exported)],
            "another file defines it: write `use ../h.nu *`",
            vec![("n/mod.nu", call, &up)],
        ),
        (
            "kept by another file",
            vec![
                ("mod.nu", call),
                ("h.nu", "def y []: nothing -> any { 1 }\n"),
            ],
            "`h.nu` keeps it to itself: write `export def y` there, and `use ./h.nu *` here",
            vec![("mod.nu", call, &star), ("h.nu", "def y", "export def y")],
        ),
        (
            "in a module of another file",
            vec![
                ("mod.nu", call),
                (
                    "h.nu",
                    "export module s { export def y []: nothing -> any { 1 } }\n",
                ),
            ],
            "another file defines it: write `use ./h.nu s *`",
            vec![("mod.nu", call, &sub)],
        ),
        (
            "in a module that another file keeps",
            vec![
                ("mod.nu", call),
                (
                    "h.nu",
                    "module s { export def y []: nothing -> any { 1 } }\n",
                ),
            ],
            "`h.nu` keeps the module `s` to itself: write `export module s` there, and `use ./h.nu s *` here",
            vec![
                ("mod.nu", call, &sub),
                ("h.nu", "module s", "export module s"),
            ],
        ),
        (
            "in a module of a module of a file that is imported elsewhere",
            vec![
                ("mod.nu", call),
                (
                    "h.nu",
                    "export module s { export module t { export def y []: nothing -> any { 1 } } }\n",
                ),
                ("other.nu", "use ./h.nu\n"),
            ],
            "another file defines it: write `use ./h.nu s t *`",
            vec![("mod.nu", call, &deep)],
        ),
        (
            "in a file with a blank in its name",
            vec![("mod.nu", call), ("h i.nu", exported)],
            "another file defines it: write `use './h i.nu' *`",
            vec![("mod.nu", call, &quoted)],
        ),
        (
            "in a directory",
            vec![("mod.nu", call), ("d/mod.nu", exported)],
            "another file defines it: write `use ./d/mod.nu *`",
            vec![("mod.nu", call, &dir)],
        ),
        (
            "within another command of another file",
            vec![
                ("mod.nu", call),
                (
                    "h.nu",
                    "def z []: nothing -> any { def y []: nothing -> any { 1 }; y }\n",
                ),
            ],
            "`h.nu` knows it only where it is defined: move it to the top of that file, as `export def y`, and write `use ./h.nu *` here",
            vec![
                ("mod.nu", call, &star),
                (
                    "h.nu",
                    "def z []: nothing -> any { def y []: nothing -> any { 1 }; y }\n",
                    exported,
                ),
            ],
        ),
        (
            "in a module of the same file",
            vec![("mod.nu", &of_inline)],
            "the module `m` of this file exports it: write `use m *` after it",
            vec![("mod.nu", &of_inline, &used_inline)],
        ),
        (
            "within another command of the same file",
            vec![("mod.nu", own)],
            "it is known only where it is defined: move it out of there, to the top of the file",
            vec![("mod.nu", own, moved)],
        ),
        (
            "in a file that imports this one",
            vec![
                (
                    "mod.nu",
                    "export use ./a.nu *\nexport def z []: nothing -> any { def y []: nothing -> any { 1 }; y }\n",
                ),
                ("a.nu", call),
            ],
            "`mod.nu` defines it, and imports this file: move it to a file that both can import",
            vec![
                (
                    "mod.nu",
                    "export def z []: nothing -> any { def y []: nothing -> any { 1 }; y }\n",
                    "export use ./h.nu *\n",
                ),
                ("a.nu", call, &star),
                ("h.nu", "", exported),
            ],
        ),
    ];
    for (name, files, help, changes) in cases {
        let before: Vec<(&str, String)> = files
            .iter()
            .map(|(path, text)| (*path, (*text).to_owned()))
            .collect();
        let told = told_in(&before);
        let helps: Vec<&str> = told
            .iter()
            .filter_map(|finding| finding.help.as_deref())
            .collect();
        assert_eq!(helps, [help], "{name}: {told:?}");
        let mut after = before;
        for (path, old, new) in changes {
            match after.iter_mut().find(|(known, _)| *known == path) {
                Some((_, text)) => {
                    assert!(text.contains(old), "{name}");
                    *text = text.replacen(old, new, 1);
                }
                None => after.push((path, new.to_owned())),
            }
        }
        let left: Vec<String> = told_in(&after)
            .iter()
            .map(crate::diagnostic::render)
            .collect();
        assert!(left.is_empty(), "{name}:\n{}", left.join("\n"));
    }
}

#[test]
fn a_command_of_a_library_is_told_by_the_name_in_the_library() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path().canonicalize().unwrap();
    let (root, library) = (home.join("app"), home.join("lib"));
    for directory in [&root, &library] {
        std::fs::create_dir(directory).unwrap();
    }
    std::fs::write(library.join("shared.nu"), "export def y [] {}\n").unwrap();
    std::fs::write(root.join("a.nu"), "use shared.nu\n").unwrap();
    std::fs::write(root.join("mod.nu"), "export def x [] { y }\n").unwrap();
    let request = Request {
        scripts: files(&root),
        root,
        lib_dirs: vec![library],
        ..Request::default()
    };
    let inspection = Inspector::default()
        .inspect(&request, &crate::nushell::CodeFiles::default(), &|| false)
        .unwrap();
    let helps: Vec<&str> = inspection
        .problems
        .iter()
        .filter_map(|problem| problem.help.as_deref())
        .collect();
    assert_eq!(helps, ["another file defines it: write `use shared.nu *`"]);
}
