//! Schemas, examined as such.

use super::*;

/// The faults of a schema, one a line.
fn faults(schema: &str) -> Vec<String> {
    EVALUATOR
        .examine(&text(schema))
        .unwrap()
        .faults
        .into_iter()
        .map(|fault| fault.message)
        .collect()
}

#[test]
fn what_is_only_declared_is_no_fault() {
    for schema in [
        "{ name | String, port | Number }",
        "{ name | String, port | Number | default = 80, url = \"%{name}\" }",
        "{ A = { name | String, port | Number = 80, s | { x | String } } }",
        "{ a = { name | String, port | Number | default = 80, s = { x | String } } }",
        "{ A = { name | String }, B = A & { port | Number } }",
        "{ a = { name | String }, b = a & { port | Number } }",
        "{ region | String, servers = [{ zone = region }] }",
        "{ A = fun x => x, b = std.contract.from_predicate std.is_string, c = Array String }",
        "fun x => x",
    ] {
        assert_eq!(faults(schema), Vec::<String>::new(), "{schema}");
    }
}

#[test]
fn a_value_that_lacks_parts_is_a_fault() {
    for (schema, expected) in [
        (
            "{ A = { name | String }, a | A = {} }",
            &["`a.name`: missing definition for `name`"][..],
        ),
        (
            "{ A = { n | String, s | { x | String } }, a | A = { n = \"\" }, b | A = { n = \"\", s = {} } }",
            &[
                "`a.s`: missing definition for `s`",
                "`b.s.x`: missing definition for `x`",
            ],
        ),
        (
            "{ A | not_exported = { n | String }, l | Array A = [{}, { n = \"\" }, {}] }",
            &[
                "`l[0].n`: missing definition for `n`",
                "`l[2].n`: missing definition for `n`",
            ],
        ),
        (
            "{ a = { name = \"x\", source | { repository | String } } }",
            &["`a.source`: missing definition for `source`"],
        ),
        (
            "{ A = { name | String }, a = A & { port = 80 } }",
            &["`a.name`: missing definition for `name`"],
        ),
        (
            "{ A = { name | String | default = 1 } }",
            &["`A.name`: contract broken by the value of `name`"],
        ),
    ] {
        assert_eq!(faults(schema), expected, "{schema}");
    }
}

#[test]
fn types_that_do_not_fit_do_not_hide_faults_of_values() {
    assert_eq!(
        faults(
            "let f : _ = fun x => x in { a : String = f 3, b : _ = 1, c | String = 4, d = std.nothing }"
        ),
        [
            "contract broken by the value of `c`",
            "`d`: missing field `nothing`"
        ]
    );
}

#[test]
fn what_can_be_evaluated_is_there() {
    let examined = EVALUATOR
        .examine(&text("{ A = fun x => x, b = [1, \"x\" | Number, 3] }"))
        .unwrap();
    assert_eq!(examined.value, json!({"A": null, "b": [1, null, 3]}));
    assert_eq!(examined.faults.len(), 1);
}

#[test]
fn a_default_that_breaks_its_contract_is_told_where_no_value_has_it() {
    for (schema, expected) in [
        (
            "{ Server | not_exported = { port | std.number.PosNat | default = -1 } }",
            &["`Server.port`: contract broken by the value of `port`: expected a positive integer"]
                [..],
        ),
        (
            "{ disk | { size | Number | default = \"x\" } }",
            &["`disk.size`: contract broken by the value of `size`"],
        ),
        (
            "{ disk | { size | Number | default = \"x\" } | optional }",
            &["`disk.size`: contract broken by the value of `size`"],
        ),
        (
            "{ Server = { name | String, disk | { size | Number | default = \"x\" } } }",
            &["`Server.disk.size`: contract broken by the value of `size`"],
        ),
        (
            "{ disks | Array { size | Number | default = \"x\" } }",
            &["`disks.size`: contract broken by the value of `size`"],
        ),
        (
            "{ disks | { _ | { size | Number | default = \"x\" } } | default = {} }",
            &["`disks.size`: contract broken by the value of `size`"],
        ),
        (
            "let Server = { port | std.number.PosNat | default = -1 } in { a | Server, b | Server }",
            &["`a.port`: contract broken by the value of `port`: expected a positive integer"],
        ),
        (
            "let Server = { port | Number | default = \"x\" } in { a | Server = { port = 1 } }",
            &["`a.port`: contract broken by the value of `port`"],
        ),
        // Told once, of the value.
        (
            "let Server = { port | Number | default = \"x\" } in { a | Server = {}, b | Server }",
            &["`a.port`: contract broken by the value of `port`"],
        ),
    ] {
        assert_eq!(faults(schema), expected, "{schema}");
    }
}

#[test]
fn what_contracts_only_declare_is_no_fault_wherever_they_stand() {
    for schema in [
        "{ Server | not_exported = { name | String, url = \"%{name}\" } }",
        "{ disk | { size | Number, unit | String | optional } }",
        "{ disk | { size | Number, double | Number | default = size * 2 } | optional }",
        "let Tree = { value | Number | default = 1, left | Tree | optional } in { tree | Tree }",
        "let rec Tree = { value | Number | default = 1, left | Tree } in { tree | Tree }",
        "let P = std.contract.from_predicate (fun x => x > 0) in { a | Array P, b | { _ | P }, c | P }",
        "{ a | Array { n | Number }, b | { _ : { n : Number } }, c | Array (Array Number), d | { .. } }",
        "{ helper | not_exported = fun x => x, all | not_exported = [fun x => x] }",
        "{ name | String, shout | not_exported = std.string.uppercase name }",
        "let Named = { name | String, .. } in { a | Named & { port | Number | default = 1 } }",
    ] {
        assert_eq!(faults(schema), Vec::<String>::new(), "{schema}");
    }
}

#[test]
fn more_than_a_thousand_schemas_are_examined_once() {
    let evaluator = Evaluator::default();
    let pass = || {
        for number in 0..1_100 {
            let program = text(&format!("{{ a | Number = {number} }}"));
            assert!(evaluator.typecheck(&program).unwrap().is_empty());
            assert_eq!(
                evaluator.examine(&program).unwrap().value,
                json!({"a": number})
            );
            assert_eq!(evaluate_with(&evaluator, &program), json!({"a": number}));
        }
        evaluator.performed()
    };
    assert_eq!(pass(), 3 * 1_100);
    assert_eq!(pass(), 3 * 1_100);
}

fn evaluate_with(evaluator: &Evaluator, program: &Program) -> Value {
    evaluator.evaluate(program, &[], None).unwrap()
}

/// A directory with schema files, and the program of each.
fn together(files: &[(&str, &str)]) -> (tempfile::TempDir, Vec<Program>) {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().canonicalize().unwrap();
    let programs = files
        .iter()
        .map(|(name, text)| {
            let path = root.join(name);
            std::fs::write(&path, text).unwrap();
            Program::file(path).within(&root)
        })
        .collect();
    (home, programs)
}

/// What the evaluator says of each program by itself.
fn alone(evaluator: &Evaluator, programs: &[Program]) -> Vec<String> {
    let each = programs.iter().map(|program| {
        let types = evaluator.typecheck(program);
        let examined = evaluator.examine(program);
        let field = evaluator.evaluate(program, &["it".to_owned()], None);
        format!("{types:#?}\n{examined:#?}\n{field:#?}")
    });
    each.collect()
}

#[test]
fn schemas_that_are_looked_at_together_are_what_each_is_alone() {
    let shared =
        "{ Port = std.number.PosNat, base = { port | Port | default = 80, list = [1, 2] } }";
    let user = "let c = import \"shared.ncl\" in { A = { name | String, port | c.Port }, it = c.base & { port = 443 } }";
    let wrong_type = "{ f : Number -> String = fun x => x, it = 1 }";
    let wrong_value = "let c = import \"shared.ncl\" in { it = c.base & { port = -1 } }";
    let endless = "let rec f = fun x => f (x + 1) in { it = f 0 }";
    for (files, is_clean) in [
        (&[("shared.ncl", shared), ("user.ncl", user)][..], true),
        (
            &[("a.ncl", user), ("b.ncl", user), ("shared.ncl", shared)],
            true,
        ),
        (
            &[
                ("data.ncl", "(import \"x.json\") & { it = 1 }"),
                ("x.json", "{\"a\": 1}"),
            ],
            true,
        ),
        (&[("shared.ncl", shared), ("types.ncl", wrong_type)], false),
        (
            &[
                ("shared.ncl", shared),
                ("user.ncl", user),
                ("value.ncl", wrong_value),
            ],
            false,
        ),
        (&[("bad.ncl", "{ a = "), ("shared.ncl", shared)], false),
        (
            &[
                ("lost.ncl", "import \"nowhere.ncl\""),
                ("shared.ncl", shared),
            ],
            false,
        ),
        (&[("endless.ncl", endless), ("shared.ncl", shared)], false),
    ] {
        let (_home, programs) = together(files);
        let limits = Limits {
            steps: Some(100_000),
            ..Limits::default()
        };
        let evaluator = Evaluator::default().limited(limits.clone());
        let fields: Vec<(usize, Vec<String>)> = (0..programs.len())
            .map(|at| (at, vec!["it".to_owned()]))
            .collect();
        evaluator.survey(&programs, &fields);
        let before = evaluator.performed();
        let told = alone(&evaluator, &programs);
        assert_eq!(
            told,
            alone(&Evaluator::default().limited(limits), &programs)
        );
        let asked = evaluator.performed() - before;
        // Fields that have no value are asked for again: there may be none.
        let most = if is_clean { programs.len() } else { usize::MAX };
        assert!(asked <= most, "{files:?}: {asked}");
        if !is_clean {
            assert!(asked >= 3, "{files:?}: {asked}");
        }
    }
}
