//! Data as Nickel text and back.

use proptest::prelude::*;

use super::*;

fn data() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1.0e15..1.0e15f64).prop_map(Value::from),
        any::<f64>()
            .prop_filter("finite and readable", |x| x.is_finite()
                && x.abs() < 1.0e15
                && x.abs() > 1.0e-300)
            .prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        "[%{}\"\\\\\n\t\r m'a-z]{0,12}".prop_map(Value::from),
    ];
    let name = prop_oneof![
        "[a-z_][a-z0-9_-]{0,6}",
        "\\PC{0,6}",
        Just("default".to_owned()),
        Just("import".to_owned()),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// A float that is a whole number comes back as an integer.
fn whole(data: &Value) -> Value {
    match data {
        Value::Number(number) => match number.as_f64() {
            Some(float) if !number.is_i64() && float.fract() == 0.0 => json!(float as i64),
            _ => data.clone(),
        },
        Value::Array(items) => items.iter().map(whole).collect(),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), whole(value)))
                .collect(),
        ),
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn data_come_back_from_their_text(data in data()) {
        let written = to_text(&data);
        let back = evaluate(&text(&written));
        prop_assert_eq!(back.unwrap(), whole(&data), "{}", written);
    }
}

#[test]
fn short_records_stand_on_one_line_and_long_ones_do_not() {
    insta::assert_snapshot!(to_text(&json!({
        "name": "web",
        "in": "%{x} \u{1b} \\",
        "ports": [80, 443],
        "empty": [{}, []],
        "servers": [{"name": "a-long-name-of-a-server", "disks": [{"size": 100, "kind": "ssd"}], "zone": "fi-hel1"}],
    })));
}

#[test]
fn no_random_text_makes_the_evaluator_fail() {
    // Pieces of the language in any order: parsing, evaluating and rendering end with an answer.
    const PIECES: &[&str] = &[
        "{", "}", "[", "]", "(", ")", "=", "|", "&", ",", ".", "..", ":", "->", "=>", "fun", "let",
        "rec", "in", "if", "then", "else", "match", "import", "\"", "%{", "m%\"", "\"%", "'Tag",
        "a", "b", "std", "array", "map", "Number", "String", "Array", "forall", "default",
        "optional", "doc", "1", "0.5", "1e9", "-1", "true", "null", "+", "++", "==", "/", "%", "@",
        "_", "#", "\n", "x", "include", "?", "|>", "[|", "|]", "; ", "`",
    ];
    let evaluator = with_timeout(Duration::from_secs(5));
    // The same texts each time: in this process, one that overflows the type checker would end the tests.
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(
        ProptestConfig::with_cases(if cfg!(debug_assertions) { 300 } else { 3_000 }),
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..24);
    runner
        .run(&pieces, |pieces| {
            let program = text(&pieces.join(" "));
            if let Err(error) = evaluator.evaluate(&program, &[], None) {
                prop_assert!(!matches!(error, NickelError::Internal(_)), "{error:?}");
                for finding in error.details() {
                    prop_assert!(!render(finding).is_empty());
                }
            }
            Ok(())
        })
        .unwrap();
}
