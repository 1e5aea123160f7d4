//! Secrets that are known, taken out of what a message says.

use nickel_lang_core::parser::lexer::{Lexer, MultiStringToken, NormalToken, StringToken, Token};

use super::MASK;

/// Shortest secret that is looked for: shorter ones turn up by chance, and are only hidden between quotes.
const MIN: usize = 4;
/// From this length on, letters are not a word that turns up by chance.
const LONG: usize = 8;

/// Returns the secrets in a value as Nickel prints it: each text of it, each number, and the whole.
pub(in crate::nickel) fn texts_of(printed: &str) -> Vec<String> {
    let mut all = vec![printed.trim().to_owned()];
    let mut lexer = Lexer::new(printed);
    let mut text = String::new();
    while let Some(Ok((start, token, end))) = lexer.next() {
        match token {
            Token::Str(StringToken::Literal(part)) => text.push_str(&part),
            Token::Str(StringToken::EscapedChar(c)) => text.push(c),
            Token::MultiStr(MultiStringToken::Literal(part)) => text.push_str(&part),
            Token::Normal(NormalToken::DecNumLiteral(_) | NormalToken::RawEnumTag(_)) => {
                all.extend(printed.get(start..end).map(str::to_owned));
            }
            _ if !text.is_empty() => all.push(std::mem::take(&mut text)),
            _ => {}
        }
    }
    all.push(text);
    all
}

/// Returns a text with secrets replaced.
///
/// A secret of a few letters is replaced as a word only: `port` may be a password, and `important` is none of it. Longer
/// ones and those with anything but letters are replaced wherever they stand, and what is shorter than four characters
/// only between double quotes. Each line of a secret counts by itself, because messages are put on one line.
pub(in crate::nickel) fn hidden(text: &str, secrets: &[String]) -> String {
    let mut lines: Vec<&str> = secrets
        .iter()
        .flat_map(|secret| secret.lines())
        .map(str::trim)
        .filter(|line| !line.is_empty() && line.chars().any(|c| c != '*'))
        .collect();
    // The longest first, of which others may be parts.
    lines.sort_by_key(|line| std::cmp::Reverse(line.len()));
    lines.dedup();
    // Between what is hidden already.
    let mut kept = vec![text.to_owned()];
    for line in lines {
        kept = kept.iter().flat_map(|part| without(part, line)).collect();
    }
    kept.join(MASK)
}

/// Splits a text at each place of a secret.
fn without(text: &str, secret: &str) -> Vec<String> {
    let length = secret.chars().count();
    let anywhere = length >= LONG || (length >= MIN && !secret.chars().all(char::is_alphabetic));
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let stands = |at: usize| {
        let before = text[..at].chars().next_back();
        let after = text[at + secret.len()..].chars().next();
        if length < MIN {
            before == Some('"') && after == Some('"')
        } else {
            anywhere || !(before.is_some_and(is_word) || after.is_some_and(is_word))
        }
    };
    let mut parts = Vec::new();
    let mut from = 0;
    for (at, found) in text.match_indices(secret) {
        if stands(at) {
            parts.push(text[from..at].to_owned());
            from = at + found.len();
        }
    }
    parts.push(text[from..].to_owned());
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hide(text: &str, secret: &str) -> String {
        hidden(text, &[secret.to_owned()])
    }

    #[test]
    fn words_that_hold_a_short_secret_by_chance_are_left_alone() {
        for (text, secret, expected) in [
            (
                "contract broken by a value",
                "a",
                "contract broken by a value",
            ),
            ("`\"a\"` is too short", "a", "`\"***\"` is too short"),
            ("important port", "port", "important ***"),
            ("port_of ports", "port", "port_of ports"),
            ("is xhunter2x", "hunter2", "is x***x"),
            ("is xCorrectHorsex", "CorrectHorse", "is x***x"),
            ("a: b1234", "b1234", "a: ***"),
            ("line one: line two", "line one\n  line two", "***: ***"),
            ("hünter and hünters", "hünter", "*** and hünters"),
        ] {
            assert_eq!(hide(text, secret), expected, "{secret}");
        }
    }

    #[test]
    fn the_longest_secret_goes_first_and_stars_stay() {
        let secrets = [
            "hunter2".to_owned(),
            "hunter2hunter2".to_owned(),
            "**".to_owned(),
        ];
        assert_eq!(
            hidden("x hunter2hunter2 y hunter2", &secrets),
            "x *** y ***"
        );
    }

    #[test]
    fn each_text_of_a_value_is_a_secret() {
        assert_eq!(
            texts_of(r#"{ a = "x\"y", b = [1234, 'Tag], c = m%"z"% }"#),
            [
                r#"{ a = "x\"y", b = [1234, 'Tag], c = m%"z"% }"#,
                "x\"y",
                "1234",
                "'Tag",
                "z",
                ""
            ]
        );
    }

    proptest! {
        #[test]
        fn no_secret_of_four_characters_stays(
            secret in "[a-z0-9:/+é-]{4,20}",
            before in "(.{0,20}[ \"`'(])?",
            after in "([ \"`'),].{0,20})?",
        ) {
            let shown = hide(&format!("{before}{secret}{after}{secret}"), &secret);
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let stays = shown.match_indices(&secret).any(|(at, _)| {
                !shown[..at].chars().next_back().is_some_and(is_word)
                    && !shown[at + secret.len()..].chars().next().is_some_and(is_word)
            });
            prop_assert!(!stays, "{shown}");
            if secret.chars().count() >= 8 || !secret.chars().all(char::is_alphabetic) {
                prop_assert!(!shown.contains(&secret), "{shown}");
            }
        }

        #[test]
        fn a_text_without_the_secret_stays_as_it_is(text in "[a-m ]{0,40}", secret in "[n-z0-9]{1,12}") {
            prop_assert_eq!(hide(&text, &secret), text);
        }
    }
}
