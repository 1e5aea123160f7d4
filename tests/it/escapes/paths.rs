//! What opens a directory to imports, what does not, and what changes between two evaluations.

use serde_json::json;

use super::*;
use crate::support::Shell;

#[test]
fn import_paths_and_packages_open_their_directories_and_no_more() {
    let tree = Tree::new();
    tree.file("lib/a.ncl", "\"from the path\"");
    tree.file("lib/out.ncl", "import \"../outside/secret.ncl\"");
    tree.file("pack/main.ncl", "{ a = import \"inner.ncl\" }");
    tree.file("pack/inner.ncl", "\"from the package\"");
    tree.file("pack/out/main.ncl", "import \"../../outside/secret.ncl\"");
    tree.file("lone/main.ncl", "[import \"a.ncl\", (import pack).a]");
    tree.file("lone/path.ncl", "import \"out.ncl\"");
    tree.file("lone/pack.ncl", "import out");
    tree.file("lone/lib.ncl", "import \"../lib/a.ncl\"");
    tree.link(
        "lone/into.ncl",
        &tree.path("lib/a.ncl").display().to_string(),
    );
    tree.file("lone/linked.ncl", "import \"into.ncl\"");
    let evaluator = evaluator();
    let closed = |name: &str| program(&tree.path(&format!("lone/{name}.ncl")));
    let open = |name: &str| {
        let packages = [
            ("pack".to_owned(), tree.path("pack")),
            ("out".to_owned(), tree.path("pack/out")),
        ];
        closed(name)
            .with_import_paths(vec![tree.path("lib")])
            .with_packages(packages.into())
    };
    assert_eq!(
        evaluator.evaluate(&open("main"), &[], None).unwrap(),
        json!(["from the path", "from the package"])
    );
    denied(&evaluator, &closed("main"), MISSING);
    // A link into a directory that is not configured is one to the outside.
    assert_eq!(
        evaluator.evaluate(&open("linked"), &[], None).unwrap(),
        "from the path"
    );
    denied(&evaluator, &closed("linked"), OUTSIDE);
    denied(&evaluator, &closed("lib"), OUTSIDE);
    // What is opened may not lead further.
    denied(&evaluator, &open("path"), OUTSIDE);
    denied(&evaluator, &open("pack"), OUTSIDE);
    // An extension keeps to itself unless it is told otherwise.
    let confined = Program::file(tree.path("lone/lib.ncl")).within(tree.path("lone"));
    denied(&evaluator, &confined, OUTSIDE);
}

#[test]
fn links_and_steps_up_that_stay_inside_are_fine() {
    let tree = Tree::new();
    tree.file("ext/top.ncl", "\"top\"");
    tree.link("ext/schemas/up.ncl", "../top.ncl");
    tree.file(
        "ext/schemas/main.ncl",
        "[import \"up.ncl\", import \"../top.ncl\", import \"inner/x.ncl\"]",
    );
    let main = tree.path("ext/schemas/main.ncl");
    let evaluator = evaluator();
    for program in [
        program(&main),
        Program::file(&main).within(tree.path("ext")),
    ] {
        assert_eq!(
            evaluator.evaluate(&program, &[], None).unwrap(),
            json!(["top", "top", 1])
        );
    }
}

#[test]
fn a_planted_metadata_file_widens_nothing_for_an_extension() {
    let tree = Tree::new();
    tree.file(
        "ext/schemas/main.ncl",
        "import \"../../outside/secret.ncl\"",
    );
    let main = tree.path("ext/schemas/main.ncl");
    let evaluator = evaluator();
    for planted in ["metadata.toml", "outside/metadata.toml"] {
        tree.file(planted, "[extension]\nname = \"trap\"\n");
        denied(&evaluator, &program(&main), OUTSIDE);
        denied(
            &evaluator,
            &Program::file(&main).within(tree.path("ext")),
            OUTSIDE,
        );
    }
    // Below, it makes the directory smaller.
    tree.file(
        "ext/schemas/sub/metadata.toml",
        "[extension]\nname = \"trap\"\n",
    );
    tree.file("ext/schemas/sub/main.ncl", "import \"../inner/x.ncl\"");
    let below = program(&tree.path("ext/schemas/sub/main.ncl"));
    denied(&evaluator, &below, OUTSIDE);
    // A link to one is none.
    tree.file("far/away/main.ncl", "import \"../../outside/secret.ncl\"");
    let far = program(&tree.path("far/away/main.ncl"));
    std::fs::remove_file(tree.path("metadata.toml")).unwrap();
    denied(&evaluator, &far, OUTSIDE);
}

#[test]
fn a_file_that_becomes_a_link_is_looked_at_again() {
    let tree = Tree::new();
    tree.file("lone/main.ncl", "import \"data.txt\"");
    tree.file("lone/data.txt", "harmless");
    tree.file("lone/sub/data.txt", "harmless too");
    tree.file("lone/below.ncl", "import \"sub/data.txt\"");
    let evaluator = evaluator();
    let main = program(&tree.path("lone/main.ncl"));
    let below = program(&tree.path("lone/below.ncl"));
    for _ in 0..3 {
        assert_eq!(evaluator.evaluate(&main, &[], None).unwrap(), "harmless");
        std::fs::remove_file(tree.path("lone/data.txt")).unwrap();
        tree.link(
            "lone/data.txt",
            &tree.path("outside/secret.txt").display().to_string(),
        );
        denied(&evaluator, &main, OUTSIDE);
        std::fs::remove_file(tree.path("lone/data.txt")).unwrap();
        tree.file("lone/data.txt", "harmless");
    }
    // The same for its directory, with a file in it that looks the same.
    assert_eq!(
        evaluator.evaluate(&below, &[], None).unwrap(),
        "harmless too"
    );
    std::fs::remove_dir_all(tree.path("lone/sub")).unwrap();
    tree.file("outside/data.txt", MARKER);
    tree.link("lone/sub", &tree.path("outside").display().to_string());
    denied(&evaluator, &below, OUTSIDE);
}

#[test]
fn a_schema_that_is_a_link_shows_nothing_when_its_extension_is_registered() {
    let tree = Tree::new();
    let shell = Shell::new().at(tree.path(""));
    for target in ["passwd", "secret.ncl", "secret.json"] {
        let _ = std::fs::remove_file(tree.path("ext/schemas/version.ncl"));
        let target = tree.path("outside").join(target).display().to_string();
        tree.link("ext/schemas/version.ncl", &target);
        for code in [
            "extension validate ext | to json",
            "extension register ext | to json",
            "extension info ext | to json",
        ] {
            let ran = shell.run(code);
            let shown = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!shown.contains(MARKER), "{code}: {shown}");
        }
    }
}

#[test]
fn the_settings_of_the_shell_open_directories_too() {
    let tree = Tree::new();
    tree.file("lib/a.ncl", "1");
    tree.file("pack/main.ncl", "2");
    tree.file("lone/main.ncl", "(import \"a.ncl\") + (import pack)");
    let shell = Shell::new().at(tree.path("lone"));
    assert_eq!(
        shell.error("nickel eval main.ncl")["code"],
        "nickel::import"
    );
    assert_eq!(
        shell.value(
            "$env.config.plugins.provisioning = {nickel: {import_paths: [../lib], packages: {pack: ../pack}}}; nickel eval main.ncl"
        ),
        3
    );
    assert_eq!(
        shell.value(
            "$env.config.plugins.provisioning = {nickel: {packages: {pack: ../pack}}}; nickel eval main.ncl --import-path ../lib"
        ),
        3
    );
}
