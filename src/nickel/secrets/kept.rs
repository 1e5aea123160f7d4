//! Texts that are kept for long and shown to others.

use super::{is_secret, stars, tokens};
use crate::diagnostic::safe_text;

/// Returns the beginning of a text as one line, without keys and tokens that are known by their form, without passwords in
/// URLs and what is given to names of secrets, and without characters that change what a terminal shows.
pub fn kept_text(text: &str, most: usize) -> String {
    // Cut before it is searched, far enough behind the end that a token across it is still known by its form.
    let start = match text.char_indices().nth(most * 2) {
        Some((end, _)) => &text[..end],
        None => text,
    };
    let mut hidden: Vec<(usize, usize)> = tokens(start)
        .iter()
        .map(|token| (token.hidden.start, token.hidden.end))
        .collect();
    hidden.extend(passwords_in_urls(start));
    hidden.extend(given_to_secrets(start));
    hidden.sort_unstable();
    let masked = stars(start, &hidden).replace(['\n', '\t'], " ");
    let safe = safe_text(&masked);
    match safe.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &safe[..end]),
        None => safe.into_owned(),
    }
}

/// Returns where passwords stand in URLs: between the name of a user and the host. A path that was taken for one and
/// brought into its usual form has one slash only.
fn passwords_in_urls(text: &str) -> impl Iterator<Item = (usize, usize)> {
    text.match_indices(":/").filter_map(|(colon, _)| {
        let before = text[..colon].chars().next_back();
        if !before.is_some_and(char::is_alphanumeric) {
            return None;
        }
        let after = &text[colon + 1..];
        let rest = after.trim_start_matches('/');
        let start = colon + 1 + after.len() - rest.len();
        // A password may hold anything, so it ends at the last `@` of the word.
        let word = rest.split(char::is_whitespace).next().unwrap_or_default();
        let host = word.rfind('@')?;
        let user = word[..host].find(':')?;
        Some((start + user + 1, start + host))
    })
}

/// Returns where values stand that are given to names of secrets, as in `?token=...`: until a blank, a quote or what stands
/// between parts of a URL or of a path.
fn given_to_secrets(text: &str) -> impl Iterator<Item = (usize, usize)> {
    text.match_indices('=').filter_map(|(equals, _)| {
        let before = text[..equals].trim_end();
        let name = before
            .rsplit(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')))
            .next()
            .unwrap_or_default();
        if !is_secret(name) {
            return None;
        }
        let after = &text[equals + 1..];
        let value = after.trim_start_matches([' ', '=', '"', '\'', '`']);
        let start = equals + 1 + after.len() - value.len();
        let ends =
            |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '&' | '/' | ';' | ',');
        let length = value.find(ends).unwrap_or(value.len());
        Some((start, start + length))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn kept(text: &str, expected: &str) {
        assert_eq!(kept_text(text, 1000), expected);
    }

    #[test]
    fn passwords_in_urls_are_hidden_however_many_slashes_are_left() {
        kept("https://me:hunter2@host/x", "https://me:*******@host/x");
        kept(
            "/srv/https:/me:hunter2@host/x",
            "/srv/https:/me:*******@host/x",
        );
        kept(
            "git+ssh://:a@b@host:22/x and more@x",
            "git+ssh://:***@host:22/x and more@x",
        );
        kept("a://u:p/w@h b://u:q@h", "a://u:***@h b://u:*@h");
    }

    #[test]
    fn what_is_given_to_names_of_secrets_is_hidden() {
        kept("db password=hunter2 port=1", "db password=******* port=1");
        kept(
            "/x/DB_PASSWORD=a/y?api_token=b&c=d",
            "/x/DB_PASSWORD=*/y?api_token=*&c=d",
        );
        kept("`client-secret = \"a b\"`", "`client-secret = \"* b\"`");
        kept("secret==x", "secret==*");
    }

    #[test]
    fn texts_without_secrets_stay() {
        for text in [
            "https://user@host/x",
            "https://host:80/x",
            "file:///srv/x",
            "C:/users/me",
            "kubernetes@1.28.0",
            "tokens_per_second=3",
            "a = b",
            "password=",
            "=",
            "the user me:x@y",
        ] {
            kept(text, text);
        }
    }

    proptest! {
        #[test]
        fn no_password_stays_whatever_it_holds(
            user in "[a-z]{0,5}",
            password in "[A-Z0-9@:/.%=é]{1,12}",
            before in "([a-z/ ]{0,9} )?",
            slashes in "/{1,3}",
        ) {
            let text = format!("{before}https:{slashes}{user}:{password}@host/x");
            let expected = format!("{before}https:{slashes}{user}:{}@host/x", "*".repeat(password.len()));
            prop_assert_eq!(kept_text(&text, 1000), expected);
        }

        #[test]
        fn any_text_can_be_kept(text in "\\PC*[:/@= a-ztokensecret]{0,40}\\PC*") {
            let _ = kept_text(&text, 20);
        }
    }
}
