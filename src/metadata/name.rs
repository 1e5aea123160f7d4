//! The naming rule.

/// Longest name of an extension or component.
pub const MAX_NAME: usize = 64;

/// Checks a name against `^[a-z0-9][a-z0-9_-]{0,63}$`.
///
/// The rule keeps names usable as folder, file and key parts on every system: no separators, no dots, no letters that
/// differ only in case.
///
/// # Errors
/// What is wrong with it, in words.
pub fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("a name must not be empty".to_owned());
    }
    if name.len() > MAX_NAME {
        return Err(format!("a name has at most {MAX_NAME} characters"));
    }
    if !name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()) {
        return Err("a name starts with a lower-case letter or a digit".to_owned());
    }
    match name
        .chars()
        .find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-')))
    {
        None => Ok(()),
        Some(c) => Err(format!(
            "{} is not allowed: use lower-case letters, digits, `-` and `_`",
            crate::diagnostic::safe_text(&format!("`{c}`"))
        )),
    }
}

/// Returns a valid name close to what was written, if there is one: `My Ext` gives `my-ext`.
pub(super) fn suggest_name(name: &str) -> Option<String> {
    let words: String = name
        .trim()
        .to_lowercase()
        .chars()
        .map(|c| if matches!(c, ' ' | '.' | '/') { '-' } else { c })
        .collect();
    let words = words.trim_matches(['-', '_']);
    check_name(words).is_ok().then(|| words.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn path_like_names_are_refused() {
        for name in [
            "",
            ".",
            "..",
            "a/b",
            "a\\b",
            "-x",
            "_x",
            "A",
            "a b",
            "a.b",
            "é",
            &"x".repeat(65),
        ] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
        assert!(check_name("custom-cloud_2").is_ok());
    }

    proptest! {
        #[test]
        fn an_accepted_name_is_one_safe_path_part(name in ".{0,70}") {
            if check_name(&name).is_ok() {
                let path = std::path::Path::new(&name);
                prop_assert_eq!(path.components().count(), 1);
                prop_assert!(matches!(path.components().next(), Some(std::path::Component::Normal(_))));
                prop_assert_eq!(name.to_lowercase(), name);
            }
        }

        #[test]
        fn a_suggested_name_is_valid(name in ".{0,70}") {
            if let Some(suggested) = suggest_name(&name) {
                prop_assert!(check_name(&suggested).is_ok());
            }
        }
    }
}
