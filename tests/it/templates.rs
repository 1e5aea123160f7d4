//! `template render` and `template check`, and the rule `template`, through the shell.

use serde_json::json;

use crate::support::{Shell, examples, texts};

#[test]
fn data_come_from_the_pipeline_a_record_or_a_file() {
    let shell = Shell::new();
    shell.file("a.j2", "port = {{ port }}\n");
    shell.file("data.toml", "port = 1\n");
    shell.file("data.json", "{\"port\": 2}");
    shell.file("data.ncl", "{ base = 1, port = base + 2 }");
    shell.file("list.json", "[1]");
    for (line, text) in [
        ("{port: 8080} | template render a.j2", "port = 8080"),
        ("template render a.j2 --data {port: 80}", "port = 80"),
        ("template render a.j2 --data data.toml", "port = 1"),
        ("template render a.j2 --data data.json", "port = 2"),
        ("template render a.j2 --data data.ncl", "port = 3"),
        (
            "[[port]; [1] [2]] | each {|row| $row | template render a.j2 } | str join",
            "port = 1\nport = 2",
        ),
        (
            "[1 2] | each {|port| template render a.j2 --data {port: $port} } | str join",
            "port = 1\nport = 2",
        ),
    ] {
        assert_eq!(shell.ok(line), text, "{line}");
    }
    for (line, message) in [
        ("[1] | template render a.j2", "the data are no record"),
        (
            "template render a.j2 --data list.json",
            "the data are no record",
        ),
        (
            "template render a.j2 --data a.j2",
            "data are not read from `a.j2`",
        ),
    ] {
        assert_eq!(shell.error(line)["msg"], message, "{line}");
    }
}

#[test]
fn values_of_nushell_become_texts_that_it_reads_as_the_same() {
    let shell = Shell::new();
    shell.file(
        "a.j2",
        "{{ size }}|{{ odd }}|{{ time }}|{{ date }}|{{ list }}|{{ none }}|{{ truth }}|{{ range }}",
    );
    let text = shell.ok(
        "template render a.j2 --data {size: 10GB, odd: 1536KiB, time: 90min, date: 2026-01-31T12:00:00+00:00, \
         list: [1 a], none: null, truth: true, range: 1..3}",
    );
    assert_eq!(
        text,
        "10GB|1536KiB|1hr 30min|2026-01-31T12:00:00+00:00|[1, 'a']|None|True|[1, 2, 3]"
    );
    let same = shell.value(
        "[(('10GB' | into filesize) == 10GB) (('1536KiB' | into filesize) == 1536KiB) (('1hr 30min' | into duration) == 90min)]",
    );
    assert_eq!(same, json!([true, true, true]));
    let error = shell.error("template render a.j2 --data {size: {|| 1 }}");
    assert_eq!(error["msg"], "a value cannot be given to a template");
}

#[test]
fn a_file_is_written_as_a_whole_and_only_when_it_is_another_one() {
    let shell = Shell::new();
    shell.file("a.j2", "port = {{ port }}\n");
    let write = |port: &str| {
        shell.value(&format!("template render a.j2 --data {{port: {port}}} --output out.conf | update path {{ path basename }}"))
    };
    let row =
        |size: usize, changed: bool| json!({"path": "out.conf", "size": size, "changed": changed});
    assert_eq!(write("80"), row(10, true));
    assert_eq!(write("80"), row(10, false));
    assert_eq!(write("8080"), row(12, true));
    shell.fails("template render a.j2 --output out.conf");
    assert_eq!(
        std::fs::read_to_string(shell.home().join("out.conf")).unwrap(),
        "port = 8080\n"
    );
    let error = shell.error("template render a.j2 --data {port: 1} --output nowhere/out.conf");
    assert_eq!(error["code"], "template::write");
}

#[test]
fn what_is_wrong_is_told_with_the_line_of_the_template() {
    let shell = Shell::new();
    shell.file(
        "a.j2",
        "# made\nport = {{ porrt }}\nname = {{ server.nmae }}\n",
    );
    shell.file("b.j2", "{% if a %}\n{{ a | upcase }}\n");
    shell.file(
        "secret.j2",
        "password: hunter2 {{ a | upcase }}\npassword: {{ password | upcase }}\n",
    );
    let told = [
        "template render a.j2 --data {port: 1, server: {name: x}}",
        "template render b.j2",
        "template render secret.j2",
        "template render none.j2",
        "template render a.j2 --data {porrt: 1, server: {nmae: x}, naem: 2, other: 3} --strict",
    ]
    .map(|line| format!("> {line}\n{}", shell.fails(line)));
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn whatever_a_template_asks_for_the_plugin_goes_on() {
    let shell = Shell::new();
    for (name, text) in [
        (
            "memory",
            "{% set ns = namespace(x=[]) %}{% for i in range(10000) %}{% set ns.x = ns.x + ['a' * (50000000 + i)] %}{% endfor %}",
        ),
        (
            "constant",
            "{{ ['a' * 99999999, 'b' * 99999999, 'c' * 99999999, 'd' * 99999999, 'e' * 99999999, 'f' * 99999999, 'g' * 99999999, 'h' * 99999999] }}",
        ),
        (
            "deep",
            "{% set ns = namespace(x=1) %}{% for i in range(100000) %}{% for j in range(9) %}{% set ns.x = [ns.x] %}{% endfor %}{% endfor %}{{ ns.x }}",
        ),
        ("calls", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"),
        (
            "output",
            "{% for i in range(1000) %}{{ 'x' * 100000 }}{% endfor %}",
        ),
    ] {
        shell.file(&format!("{name}.j2"), text);
    }
    shell.file("good.j2", "{{ a }}");
    let codes = shell.value(
        "[memory constant deep calls output] | each {|name|
            let code = try { template render $'($name).j2' --data {} | ignore; 'none' } catch {|error| $error.details.code }
            {name: $name, code: $code, after: (template render good.j2 --data {a: 1})}
        }",
    );
    for row in codes.as_array().unwrap() {
        assert_eq!(row["code"], "template::limit", "{row}");
        assert_eq!(row["after"], "1", "{row}");
    }
}

#[test]
fn nothing_outside_of_the_templates_is_shown() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    shell.file("app/secret", "hunter2");
    shell.file("app/templates/a.j2", "{% include name %}");
    for name in [
        "../secret",
        "/etc/passwd",
        "../metadata.toml",
        "./../secret",
        "~/app/secret",
    ] {
        let error = shell.error(&format!(
            "template render app/templates/a.j2 --data {{name: '{name}'}}"
        ));
        assert_eq!(error["code"], "template::outside", "{name}: {error}");
        assert!(!error.to_string().contains("hunter2"));
    }
}

#[test]
fn a_check_lists_every_template_with_its_errors_and_variables() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    shell.file(
        "app/templates/a.j2",
        "{% include 'parts/b.jinja' %}{{ port }}\n",
    );
    shell.file(
        "app/templates/parts/b.jinja",
        "{{ server.name | upcase }}{% for %}\n",
    );
    shell.file("app/templates/notes.txt", "{{ not a template");
    shell.file("app/templates/.hidden/c.j2", "{{");
    let rows = shell.value(
        "template check app | update file { path basename } | update errors { select code line column message }",
    );
    insta::assert_json_snapshot!(rows);
    assert_eq!(shell.value("cd app; template check | length"), json!(2));
    assert_eq!(
        shell.value("[app/templates/a.j2] | template check | get valid"),
        json!([true])
    );
    assert_eq!(
        shell.value("template check app/templates/notes.txt | get 0.valid"),
        json!(false)
    );
    assert_eq!(
        shell.error("template check app --strict")["code"],
        "validation::failed"
    );
    assert_eq!(
        shell.value("template check app/templates/a.j2 --strict | length"),
        json!(1)
    );
    assert_eq!(shell.error("template check nowhere")["code"], "input::path");
    // The rule finds the same.
    let codes = shell.value("extension validate app --rule template | get errors.code");
    assert_eq!(
        texts(&codes),
        [
            "template::unknown-filter",
            "template::unclosed",
            "template::syntax"
        ]
    );
}

#[test]
fn the_templates_of_the_examples_are_right() {
    let shell = Shell::in_examples();
    let rows = shell.value("template check . --strict | select valid errors");
    let rows = rows.as_array().unwrap();
    let files = walk(&examples());
    assert_eq!(rows.len(), files, "not all were found");
    assert!(rows.iter().all(|row| row["valid"] == true));
}

fn walk(directory: &std::path::Path) -> usize {
    let entries = directory
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .map(|path| match path.is_dir() {
            true => walk(&path),
            false => usize::from(path.extension().is_some_and(|ending| ending == "j2")),
        })
        .sum()
}
