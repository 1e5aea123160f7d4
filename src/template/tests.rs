use super::*;
use crate::diagnostic::{Explain as _, render};
use crate::nickel::{Interrupt, without_secrets};
use serde_json::{Value as Data, json};
use std::path::Path;
use tempfile::TempDir;

/// Makes templates in a directory.
fn root(files: &[(&str, &str)]) -> (TempDir, Root) {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let root = Root::new(home.path(), |path: &Path, text: &str| {
        without_secrets(text, path)
    })
    .unwrap();
    (home, root)
}

fn without_home(home: &TempDir, text: &str) -> String {
    let home = home.path().display().to_string();
    text.replace(&format!("{home}/"), "")
        .replace(&home, "templates")
}

/// Renders `a.j2`.
fn render_with(files: &[(&str, &str)], data: &Data) -> Result<String, String> {
    let (home, root) = root(files);
    let rendered = Renderer::default().render(&root, "a.j2", data, &Interrupt::default());
    let clean = |text: String| without_home(&home, &text);
    match rendered {
        Ok(rendered) => Ok(rendered.text),
        Err(TemplateError::Faults(faults)) => {
            let shown: Vec<String> = faults.iter().map(render).collect();
            Err(clean(shown.join("\n\n")))
        }
        Err(error) => Err(clean(format!("{}: {error}", error.code()))),
    }
}

fn one(text: &str, data: &Data) -> Result<String, String> {
    render_with(&[("a.j2", text)], data)
}

/// Returns everything that is wrong with templates, the first named first.
fn checked(files: &[(&str, &str)]) -> String {
    let (home, root) = root(files);
    let mut checker = Checker::new(root);
    let all: Vec<String> = files
        .iter()
        .flat_map(|(name, _)| checker.check(name).findings)
        .map(|finding| render(&finding))
        .collect();
    without_home(
        &home,
        &all.join(
            "

",
        ),
    )
}

/// Returns the templates and the data of a case.
fn parts(case: &Data) -> (Vec<(&str, &str)>, Data) {
    let mut files = vec![("a.j2", case["template"].as_str().unwrap())];
    for (name, text) in case["others"].as_object().into_iter().flatten() {
        files.push((name, text.as_str().unwrap()));
    }
    let data = case.get("data").cloned().unwrap_or_else(|| json!({}));
    (files, data)
}

/// Returns the code of an error as it is shown.
fn code_in(shown: &str) -> &str {
    let shown = shown.strip_prefix("error[").unwrap_or(shown);
    let end = shown.find(|c: char| !(c.is_ascii_lowercase() || c == ':' || c == '-'));
    shown[..end.unwrap_or(shown.len())].trim_end_matches(':')
}

#[test]
fn templates_give_what_jinja_gives_but_for_what_the_page_says() {
    let cases: Data =
        serde_json::from_str(include_str!("../../tests/template/cases.json")).unwrap();
    let page = include_str!("../../docs/templates.md");
    let (_, table) = page.split_once("| what | here |\n|---|---|\n").unwrap();
    let table: Vec<&str> = table
        .lines()
        .map_while(|line| Some(line.strip_prefix("| ")?.split_once(" | ")?.0))
        .collect();
    let mut told = Vec::new();
    let mut wrong = Vec::new();
    let cases = cases.as_array().unwrap();
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let (files, data) = parts(case);
        let ours = render_with(&files, &data);
        let expected = case.get("ours").unwrap_or(&case["jinja2"]);
        let is_same = match (&ours, expected) {
            (Ok(text), Data::String(expected)) => text == expected,
            // Jinja fails, and so does this.
            (Err(_), Data::Null) => true,
            (Err(error), Data::Object(expected)) => expected["error"] == code_in(error),
            _ => false,
        };
        if !is_same {
            wrong.push(format!(
                "{name}: {}\n{ours:?}\n{expected:?}",
                case["template"]
            ));
        }
        if let Some(row) = case["differs"].as_str() {
            assert!(
                table.contains(&row),
                "{name}: the page does not tell of {row}"
            );
            assert_ne!(case["ours"], case["jinja2"], "{name} does not differ");
            told.push(row);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // How Jinja was set up says the first two.
    for row in &table[2..] {
        assert!(told.contains(row), "no case shows: {row}");
    }
    assert!(page.contains(&format!("\n{} templates in `tests/template/`", cases.len())));
}

#[test]
fn everything_that_is_wrong_with_a_text_is_told_at_once() {
    let told = checked(&[(
        "a.j2",
        "{% if a %}\n\
         {% for x in %}\n\
         {{ x | upcase }}\n\
         {% endif %}\n\
         {{ 'a }}\n\
         {{ a b }} {{ c & d }}\n\
         {% fro %}{% elif x %}\n\
         {% endwith %}\n\
         {{ a | indent(2 }}\n\
         {% set %}{% macro m( %}\n\
         {{ a\n\
         {% if b is define %}\n\
         {# note\n",
    )]);
    insta::assert_snapshot!(told);
}

#[test]
fn names_that_nothing_has_are_told_with_what_to_write() {
    let told = checked(&[
        (
            "a.j2",
            "{{ a | to_nice_yaml }} {{ a | jion(',') }} {{ a | frobnicate }}\n\
             {% if a is defind %}{% endif %}\n\
             {{ lookup('env', 'X') }} {{ rnage(3) }} {{ mine() }} {{ a.b.appendd(1) }} {{ 'x'.uper() }}\n\
             {% macro mine() %}{% endmacro %}{% import 'm.j2' as m %}{{ m.anything() }}\n\
             {% filter uper %}x{% endfilter %}{% set x | lowr %}x{% endset %}\n",
        ),
        ("m.j2", "{% macro anything() %}{% endmacro %}"),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn templates_that_are_not_there_lead_out_or_lead_back_are_told_where_they_are_named() {
    let told = checked(&[
        (
            "a.j2",
            "{% include 'haed.j2' %}{% include 'x/y.j2' %}{% include '../out.j2' %}{% include '/etc/passwd' %}\n\
             {% include 'C:/x' %}{% include 'a\\\\b' %}{% include '' %}\n\
             {% include 'none.j2' ignore missing %}{% include ['none.j2', 'head.j2'] %}{% include ['n', 'o'] %}\n\
             {% include name %}{% include 'parts/body.j2' %}\n",
        ),
        ("head.j2", "{% include 'body.j2' %}"),
        ("parts/body.j2", "{% include 'parts/tail.j2' %}"),
        (
            "parts/tail.j2",
            "{% if x %}{% include 'head.j2' %}{% endif %}{% include 'parts/body.j2' %}",
        ),
        ("b.j2", "{% extends 'b.j2' %}"),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn variables_are_those_that_the_data_have_to_have() {
    for (text, variables) in [
        (
            "{{ a }}{{ a.b }}{{ a.b.c }}{{ a['d'] }}{{ a['e-f'].g }}",
            vec!["a.b.c", "a.d", "a.e-f.g"],
        ),
        (
            "{% for s in servers %}{{ s.name }}{{ loop.index }}{{ zone }}{% endfor %}",
            vec!["servers", "zone"],
        ),
        ("{{ a[0].b }}{{ c[i].d }}", vec!["a", "c", "i"]),
        (
            "{% set x = y %}{{ x }}{% macro m(p, q=r) %}{{ p }}{{ caller() }}{% endmacro %}{{ m(s) }}",
            vec!["r", "s", "y"],
        ),
        (
            "{% with x = y %}{{ x }}{% endwith %}{{ x }}",
            vec!["x", "y"],
        ),
        (
            "{{ a.items() }}{{ b | default(c) }}{% if d is defined %}{% endif %}{{ range(n) }}",
            vec!["a", "b", "c", "d", "n"],
        ),
        (
            "{% include f %}{% from 'x' import y as z %}{{ z.w }}",
            vec!["f"],
        ),
        (
            "{% set ns = namespace(a=b) %}{% set ns.c = d %}{{ ns.a }}",
            vec!["b", "d"],
        ),
        (
            "{% block x %}{{ super() }}{{ self.y() }}{{ a }}{% endblock %}",
            vec!["a"],
        ),
        ("{% raw %}{{ a }}{% endraw %}{# {{ b }} #}", vec![]),
    ] {
        let (_home, root) = root(&[("a.j2", text)]);
        assert_eq!(
            Checker::new(root).check("a.j2").variables,
            variables,
            "{text}"
        );
    }
}

#[test]
fn what_fails_with_the_data_is_told_where_it_stands() {
    let all = [
        (
            "{{ porrt }} {{ server.nmae }} {{ tls | default(false) }}\n{% if debug %}{% endif %}{{ deep.a.b }}",
            json!({"port": 1, "server": {"name": "x"}, "deep": {"a": {}}}),
        ),
        ("{% for s in servers %}{{ s.zone }}{% endfor %}", json!({"servers": [{"zone": 1}, {"name": 2}]})),
        ("{{ a + b }}", json!({"a": 1, "b": "x"})),
        ("{{ a.upper() }}", json!({"a": 1})),
        ("{% include f %}", json!({"f": "../secret"})),
        ("{% include f %}", json!({"f": "/etc/passwd"})),
        ("{% include f %}", json!({"f": "hed.j2"})),
        ("x\n{% include 'head.j2' %}", json!({"title": "x"})),
        ("{{ 'x' | int(default=nothing) | b64decode }}", json!({})),
        ("{{ 'A' * 40 | int }}{{ token.x }}", json!({"token": "ghp_0123456789abcdefghijABCDEFGHIJ012345"})),
    ]
    .map(|(text, data)| {
        let files = [("a.j2", text), ("head.j2", "<{{ title }}>\n{{ titel | upper }}\n")];
        render_with(&files, &data).unwrap_err()
    });
    let told = all.join("\n\n");
    insta::assert_snapshot!(told);
}

#[test]
fn nothing_nested_or_long_takes_the_stack() {
    // Within the limits, and beyond.
    for many in [140, 450, 1_300, 10_000] {
        for text in long_texts(many) {
            let told = match one(&text, &json!({"a": 1, "b": []})) {
                Ok(_) => String::new(),
                Err(shown) => shown,
            };
            assert!(
                told.is_empty() || told.contains("template::"),
                "{}: {told}",
                &text[..20]
            );
        }
    }
}

fn long_texts(many: usize) -> Vec<String> {
    let long =
        |before: &str, part: &str, after: &str| format!("{before}{}{after}", part.repeat(many));
    let nested = |begin: &str, end: &str| format!("{}{}", begin.repeat(many), end.repeat(many));
    vec![
        format!("{{{{ {} }}}}", nested("(", ")").replace("()", "(1)")),
        format!("{{{{ {} }}}}", nested("[", "]")),
        nested("{% if a %}", "{% endif %}"),
        nested("{% for x in b %}", "{% endfor %}"),
        nested("{% filter upper %}", "{% endfilter %}"),
        long("{{ ", "(", ""),
        long("{{ ", "[", ""),
        long("{{ ", "{1:", ""),
        long("{{ ", "not ", "a }}"),
        long("{{ ", "- ", "a }}"),
        long("{{ a", " + a", " }}"),
        long("{{ a", ".b", " }}"),
        long("{{ a", "[0]", " }}"),
        long("{{ a", " | upper", " }}"),
        long("{{ a", " is defined", " }}"),
        long("{{ a", " if b else a", " }}"),
        long("{{ a", "(1)", " }}"),
        long("", "{% if a %}", ""),
        long("", "{% for a in b %}", ""),
        long("", "{% macro m() %}", ""),
        long("{% if a %}", "{% elif a %}", "{% endif %}"),
        long("{% set ", "(", ""),
        long("{% with ", "(", ""),
        long("", "{{", ""),
        long("", "{%", ""),
        long("", "{#", ""),
        long("", "{% raw %}", ""),
    ]
}

#[test]
fn what_never_ends_is_ended() {
    for (text, limit) in [
        (
            "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
            "200 calls and includes",
        ),
        ("{% include n %}", "200 calls and includes"),
        (
            "{% for a in [[]] recursive %}{{ loop([[]]) }}{% endfor %}",
            "200 calls and includes",
        ),
        (
            "{% set x = 'x' * 1000000 %}{% for i in range(100) %}{{ x }}{% endfor %}",
            "32 MiB of output",
        ),
    ] {
        let error = one(text, &json!({"n": "a.j2"})).unwrap_err();
        assert!(
            error.starts_with("template::limit: ") && error.contains(limit),
            "{text}: {error}"
        );
    }
}

#[test]
fn names_of_filters_tests_functions_and_methods_are_those_of_the_engine() {
    let mut engine = super::engine::engine();
    engine.set_undefined_behavior(minijinja::UndefinedBehavior::Lenient);
    let check = |text: String| engine.render_str(&text, ()).unwrap();
    for name in FILTERS {
        assert_eq!(
            check(format!("{{{{ '{name}' is filter }}}}")),
            "True",
            "{name}"
        );
    }
    for name in TESTS {
        assert_eq!(
            check(format!("{{{{ '{name}' is test }}}}")),
            "True",
            "{name}"
        );
    }
    let mut globals: Vec<&str> = engine.globals().map(|(name, _)| name).collect();
    globals.sort_unstable();
    assert_eq!(globals, FUNCTIONS);
    for name in METHODS {
        for value in ["'a'", "{'a': 1}", "[1]"] {
            let text = format!("{{{{ ({value}).{name}() }}}}");
            let error = engine.render_str(&text, ()).err();
            let is_known =
                error.is_none_or(|error| error.kind() != minijinja::ErrorKind::UnknownMethod);
            if is_known {
                break;
            }
            assert_ne!(value, "[1]", "no value has the method {name}");
        }
    }
    use crate::diagnostic::Code;
    for (names, code) in [
        (FILTERS, Code::TemplateUnknownFilter),
        (TESTS, Code::TemplateUnknownTest),
        (FUNCTIONS, Code::TemplateUnknownFunction),
        (METHODS, Code::TemplateUnknownFunction),
    ] {
        assert!(names.is_sorted(), "{names:?}");
        let text = code.explanation().unwrap().text;
        assert!(
            text.contains(&format!(": {}.", names.join(", "))),
            "{code}: {names:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn links_stay_in_the_directory_and_only_texts_are_read() {
    use std::os::unix::fs::symlink;
    let home = tempfile::tempdir().unwrap();
    let templates = home.path().join("templates");
    std::fs::create_dir_all(templates.join("sub")).unwrap();
    std::fs::write(home.path().join("secret"), "secret").unwrap();
    std::fs::write(templates.join("in.j2"), "in").unwrap();
    symlink("../secret", templates.join("out.j2")).unwrap();
    symlink("in.j2", templates.join("same.j2")).unwrap();
    symlink("..", templates.join("up")).unwrap();
    std::fs::write(templates.join("bytes.j2"), b"\xff\xfe").unwrap();
    std::fs::write(templates.join("nul.j2"), b"a\0b").unwrap();
    std::fs::write(templates.join("large.j2"), vec![b'a'; (1 << 20) + 1]).unwrap();
    let root = Root::new(&templates, |path, text| without_secrets(text, path)).unwrap();
    let codes = |name: &str| {
        std::fs::write(templates.join("a.j2"), format!("{{% include '{name}' %}}")).unwrap();
        let rendered = Renderer::default().render(&root, "a.j2", &json!({}), &Interrupt::default());
        match rendered {
            Ok(rendered) => rendered.text,
            Err(error) => error.code().to_string(),
        }
    };
    assert_eq!(codes("same.j2"), "in");
    assert_eq!(codes("./in.j2"), "in");
    assert_eq!(codes("out.j2"), "template::outside");
    assert_eq!(codes("up/secret"), "template::outside");
    for name in ["bytes.j2", "nul.j2", "large.j2", "sub"] {
        assert_eq!(codes(name), "template::unreadable", "{name}");
    }
}

#[test]
fn a_byte_order_mark_is_no_text_and_windows_line_ends_stay() {
    assert_eq!(
        one("\u{feff}{{ a }}\r\n", &json!({"a": 1})).unwrap(),
        "1\r\n"
    );
}

#[test]
fn data_that_nothing_uses_are_told_with_what_was_meant() {
    let (_home, root) = root(&[
        ("a.j2", "{{ port | default(1) }}{% include 'b.j2' %}"),
        ("b.j2", "{{ name }}"),
    ]);
    let data = json!({"prot": 1, "name": "x", "other": 2});
    let rendered = Renderer::default()
        .render(&root, "a.j2", &data, &Interrupt::default())
        .unwrap();
    let told = Some("did you mean `port`?".to_owned());
    assert_eq!(
        rendered.unused,
        [("prot".to_owned(), told), ("other".to_owned(), None)]
    );
}

#[test]
fn the_directory_of_a_template_is_the_templates_of_its_extension() {
    let home = tempfile::tempdir().unwrap();
    let at = |path: &str| home.path().join(path);
    for directory in [
        "app/templates/x/templates",
        "app/other",
        "lone/templates/y",
        "pack/src/templates",
    ] {
        std::fs::create_dir_all(at(directory)).unwrap();
    }
    std::fs::write(at("app/metadata.toml"), "").unwrap();
    std::fs::write(at("pack/metadata.toml"), "").unwrap();
    for (file, root, name) in [
        ("app/templates/a.j2", "app/templates", "a.j2"),
        (
            "app/templates/x/templates/a.j2",
            "app/templates",
            "x/templates/a.j2",
        ),
        ("app/other/a.j2", "app/other", "a.j2"),
        ("lone/templates/y/a.j2", "lone/templates", "y/a.j2"),
        ("pack/src/templates/a.j2", "pack/src/templates", "a.j2"),
    ] {
        let (found, found_name) = Root::of(&at(file), |_, text| text.to_owned()).unwrap();
        assert_eq!(
            (found.path(""), found_name.as_str()),
            (at(root).join(""), name),
            "{file}"
        );
    }
}

mod properties;
