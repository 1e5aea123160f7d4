//! Pictures, from the shell.

use provisioning::diagnostic::is_unsafe_char;
use serde_json::json;

use crate::support::{Shell, repository};

const BROKEN: &str = "[{name: web, dependencies: [api]}, {name: api, dependencies: [web db]}]";

#[test]
fn a_picture_is_one_text_in_the_format_that_is_asked_for() {
    let shell = Shell::in_examples();
    let file = "extensions/clusters/buildkit/schemas/cluster.ncl";
    for (format, start) in [
        ("text", "  wave 0\n"),
        ("svg", "<svg "),
        ("dot", "digraph \"Components of extensions/clusters/"),
        (
            "mermaid",
            "---\ntitle: \"Components of extensions/clusters/",
        ),
    ] {
        let code = format!("cluster graph {file} --format {format}");
        assert_eq!(shell.ok(&format!("{code} | describe")), "string");
        let drawn = shell.value(&code);
        assert!(drawn.as_str().unwrap().starts_with(start), "{drawn}");
    }
    // What `cluster resolve-deps` takes.
    for code in [
        format!("open {file} | cluster graph"),
        format!("open {file} | get buildkit_cluster | cluster graph"),
        format!("cluster graph {file} --field buildkit_cluster.components"),
    ] {
        assert!(
            shell
                .ok(&code)
                .contains("◆ critical path: containerd → buildkit")
        );
    }
}

#[test]
fn a_drawing_is_xml_that_the_shell_reads_too() {
    let shell = Shell::new();
    let drawn = shell.value(
        "[{name: '<script>alert(1)</script>', type: 'a&b'}, {name: \"\\\"'`\\n\\u{202e}\", dependencies: ['<script>alert(1)</script>']}] | cluster graph --format svg | from xml | get tag",
    );
    assert_eq!(drawn, "svg");
    for format in ["text", "svg", "dot", "mermaid"] {
        let drawn = shell.value(&format!(
            "[{{name: \"\\u{{1b}}]0;x\\u{{7}}\\u{{202e}}\", status: \"\\u{{1b}}[2J\"}}] | cluster graph --format {format}"
        ));
        let drawn = drawn.as_str().unwrap();
        assert!(
            !drawn.contains(|c| c != '\n' && is_unsafe_char(c)),
            "{drawn:?}"
        );
    }
}

#[test]
fn a_file_gets_the_picture_in_the_format_of_its_ending() {
    let shell = Shell::new();
    let components = "[{name: a}, {name: b, dependencies: [a]}]";
    for (file, start) in [
        ("a.txt", "  wave 0\n"),
        ("a.svg", "<svg "),
        ("a.gv", "digraph "),
        ("a.mmd", "---\n"),
    ] {
        assert_eq!(
            shell.ok(&format!("{components} | cluster graph --save {file}")),
            format!("[HOME]/{file}")
        );
        let written = std::fs::read_to_string(shell.home().join(file)).unwrap();
        assert!(
            written.starts_with(start) && written.ends_with('\n'),
            "{written}"
        );
    }
    // The old file is replaced as a whole, nothing else is left.
    shell.ok(&format!("{components} | cluster graph --save a.txt --all"));
    let mut files: Vec<_> = shell
        .home()
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('a'))
        .collect();
    files.sort();
    assert_eq!(files, ["a.gv", "a.mmd", "a.svg", "a.txt"]);
    insta::assert_snapshot!(
        [
            "--save a.png",
            "--format png",
            "--save a.jpg",
            "--save svg",
            "--save nowhere/a.svg",
            "--format dot --save a.svg",
            "--format sgv",
            "--group tpye",
            "--color size",
            "--depth 2",
            "--focus bb",
            "--focus a --depth -1",
        ]
        .map(|flags| shell.fails(&format!("{components} | cluster graph {flags}")))
        .join("\n\n")
    );
}

#[test]
fn what_is_wrong_is_drawn_unless_an_error_is_wanted() {
    let shell = Shell::new();
    let drawn = shell.ok(&format!("{BROKEN} | cluster graph"));
    assert!(drawn.contains("✗ db   missing"), "{drawn}");
    insta::assert_snapshot!(shell.fails(&format!("{BROKEN} | cluster graph --strict")));
    shell.ok("[{name: a}] | cluster graph --strict");
    // Rows that are no components cannot be drawn.
    assert_eq!(
        shell.error("[{nam: a}] | cluster graph")["code"],
        "cluster::invalid-component"
    );
}

#[test]
fn states_and_what_is_implied_are_shown() {
    let shell = Shell::in_examples();
    let drawn = shell.ok("[{name: buildkit, type: taskserv, status: running}] | cluster graph --with-extensions --color state");
    insta::assert_snapshot!(drawn);
    let drawn = shell.ok("[{name: bildkit, type: taskserv}] | cluster graph --check-extensions");
    insta::assert_snapshot!(drawn);
}

#[test]
fn text_has_colours_only_where_the_shell_has_them() {
    let components = "[{name: a, type: taskserv}]";
    let has_colors = |shell: &Shell, code: &str| -> bool {
        shell.value(code).as_str().unwrap().contains('\u{1b}')
    };
    let plain = Shell::new();
    let draw = format!("{components} | cluster graph");
    assert!(!has_colors(&plain, &draw));
    let set = "$env.config.use_ansi_coloring = true";
    assert!(has_colors(&plain, &format!("{set}; {draw}")));
    assert!(!has_colors(&plain, &format!("{set}; {draw} --color none")));
    for format in ["svg", "dot", "mermaid"] {
        assert!(!has_colors(
            &plain,
            &format!("{set}; {draw} --format {format}")
        ));
    }
    plain.ok(&format!("{set}; {draw} --save a.txt"));
    assert!(
        !std::fs::read_to_string(plain.home().join("a.txt"))
            .unwrap()
            .contains('\u{1b}')
    );
    let forced = Shell::new().with("FORCE_COLOR", "1");
    assert!(has_colors(&forced, &draw));
    assert!(!has_colors(
        &forced,
        &format!("$env.config.use_ansi_coloring = false; {draw}")
    ));
}

#[test]
fn extensions_are_drawn_with_what_is_not_there() {
    let shell = Shell::new();
    let metadata = |name: &str, version: &str, dependencies: &str| {
        shell.file(
            &format!("extensions/{name}-{version}/metadata.toml"),
            format!("[extension]\nname = \"{name}\"\ntype = \"taskserv\"\nversion = \"{version}\"\n[dependencies]\nextensions = [{dependencies}]\n"),
        );
    };
    metadata("app", "1.0.0", "'db >=1.5', 'gone'");
    metadata("db", "1.4.0", "");
    metadata("db", "1.6.0", "");
    metadata("other", "1.0.0", "");
    shell.ok("extension register extensions/app-1.0.0 | ignore");
    insta::assert_snapshot!(shell.ok("extension graph"));
    assert_eq!(
        shell.value("extension graph db --format dot | lines | where $it =~ 'label=' | length"),
        json!(4)
    );
    assert_eq!(
        shell.error("extension graph dc")["help"],
        "did you mean `db`?"
    );
    assert_eq!(
        shell.error("extension graph nope")["help"],
        "there are `app`, `db`, `gone`, `other`"
    );
    // A directory, wherever it is: that version and what it needs.
    shell.file(
        "elsewhere/web-1.0.0/metadata.toml",
        "[extension]\nname = \"web\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n[dependencies]\nextensions = ['db ^1']\n",
    );
    insta::assert_snapshot!(shell.ok("extension graph elsewhere/web-1.0.0"), @"
      wave 0
    ╭─◆ db   taskserv 1.6.0
    │ wave 1
    ╰─◆ web  taskserv 1.0.0

    ◆ critical path: db → web
    ");
    assert_eq!(Shell::new().ok("extension graph"), "nothing to draw");
}

#[test]
fn a_file_without_an_ending_takes_the_format_that_is_said() {
    let shell = Shell::new();
    let draw = "[{name: a}] | cluster graph";
    for (file, format, start) in [("pic", "svg", "<svg"), ("pic.html", "mermaid", "flowchart")] {
        shell.ok(&format!("{draw} --save {file} --format {format}"));
        let written = std::fs::read_to_string(shell.home().join(file)).unwrap();
        assert!(written.contains(start), "{written}");
    }
    for flags in [
        "--save pic",
        "--save pic.png --format svg",
        "--save pic.dot --format svg",
    ] {
        assert_eq!(
            shell.error(&format!("{draw} {flags}"))["code"],
            "input::invalid"
        );
    }
    assert_eq!(
        shell.error(&format!("{draw} --focus zz"))["help"],
        "there are `a`"
    );
}

/// The pictures of the README.
const PICTURES: [(&str, &str); 2] = [
    (
        "deployment.svg",
        "open deployment.yaml | cluster graph --save",
    ),
    ("mistake.svg", "open mistake.yaml | cluster graph --save"),
];

#[test]
fn the_pictures_of_the_readme_are_what_the_commands_draw() {
    let directory = repository().join("docs/pictures");
    let shell = Shell::new().at(&directory);
    let readme = std::fs::read_to_string(repository().join("README.md")).unwrap();
    for (file, code) in PICTURES {
        assert!(
            readme.contains(&format!("docs/pictures/{file}")),
            "{file} is not shown"
        );
        let made = shell.home().join(file);
        shell.ok(&format!("{code} '{}'", made.display()));
        let drawn = std::fs::read_to_string(made).unwrap();
        let path = directory.join(file);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, &drawn).unwrap();
        }
        let known = std::fs::read_to_string(&path).unwrap_or_default();
        // Git may have checked it out with other line breaks.
        assert!(
            known.replace("\r\n", "\n") == drawn,
            "{file} is stale; make it with: UPDATE_DOCS=1 cargo test --test it pictures"
        );
    }
}
