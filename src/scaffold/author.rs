//! Who makes an extension, when nobody says it: whom version control knows.

use std::io::Read as _;
use std::path::Path;

use crate::audit::who_is_here;
use crate::diagnostic::is_unsafe_char;
use crate::metadata::schema::MAX_SHORT;

/// Most bytes of a configuration that are read.
const MAX_SIZE: u64 = 1 << 20;

/// Returns the user's name and address as Git has them in these files, of which later ones count more; else the user's name on
/// this machine. Git itself is not run.
pub fn default_author(files: &[impl AsRef<Path>]) -> String {
    let (mut name, mut email) = (None, None);
    for file in files {
        let mut text = String::new();
        // A link to a file elsewhere is usual here.
        let is_read = dunce::canonicalize(file)
            .and_then(|path| crate::store::open_file(&path))
            .and_then(|file| file.take(MAX_SIZE).read_to_string(&mut text));
        if is_read.is_ok() {
            user(&text, &mut name, &mut email);
        }
    }
    let author = match (name, email) {
        (Some(name), Some(email)) => Some(format!("{name} <{email}>")),
        (name, email) => name.or(email),
    };
    author
        .filter(|author| is_usable(author))
        .unwrap_or_else(|| {
            let who = who_is_here();
            let user = who.split('@').next().unwrap_or_default();
            if is_usable(user) { user } else { "The author" }.to_owned()
        })
}

fn is_usable(author: &str) -> bool {
    !author.trim().is_empty()
        && author.chars().count() <= MAX_SHORT
        && !author.chars().any(is_unsafe_char)
}

/// Reads `[user] name` and `email`.
fn user(text: &str, name: &mut Option<String>, email: &mut Option<String>) {
    let mut is_user = false;
    for line in text.trim_start_matches('\u{feff}').lines() {
        let mut line = line.trim();
        if let Some(rest) = line.strip_prefix('[') {
            let Some((section, rest)) = rest.split_once(']') else {
                continue;
            };
            is_user = section.trim().eq_ignore_ascii_case("user");
            line = rest.trim();
        }
        let Some((key, value)) = line.split_once('=').filter(|_| is_user) else {
            continue;
        };
        let place = match key.trim().to_ascii_lowercase().as_str() {
            "name" => &mut *name,
            "email" => &mut *email,
            _ => continue,
        };
        *place = Some(unquoted(value)).filter(|value| !value.is_empty());
    }
}

/// Returns a value without its quotes and the comment behind it.
fn unquoted(value: &str) -> String {
    let mut all = String::new();
    let mut is_quoted = false;
    // Blanks at the end count in quotes only.
    let mut end = 0;
    let mut chars = value.trim().chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                is_quoted = !is_quoted;
                end = all.len();
                continue;
            }
            '\\' => match chars.next() {
                Some('n') => all.push('\n'),
                Some('t') => all.push('\t'),
                Some(c) => all.push(c),
                None => break,
            },
            '#' | ';' if !is_quoted => break,
            c => all.push(c),
        }
        if is_quoted || !c.is_whitespace() {
            end = all.len();
        }
    }
    all.truncate(end);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (Option<String>, Option<String>) {
        let (mut name, mut email) = (None, None);
        user(text, &mut name, &mut email);
        (name, email)
    }

    #[test]
    fn the_user_of_git_is_read_as_git_reads_it() {
        let some = |name: &str, email: &str| (Some(name.to_owned()), Some(email.to_owned()));
        for (text, read) in [
            (
                "[user]\n\tname = Ada Lovelace\n\temail = ada@example.com\n",
                some("Ada Lovelace", "ada@example.com"),
            ),
            (
                "[User] NAME=Ada # the first\n; no\nEmail = \"a;b@c\" ; x\n",
                some("Ada", "a;b@c"),
            ),
            (
                "[user]\nname = one\nname = \"Ada \\\"L\\\" # \"\nemail=x\n[core]\nname = git\n",
                some("Ada \"L\" # ", "x"),
            ),
            ("[user \"work\"]\nname = no\nemail = no\n", (None, None)),
            ("name = no", (None, None)),
            ("[user\nname = no", (None, None)),
            ("[user]\nname =\n", (None, None)),
        ] {
            assert_eq!(of(text), read, "{text}");
        }
    }

    #[test]
    fn later_files_count_more_and_what_cannot_be_used_is_left() {
        let home = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = home.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let one = file("one", "[user]\nname = One\nemail = one@example.com");
        let two = file("two", "[user]\nname = Two");
        let bad = file("bad", "[user]\nname = \"a\\nb\"");
        assert_eq!(default_author(&[&one, &two]), "Two <one@example.com>");
        assert_eq!(default_author(&[&two]), "Two");
        let here = default_author(&[home.path().join("none")]);
        assert_eq!(default_author(&[&bad]), here);
        assert!(!here.is_empty());
    }
}
