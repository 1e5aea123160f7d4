//! What has to be refused before a parser sees it, because the parser would hang or overflow the stack.

use nickel_lang_core::parser::lexer::Lexer;

use super::program::Format;
use crate::diagnostic::Code;

/// Most digits of a number that is read.
const MAX_DIGITS: usize = 4096;
/// Most digits of an exponent: numbers are computed in full, and `1e1000000000` has a billion digits.
const MAX_EXPONENT_DIGITS: usize = 3;
/// Deepest nesting of JSON, whose parser recurses without a limit.
const MAX_JSON_DEPTH: usize = 512;

/// Something that must not be parsed, and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Danger {
    /// A number that would take for ever.
    HugeNumber(usize),
    /// Brackets inside brackets.
    TooDeep(usize),
    /// A value that is no number, on which Nickel's own reader panics.
    NotANumber(usize),
}

impl Danger {
    /// Returns where it is, in bytes.
    pub(super) fn at(self) -> usize {
        match self {
            Danger::HugeNumber(at) | Danger::TooDeep(at) | Danger::NotANumber(at) => at,
        }
    }

    /// Returns it in words.
    pub(super) fn message(self) -> &'static str {
        match self {
            Danger::HugeNumber(_) => "a number is too large to be read",
            Danger::TooDeep(_) => "the file is nested too deeply",
            Danger::NotANumber(_) => "Nickel has no number for `nan` and `inf`",
        }
    }

    /// Returns its code.
    pub(super) fn code(self) -> Code {
        match self {
            Danger::HugeNumber(_) | Danger::TooDeep(_) => Code::NickelLimit,
            Danger::NotANumber(_) => Code::NickelParse,
        }
    }
}

/// Looks for the first danger in a text of that format.
pub(super) fn danger(text: &str, format: Format) -> Option<Danger> {
    match format {
        Format::Nickel => huge_nickel_number(text).map(Danger::HugeNumber),
        Format::Json => unquoted_json(text),
        Format::Yaml => huge_yaml_number(text).map(Danger::HugeNumber),
        // Its other numbers have 64 bits and its parser a limit.
        Format::Toml => toml_without_number(text).map(Danger::NotANumber),
        Format::Text => None,
    }
}

/// A run of bytes that looks like a number of dangerous size.
struct Suspect {
    start: usize,
    end: usize,
}

/// Lists what looks like a huge number anywhere, in strings and comments too.
fn suspects(text: &str) -> Vec<Suspect> {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        bytes[from.min(bytes.len())..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && (bytes[at].is_ascii_digit() || bytes[at] == b'.') {
            at += 1;
        }
        let mut huge = at - start > MAX_DIGITS;
        if matches!(bytes.get(at), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
            let exponent = digits(at + 1 + sign);
            huge |= exponent > MAX_EXPONENT_DIGITS;
            if exponent > 0 {
                at += 1 + sign + exponent;
            }
        }
        if huge {
            found.push(Suspect { start, end: at });
        }
    }
    found
}

/// The lexer computes numbers, so it is shown a text in which every suspect is made of zeros: harmless, and as long.
/// Where it then sees a number, there is one; where it sees a string or a comment, there is none.
fn huge_nickel_number(text: &str) -> Option<usize> {
    let suspects = suspects(text);
    if suspects.is_empty() {
        return None;
    }
    let mut harmless = text.as_bytes().to_vec();
    for suspect in &suspects {
        harmless[suspect.start..suspect.end].fill(b'0');
    }
    let harmless = String::from_utf8(harmless).ok()?;
    let mut lexer = Lexer::new(&harmless);
    let mut numbers = Vec::new();
    while let Some(Ok((start, token, end))) = lexer.next() {
        if matches!(
            token,
            nickel_lang_core::parser::lexer::Token::Normal(
                nickel_lang_core::parser::lexer::NormalToken::DecNumLiteral(_)
            )
        ) {
            numbers.push((start, end));
        }
    }
    // Both are in the order of the text.
    let mut numbers = numbers.into_iter().peekable();
    suspects.iter().map(|suspect| suspect.start).find(|at| {
        while numbers.peek().is_some_and(|(_, end)| end <= at) {
            numbers.next();
        }
        numbers.peek().is_some_and(|(start, _)| start <= at)
    })
}

/// Walks over JSON outside of its strings.
fn unquoted_json(text: &str) -> Option<Danger> {
    let mut suspects = suspects(text).into_iter().peekable();
    let mut depth = 0_usize;
    let mut quoted = false;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        while suspects.peek().is_some_and(|suspect| suspect.start < at) {
            suspects.next();
        }
        if quoted {
            (quoted, escaped) = match (byte, escaped) {
                (b'"', false) => (false, false),
                (b'\\', false) => (true, true),
                _ => (true, false),
            };
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_JSON_DEPTH {
            return Some(Danger::TooDeep(at));
        }
        if suspects.peek().is_some_and(|suspect| suspect.start == at) {
            return Some(Danger::HugeNumber(at));
        }
    }
    None
}

/// A YAML number is a plain scalar of its own: nothing but punctuation to its left and right.
fn huge_yaml_number(text: &str) -> Option<usize> {
    suspects(text)
        .into_iter()
        .find(|suspect| {
            let before = text[..suspect.start].trim_end_matches([' ', '\t', '+', '-']);
            let after = text[suspect.end..].trim_start_matches([' ', '\t']);
            let opens = before.is_empty() || before.ends_with(['\n', ':', '[', ',', '{']);
            let closes = after.is_empty() || after.starts_with(['\n', '\r', ',', ']', '}', '#']);
            opens && closes
        })
        .map(|suspect| suspect.start)
}

/// Looks for a bare `nan` or `inf` where TOML has a value: behind `=`, or in a list there.
fn toml_without_number(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    // Whether a value is being read, and how many brackets are open in it.
    let mut in_value = false;
    let mut depth = 0_usize;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' | b'\'' => {
                at = after_toml_text(bytes, at);
                continue;
            }
            b'#' => {
                at += bytes[at..]
                    .iter()
                    .take_while(|byte| **byte != b'\n')
                    .count();
                continue;
            }
            b'=' => in_value = true,
            b'[' | b'{' if in_value => depth += 1,
            b']' | b'}' if in_value => depth = depth.saturating_sub(1),
            b'\n' if depth == 0 => in_value = false,
            byte if is_bare(*byte) => {
                let length = bytes[at..]
                    .iter()
                    .take_while(|byte| is_bare(**byte))
                    .count();
                let word = &text[at..at + length];
                let rest = text[at + length..].trim_start_matches([' ', '\t']);
                // In a record, it may be a key.
                if in_value
                    && matches!(word.trim_start_matches(['+', '-']), "nan" | "inf")
                    && !rest.starts_with('=')
                {
                    return Some(at);
                }
                at += length;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Whether a byte may stand in a bare key, a number or a date of TOML.
fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'.' | b':')
}

/// Returns where a text of TOML ends that begins here, on one line or on several.
fn after_toml_text(bytes: &[u8], start: usize) -> usize {
    let quote = bytes[start];
    let is_long = bytes[start..].starts_with(&[quote; 3]);
    let mut at = start + if is_long { 3 } else { 1 };
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if quote == b'"' => at += 1,
            b'\n' if !is_long => return at,
            byte if *byte == quote && !is_long => return at + 1,
            byte if *byte == quote && bytes[at..].starts_with(&[quote; 3]) => return at + 3,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_would_hang_are_found_in_every_format() {
        for (text, format) in [
            ("{ a = 1e1000000000 }", Format::Nickel),
            ("-1E+123456", Format::Nickel),
            ("\"%{std.to_string 1e99999}\"", Format::Nickel),
            ("{\"a\": [1, 1e99999]}", Format::Json),
            ("a: 1e99999\n", Format::Yaml),
            ("- -1e99999 # x\n", Format::Yaml),
            ("[1e99999]", Format::Yaml),
        ] {
            assert!(
                matches!(danger(text, format), Some(Danger::HugeNumber(_))),
                "{text}"
            );
        }
        let digits = "9".repeat(5_000);
        assert!(danger(&digits, Format::Nickel).is_some());
        assert!(danger(&digits, Format::Json).is_some());
    }

    #[test]
    fn digests_and_hashes_in_texts_are_fine() {
        for (text, format) in [
            (
                "{ image = \"nginx@sha256:12e45678aaaa\", a = m%\"7e1234567\"% } # 1e99999",
                Format::Nickel,
            ),
            ("sha1e99999", Format::Nickel),
            ("1e10 + 0.5 - 1.5e-300", Format::Nickel),
            (
                "{\"commit\": \"7e1234567\", \"a\": \"\\\"1e99999\"}",
                Format::Json,
            ),
            (
                "commit: \"7e1234567\"\nimage: x@sha256:12e45678aa\nnote: build 7e12345 done\n",
                Format::Yaml,
            ),
        ] {
            assert_eq!(danger(text, format), None, "{text}");
        }
    }

    #[test]
    fn a_number_is_found_behind_many_texts_and_before_many_numbers() {
        let texts = "\"1e99999\", 1,".repeat(50_000);
        assert_eq!(danger(&format!("[{texts}]"), Format::Nickel), None);
        let text = format!("[{texts} 1e99999, {texts}]");
        assert_eq!(
            danger(&text, Format::Nickel),
            Some(Danger::HugeNumber(texts.len() + 2))
        );
    }

    #[test]
    fn what_is_no_number_is_found_in_toml_where_it_is_a_value() {
        for text in [
            "a = nan",
            "a = [1, -inf]",
            "a = [\n  1,\n  inf,\n]",
            "[t]\na.b = { c = +nan }",
            "a = \"\"\"\nnan\"\"\"\nb = inf # x",
        ] {
            assert!(
                matches!(danger(text, Format::Toml), Some(Danger::NotANumber(_))),
                "{text}"
            );
        }
        for text in [
            "nan = 1\n[inf]\n[[nan.inf]]\na = { nan = 1, inf = 2 }",
            "a = \"nan\" # = nan\nb = 'inf'\nc = '''\n= nan\n'''\nd = \"\\\"= nan\"",
            "a = 1979-05-27T07:32:00Z\nnanny = 1\nb = [1,\n2]\ninf = 3",
        ] {
            assert_eq!(danger(text, Format::Toml), None, "{text}");
        }
    }

    #[test]
    fn deep_json_is_found_and_brackets_in_texts_are_not() {
        let deep = "[".repeat(100_000);
        assert!(matches!(
            danger(&deep, Format::Json),
            Some(Danger::TooDeep(_))
        ));
        assert_eq!(danger(&format!("[\"{deep}\"]"), Format::Json), None);
    }
}
