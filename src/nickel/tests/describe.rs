//! What programs say about themselves: types and fields.

use super::*;

#[test]
fn every_error_of_types_is_found() {
    let program = text(
        "{
  a : Number = \"x\",
  b = 1,
  c = let f : Number -> Number = fun x => x ++ \"y\" in f 1,
  d : Array String = [1, 2],
  e : String = \"fine\",
}",
    );
    let findings = EVALUATOR.typecheck(&program).unwrap();
    let lines: Vec<Option<usize>> = findings
        .iter()
        .map(|finding| finding.location().map(|place| place.line))
        .collect();
    assert_eq!(lines, [Some(2), Some(4), Some(5)]);
    assert!(
        findings
            .iter()
            .all(|finding| finding.code.as_str() == "nickel::type")
    );
}

#[test]
fn errors_of_imported_files_are_found_where_they_are() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("lib.ncl"), "{\n  x : Number = \"no\",\n}").unwrap();
    let main = home.path().join("main.ncl");
    std::fs::write(&main, "{ a = import \"lib.ncl\", b : String = 1 }").unwrap();
    let findings = EVALUATOR.typecheck(&Program::file(&main)).unwrap();
    let mut places: Vec<String> = findings
        .iter()
        .map(|finding| {
            let file = finding.file().unwrap();
            let name = file.rsplit('/').next().unwrap().to_owned();
            format!("{name}:{}", finding.location().unwrap().line)
        })
        .collect();
    places.sort();
    assert_eq!(places, ["lib.ncl:2", "main.ncl:1"]);
    assert!(EVALUATOR.typecheck(&text("{ a = 1 }")).unwrap().is_empty());
    let syntax = EVALUATOR.typecheck(&text("{ a = ")).unwrap();
    assert_eq!(syntax[0].code.as_str(), "nickel::parse");
}

#[test]
fn fields_say_what_their_author_has_written() {
    let program = text(
        "{
  Port | not_exported = std.contract.from_predicate (fun x => x > 0),
  Server = {
    name | doc \"Its name.\" | String,
    port | Port | default = 80,
    mode | [| 'fast, 'slow |] | optional,
    tls | { on | Bool | default = true } | default = {},
    size : Number | force = 3,
    run = fun x => x,
  },
}",
    );
    let fields = EVALUATOR.query(&program, &["Server".to_owned()]).unwrap();
    insta::assert_json_snapshot!(fields);
    let top = EVALUATOR.query(&program, &[]).unwrap();
    let names: Vec<&str> = top.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["Port", "Server"]);
    assert_eq!(top[1].fields.len(), 6);
    insta::assert_snapshot!(markdown("Server", &fields));
    assert!(EVALUATOR.query(&text("1"), &[]).unwrap().is_empty());
    assert_eq!(
        codes_of(
            &EVALUATOR
                .query(&program, &["Sever".to_owned()])
                .unwrap_err()
        ),
        ["nickel::missing-field"]
    );
}

#[test]
fn colons_inside_of_types_are_left_alone() {
    for (content, count) in [
        ("{ f : { a : Number } -> Number = fun x => x.b }", 1),
        ("{ m : { x : { y : Number } } = { x = { y = \"s\" } } }", 1),
        (
            "let v : { a : Number } = { a = \"x\" } in { w : { a : Number } = v, z : Array { q : Bool } = [{ q = 1 }] }",
            2,
        ),
    ] {
        let findings = EVALUATOR.typecheck(&text(content)).unwrap();
        assert_eq!(findings.len(), count, "{content}: {findings:?}");
        assert!(
            findings
                .iter()
                .all(|finding| !format!("{finding:?}").contains("(a contract)"))
        );
    }
}

#[test]
fn contracts_that_describe_themselves_are_described_once() {
    let program = text(
        "{ Node = { id | String, parent | Node | optional, peer | Node | optional, port | Number },
           Two = { z | { a | Number, .. } | { b | Number, .. }, password | default = \"hunter2\" } }",
    );
    let fields = EVALUATOR.query(&program, &[]).unwrap();
    let names = |fields: &[Field]| -> Vec<String> {
        fields.iter().map(|field| field.name.clone()).collect()
    };
    assert_eq!(names(&fields), ["Node", "Two"]);
    assert_eq!(names(&fields[0].fields), ["id", "parent", "peer", "port"]);
    assert_eq!(names(&fields[1].fields[0].fields), ["a", "b"]);
    assert_eq!(fields[1].fields[1].value, Some(json!("***")));
}

#[test]
fn every_name_that_is_not_known_is_told_once_where_it_stands_first() {
    let found = |content: &str| -> Vec<String> {
        let findings = EVALUATOR.typecheck(&text(content)).unwrap();
        let told = findings.iter().map(|finding| {
            let at = finding.labels[0].span;
            format!("{} {}..{}", finding.message, at.start, at.end)
        });
        told.collect()
    };
    assert_eq!(
        found("{ a = foo, b | Bar = foo.x, c : Number = baz + foo, d = let y = 1 in y, e = y }"),
        [
            "unbound identifier `foo` 6..9",
            "unbound identifier `Bar` 15..18",
            "unbound identifier `baz` 41..44",
            "unbound identifier `y` 76..77",
        ]
    );
    assert_eq!(
        found("{ a : Number = \"x\", b = nobody, c : String = 1 }"),
        [
            "incompatible types 15..18",
            "unbound identifier `nobody` 24..30",
            "incompatible types 45..46",
        ]
    );
}

#[test]
fn every_fault_that_the_parser_recovers_from_is_told() {
    let text = text("{\n a = 1 = 2,\n b = fun => 3,\n c = [1, = ],\n d = 4,\n}");
    let findings = EVALUATOR.typecheck(&text).unwrap();
    let lines: Vec<usize> = findings
        .iter()
        .map(|finding| finding.location().unwrap().line)
        .collect();
    assert_eq!(lines, [2, 3, 4], "{findings:?}");
}
