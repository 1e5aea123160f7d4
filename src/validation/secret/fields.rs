//! Literal values of fields that are named like secrets.

use std::path::Path;

use crate::diagnostic::Span;
use crate::nickel::{is_placeholder, is_secret, secret_literals};

/// A field with a literal.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::validation) struct Field {
    pub(in crate::validation) name: String,
    /// The literal without its quotes.
    pub(in crate::validation) span: Span,
}

/// How values are written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notation {
    Nickel,
    /// Every text has quotes.
    Quoted,
    /// A text may stand without.
    Bare,
}

fn notation(file: &Path) -> Option<Notation> {
    let extension = file.extension().and_then(|extension| extension.to_str());
    let of_extension = match extension {
        Some("ncl") => Some(Notation::Nickel),
        Some("nu" | "toml" | "json" | "k") => Some(Notation::Quoted),
        Some(
            "bash" | "cfg" | "conf" | "env" | "hbs" | "ini" | "j2" | "jinja" | "jinja2"
            | "properties" | "service" | "sh" | "tera" | "tmpl" | "tpl" | "yaml" | "yml",
        ) => Some(Notation::Bare),
        _ => None,
    };
    let is_template = || {
        file.file_name().is_some_and(|name| name == ".env")
            || file
                .parent()
                .is_some_and(|parent| parent.iter().any(|part| part == "templates"))
    };
    of_extension.or_else(|| is_template().then_some(Notation::Bare))
}

/// Finds the literals that look like secrets, in the order of the text. `file` is relative to the extension.
pub(in crate::validation) fn find(text: &str, file: &Path) -> Vec<Field> {
    match notation(file) {
        None => Vec::new(),
        Some(Notation::Nickel) => in_nickel(text),
        Some(notation) => in_lines(text, notation),
    }
}

fn in_nickel(text: &str) -> Vec<Field> {
    secret_literals(text)
        .into_iter()
        .filter(|literal| literal.is_string)
        .filter(|literal| {
            let (before, after) = (&text[..literal.span.start], &text[literal.span.end..]);
            // A part of a text with interpolations, or the path of an import.
            !after.starts_with("%{")
                && !before.ends_with('}')
                && !before
                    .trim_end_matches(['"', '%', 'm'])
                    .trim_end()
                    .ends_with("import")
        })
        .filter(|literal| is_telling(&literal.name, &text[literal.span.start..literal.span.end]))
        .map(|literal| Field {
            name: literal.name,
            span: literal.span,
        })
        .collect()
}

fn in_lines(text: &str, notation: Notation) -> Vec<Field> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end();
        let mut quotes = Quotes::default();
        for (at, separator) in content.match_indices([':', '=']) {
            let Some((name, ahead)) = name(content, at) else {
                continue;
            };
            // Words in a text are no names.
            if quotes.are_open(content, ahead) {
                continue;
            }
            if let Some(value) = value(content, at + separator.len(), separator, notation)
                && is_telling(name, &content[value.start..value.end])
            {
                found.push(Field {
                    name: name.to_owned(),
                    span: Span::new(start + value.start, start + value.end),
                });
            }
        }
        start += line.len();
    }
    found
}

const QUOTES: [char; 3] = ['"', '\'', '`'];

/// How many quotes stand ahead of a place in a line. Places are asked for in their order, so that a line is read once.
#[derive(Default)]
struct Quotes {
    at: usize,
    counts: [usize; QUOTES.len()],
}

impl Quotes {
    fn are_open(&mut self, line: &str, at: usize) -> bool {
        for c in line.get(self.at..at).unwrap_or_default().chars() {
            if let Some(index) = QUOTES.iter().position(|quote| *quote == c) {
                self.counts[index] += 1;
            }
        }
        self.at = self.at.max(at);
        self.counts.iter().any(|count| count % 2 == 1)
    }
}

/// Returns the name of a secret ahead of a separator, and where it begins with its quote.
fn name(line: &str, at: usize) -> Option<(&str, usize)> {
    let before = line[..at].trim_end();
    let unquoted = before.trim_end_matches(QUOTES);
    let name = unquoted
        .rsplit(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')))
        .next()
        .unwrap_or_default()
        .trim_start_matches('-');
    if name.is_empty() || !is_secret(name) {
        return None;
    }
    let start = unquoted.len() - name.len();
    let is_quoted = unquoted.len() < before.len() && line[..start].ends_with(QUOTES);
    Some((name, start - usize::from(is_quoted)))
}

/// Returns the place of the literal that begins after a separator.
fn value(line: &str, at: usize, separator: &str, notation: Notation) -> Option<Span> {
    let after = &line[at..];
    // `==` and `=~` compare.
    if after.starts_with(['=', '~', ':']) {
        return None;
    }
    let at = line.len() - after.trim_start().len();
    if let Some(literal) = quoted(line, at) {
        return Some(literal);
    }
    match notation {
        Notation::Bare if !is_comment(line) => bare(line, at),
        // `password: string = "..."`
        Notation::Quoted if separator == ":" => {
            let rest = beginning(&line[at..]);
            let kind =
                rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '<' | '>')))?;
            let rest = line[at + kind..].trim_start().strip_prefix('=')?;
            quoted(line, line.len() - rest.trim_start().len())
        }
        _ => None,
    }
}

/// Longest value that is looked at, in bytes.
const MAX_VALUE: usize = 512;

/// Returns the beginning of a text: what is longer than any password is none.
fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_VALUE)]
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with(['#', ';']) || line.trim_start().starts_with("//")
}

/// Returns the place of a text in quotes that begins here.
fn quoted(line: &str, at: usize) -> Option<Span> {
    let rest = &line[at..];
    let quote = rest
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let end = rest[1..].find(quote)?;
    Some(Span::new(at + 1, at + 1 + end))
}

/// Returns the place of a text without quotes that begins here and ends the line or the item.
fn bare(line: &str, at: usize) -> Option<Span> {
    let rest = &line[at..];
    if rest.starts_with([
        '{', '[', '(', '$', '%', '&', '*', '!', '|', '>', '<', '@', '~', '/', '.', '#', '"', '\'',
        '`',
    ]) {
        return None;
    }
    let end = beginning(rest)
        .find(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '}' | ')' | ']'))
        .or_else(|| (rest.len() < MAX_VALUE).then_some(rest.len()))?;
    let after = rest[end..].trim_start();
    // More words make it prose or a command.
    (end > 0 && (after.is_empty() || after.starts_with(['#', ',', ';', '}', ')', ']'])))
        .then(|| Span::new(at, at + end))
}

/// Names of passwords: whatever is given to them is one.
const PASSWORDS: &[&str] = &["password", "passwd", "pwd", "passphrase"];

/// Whether the value of a field looks like a secret, and not like a name for one.
fn is_telling(name: &str, value: &str) -> bool {
    let plain = |text: &str| {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect::<String>()
    };
    let (name, bare) = (plain(name), plain(value));
    let is_reference = bare == name
        || bare.is_empty()
        || is_variable_name(value)
        || (value.contains(['-', '_']) && is_secret(value))
        // A path, a variable, an expression, a pattern.
        || value.starts_with(['/', '~', '.', '$', '@', '(', '^'])
        || SCHEMES.iter().any(|scheme| value.starts_with(scheme))
        || value.contains("://");
    if is_reference || is_placeholder(value) || value.contains(char::is_whitespace) {
        return false;
    }
    let single = name.strip_suffix('s').unwrap_or(&name);
    let is_password = PASSWORDS
        .iter()
        .any(|word| name.ends_with(word) || single.ends_with(word));
    if is_password {
        return value.len() >= 4;
    }
    // Tokens and keys come out of a generator; what has no digits is a word.
    value.len() >= 8
        && value.contains(|c: char| c.is_ascii_digit())
        && value.contains(|c: char| c.is_ascii_alphabetic())
        && value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+/=_-.:~".contains(c))
}

/// How values begin that say where the secret is, or that are encrypted.
const SCHEMES: &[&str] = &[
    "ENC[", "ENC(", "cmd:", "env:", "file:", "ref:", "secret:", "sops:", "vault:",
];

/// `DATABASE_PASSWORD` stands for a variable.
fn is_variable_name(value: &str) -> bool {
    value.contains('_')
        && value.starts_with(|c: char| c.is_ascii_uppercase())
        && value
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values<'a>(text: &'a str, file: &str) -> Vec<&'a str> {
        find(text, Path::new(file))
            .into_iter()
            .map(|field| &text[field.span.start..field.span.end])
            .collect()
    }

    #[test]
    fn literals_of_secrets_are_found_in_every_notation() {
        for (file, text, value) in [
            (
                "schemas/a.ncl",
                r#"{ password | String | default = "hunter2" }"#,
                "hunter2",
            ),
            (
                "schemas/a.ncl",
                r#"{ auth.api_key = "k3y9x8w7v6" }"#,
                "k3y9x8w7v6",
            ),
            (
                "schemas/a.ncl",
                r#"{ "db password" = m%"correcthorse"% }"#,
                "correcthorse",
            ),
            ("metadata.toml", r#"api_token = "a1b2c3d4e5""#, "a1b2c3d4e5"),
            (
                "nulib/mod.nu",
                r#"$env.DB_PASSWORD = 'tr0ub4dor'"#,
                "tr0ub4dor",
            ),
            (
                "nulib/mod.nu",
                r#"export def x [--password: string = "tr0ub4dor"] {}"#,
                "tr0ub4dor",
            ),
            (
                "nulib/mod.nu",
                r#"{user: "me", password: "tr0ub4dor"}"#,
                "tr0ub4dor",
            ),
            ("a.json", r#"{"client_secret": "a1b2c3d4e5"}"#, "a1b2c3d4e5"),
            ("templates/app.conf", "password = tr0ub4dor\n", "tr0ub4dor"),
            (
                "templates/app.j2",
                "Environment=DB_PASSWORD=tr0ub4dor\n",
                "tr0ub4dor",
            ),
            (
                "templates/values",
                "  password: tr0ub4dor # for now\n",
                "tr0ub4dor",
            ),
            ("kcl/a.k", "password: str = \"tr0ub4dor\"\n", "tr0ub4dor"),
        ] {
            assert_eq!(values(text, file), [value], "{file}: {text}");
        }
    }

    #[test]
    fn placeholders_references_and_prose_are_no_secrets() {
        for (file, text) in [
            (
                "schemas/a.ncl",
                r#"{ password | String | doc "The password of the user" }"#,
            ),
            (
                "schemas/a.ncl",
                r#"{ password = "changeme", token = "<token>", secret = "xxxx", pwd = "" }"#,
            ),
            (
                "schemas/a.ncl",
                r#"{ password = config.password, token = "%{prefix}-a1b2c3d4" }"#,
            ),
            ("schemas/a.ncl", r#"{ password = import "password1.txt" }"#),
            (
                "schemas/a.ncl",
                r#"{ password_file = "/etc/password1", secret = 'Vault }"#,
            ),
            ("schemas/a.ncl", r#"{ token = "CUSTOM_CLOUD_TOKEN_2" }"#),
            (
                "schemas/a.ncl",
                r#"let is_token = std.string.is_match "^[a-z0-9]{20}$" in { Password = fun x => std.string.is_match "^.{12,}$" x, any_token = std.string.is_match "[a-z0-9]{20}" }"#,
            ),
            (
                "a.json",
                r#"{"password": "ENC[AES256,data:x1y2]", "token": "vault:secret/db1"}"#,
            ),
            (
                "nulib/mod.nu",
                "{password: \"($config.password1)\", token: $\"($t)-abcd1234\"}",
            ),
            (
                "metadata.toml",
                r#"required_fields = ["api_key", "password"]"#,
            ),
            ("nulib/mod.nu", "let token = $env.API_TOKEN\n"),
            (
                "nulib/mod.nu",
                "def login [--token: string, password: string] { }",
            ),
            ("nulib/mod.nu", "if $password == \"abcd1234\" { }"),
            (
                "nulib/mod.nu",
                "let password = (input --suppress-output \"Password: \")",
            ),
            (
                "nulib/mod.nu",
                "print $\"password: ($x) or 'password: hunter2'\"",
            ),
            (
                "nulib/mod.nu",
                "error make {msg: \"the token: 'abcd1234' is wrong\"}",
            ),
            ("nulib/mod.nu", "{token: ($config | get token)}"),
            (
                "templates/a.j2",
                "password = {{ password }}\ntoken = \"{{ token }}\"\n",
            ),
            (
                "templates/a.j2",
                "password = ${DB_PASSWORD1}\nsecret: db-password-secret\n",
            ),
            (
                "templates/a.yaml",
                "# password: see the manual1\npassword: see manual1\n",
            ),
            ("templates/a.yaml", "passwordSecret: /run/secrets/db1\n"),
            ("README.md", "password = \"hunter2\"\n"),
        ] {
            let found = values(text, file);
            assert!(found.is_empty(), "{file}: {text}: {found:?}");
        }
    }
}
