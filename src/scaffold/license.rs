//! Licenses: SPDX expressions, and the texts of the usual ones.

use crate::diagnostic::did_you_mean;

/// The licenses whose texts are known.
const TEXTS: &[(&str, &str)] = &[
    ("MIT", include_str!("licenses/MIT")),
    ("Apache-2.0", include_str!("licenses/Apache-2.0")),
    ("BSD-3-Clause", include_str!("licenses/BSD-3-Clause")),
    ("MPL-2.0", include_str!("licenses/MPL-2.0")),
];

/// The word for no license.
const NONE: &str = "none";
/// Longest expression.
const MAX: usize = 256;

/// Under which terms others may use an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct License(Option<String>);

impl Default for License {
    fn default() -> Self {
        Self(Some("MIT".to_owned()))
    }
}

impl License {
    /// What is offered: the licenses whose texts are known, and none.
    pub const OFFERED: [&'static str; 5] = ["MIT", "Apache-2.0", "BSD-3-Clause", "MPL-2.0", NONE];

    /// Reads an SPDX expression such as `MIT OR Apache-2.0`, or `none`. Known names are put right in their case.
    ///
    /// # Errors
    /// It is none, and why.
    pub fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.eq_ignore_ascii_case(NONE) {
            return Ok(Self(None));
        }
        let is_part = |c: char| c.is_ascii_alphanumeric() || ".-+: ()".contains(c);
        if text.is_empty() || text.len() > MAX || !text.chars().all(is_part) {
            return Err("names, AND, OR, WITH and brackets".to_owned());
        }
        let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
        // Names and operators take turns.
        let is_operator = |word: &str| matches!(word, "AND" | "OR" | "WITH");
        let takes_turns = words
            .iter()
            .enumerate()
            .all(|(index, word)| is_operator(word) == (index % 2 == 1));
        let open = text.matches('(').count();
        if words.len().is_multiple_of(2) || !takes_turns || open != text.matches(')').count() {
            return Err(
                "between names there is one of AND, OR and WITH, in capital letters".to_owned(),
            );
        }
        let named = words.iter().map(|word| {
            let bare = word.trim_matches(['(', ')']);
            match TEXTS
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(bare))
            {
                Some((name, _)) => word.replace(bare, name),
                None => (*word).to_owned(),
            }
        });
        Ok(Self(Some(named.collect::<Vec<String>>().join(" "))))
    }

    /// Returns the expression, if there is a license.
    pub fn expression(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Returns the names in the expression whose texts are not known, each with what may have been meant.
    pub fn unknown(&self) -> Vec<(String, Option<String>)> {
        self.names()
            .filter(|name| text_of(name).is_none())
            .map(|name| (name.to_owned(), did_you_mean(name, names())))
            .collect()
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let expression = self.0.as_deref().unwrap_or_default();
        expression
            .split(' ')
            .step_by(2)
            .map(|word| word.trim_matches(['(', ')']))
            .filter(|word| !word.is_empty())
    }

    /// Returns what the file LICENSE says: the texts, or what is to be put there.
    pub fn text(&self, year: i32, author: &str) -> String {
        let Some(expression) = self.expression() else {
            return format!(
                "Copyright (c) {year} {author}\n\nAll rights reserved: nobody else may use, copy, change or pass on this extension. To allow it, put the\ntext of a license here, and its name into metadata.toml.\n"
            );
        };
        let known: Vec<String> = self
            .names()
            .filter_map(text_of)
            // The author comes last: the name may hold what looks like a place for the year.
            .map(|text| {
                text.replace("{year}", &year.to_string())
                    .replace("{author}", author)
            })
            .collect();
        let unknown = self.unknown();
        if let ([one], true) = (known.as_slice(), unknown.is_empty()) {
            return one.clone();
        }
        let mut all =
            format!("Copyright (c) {year} {author}\n\nSPDX-License-Identifier: {expression}\n");
        for (name, _) in unknown {
            all.push_str(&format!(
                "\nPut the text of {name} here: https://spdx.org/licenses/{name}.html\n"
            ));
        }
        for text in known {
            all.push_str(&format!("\n{}\n\n{text}", "-".repeat(78)));
        }
        all
    }
}

fn names() -> impl Iterator<Item = &'static str> + Clone {
    TEXTS.iter().map(|(name, _)| *name)
}

fn text_of(name: &str) -> Option<&'static str> {
    TEXTS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_and_known_names_put_right() {
        for (text, read) in [
            ("MIT", Some("MIT")),
            ("mit", Some("MIT")),
            ("apache-2.0 OR mit", Some("Apache-2.0 OR MIT")),
            ("(MIT OR MPL-2.0) AND ISC", Some("(MIT OR MPL-2.0) AND ISC")),
            (
                "GPL-3.0-or-later WITH Classpath-exception-2.0",
                Some("GPL-3.0-or-later WITH Classpath-exception-2.0"),
            ),
            ("LicenseRef-Own", Some("LicenseRef-Own")),
            ("none", None),
        ] {
            assert_eq!(License::read(text).unwrap().expression(), read, "{text}");
        }
        for text in [
            "",
            "MIT Apache-2.0",
            "MIT OR",
            "OR MIT",
            "MIT or ISC",
            "(MIT",
            "M\u{202e}IT",
            "\"MIT\"",
            &"x".repeat(300),
        ] {
            License::read(text).unwrap_err();
        }
    }

    #[test]
    fn the_text_is_there_or_it_says_what_to_put_there() {
        let text = |license: &str| License::read(license).unwrap().text(2026, "Ada {year}");
        assert!(text("MIT").starts_with("MIT License\n\nCopyright (c) 2026 Ada {year}\n"));
        assert!(text("Apache-2.0").contains("Version 2.0, January 2004"));
        assert!(text("none").contains("All rights reserved"));
        let both = text("MIT OR Apache-2.0");
        assert!(both.contains("SPDX-License-Identifier: MIT OR Apache-2.0"));
        assert!(both.contains("Permission is hereby granted") && both.contains("January 2004"));
        assert!(
            text("ISC").contains("Put the text of ISC here: https://spdx.org/licenses/ISC.html")
        );
        assert_eq!(
            License::read("Apache-2 OR MIT").unwrap().unknown(),
            [(
                "Apache-2".to_owned(),
                Some("did you mean `Apache-2.0`?".to_owned())
            )]
        );
    }
}
