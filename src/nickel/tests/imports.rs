//! What may be imported, and what may not.

use std::path::Path;

use super::*;

fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    home
}

fn within(home: &Path, main: &str) -> Program {
    let root = home.join("ext").canonicalize().unwrap();
    Program::file(root.join(main)).within(root)
}

#[test]
fn imports_inside_the_extension_work() {
    let home = tree(&[
        (
            "ext/schemas/main.ncl",
            "(import \"lib/contracts.ncl\") & { data = import \"data.json\" }",
        ),
        (
            "ext/schemas/lib/contracts.ncl",
            "{ a = import \"../../top.ncl\" }",
        ),
        ("ext/schemas/data.json", "{\"x\": 1}"),
        ("ext/top.ncl", "\"top\""),
    ]);
    assert_eq!(
        evaluate(&within(home.path(), "schemas/main.ncl")).unwrap(),
        json!({"a": "top", "data": {"x": 1}})
    );
}

#[test]
fn imports_that_leave_the_extension_are_denied_and_show_nothing() {
    let home = tree(&[("secret.txt", "hunter2"), ("ext/x.ncl", "1")]);
    #[cfg(unix)]
    std::os::unix::fs::symlink(
        home.path().join("secret.txt"),
        home.path().join("ext/link.txt"),
    )
    .unwrap();
    let secret = home.path().join("secret.txt");
    let made = std::process::Command::new("mkfifo")
        .arg(home.path().join("ext/pipe.txt"))
        .status()
        .unwrap();
    assert!(made.success());
    for import in [
        format!("import \"{}\"", secret.display()),
        "import \"../secret.txt\"".to_owned(),
        "import \"link.txt\"".to_owned(),
        "import \"pipe.txt\"".to_owned(),
        "import \"/dev/zero\" as 'Text".to_owned(),
        "import \"/etc/passwd\" as 'Nickel".to_owned(),
        "import \"\\x2fetc/passwd\" as 'Text".to_owned(),
        "import \"missing.ncl\"".to_owned(),
        "let { x ? (import \"../secret.txt\") } = {} in x".to_owned(),
        "\"%{import \"../secret.txt\"}\"".to_owned(),
        "import some_package".to_owned(),
    ] {
        std::fs::write(home.path().join("ext/main.ncl"), &import).unwrap();
        let program = within(home.path(), "main.ncl");
        assert_eq!(codes(&program), ["nickel::import"], "{import}");
        assert!(!shown(&program).contains("hunter2"), "{import}");
    }
}

#[test]
fn without_an_extension_a_file_may_import_from_its_directory() {
    let home = tree(&[
        ("lone/main.ncl", "import \"sub/a.ncl\""),
        ("lone/sub/a.ncl", "import \"../b.ncl\""),
        ("lone/b.ncl", "3"),
        ("lone/out.ncl", "import \"../top.ncl\""),
        ("top.ncl", "4"),
        ("ext/metadata.toml", ""),
        ("ext/schemas/main.ncl", "import \"../lib.ncl\""),
        ("ext/lib.ncl", "5"),
    ]);
    let file = |name: &str| Program::file(home.path().join(name));
    assert_eq!(evaluate(&file("lone/main.ncl")).unwrap(), json!(3));
    assert_eq!(codes(&file("lone/out.ncl")), ["nickel::import"]);
    let told = shown(&file("lone/out.ncl"));
    assert!(told.contains("import paths"), "{told}");
    // The whole extension belongs to its files.
    assert_eq!(evaluate(&file("ext/schemas/main.ncl")).unwrap(), json!(5));
    // An import path opens a directory.
    let opened = file("lone/out.ncl").with_import_paths(vec![home.path().to_owned()]);
    assert_eq!(evaluate(&opened).unwrap(), json!(4));
}

#[test]
fn import_paths_come_after_the_own_directory() {
    let home = tree(&[
        ("app/main.ncl", "[import \"a.ncl\", import \"b.ncl\"]"),
        ("app/a.ncl", "\"own\""),
        ("one/a.ncl", "\"one\""),
        ("one/b.ncl", "\"one\""),
        ("two/b.ncl", "\"two\""),
    ]);
    let program = |paths: &[&str]| {
        Program::file(home.path().join("app/main.ncl"))
            .with_import_paths(paths.iter().map(|path| home.path().join(path)).collect())
    };
    assert_eq!(
        evaluate(&program(&["one", "two"])).unwrap(),
        json!(["own", "one"])
    );
    assert_eq!(
        evaluate(&program(&["two", "one"])).unwrap(),
        json!(["own", "two"])
    );
    assert_eq!(codes(&program(&[])), ["nickel::import"]);
    // A file that turns up in the own directory wins at once.
    std::fs::write(home.path().join("app/b.ncl"), "\"new\"").unwrap();
    assert_eq!(evaluate(&program(&["one"])).unwrap(), json!(["own", "new"]));
    std::fs::remove_file(home.path().join("app/b.ncl")).unwrap();
    assert_eq!(evaluate(&program(&["one"])).unwrap(), json!(["own", "one"]));
}

#[test]
fn packages_are_found_by_name() {
    let home = tree(&[
        ("app/main.ncl", "let p = import greeting in p.hello"),
        (
            "packages/greeting/main.ncl",
            "{ hello = (import \"text.ncl\") ++ (import word) }",
        ),
        ("packages/greeting/text.ncl", "\"hello \""),
        ("packages/word/main.ncl", "\"world\""),
    ]);
    let program = Program::file(home.path().join("app/main.ncl"));
    assert_eq!(codes(&program), ["nickel::import"]);
    let packages =
        ["greeting", "word"].map(|name| (name.to_owned(), home.path().join("packages").join(name)));
    let program = program.with_packages(packages.into());
    assert_eq!(evaluate(&program).unwrap(), json!("hello world"));
}

#[test]
fn every_import_that_cannot_be_read_is_told() {
    let home = tree(&[
        ("secret.txt", "hunter2"),
        ("ext/metadata.toml", ""),
        (
            "ext/main.ncl",
            "{ a = import \"no.ncl\", b = import \"lib.ncl\", c = import \"../secret.txt\" }",
        ),
        (
            "ext/lib.ncl",
            "[import \"never.json\", import \"fine.ncl\", import \"deep.ncl\"]",
        ),
        ("ext/fine.ncl", "1"),
        ("ext/deep.ncl", "import \"nowhere.ncl\""),
    ]);
    let told = evaluate(&within(home.path(), "main.ncl")).unwrap_err();
    let messages: Vec<String> = told
        .details()
        .iter()
        .map(|found| found.message.clone())
        .collect();
    assert_eq!(
        messages,
        [
            "cannot import `no.ncl`",
            "cannot import `../secret.txt`",
            "cannot import `never.json`",
            "cannot import `nowhere.ncl`",
        ]
    );
    assert!(!explained(&told).contains("hunter2"));
}

#[test]
fn a_text_that_is_refused_is_free_of_secrets_and_not_read_for_that() {
    for text in [
        "{ password = \"hunter2\", n = 1e1000000000 }",
        "{ password = \"hunter2\", f = import \"no.ncl\" }",
    ] {
        let shown = shown(&self::text(text));
        assert!(
            shown.contains("***") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}
