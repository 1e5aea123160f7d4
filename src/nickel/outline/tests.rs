//! Shapes of texts.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

/// The shape of a text in few words: `?` behind a name, `:` and `|` before annotations, `=` before a value.
fn shape(text: &str, broken: bool) -> String {
    let outline = Outline::of("x.ncl", text.to_owned(), broken);
    let mut out = String::new();
    expression(&outline, &outline.root, &mut out);
    out
}

fn expression(outline: &Outline, expression: &Expression, out: &mut String) {
    for (at, part) in expression.parts.iter().enumerate() {
        if at > 0 {
            out.push(' ');
        }
        let mut list = |open: &str, items: &[Expression], close: &str| {
            out.push_str(open);
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                self::expression(outline, item, out);
            }
            out.push_str(close);
        };
        match &part.kind {
            PartKind::Record(inner) => record(outline, inner, "{", "}", out),
            PartKind::Bindings(inner) => record(outline, inner, "let(", ")", out),
            PartKind::Array(items) => list("[", items, "]"),
            PartKind::Group(items) => list("(", items, ")"),
            _ => out.push_str(outline.slice(part.span)),
        }
    }
}

fn record(outline: &Outline, record: &Record, open: &str, close: &str, out: &mut String) {
    out.push_str(open);
    for (at, field) in record.fields.iter().enumerate() {
        if at > 0 {
            out.push_str("; ");
        }
        if let Some(keyword) = field.keyword {
            let _ = write!(out, "<{}> ", outline.slice(keyword));
        }
        out.push_str(&field.shown());
        out.push_str(if field.question.is_some() { "?" } else { "" });
        for annotation in &field.annotations {
            out.push_str(if annotation.is_static { " :" } else { " |" });
            expression(outline, &annotation.expression, out);
        }
        if let Some(value) = &field.value {
            out.push_str(" =");
            expression(outline, value, out);
        }
    }
    if record.is_open {
        out.push_str(" ..");
    }
    out.push_str(close);
}

#[test]
fn nickel_has_the_shape_that_it_shows() {
    for (text, expected) in [
        (
            "{ a = 1, b.c | Number | default = 2, .. }",
            "{a =1; b.c |Number |default =2 ..}",
        ),
        (
            "let x = { a = 1 }, y = 2 in { b : { c : String } = x.a }",
            "let(x ={a =1}; y =2) {b :{c :String} =x.a}",
        ),
        (
            "{ f = let x = 1, y = 2 in x, g = fun { a, .. } => a }",
            "{f =let(x =1; y =2) x; g =fun {a ..} => a}",
        ),
        (
            "{ a = \"x%{\"}\"}{\", \"b c\" = m%\"{\"% }",
            "{a =\"x%{\"}\"}{\"; b c =m%\"{\"%}",
        ),
        ("[1, { a = [] }] # { b", "[1, {a =[]}]"),
        ("{ a | [| 'x, 'y |] = 'x }", "{a |('x, 'y) ='x}"),
        (
            "{ a = b match { 'x => 1 }, c = 2 }",
            "{a =b match { 'x => 1 }; c =2}",
        ),
    ] {
        for broken in [false, true] {
            assert_eq!(shape(text, broken), expected, "{text}");
        }
    }
}

#[test]
fn fields_of_a_broken_text_may_stand_on_lines_of_their_own() {
    assert_eq!(
        shape("{ a: {\n b?: str\n c?: [int] = []\n}\n d = 1\n}", true),
        "{a :{b? :str; c? :[int] =[]}; d =1}"
    );
    assert_eq!(
        shape(
            "{ a = 1 }\nschema B {\n c: int\n}\nschema D:\n e: str\n",
            true
        ),
        "{a =1} {<schema> B ={c :int}; <schema> D; e :str}"
    );
    assert_eq!(
        shape(
            "{ a: int\n check:\n a > 1, \"more\"\n a < 9, \"less\"\n}",
            true
        ),
        "{a :int; check :a > 1 , \"more\" a < 9 , \"less\"}"
    );
}

#[test]
fn brackets_that_are_at_fault_are_found() {
    let brackets = |text: &str| {
        let outline = Outline::of("x.ncl", text.to_owned(), true);
        let start = |spans: &[Span]| spans.iter().map(|span| span.start).collect::<Vec<_>>();
        (start(&outline.unclosed), start(&outline.unopened))
    };
    let mismatched = Outline::of("x.ncl", "{ a = [1, 2 }".to_owned(), true).mismatched;
    assert_eq!(mismatched, [(Span::new(6, 7), Span::new(12, 13))]);
    assert_eq!(brackets("{ a = { b = 1 }"), (vec![0], vec![]));
    assert_eq!(
        brackets("{\n  a = {\n    b = 1,\n  c = 2,\n}\n"),
        (vec![8, 0], vec![])
    );
    assert_eq!(brackets("{ a = 1 } }"), (vec![], vec![10]));
    // What stands behind the end of a text that has none is not known.
    assert_eq!(brackets("{ a = \"x"), (vec![], vec![]));
}

proptest! {
    #[test]
    fn no_text_is_too_odd(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "{", "}", "[", "]", "(", ")", "[|", "|]", "a", "schema ", "check", "let ", " in ", "match ", "?", ":",
                "|", "=", ",", ".", "..", "=>", "\"", "\"x\"", "%{", "m%\"", "\"%", "\n", " ", "1", "null", "'t", "#",
            ]),
            0..60,
        ),
        broken: bool,
    ) {
        let text: String = pieces.concat();
        let outline = Outline::of("x.ncl", text.clone(), broken);
        // Every place is one of the text.
        let mut spans = Vec::new();
        places(&outline.root, &mut spans);
        for span in spans {
            prop_assert!(span.start <= span.end && text.get(span.start..span.end).is_some(), "{text:?} {span:?}");
        }
    }
}

fn places(expression: &Expression, all: &mut Vec<Span>) {
    for part in &expression.parts {
        all.push(part.span);
        match &part.kind {
            PartKind::Record(record) | PartKind::Bindings(record) => {
                for field in &record.fields {
                    all.extend([field.name, field.span]);
                    for annotation in &field.annotations {
                        places(&annotation.expression, all);
                    }
                    if let Some(value) = &field.value {
                        places(value, all);
                    }
                }
            }
            PartKind::Array(items) | PartKind::Group(items) => {
                items.iter().for_each(|item| places(item, all));
            }
            _ => {}
        }
    }
}
