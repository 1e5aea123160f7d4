use super::*;
use proptest::prelude::*;

/// Texts of which most are templates, and some nearly so.
fn text() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "{{ ",
        " }}",
        "{% ",
        " %}",
        "{# ",
        " #}",
        "if a",
        "endif",
        "for x in b",
        "endfor",
        "else",
        "elif a",
        "a",
        "b.c",
        "x",
        " | upper",
        " | nope",
        " is defined",
        "'t",
        "'",
        "\"",
        "(",
        ")",
        "[",
        "]",
        ",",
        "+",
        "&",
        "\n",
        "é",
        "raw",
        "endraw",
        "set y = a",
        "macro m()",
        "endmacro",
        "{%- ",
        " -%}",
        "include 'a.j2'",
        "1",
        ".",
        "=",
        "set z",
        "endset",
        "call m()",
        "endcall",
        "\\",
    ]);
    prop::collection::vec(parts, 0..30).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn every_text_is_rendered_or_told_with_a_place_in_it(text in text()) {
        let (_home, root) = root(&[("a.j2", &text)]);
        let mut checker = Checker::new(root.clone());
        for finding in checker.check("a.j2").findings {
            let label = finding.labels.first().unwrap();
            prop_assert!(label.span.end <= text.len(), "{finding:?}");
            prop_assert!(text.is_char_boundary(label.span.start) && text.is_char_boundary(label.span.end), "{finding:?}");
            prop_assert!(finding.code != crate::diagnostic::Code::TemplateInternal, "{finding:?}");
        }
        let data = json!({"a": "t", "b": {"c": [1]}});
        if let Err(error) = Renderer::default().render(&root, "a.j2", &data, &Interrupt::default()) {
            prop_assert!(error.code() != crate::diagnostic::Code::TemplateInternal, "{error:?}");
            for finding in error.details() {
                let label = finding.labels.first().unwrap();
                prop_assert!(text.get(label.span.start..label.span.end).is_some(), "{finding:?}");
            }
        }
    }
}
