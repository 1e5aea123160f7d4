//! Keys and tokens that are known by their form, wherever they stand.

use crate::diagnostic::Span;

use super::placeholder::is_placeholder;

/// A text that looks like a secret.
#[derive(Debug, PartialEq, Eq)]
pub struct SecretToken {
    /// What it looks like, in words.
    pub what: &'static str,
    /// What is pointed at.
    pub span: Span,
    /// What must not be shown.
    pub hidden: Span,
}

/// The form of a token: how it begins, and what follows.
struct Form {
    what: &'static str,
    starts: &'static [&'static str],
    holds: fn(u8) -> bool,
    least: usize,
    most: usize,
}

const FORMS: &[Form] = &[
    Form {
        what: "an AWS access key id",
        starts: &["AKIA", "ASIA", "ABIA", "ACCA"],
        holds: |c| c.is_ascii_uppercase() || c.is_ascii_digit(),
        least: 16,
        most: 16,
    },
    Form {
        what: "a GitHub token",
        starts: &["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
        holds: |c| c.is_ascii_alphanumeric() || c == b'_',
        least: 36,
        most: 255,
    },
    Form {
        what: "a GitLab token",
        starts: &["glpat-", "gldt-", "glrt-", "glptt-"],
        holds: |c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.'),
        least: 20,
        most: 300,
    },
    Form {
        what: "a Slack token",
        starts: &["xoxb-", "xoxa-", "xoxp-", "xoxr-", "xoxs-", "xapp-"],
        holds: |c| c.is_ascii_alphanumeric() || c == b'-',
        least: 20,
        most: 300,
    },
    Form {
        what: "the address of a Slack webhook",
        starts: &["hooks.slack.com/services/"],
        holds: |c| c.is_ascii_alphanumeric() || c == b'/',
        least: 30,
        most: 120,
    },
];

/// Finds all of them, in the order of the text, which is gone through once.
pub fn tokens(text: &str) -> Vec<SecretToken> {
    // By its first two bytes, most places are known to be no beginning.
    let mut begins: [Vec<u8>; 256] = std::array::from_fn(|_| Vec::new());
    for start in FORMS.iter().flat_map(|form| form.starts) {
        if let [first, second, ..] = start.as_bytes() {
            begins[usize::from(*first)].push(*second);
        }
    }
    let bytes = text.as_bytes();
    let at_byte = |at: usize| match bytes[at] {
        b'e' => web_token(text, at),
        b'-' => private_key(text, at),
        first => {
            let seconds = &begins[usize::from(first)];
            if seconds.is_empty()
                || !bytes
                    .get(at + 1)
                    .is_some_and(|second| seconds.contains(second))
            {
                return None;
            }
            FORMS.iter().find_map(|form| of_form(text, at, form))
        }
    };
    (0..bytes.len()).filter_map(at_byte).collect()
}

/// Returns the token of a form that begins here. The first byte is ASCII, so that a character begins here too.
fn of_form(text: &str, at: usize, form: &Form) -> Option<SecretToken> {
    let rest = text.get(at..)?;
    let start = form.starts.iter().find(|start| rest.starts_with(**start))?;
    // One more than there may be, so that a long row of such beginnings does not take long.
    let body = run(text, at + start.len(), form.most + 1, form.holds);
    let end = at + start.len() + body.len();
    let is_whole = !byte_before(text, at).is_some_and(|c| c.is_ascii_alphanumeric() || c == b'_')
        && !text[end..].starts_with(char::is_alphanumeric);
    (is_whole && (form.least..=form.most).contains(&body.len()) && is_random(body))
        .then(|| whole(form.what, at, end))
}

/// A JSON web token: two parts that begin like a JSON object in base64, and a signature.
fn web_token(text: &str, at: usize) -> Option<SecretToken> {
    const OBJECT: &str = "eyJ";
    let holds = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-');
    let part = |at: usize| run(text, at, usize::MAX, holds);
    // Not in the middle of another one: each part of the text is looked at once.
    if !text.get(at..)?.starts_with(OBJECT)
        || byte_before(text, at).is_some_and(|c| holds(c) || c == b'.')
    {
        return None;
    }
    let header = part(at);
    let claims_at = at + header.len() + 1;
    let claims = text[at + header.len()..]
        .starts_with('.')
        .then(|| part(claims_at))?;
    let signature_at = claims_at + claims.len() + 1;
    let signature = text[claims_at + claims.len()..]
        .starts_with('.')
        .then(|| part(signature_at))?;
    (header.len() > 10
        && claims.starts_with(OBJECT)
        && claims.len() > 10
        && signature.len() > 10
        && is_random(signature))
    .then(|| whole("a JSON web token", at, signature_at + signature.len()))
}

/// A private key between its marks. Only what has a key after its mark counts.
fn private_key(text: &str, at: usize) -> Option<SecretToken> {
    const BEGIN: &str = "-----BEGIN ";
    const DASHES: &str = "-----";
    const LONGEST: usize = 40;
    if !text.get(at..)?.starts_with(BEGIN) {
        return None;
    }
    let name_at = at + BEGIN.len();
    let name = run(text, name_at, LONGEST, |c| {
        c.is_ascii_uppercase() || c.is_ascii_digit() || c == b' '
    });
    let body_at = name_at + name.len() + DASHES.len();
    if !name.contains("PRIVATE KEY") || !text[name_at + name.len()..].starts_with(DASHES) {
        return None;
    }
    let body = &text[body_at..];
    let body = &body[..body.find(DASHES).unwrap_or(body.len())];
    // Line breaks may be written as `\n`.
    let plain = body.replace("\\r", " ").replace("\\n", " ");
    let key: String = plain
        .split_whitespace()
        .filter(|word| {
            word.bytes()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/' | b'='))
        })
        .collect();
    (key.len() >= 32 && is_random(&key)).then(|| SecretToken {
        what: "a private key",
        span: Span::new(at, body_at),
        hidden: Span::new(body_at, body_at + body.len()),
    })
}

fn whole(what: &'static str, start: usize, end: usize) -> SecretToken {
    SecretToken {
        what,
        span: Span::new(start, end),
        hidden: Span::new(start, end),
    }
}

/// The bytes from a place on for which a condition holds, but no more than so many; they are ASCII.
fn run(text: &str, start: usize, most: usize, holds: impl Fn(u8) -> bool) -> &str {
    let rest = text.get(start..).unwrap_or_default();
    let end = rest.bytes().take(most).take_while(|c| holds(*c)).count();
    &rest[..end]
}

fn byte_before(text: &str, at: usize) -> Option<u8> {
    text.as_bytes().get(at.checked_sub(1)?).copied()
}

/// Whether a text may have come from a generator: examples repeat themselves or say what they are.
fn is_random(text: &str) -> bool {
    let mut seen = [false; 256];
    for c in text.bytes() {
        seen[usize::from(c)] = true;
    }
    let distinct = seen.iter().filter(|seen| **seen).count();
    let lower = text.to_lowercase();
    distinct >= 8
        && !["1234567890", "0123456789", "abcdefgh"]
            .iter()
            .any(|row| lower.contains(row))
        && !is_placeholder(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In parts, so that this file holds no secrets itself.
    fn samples() -> Vec<(&'static str, String)> {
        vec![
            ("an AWS access key id", ["AKIA", "Q3EGRTZLKPWX7MNB"].concat()),
            (
                "a GitHub token",
                ["ghp_", "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"].concat(),
            ),
            ("a GitLab token", ["glpat-", "x9K2mQ7vR4tL8nW3pZ6s"].concat()),
            (
                "a Slack token",
                ["xoxb-", "2837465019283-7465019283746-Kd83nPq0ZmWx"].concat(),
            ),
            (
                "the address of a Slack webhook",
                ["hooks.slack.com/services/", "T8Q2K4M6P/B9W3R5Z7X/h2J4k6L8m0N3q5S7u9V1x3Z5"].concat(),
            ),
            (
                "a JSON web token",
                [
                    "eyJ",
                    "hbGciOiJIUzI1NiJ9.eyJ",
                    "zdWIiOiJwcm92aXNpb24ifQ.K9x2Qm7vR4tL8nW3pZ6sB1cD5fG0hJ",
                ]
                .concat(),
            ),
            (
                "a private key",
                [
                    "-----BEGIN RSA ",
                    "PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7bq0Zx9K2mQ7vR4tL8nW3pZ6sB1cD5fG0hJ\n-----END RSA PRIVATE KEY-----",
                ]
                .concat(),
            ),
        ]
    }

    #[test]
    fn every_form_is_found_in_quotes_and_alone() {
        for (what, text) in samples() {
            for around in [
                text.clone(),
                format!("x = \"{text}\"\n"),
                format!("({text})"),
            ] {
                let found = tokens(&around);
                assert_eq!(
                    found.iter().map(|token| token.what).collect::<Vec<_>>(),
                    [what],
                    "{around}"
                );
                assert!(
                    around
                        .get(found[0].span.start..found[0].hidden.end)
                        .is_some()
                );
            }
        }
    }

    #[test]
    fn a_key_on_one_line_is_hidden_as_a_whole() {
        let text = ["-----BEGIN ", "PRIVATE KEY-----\\nMIIEpAIBAAKCAQEA7bq0Zx9K2mQ7vR4t\\nL8nW3pZ6sB1cD5fG0hJ\\n-----END PRIVATE KEY-----"].concat();
        let found = tokens(&text);
        let hidden = &text[found[0].hidden.start..found[0].hidden.end];
        assert!(
            hidden.contains("MIIEp") && hidden.contains("hJ"),
            "{hidden}"
        );
    }

    #[test]
    fn what_only_resembles_one_is_left_alone() {
        for text in [
            // The one of the manual.
            ["AKIA", "IOSFODNN7EXAMPLE"].concat(),
            ["AKIA", "XXXXXXXXXXXXXXXX"].concat(),
            ["MAKIA", "Q3EGRTZLKPWX7MNB"].concat(),
            ["AKIA", "Q3EGRTZLKPWX7MNBQ"].concat(),
            ["ghp_", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"].concat(),
            ["ghp_", "short"].concat(),
            "eyJ.eyJ.x".to_owned(),
            "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----".to_owned(),
            "grep -q '-----BEGIN RSA PRIVATE KEY-----' key.pem".to_owned(),
            "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----".to_owned(),
            "é".repeat(100),
        ] {
            assert_eq!(tokens(&text), [], "{text}");
        }
    }
}
