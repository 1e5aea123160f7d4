//! Data under contracts.

use super::*;
use crate::diagnostic::Diagnostic;

const SCHEMA: &str = "{
  Port | not_exported = std.contract.from_validator (fun p =>
    if std.is_number p && p > 0 && p < 65536 then 'Ok
    else 'Error { message = \"a port is between 1 and 65535\" }),
  Server | not_exported = {
    name | String,
    port | Port | default = 80,
    disks | Array { name | String, size | Number } | default = [],
    labels | { _ | String } | default = {},
    password | std.string.NonEmpty | optional,
    mode | std.enum.TagOrString | [| 'fast, 'slow |] | default = 'slow,
  },
}";

fn check_in(schema: &str, contract: &str, rows: Vec<Value>) -> Vec<Checked> {
    EVALUATOR
        .check(&text(schema), &field_path(contract).unwrap(), rows)
        .unwrap()
}

fn check(row: Value) -> Checked {
    check_in(SCHEMA, "Server", vec![row]).remove(0)
}

fn paths(faults: &[Diagnostic]) -> Vec<String> {
    faults
        .iter()
        .map(|fault| fault.subject.as_ref().unwrap().path.to_string())
        .collect()
}

#[test]
fn defaults_are_filled_in_and_data_are_never_code() {
    let checked =
        check(json!({"name": "%{std.fail_with \"no\"}", "mode": "fast", "labels": {"a b": "x"}}));
    assert!(checked.faults.is_empty());
    assert_eq!(
        checked.value,
        json!({"name": "%{std.fail_with \"no\"}", "mode": "fast", "labels": {"a b": "x"}, "port": 80, "disks": []})
    );
}

#[test]
fn every_violation_has_its_path_its_contract_and_its_value() {
    let checked = check(json!({
        "port": 99999,
        "disks": [{"name": "root", "size": 1}, {"name": 2, "size": "big", "extra": 1}],
        "labels": {"a": 1, "b": "fine"},
        "mode": "medium",
        "typo": {"token": "hunter2"},
    }));
    let mut found: Vec<String> = checked
        .faults
        .iter()
        .map(|fault| {
            let subject = fault.subject.as_ref().unwrap();
            format!(
                "{} {} expected={} got={}",
                subject.path,
                fault.code,
                subject.expected.as_deref().unwrap_or("-"),
                subject.got.as_deref().unwrap_or("-")
            )
        })
        .collect();
    found.sort();
    insta::assert_snapshot!(found.join("\n"));
    let port = checked
        .faults
        .iter()
        .find(|fault| fault.message.contains("65535"))
        .unwrap();
    assert_eq!(port.location().map(|place| place.line), Some(7));
    assert!(!format!("{:?}", checked.faults).contains("hunter2"));
}

#[test]
fn secrets_are_not_shown() {
    let checked = check(json!({"name": "a", "password": ["s3cret-value"]}));
    assert_eq!(paths(&checked.faults), ["password"]);
    let shown = render(&checked.faults[0]) + &format!("{:?}", checked.faults);
    assert!(!shown.contains("s3cret"), "{shown}");
    let file = shown_of_file("{ api_token | Number = \"s3cret-value\" }");
    assert!(!file.contains("s3cret") && file.contains("****"), "{file}");
}

fn shown_of_file(content: &str) -> String {
    shown(&text(content))
}

#[test]
fn a_table_of_1000_rows_with_37_faults_has_37_findings() {
    let rows: Vec<Value> = (0..1000)
        .map(|row| {
            if row % 27 == 3 {
                json!({"name": "n", "disks": [{"name": "d", "size": 1}, {"name": "e", "size": "no"}]})
            } else {
                json!({"name": "n", "port": row + 1})
            }
        })
        .collect();
    let faulty: Vec<usize> = (0..1000).filter(|row| row % 27 == 3).collect();
    assert_eq!(faulty.len(), 37);
    let keyed = rows.into_iter().enumerate();
    let checks = Checks::new(
        EVALUATOR.clone(),
        text(SCHEMA),
        vec!["Server".to_owned()],
        keyed,
    );
    let mut found = Vec::new();
    for (at, checked) in checks.map(Result::unwrap).enumerate() {
        let (key, checked) = checked;
        assert_eq!(key, at, "rows come out in their order");
        for path in paths(&checked.faults) {
            assert_eq!(path, "disks[1].size");
            found.push(key);
        }
    }
    assert_eq!(found, faulty);
}

#[test]
fn contracts_of_any_kind_can_be_applied() {
    let one = |schema: &str, data: Value| {
        let checked = EVALUATOR
            .check(&text(schema), &[], vec![data])
            .unwrap()
            .remove(0);
        paths(&checked.faults)
    };
    assert_eq!(one("{ a | Number, .. }", json!({"a": "x", "b": 1})), ["a"]);
    assert_eq!(
        one("Array Number", json!([1, "x", 3, null])),
        ["[1]", "[3]"]
    );
    assert_eq!(
        one("std.contract.from_predicate (fun x => x > 1)", json!(1)),
        [""]
    );
    assert_eq!(one("{ a : Number }", json!({"a": 1, "b": 2})), [""]);
    assert_eq!(
        one(
            "{ a | { b | { c | Number } } }",
            json!({"a": {"b": {"c": 1, "d": 2}, "e": 3}})
        ),
        ["a.e", "a.b.d"]
    );
    assert!(one("Number", json!(1)).is_empty());
}

#[test]
fn a_schema_with_faults_is_an_error() {
    let check = |schema: &str, contract: &str| {
        let field = field_path(contract).unwrap();
        EVALUATOR.check(&text(schema), &field, vec![json!(1)])
    };
    assert_eq!(
        codes_of(&check("{ A = }", "A").unwrap_err()),
        ["nickel::parse"]
    );
    let missing = check(SCHEMA, "Sever").unwrap_err();
    assert_eq!(codes_of(&missing), ["nickel::missing-field"]);
    insta::assert_snapshot!(explained(&missing));
}
