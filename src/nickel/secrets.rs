//! What must not be shown: the values of fields whose names say that they are secret.

use nickel_lang_core::parser::lexer::{Lexer, MultiStringToken, NormalToken, StringToken, Token};

use super::program::Format;
use crate::diagnostic::DataPath;

/// Endings of names of secrets, without regard to case, `_` and `-`.
const ENDINGS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "secretkey",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "credential",
    "credentials",
];

/// What stands in the place of a secret.
pub(super) const MASK: &str = "***";

/// Whether a field of that name holds a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(|c| !matches!(c, '_' | '-'))
        .flat_map(char::to_lowercase)
        .collect();
    ENDINGS.iter().any(|ending| plain.ends_with(ending))
}

/// Whether a value lies in a field that holds a secret, however deep.
pub(super) fn is_in_secret(path: &DataPath) -> bool {
    path.0.iter().any(|step| match step {
        crate::diagnostic::Step::Field(name) => is_secret(name),
        crate::diagnostic::Step::Index(_) => false,
    })
}

/// Returns a text with the strings that are given to secret fields replaced by stars, byte for byte.
pub(super) fn mask(text: &str, format: Format) -> String {
    match format {
        Format::Nickel => mask_nickel(text),
        Format::Text => text.to_owned(),
        Format::Json | Format::Yaml | Format::Toml => mask_lines(text),
    }
}

/// Between the name of a secret and the end of its value, every string is hidden.
fn mask_nickel(text: &str) -> String {
    let mut ranges = Vec::new();
    let mut lexer = Lexer::new(text);
    // Whether the name before was a secret's, and whether its `=` has come.
    let mut pending = false;
    let mut in_value = false;
    // Nesting inside of the value: it ends at a comma or a closing bracket of the level of its name.
    let mut depth = 0_usize;
    // A quoted name is only known when it ends.
    let mut quoted: Option<String> = None;
    while let Some(Ok((start, token, end))) = lexer.next() {
        match token {
            Token::Str(StringToken::Literal(part)) => {
                if in_value {
                    ranges.push((start, end));
                } else if let Some(name) = &mut quoted {
                    name.push_str(&part);
                }
            }
            Token::MultiStr(MultiStringToken::Literal(_)) if in_value => ranges.push((start, end)),
            Token::Normal(token) => match token {
                NormalToken::Identifier(name) if !in_value => pending |= is_secret(name),
                NormalToken::DoubleQuote if !in_value => match quoted.take() {
                    None => quoted = Some(String::new()),
                    Some(name) => pending |= is_secret(&name),
                },
                NormalToken::Equals if pending => {
                    in_value = true;
                    depth = 0;
                }
                NormalToken::LBrace | NormalToken::LBracket | NormalToken::LParen if in_value => {
                    depth += 1;
                }
                NormalToken::RBrace | NormalToken::RBracket | NormalToken::RParen if in_value => {
                    match depth.checked_sub(1) {
                        Some(less) => depth = less,
                        None => (pending, in_value) = (false, false),
                    }
                }
                NormalToken::Comma | NormalToken::In if depth == 0 => {
                    (pending, in_value) = (false, false);
                }
                NormalToken::LBrace | NormalToken::RBrace => pending = false,
                _ => {}
            },
            Token::Str(StringToken::DoubleQuote) if !in_value => {
                if let Some(name) = quoted.take() {
                    pending |= is_secret(&name);
                }
            }
            _ => {}
        }
    }
    stars(text, &ranges)
}

/// In data formats a secret and its value stand on one line, or the value is on the lines that follow with a deeper
/// indentation; hiding the rest of the line is enough for what is ever shown.
fn mask_lines(text: &str) -> String {
    let mut ranges = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        for (colon, _) in line.match_indices([':', '=']) {
            let name = line[..colon].trim_end().trim_end_matches(['"', '\'']);
            let name = name
                .rsplit(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')))
                .next()
                .unwrap_or_default();
            if !name.is_empty() && is_secret(name) {
                let value = &line[colon + 1..];
                let blanks = value.len() - value.trim_start().len();
                let kept = value.trim_end_matches(['\r', '\n']).len();
                if blanks < kept {
                    ranges.push((at + colon + 1 + blanks, at + colon + 1 + kept));
                }
                break;
            }
        }
        at += line.len();
    }
    stars(text, &ranges)
}

/// Puts stars over byte ranges, which are in the order of the text. A character of several bytes becomes as many stars, so
/// that places stay where they are.
fn stars(text: &str, ranges: &[(usize, usize)]) -> String {
    if ranges.is_empty() {
        return text.to_owned();
    }
    let mut masked = String::with_capacity(text.len());
    let mut ranges = ranges.iter().peekable();
    for (at, c) in text.char_indices() {
        while ranges.peek().is_some_and(|(_, end)| *end <= at) {
            ranges.next();
        }
        let hidden = c != '\n' && ranges.peek().is_some_and(|(start, _)| *start <= at);
        if hidden {
            masked.extend(std::iter::repeat_n('*', c.len_utf8()));
        } else {
            masked.push(c);
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_in_every_spelling() {
        for name in [
            "password",
            "DB_PASSWORD",
            "apiKey",
            "api-key",
            "access_token",
            "client_secret",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["passwords_file", "key", "tokens_per_second", "secretary"] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn strings_of_secret_fields_are_hidden_and_places_stay() {
        let text = "{ password | String = \"hünter2\", user = \"me\", \"api_key\" = [\"a\", m%\"b\"%], n = \"c\" }";
        let masked = mask(text, Format::Nickel);
        assert_eq!(
            masked,
            "{ password | String = \"********\", user = \"me\", \"api_key\" = [\"*\", m%\"*\"%], n = \"c\" }"
        );
        assert_eq!(masked.len(), text.len());
    }

    #[test]
    fn data_files_hide_the_rest_of_the_line() {
        assert_eq!(
            mask("{\n  \"token\": \"abc\",\n  \"a\": 1\n}", Format::Json),
            "{\n  \"token\": ******\n  \"a\": 1\n}"
        );
        assert_eq!(
            mask("a: 1\npassword: abc\n", Format::Yaml),
            "a: 1\npassword: ***\n"
        );
        assert_eq!(
            mask("[db]\nsecret = 'x'\n", Format::Toml),
            "[db]\nsecret = ***\n"
        );
    }
}
