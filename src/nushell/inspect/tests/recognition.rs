//! Old and doubtful code is known by what it does, and not by the words in it.

use super::found_in;

#[test]
fn a_name_in_quotes_that_is_one_name_is_left_alone() {
    for code in [
        "$c | insert \"a.b\" 1",
        "$c | upsert \"a.b\" 1",
        "$c | upsert \"a.b\" 1 | get \"a.b\"",
        "{\"a.b\": 1} | select \"a.b\"",
        "[[\"a.b\"]; [1]] | get \"a.b\"",
        "$c | rename \"a.b\" | get \"a.b\"",
        "$c | get a.\"b.c\"",
        "$c | get \"ready?\"",
        "$c | get \"a.b?\"",
        "$c | get \"https://x.y\"",
        "$c | get a.b",
        "$c.\"a.b\"",
        "\"a.b\" in $c",
    ] {
        let text = format!("export def x [c: record]: nothing -> any {{ {code} }}\n");
        assert_eq!(found_in(&text), "", "{text}");
    }
    for command in ["get", "get --optional", "select", "reject"] {
        let text =
            format!("export def x [c: record]: nothing -> any {{ $c | {command} \"a.b\" }}\n");
        let found = found_in(&text);
        assert_eq!(found.matches("quoted-path").count(), 1, "{found}");
    }
    let updated = found_in("export def x [c: record]: nothing -> any { $c | update \"a.b\" 1 }\n");
    assert!(updated.contains("quoted-path"), "{updated}");
}

#[test]
fn what_is_caught_is_known_by_its_closure_and_not_by_its_name() {
    let caught = |name: &str| {
        format!(
            "export def x []: nothing -> any {{ try {{ ^false }} catch {{|{name}| ${name}.msg | default \"\" }} }}\n"
        )
    };
    let given = |name: &str| {
        format!("export def x [{name}: record]: nothing -> any {{ ${name}.msg | default \"\" }}\n")
    };
    for name in ["e", "err", "error", "problem", "reason"] {
        assert_eq!(found_in(&caught(name)), "");
        let found = found_in(&given(name));
        assert!(
            found.contains("nushell::unguarded-field"),
            "{name}: {found}"
        );
    }
}

#[test]
fn words_in_comments_and_texts_are_no_code() {
    // Neither does a comment call what an import does not bring, nor does it look for a file.
    assert_eq!(
        found_in(
            "use std assert\n# assert equal 1 1\nexport def x []: nothing -> nothing { assert true }\n"
        ),
        ""
    );
    let saves = "# perform path exists rm \nexport def x []: nothing -> nothing { \"path exists\" | save /etc/x.conf }\n";
    assert!(found_in(saves).contains("nushell::save-once"));
    let looks = "export def x []: nothing -> nothing { if (\"/etc/x.conf\" | path exists) { rm /etc/x.conf }; \"\" | save /etc/x.conf }\n";
    assert_eq!(found_in(looks), "");
}

/// Names of the examples in the documents, given to things of the user's own.
#[test]
fn names_of_the_user_mean_nothing() {
    let text = "
def taskserv [name: string]: nothing -> string { $name }
def log [text: string]: nothing -> string { $text }
def assert [x: bool]: nothing -> bool { $x }
def systemctl [what: string]: nothing -> string { $what }
def fetch [url: string]: nothing -> string { $url }
def _fetch [url: string]: nothing -> string { fetch $url }
export def x [config: record, api_response: record, warnings: list<string>, elapsed: int, timeout: int]: nothing -> any {
    taskserv x | str trim
    log info | str trim
    systemctl is-active | str trim
    if ($elapsed / 1000) > $timeout { assert true }
    _fetch ($config | get --optional api_key | default \"\")
    $api_response | merge {warnings: $warnings}
}
";
    assert_eq!(found_in(text), "");
}
