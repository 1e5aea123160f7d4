//! What must not be shown: the values of fields whose names say that they are secret, and keys and tokens that are known
//! by their form.

mod hidden;
mod kept;
mod placeholder;
mod tokens;

use std::path::Path;

use nickel_lang_core::parser::lexer::{Lexer, MultiStringToken, NormalToken, StringToken, Token};

use super::program::Format;
use crate::diagnostic::{DataPath, Diagnostic, Span};

pub(super) use hidden::{hidden, texts_of};
pub use kept::kept_text;
pub use placeholder::is_placeholder;
pub use tokens::{SecretToken, tokens};

/// Endings of names of secrets, without regard to case, `_` and `-`.
const ENDINGS: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "secretkey",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "credential",
];

/// What stands in the place of a secret.
pub(super) const MASK: &str = "***";

/// Whether a field of that name holds a secret.
pub fn is_secret(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(|c| !matches!(c, '_' | '-'))
        .flat_map(char::to_lowercase)
        .collect();
    let single = plain.strip_suffix('s').unwrap_or(&plain);
    ENDINGS
        .iter()
        .any(|ending| plain.ends_with(ending) || single.ends_with(ending))
}

/// Whether a value lies in a field that holds a secret, however deep.
pub(super) fn is_in_secret(path: &DataPath) -> bool {
    path.0.iter().any(|step| match step {
        crate::diagnostic::Step::Field(name) => is_secret(name),
        crate::diagnostic::Step::Index(_) => false,
    })
}

/// Returns a text with what looks like a secret replaced by stars, byte for byte: what is given to secret fields, and keys
/// and tokens wherever they stand.
pub(super) fn mask(text: &str, format: Format) -> String {
    without_tokens(match format {
        Format::Nickel => mask_nickel(text),
        Format::Text => text.to_owned(),
        Format::Json | Format::Yaml | Format::Toml => mask_lines(text),
    })
}

/// Does the same for a text that no lexer may see, line by line: one that was refused because it would hang it.
pub(super) fn mask_unread(_: &Path, text: &str) -> String {
    without_tokens(mask_lines(text))
}

/// Does the same for a file of which only the path is known.
pub(super) fn mask_file(path: &Path, text: &str) -> String {
    mask(text, Format::of(path))
}

/// Takes keys and tokens out of what a finding says, apart from its excerpts.
pub fn hide_tokens(finding: &mut Diagnostic) {
    let hide = |text: &mut String| *text = without_tokens(std::mem::take(text));
    hide(&mut finding.message);
    finding.help.iter_mut().for_each(hide);
    let labels = finding.labels.iter_mut();
    labels.for_each(|label| hide(&mut label.text));
    if let Some(subject) = &mut finding.subject {
        subject.expected.iter_mut().for_each(hide);
        subject.got.iter_mut().for_each(hide);
    }
}

/// Returns a text with keys and tokens replaced by stars, byte for byte.
fn without_tokens(text: String) -> String {
    let mut found: Vec<(usize, usize)> = tokens(&text)
        .iter()
        .map(|token| (token.hidden.start, token.hidden.end))
        .collect();
    if found.is_empty() {
        return text;
    }
    found.sort_unstable();
    stars(&text, &found)
}

/// Returns a text of an extension with what is given to fields that are named like secrets replaced by stars, byte for
/// byte. Anything but Nickel is taken line by line.
pub fn without_secrets(text: &str, file: &Path) -> String {
    if file.extension().is_some_and(|extension| extension == "ncl") {
        mask_nickel(text)
    } else {
        mask_lines(text)
    }
}

/// A literal in the value of a field that is named like a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretLiteral {
    /// The field's name.
    pub name: String,
    /// The bytes of the literal, without quotes.
    pub span: Span,
    /// Whether it is (a part of) a string, and not a number or a tag.
    pub is_string: bool,
}

fn mask_nickel(text: &str) -> String {
    let ranges: Vec<(usize, usize)> = secret_literals(text)
        .into_iter()
        .map(|literal| (literal.span.start, literal.span.end))
        .collect();
    stars(text, &ranges)
}

/// Lists the literals of a Nickel text that are given to secrets: between the name of a secret and the end of its value,
/// every string, number and tag.
pub fn secret_literals(text: &str) -> Vec<SecretLiteral> {
    let mut literals = Vec::new();
    let mut lexer = Lexer::new(text);
    // The name before, if it was a secret's, and whether its `=` has come.
    let mut pending: Option<String> = None;
    let mut in_value = false;
    // Nesting inside of the value: it ends at a comma or a closing bracket of the level of its name.
    let mut depth = 0_usize;
    // A quoted name is only known when it ends.
    let mut quoted: Option<String> = None;
    let mut add = |name: &Option<String>, start, end, is_string| {
        literals.push(SecretLiteral {
            name: name.clone().unwrap_or_default(),
            span: Span::new(start, end),
            is_string,
        });
    };
    while let Some(Ok((start, token, end))) = lexer.next() {
        match token {
            Token::Str(StringToken::Literal(part)) => {
                if in_value {
                    add(&pending, start, end, true);
                } else if let Some(name) = &mut quoted {
                    name.push_str(&part);
                }
            }
            Token::MultiStr(MultiStringToken::Literal(_)) if in_value => {
                add(&pending, start, end, true);
            }
            Token::Normal(
                NormalToken::DecNumLiteral(_)
                | NormalToken::HexNumLiteral(_)
                | NormalToken::OctNumLiteral(_)
                | NormalToken::BinNumLiteral(_)
                | NormalToken::RawEnumTag(_),
            ) if in_value => add(&pending, start, end, false),
            Token::Normal(token) => match token {
                NormalToken::Identifier(name) if !in_value && is_secret(name) => {
                    pending = Some(name.to_owned());
                }
                NormalToken::DoubleQuote if !in_value => match quoted.take() {
                    None => quoted = Some(String::new()),
                    Some(name) if is_secret(&name) => pending = Some(name),
                    Some(_) => {}
                },
                NormalToken::Equals if pending.is_some() => {
                    in_value = true;
                    depth = 0;
                }
                NormalToken::LBrace | NormalToken::LBracket | NormalToken::LParen if in_value => {
                    depth += 1;
                }
                NormalToken::RBrace | NormalToken::RBracket | NormalToken::RParen if in_value => {
                    match depth.checked_sub(1) {
                        Some(less) => depth = less,
                        None => (pending, in_value) = (None, false),
                    }
                }
                NormalToken::Comma | NormalToken::In if depth == 0 => {
                    (pending, in_value) = (None, false);
                }
                NormalToken::LBrace | NormalToken::RBrace => pending = None,
                _ => {}
            },
            Token::Str(StringToken::DoubleQuote) if !in_value => {
                if let Some(name) = quoted.take()
                    && is_secret(&name)
                {
                    pending = Some(name);
                }
            }
            _ => {}
        }
    }
    literals
}

/// In data formats, the rest of the line of a secret's name is hidden, and the lines after it that belong to its value:
/// until its brackets are closed, or those that are indented deeper.
fn mask_lines(text: &str) -> String {
    let mut ranges = Vec::new();
    let mut at = 0;
    let mut value: Option<OpenValue> = None;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\r', '\n']);
        let indent = content.len() - content.trim_start().len();
        if value
            .as_mut()
            .is_some_and(|value| value.holds(content, indent))
        {
            ranges.push((at + indent, at + content.len()));
        } else {
            value = secret_value(content).map(|start| {
                ranges.push((at + start, at + content.len()));
                OpenValue::begin(&content[start..], indent)
            });
        }
        at += line.len();
    }
    stars(text, &ranges)
}

/// Returns where the value of a secret begins on a line.
fn secret_value(line: &str) -> Option<usize> {
    line.match_indices([':', '=']).find_map(|(colon, _)| {
        let name = line[..colon].trim_end().trim_end_matches(['"', '\'']);
        let name = name
            .rsplit(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')))
            .next()
            .unwrap_or_default();
        if name.is_empty() || !is_secret(name) {
            return None;
        }
        let value = &line[colon + 1..];
        Some(colon + 1 + value.len() - value.trim_start().len())
    })
}

/// A value that may go on on the lines that follow.
struct OpenValue {
    indent: usize,
    /// Brackets that are open.
    depth: usize,
    /// Whether something has to come before the value can be over.
    is_empty: bool,
}

impl OpenValue {
    fn begin(text: &str, indent: usize) -> Self {
        let mut value = Self {
            indent,
            depth: 0,
            is_empty: text.is_empty() || text.starts_with(['|', '>', '&', '!']),
        };
        value.count(text);
        value
    }

    /// Brackets in texts count too: at worst, more is hidden.
    fn count(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '[' | '{' => self.depth += 1,
                ']' | '}' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }

    /// Whether the next line belongs to it.
    fn holds(&mut self, line: &str, indent: usize) -> bool {
        let is_blank = line.trim().is_empty();
        let belongs = is_blank
            || self.depth > 0
            || self.is_empty
            || indent > self.indent
            || line.trim_start().starts_with("- ");
        self.is_empty &= is_blank;
        self.count(line);
        belongs
    }
}

/// Puts stars over byte ranges, which are in the order of their beginnings. A character of several bytes becomes as many stars, so
/// that places stay where they are.
pub fn stars(text: &str, ranges: &[(usize, usize)]) -> String {
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
            "secrets",
            "api_keys",
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
    fn numbers_and_tags_are_secrets_too() {
        assert_eq!(
            mask(
                "{ password = 12345 | String, token | Dyn = 'Abc, port = 1 }",
                Format::Nickel
            ),
            "{ password = ***** | String, token | Dyn = ****, port = 1 }"
        );
    }

    #[test]
    fn data_files_hide_the_rest_of_the_line() {
        assert_eq!(
            mask("{\n  \"token\": \"abc\",\n  \"a\": 1\n}", Format::Json),
            "{\n  \"token\": ******\n  \"a\": 1\n}"
        );
        assert_eq!(
            mask("password: |\n  hunter2\n  x\na: 1\n", Format::Yaml),
            "password: *\n  *******\n  *\na: 1\n"
        );
        assert_eq!(
            mask("{\"tokens\":\n [\"a\",\n \"b\"],\n\"c\": 1}", Format::Json),
            "{\"tokens\":\n *****\n *****\n\"c\": 1}"
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
