//! Addresses of remotes, and what of them may be shown.

use crate::diagnostic::Span;

/// Returns what an address is that cannot be used, in words that do not repeat it; none when it can.
pub(super) fn fault(url: &str) -> Option<String> {
    let no_url = || Some("a text".to_owned());
    let Some((scheme, rest)) = url.split_once("://") else {
        return no_url();
    };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    if !is_scheme || scheme.len() > 20 {
        return no_url();
    }
    if !scheme.eq_ignore_ascii_case("file") {
        return Some(format!("a URL with the scheme `{scheme}`"));
    }
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    if !path.starts_with('/') {
        return Some("a directory of another machine".to_owned());
    }
    None
}

/// Returns where the credentials of the URL that begins the text stand: what is between `://` and the last `@` before its path.
fn credentials(url: &str) -> Option<Span> {
    let start = url.find("://")? + 3;
    let rest = &url[start..];
    let end = rest
        .find(|c: char| matches!(c, '/' | '?' | '#' | '"' | '\'') || c.is_whitespace())
        .unwrap_or(rest.len());
    let at = rest[..end].rfind('@')?;
    Some(Span::new(start, start + at))
}

/// Returns a URL without the credentials that stand in it.
pub fn masked_url(url: &str) -> String {
    match credentials(url) {
        Some(span) => format!("{}***{}", &url[..span.start], &url[span.end..]),
        None => url.to_owned(),
    }
}

/// Replaces the credentials of every URL in a text by stars, byte for byte.
pub(super) fn without_credentials(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let end = match credentials(rest) {
            // The first `://` of the rest is the one that was looked at.
            Some(span) => {
                shown.push_str(&rest[..span.start]);
                shown.push_str(&"*".repeat(span.end - span.start));
                span.end
            }
            None => {
                shown.push_str(&rest[..at + 3]);
                at + 3
            }
        };
        rest = &rest[end..];
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_files_of_this_machine_are_remotes() {
        for url in ["file:///srv/x", "FILE:///srv/x", "file://localhost/srv"] {
            assert_eq!(fault(url), None, "{url}");
        }
        for (url, part) in [
            ("/srv/x", "a text"),
            ("a b://x", "a text"),
            ("https://user:secret@host/x", "scheme `https`"),
            ("oci://host/x", "scheme `oci`"),
            ("file://host/x", "another machine"),
        ] {
            let fault = fault(url).unwrap();
            assert!(fault.contains(part) && !fault.contains("secret"), "{fault}");
        }
    }

    #[test]
    fn credentials_are_not_shown() {
        assert_eq!(masked_url("https://u:p@ss@h/a@b"), "https://***@h/a@b");
        assert_eq!(masked_url("https://h/a@b"), "https://h/a@b");
        assert_eq!(
            without_credentials("a = \"x://u:p@h\" # y://v@h, z://h/@"),
            "a = \"x://***@h\" # y://*@h, z://h/@"
        );
    }

    proptest! {
        #[test]
        fn a_text_without_credentials_is_as_long(text in "[a-z@:/é \"]{0,60}") {
            prop_assert_eq!(without_credentials(&text).len(), text.len());
        }
    }
}
