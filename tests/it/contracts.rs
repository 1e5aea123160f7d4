//! Data against Nickel contracts in a shell.

use serde_json::json;

use crate::support::{Shell, texts};

const SCHEMA: &str = r#"{
  Port
    | not_exported
    = std.contract.from_validator (fun p =>
      if std.is_number p && p > 0 && p < 65536 then 'Ok
      else 'Error { message = "a port is between 1 and 65535" }),
  Server
    | not_exported
    = {
      name | String,
      port | Port | doc "Where it listens" | default = 80,
      disks | Array { size | Number } | default = [],
      api_token | std.string.NonEmpty | optional,
    },
}
"#;

fn shell() -> Shell {
    let shell = Shell::new();
    shell.file("s.ncl", SCHEMA);
    shell
}

#[test]
fn a_record_is_checked_and_completed() {
    let shell = shell();
    assert_eq!(
        shell.value("{name: web} | nickel validate s.ncl --contract Server"),
        json!({"valid": true, "value": {"name": "web", "port": 80, "disks": []}, "errors": []})
    );
    let checked = shell.value(
        "{port: 7.5e4, disks: [{size: 1} {size: big}], nme: x} | nickel validate s.ncl -c Server",
    );
    assert_eq!(checked["valid"], json!(false));
    let errors = checked["errors"].as_array().unwrap();
    let mut found: Vec<String> = errors
        .iter()
        .map(|error| {
            format!(
                "{} {} {}:{}",
                error["path"].as_str().unwrap(),
                error["code"].as_str().unwrap(),
                error["file"].as_str().unwrap().rsplit('/').next().unwrap(),
                error["line"]
            )
        })
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            "disks[1].size nickel::contract s.ncl:12",
            "name nickel::missing-definition s.ncl:10",
            "nme nickel::contract s.ncl:9",
            "port nickel::contract s.ncl:11",
        ]
    );
}

#[test]
fn strict_underlines_the_users_own_values_and_shows_the_contract() {
    let shell = shell();
    insta::assert_snapshot!(
        [
            "{name: web, port: 99999} | nickel validate s.ncl --contract Server --strict",
            "let server = {name: web\n    disks: [{size: 1} {size: big}]\n    nme: typo\n}\n$server | nickel validate s.ncl --contract Server --strict",
            "{name: web, api_token: ''} | nickel apply s.ncl --contract Server",
            "{port: 1} | nickel apply s.ncl --contract Sever",
            "{run: {|| 1}} | nickel validate s.ncl --contract Server",
        ]
        .map(|code| shell.fails(code))
        .join("\n\n")
    );
}

#[test]
fn each_of_37_faults_in_1000_rows_is_underlined() {
    let shell = shell();
    let rows: Vec<String> = (0..1000)
        .map(|row| {
            if row % 27 == 3 {
                format!("{{name: n, disks: [{{size: 1}} {{size: bad{row}}}]}}")
            } else {
                "{name: n, port: 1}".to_owned()
            }
        })
        .collect();
    shell.file(
        "table.nu",
        format!("const rows = [\n{}\n]\n", rows.join("\n")),
    );
    let marked = shell.value(
        "source table.nu
         try { $rows | nickel validate s.ncl --contract Server --strict } catch {|error|
             $error.details.labels | each {|label| view span $label.span.start $label.span.end }
         }",
    );
    let expected: Vec<String> = (0..1000)
        .filter(|row| row % 27 == 3)
        .map(|row| format!("bad{row}"))
        .collect();
    assert_eq!(expected.len(), 37);
    assert_eq!(texts(&marked), expected);
    let found = shell.value(
        "source table.nu; $rows | nickel validate s.ncl --contract Server | where not $it.valid | get errors.path | flatten | uniq --count",
    );
    assert_eq!(found, json!([{"value": "disks[1].size", "count": 37}]));
}

#[test]
fn tables_stream_and_one_list_can_be_one_value() {
    let shell = shell();
    assert_eq!(
        shell.value(
            "1.. | each {|n| {name: $'n($n)'}} | nickel apply s.ncl -c Server | first 3 | get name"
        ),
        json!(["n1", "n2", "n3"])
    );
    shell.file("ports.ncl", "Array Number");
    assert_eq!(
        shell.value("[1 x 3] | nickel validate ports.ncl --whole | get errors.path"),
        json!(["[1]"])
    );
    assert_eq!(
        shell.value("[[1 2] [x]] | nickel validate ports.ncl | get valid"),
        json!([true, false])
    );
    assert_eq!(
        shell.value("[] | nickel validate ports.ncl | length"),
        json!(0)
    );
    // One bad row does not keep the good ones from coming out.
    assert_eq!(
        shell.value("[[1] [x]] | nickel apply ports.ncl | first 1"),
        json!([[1]])
    );
    assert!(
        shell
            .fails("[[1] [x]] | nickel apply ports.ncl | to nuon")
            .contains("breaks the contract `Array Number`")
    );
}

#[test]
fn values_of_nushell_have_documented_forms() {
    let shell = shell();
    shell.file("any.ncl", "Dyn");
    let data = "{duration: 2sec, size: 1KiB, date: 2024-01-02T03:04:05+02:00, bytes: 0x[ff 01], range: 1..3, none: null, float: 0.5, path: $.a.b}";
    let expected = json!({
        "duration": 2_000_000_000_i64,
        "size": 1024,
        "date": "2024-01-02T03:04:05+02:00",
        "bytes": [255, 1],
        "range": [1, 2, 3],
        "none": null,
        "float": 0.5,
        "path": "$.a.b",
    });
    assert_eq!(
        shell.value(&format!("{data} | nickel apply any.ncl")),
        expected
    );
    assert_eq!(
        shell.value(&format!("{data} | to ncl | from ncl")),
        expected
    );
    assert_eq!(
        shell.value("[{a: 'x y'} [1] \"%{1}\\n\"] | to ncl | from ncl"),
        json!([{"a": "x y"}, [1], "%{1}\n"])
    );
    for bad in ["{|| 1}", "('NaN' | into float)", "1..", "(1..2000000)"] {
        let error = shell.error(&format!("{{a: {bad}}} | to ncl"));
        assert_eq!(error["code"], json!("input::invalid"), "{bad}");
    }
}

#[test]
fn secrets_do_not_reach_tables_or_errors() {
    let shell = shell();
    let shown = shell.ok(
        "{name: n, api_token: [hunter2]} | nickel validate s.ncl -c Server | get errors | to json",
    );
    assert!(
        shown.contains("***") && !shown.contains("hunter2"),
        "{shown}"
    );
    shell.file(
        "settings.ncl",
        "{ db_password | Number = \"hunter2\", port | String = 1 }",
    );
    let shown = shell.fails("nickel eval settings.ncl");
    assert!(
        !shown.contains("hunter2") && shown.contains("port"),
        "{shown}"
    );
}

#[test]
fn fields_types_documents_and_differences_are_data() {
    let shell = shell();
    assert_eq!(
        shell.value(
            "nickel query s.ncl --field Server | select name type required default doc line"
        ),
        json!([
            {"name": "name", "type": "String", "required": true, "default": null, "doc": null, "line": 10},
            {"name": "port", "type": "Port", "required": false, "default": 80, "doc": "Where it listens", "line": 11},
            {"name": "disks", "type": "Array { size | Number, }", "required": false, "default": [], "doc": null, "line": 12},
            {"name": "api_token", "type": "std.string.NonEmpty", "required": false, "default": null, "doc": null, "line": 13},
        ])
    );
    assert!(shell.ok("nickel doc s.ncl --field Server").contains(
        "## `port`\n\n- type: `Port`\n- required: no\n- default: `80`\n\nWhere it listens"
    ));
    shell.file("wrong.ncl", "{ a : Number = \"x\", b = 1, c : String = 2 }");
    shell.file("syntax.ncl", "{ a = ");
    assert_eq!(
        shell.value("nickel typecheck s.ncl wrong.ncl syntax.ncl nowhere.ncl | select code column"),
        json!([
            {"code": "nickel::type", "column": 16},
            {"code": "nickel::type", "column": 41},
            {"code": "nickel::parse", "column": 7},
            {"code": "nickel::io", "column": null},
        ])
    );
    assert_eq!(
        shell.error("ls *.ncl | nickel typecheck --strict")["code"],
        json!("validation::failed")
    );
    shell.file("a.ncl", "{ x = 1, y = [1, 2], gone = true }");
    shell.file("b.yaml", "x: 1\ny: [1, 3]\nnew: {}\n");
    assert_eq!(
        shell.value("nickel diff a.ncl b.yaml | select path change"),
        json!([
            {"path": "y[1]", "change": "changed"},
            {"path": "gone", "change": "removed"},
            {"path": "new", "change": "added"},
        ])
    );
    assert_eq!(shell.value("nickel diff a.ncl a.ncl"), json!([]));
}

#[test]
fn files_are_merged_overridden_and_limited_by_flags() {
    let shell = Shell::new();
    shell.file(
        "a.ncl",
        "{ port | Number | default = 80, url = \"x:%{std.to_string port}\" }",
    );
    shell.file("b.json", "{\"name\": \"web\"}");
    shell.file("lib/lib.ncl", "{ answer = 42 }");
    shell.file("app/main.ncl", "import \"lib.ncl\"");
    assert_eq!(
        shell.value("nickel eval a.ncl b.json --override {port: 8080, name: '@env:HOME'}"),
        json!({"port": 8080, "url": "x:8080", "name": "@env:HOME"})
    );
    for imports in ["--import-path lib", "--import-path [nix lib]"] {
        shell.file("nix/unused.ncl", "1");
        assert_eq!(
            shell.value(&format!("nickel eval app/main.ncl {imports}")),
            json!({"answer": 42})
        );
    }
    assert_eq!(
        shell.value("$env.config.plugins.provisioning = {nickel: {import_paths: [lib]}}; nickel eval app/main.ncl"),
        json!({"answer": 42})
    );
    shell.file("packages/greet/main.ncl", "\"hello\"");
    assert_eq!(
        shell.value("$env.config.plugins.provisioning = {nickel: {packages: {greet: packages/greet}}}; 'import greet' | from ncl"),
        json!("hello")
    );
    insta::assert_snapshot!(
        [
            "nickel eval app/main.ncl",
            "nickel eval app/main.ncl --import-path nowhere",
            "nickel eval a.ncl --timeout 0sec",
            "nickel eval a.ncl --max-memory 1kb",
            "'let rec f = fun x => f (x + 1) in f 1' | nickel eval --timeout 100ms",
            "'std.array.length (std.array.generate (fun x => x) 1000000000)' | nickel eval --max-memory 32MiB",
            "nickel eval",
        ]
        .map(|code| shell.fails(code))
        .join("\n\n")
    );
}

#[test]
fn input_that_is_not_meant_is_an_error() {
    let shell = shell();
    for code in [
        "['1 +' ' 2'] | nickel eval",
        "{a: 1} | nickel eval",
        "0x[ff] | nickel eval",
        "null | nickel eval",
        "nickel validate s.ncl --contract Server",
    ] {
        assert_eq!(shell.error(code)["code"], json!("input::invalid"), "{code}");
    }
    assert_eq!(
        shell.error("[] | nickel validate s.ncl --contract Sever")["code"],
        json!("nickel::missing-field")
    );
    assert_eq!(
        shell.value("1..2 | nickel validate s.ncl --contract Port | get valid"),
        json!([true, true])
    );
    // Rows from elsewhere are told by their number.
    shell.file("rows.json", "[{\"name\": \"a\"}, {\"name\": 2}]");
    let error = shell.error("open rows.json | nickel validate s.ncl --contract Server --strict");
    assert!(
        error["msg"].as_str().unwrap().starts_with("row 1: "),
        "{error}"
    );
}

#[test]
fn fields_and_contracts_are_offered() {
    let shell = shell();
    let offered = shell.value("'nickel query s.ncl --field Ser' | commandline complete");
    assert_eq!(
        texts(&offered),
        [
            "Server",
            "Server.api_token",
            "Server.disks",
            "Server.name",
            "Server.port"
        ]
    );
    let detailed = shell.value(
        "'nickel validate s.ncl --contract Server.p' | commandline complete --detailed | first | get description",
    );
    assert_eq!(detailed, json!("Port: Where it listens"));
}
