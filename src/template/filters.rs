//! Filters that configuration asks for and Jinja does not have, under the names that Ansible gave them.

use minijinja::{Environment, Error, ErrorKind, Value};
use serde_json::Value as Data;

/// Adds the filters to an engine.
pub(super) fn add(engine: &mut Environment<'_>) {
    engine.add_filter("to_json", to_json);
    engine.add_filter("to_nice_json", to_nice_json);
    engine.add_filter("to_yaml", to_yaml);
    engine.add_filter("b64encode", b64encode);
    engine.add_filter("b64decode", b64decode);
    engine.add_filter("quote", quote);
    engine.add_filter("ternary", ternary);
    engine.add_filter("basename", basename);
    engine.add_filter("dirname", dirname);
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidOperation, error.to_string())
}

/// Unlike `tojson`, which is made for web pages, it leaves `<`, `>`, `&` and `'` as they are.
fn to_json(value: &Value) -> Result<String, Error> {
    serde_json::to_string(value).map_err(failed)
}

fn to_nice_json(value: &Value) -> Result<String, Error> {
    serde_json::to_string_pretty(value).map_err(failed)
}

fn to_yaml(value: &Value) -> Result<String, Error> {
    let data: Data = serde_json::to_value(value).map_err(failed)?;
    let mut text = String::new();
    yaml(&data, 0, &mut text);
    Ok(text
        .trim_start_matches('\n')
        .trim_start_matches(' ')
        .to_owned())
}

/// Writes what stands behind a key or a dash, with what goes ahead of it. Texts are in double quotes, which YAML reads as JSON does, so that none is
/// taken for a number or a date.
fn yaml(data: &Data, indent: usize, out: &mut String) {
    let line = |out: &mut String| {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', indent));
    };
    match data {
        Data::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                line(out);
                let is_plain = !name.is_empty()
                    && name.len() <= 64
                    && name.starts_with(|c: char| c.is_ascii_alphabetic())
                    && name
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
                    && !RESERVED.contains(&name.to_ascii_lowercase().as_str());
                match is_plain {
                    true => out.push_str(name),
                    false => out.push_str(&Data::from(name.as_str()).to_string()),
                }
                out.push(':');
                yaml(value, indent + 2, out);
            }
        }
        Data::Array(items) if !items.is_empty() => {
            for item in items {
                line(out);
                out.push('-');
                let mut part = String::new();
                yaml(item, indent + 2, &mut part);
                // The first field of a record stands beside the dash.
                match part.strip_prefix('\n') {
                    Some(part) => {
                        out.push(' ');
                        out.push_str(part.trim_start_matches(' '));
                    }
                    None => out.push_str(&part),
                }
            }
        }
        scalar => {
            out.push(' ');
            out.push_str(&scalar.to_string());
        }
    }
}

/// Words that YAML takes for something else than texts.
const RESERVED: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn b64encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len().div_ceil(3) * 4);
    for chunk in text.as_bytes().chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let index = (bits >> (18 - 6 * at)) & 63;
            match at <= chunk.len() {
                true => out.push(char::from(ALPHABET[index as usize])),
                false => out.push('='),
            }
        }
    }
    out
}

fn b64decode(text: &str) -> Result<String, Error> {
    let bad = || failed("the text is not Base64");
    let text: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let end = text
        .iter()
        .position(|byte| *byte == b'=')
        .unwrap_or(text.len());
    let (digits, padding) = text.split_at(end);
    if digits.len() % 4 == 1 || padding.len() > 2 || padding.iter().any(|byte| *byte != b'=') {
        return Err(bad());
    }
    let mut out = Vec::with_capacity(digits.len() / 4 * 3 + 3);
    for chunk in digits.chunks(4) {
        let mut bits: u32 = 0;
        for at in 0..4 {
            let digit = match chunk.get(at) {
                Some(byte) => ALPHABET
                    .iter()
                    .position(|known| known == byte)
                    .ok_or_else(bad)?,
                None => 0,
            };
            bits = bits << 6 | u32::try_from(digit).unwrap_or_default();
        }
        let [_, bytes @ ..] = bits.to_be_bytes();
        out.extend(bytes.iter().take(chunk.len() - 1));
    }
    String::from_utf8(out).map_err(|_| failed("what is decoded is not UTF-8 text"))
}

/// As one word for a POSIX shell.
fn quote(value: &Value) -> String {
    let text = value.to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text,
        false => format!("'{}'", text.replace('\'', "'\"'\"'")),
    }
}

fn ternary(value: &Value, yes: Value, no: Value) -> Value {
    if value.is_true() { yes } else { no }
}

fn basename(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

fn dirname(path: &str) -> String {
    match path.rsplit_once('/') {
        Some(("", _)) => "/".to_owned(),
        Some((directory, _)) => directory.trim_end_matches('/').to_owned(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn yaml_of(json: &str) -> String {
        to_yaml(&Value::from(minijinja::value::Serde(
            serde_json::from_str::<Data>(json).unwrap(),
        )))
        .unwrap()
    }

    #[test]
    fn yaml_is_block_style_with_quoted_texts() {
        let text = yaml_of(
            r#"{"name": "web", "on": true, "n": [1, {"a": null, "b": []}, [2, 3]], "deep": {"x": {}, "1y": "2024-01-01"}}"#,
        );
        insta::assert_snapshot!(text, @r#"
        name: "web"
        "on": true
        "n":
          - 1
          - a: null
            b: []
          - - 2
            - 3
        deep:
          x: {}
          "1y": "2024-01-01"
        "#);
        assert_eq!(yaml_of("[]"), "[]");
        assert_eq!(yaml_of("\"a\""), "\"a\"");
    }

    #[test]
    fn base64_is_that_of_the_rfc() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(b64encode(plain), encoded);
            assert_eq!(b64decode(encoded).unwrap(), plain);
        }
        for bad in ["A", "Zg=x", "Zg===", "Z*==", "/w=="] {
            b64decode(bad).unwrap_err();
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(text in ".*") {
            prop_assert_eq!(b64decode(&b64encode(&text)).unwrap(), text);
        }
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        for (text, quoted) in [
            ("a/b-c.d", "a/b-c.d"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", r#"'it'"'"'s'"#),
            ("$x", "'$x'"),
        ] {
            assert_eq!(quote(&Value::from(text)), quoted);
        }
    }

    #[test]
    fn paths_are_taken_apart_as_in_a_shell() {
        for (path, directory, name) in [
            ("/etc/a/b", "/etc/a", "b"),
            ("b", "", "b"),
            ("/b", "/", "b"),
            ("a/", "a", ""),
        ] {
            assert_eq!(
                (dirname(path).as_str(), basename(path).as_str()),
                (directory, name)
            );
        }
    }
}
