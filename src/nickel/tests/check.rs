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

#[test]
fn secrets_inside_of_a_value_that_is_blamed_are_not_shown() {
    let schema = "{
      Pred = std.contract.from_predicate (fun v => false),
      All = std.contract.all_of [{ user | String, .. }, { password | Number, .. }],
      Says = std.contract.from_validator (fun v => 'Error { message = \"cannot use %{v.password}\" }),
    }";
    for contract in ["Pred", "All", "Says"] {
        let row = json!({"user": "bob", "password": "pa55-w0rd", "tokens": [12345678]});
        let checked = check_in(schema, contract, vec![row]).remove(0);
        assert!(!checked.faults.is_empty(), "{contract}");
        let shown = format!("{:?}", checked.faults);
        assert!(
            !shown.contains("pa55-w0rd") && !shown.contains("12345678"),
            "{shown}"
        );
    }
}

#[test]
fn floats_of_any_size_are_kept_and_whole_numbers_are_never_rounded() {
    for float in [1e20, -1.5e300, f64::MAX, 1e16, 5e-324, 0.1] {
        let checked = check_in("{ N = Number }", "N", vec![json!(float)]).remove(0);
        if float.abs() < 1e19 && float.abs() > 9.0e15 {
            assert_eq!(checked.value.as_f64(), Some(float));
        } else {
            assert_eq!(checked.value, json!(float));
        }
        assert!(checked.faults.is_empty(), "{float}");
    }
    for number in ["9223372036854775808", "12345678901234567890123", "1e-400"] {
        assert_eq!(codes(&text(number)), ["nickel::export"], "{number}");
    }
}

#[test]
fn several_contracts_on_one_field_tell_each_extra_field_once_and_look_at_the_rest() {
    let faults = |contracts: &str, data: Value| {
        let schema = format!("{{ R = {{ v {contracts} }} }}");
        paths(&check_in(&schema, "R", vec![data]).remove(0).faults)
    };
    assert_eq!(
        faults(
            "| { n | Number } | { n | Number }",
            json!({"v": {"n": "x", "p": 3, "q": 4}})
        ),
        ["v.p", "v.q", "v.n"]
    );
    // What the second contract sees is what the first has made.
    assert_eq!(
        faults(
            "| (std.contract.custom (fun label value => 'Ok { a = value.x })) | { a | Number } | std.contract.from_predicate (fun v => false)",
            json!({"v": {"x": 1}})
        ),
        ["v"]
    );
}

#[test]
fn checked_data_keep_their_order_and_defaults_follow() {
    let checked = check(json!({"port": 1, "mode": "fast", "name": "n"}));
    let names: Vec<&String> = checked.value.as_object().unwrap().keys().collect();
    assert_eq!(names, ["port", "mode", "name", "disks", "labels"]);
}

#[test]
fn more_faults_than_are_told_are_said_to_be_there() {
    let rows: Vec<Value> = (0..2_000).map(|_| json!("x")).collect();
    let checked = check_in("{ L = Array Number }", "L", vec![json!(rows)]).remove(0);
    assert_eq!(checked.faults.len(), 1_001);
    assert_eq!(checked.faults[1_000].code.as_str(), "nickel::limit");
}

#[test]
fn without_rows_the_contract_is_still_looked_at() {
    let nothing = std::iter::empty::<((), Value)>();
    let contract = vec!["Sever".to_owned()];
    let mut checks = Checks::new(EVALUATOR.clone(), text(SCHEMA), contract, nothing);
    assert!(checks.next().unwrap().is_err());
    assert!(checks.next().is_none());
}

#[test]
fn short_secrets_do_not_garble_what_is_said() {
    let schema = "{ token | std.contract.from_validator (fun value => 'Error { message = \"a value like this is bad\" }) }";
    let checked = EVALUATOR
        .check(&text(schema), &[], vec![json!({"token": "a"})])
        .unwrap();
    let shown = render(&checked[0].faults[0]);
    assert!(shown.contains("a value like this is bad"), "{shown}");
    let own = shown_faults("{ a_token | String = 5, token | Number = \"a\" }");
    assert!(
        own.contains("contract broken by the value of `token`"),
        "{own}"
    );
    assert!(!own.contains("\"a\""), "{own}");
}

fn shown_faults(program: &str) -> String {
    shown(&text(program))
}

#[test]
fn keys_and_tokens_are_not_shown_whatever_their_fields_are_called() {
    let key = ["AKIA", "Q3EGRTZLKPWX7MNB"].concat();
    let token = ["ghp_", "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"].concat();
    for program in [
        format!("{{ id | Number = \"{key}\", other | Number = [\"{token}\"] }}"),
        format!("{{ id = \"{key}\" + 1, other = nobody \"{token}\" }}"),
        format!("{{ id = \"{key}\", a : Number = \"{token}\" }}"),
        format!("{{ id = import \"{key}\", other = \"{token}\" }}"),
        format!("{{ id = \"{key}\", other = = \"{token}\" }}"),
        format!("{{ id | [| '\"{key}\", 'b |] = 'c, n | std.contract.Equal \"{token}\" = 1 }}"),
        format!(
            "{{ id | std.contract.from_validator (fun value => 'Error {{ message = \"no: %{{value}}\" }}) = \"{key}\" }}"
        ),
    ] {
        let shown = shown_faults(&program);
        assert!(!shown.contains(&key[4..]), "{shown}");
        assert!(!shown.contains(&token[4..]), "{shown}");
    }
    let faults = EVALUATOR
        .check(&text("{ id | Number }"), &[], vec![json!({"id": key})])
        .unwrap();
    let subject = faults[0].faults[0].subject.as_ref().unwrap();
    assert!(!format!("{subject:?}").contains(&key[4..]), "{subject:?}");
}

#[test]
fn the_beginning_of_a_huge_value_is_free_of_secrets() {
    for value in [
        format!("{{ password = \"hunter2{}\" }}", "x".repeat(100_000)),
        format!(
            "[\"{}\", \"{}\"]",
            ["ghp_", "hunter2", &"aB3dE5fG7".repeat(9)].concat(),
            "x".repeat(100_000)
        ),
    ] {
        let shown = shown_faults(&format!("{{ a | Number = {value} }}"));
        assert!(!shown.contains("hunter2"), "{}", &shown[..500]);
    }
}
