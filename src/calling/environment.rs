//! What an operation finds in its environment, and what of that is secret.

use std::ffi::OsString;
use std::path::Path;

use nu_protocol::Value;

use super::arguments::Bound;
use super::error::CallError;
use crate::extension::Directory;
use crate::manager::Extension;
use crate::nickel::{is_secret, stars, tokens};
use crate::nushell::runner::base_environment;

/// Values of secrets that are shorter may stand in a text by chance.
const SHORTEST_SECRET: usize = 4;
/// Deepest nesting that is looked through for secrets.
const MAX_DEPTH: usize = 64;

/// The variables of a run, and the texts that must not be shown.
#[derive(Clone, Default)]
pub(super) struct Surroundings {
    pub(super) variables: Vec<(OsString, OsString)>,
    /// The longest first, because one may be a part of another.
    secrets: Vec<String>,
}

impl std::fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&OsString> = self.variables.iter().map(|(name, _)| name).collect();
        f.debug_struct("Surroundings")
            .field("variables", &names)
            .finish_non_exhaustive()
    }
}

impl Surroundings {
    /// Asks for the variables that an extension declares, and for those that everything that runs may see.
    ///
    /// # Errors
    /// One that it requires is not set.
    pub(super) fn of(
        extension: &Extension,
        directory: &Directory,
        ask: &dyn Fn(&str) -> Option<OsString>,
        given: Vec<(String, String)>,
    ) -> Result<Self, CallError> {
        let mut all = Self {
            variables: base_environment(ask),
            secrets: Vec::new(),
        };
        let metadata = directory.reading.metadata.as_ref();
        let none = Vec::new();
        let required = metadata.map_or(&none, |metadata| &metadata.required_env);
        let optional = metadata.map_or(&none, |metadata| &metadata.optional_env);
        let credentials = credentials(extension, directory);
        let mut missing = Vec::new();
        for name in required.iter().chain(optional).chain(&credentials) {
            let own = given.iter().find(|(known, _)| known == name);
            let value = match own {
                Some((_, value)) => Some(value.into()),
                None => ask(name).filter(|value| !value.is_empty()),
            };
            match value {
                Some(value) => all.add(name, value, credentials.contains(name)),
                None if required.contains(name) => missing.push(name.clone()),
                None => {}
            }
        }
        if !missing.is_empty() {
            return Err(CallError::Environment {
                extension: extension.metadata.name.clone(),
                missing,
            });
        }
        for (name, value) in given {
            all.add(&name, value.into(), false);
        }
        Ok(all)
    }

    fn add(&mut self, name: &str, value: OsString, is_credential: bool) {
        if let (true, Some(text)) = (is_credential || is_secret(name), value.to_str()) {
            self.hide_text(text);
        }
        self.variables.push((name.into(), value));
    }

    /// Keeps secret fields of arguments from being shown.
    pub(super) fn hide_those_of(&mut self, bound: &Bound) {
        for value in &bound.positional {
            self.hide_in(value, false, MAX_DEPTH);
        }
        for (name, value) in &bound.flags {
            self.hide_in(value, is_secret(name), MAX_DEPTH);
        }
    }

    fn hide_in(&mut self, value: &Value, is_hidden: bool, depth: usize) {
        if depth == 0 {
            return;
        }
        match value {
            Value::String { val, .. } if is_hidden => self.hide_text(val),
            Value::Int { val, .. } if is_hidden => self.hide_text(&val.to_string()),
            Value::List { vals, .. } => {
                for item in vals.iter() {
                    self.hide_in(item, is_hidden, depth - 1);
                }
            }
            Value::Record { val, .. } => {
                for (name, item) in val.iter() {
                    self.hide_in(item, is_hidden || is_secret(name), depth - 1);
                }
            }
            _ => {}
        }
    }

    fn hide_text(&mut self, text: &str) {
        // What is shown comes line by line.
        let lines = text.lines().chain([text.trim()]);
        for line in lines
            .map(str::trim)
            .filter(|line| line.len() >= SHORTEST_SECRET)
        {
            if !self.secrets.iter().any(|known| known == line) {
                self.secrets.push(line.to_owned());
            }
        }
        self.secrets
            .sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }

    /// Returns the length of the longest secret.
    pub(super) fn longest_secret(&self) -> usize {
        self.secrets.first().map_or(0, String::len)
    }

    /// Returns a value without secrets.
    pub(super) fn hidden_in(&self, value: Value) -> Value {
        let span = value.span();
        match value {
            Value::String { val, .. } => Value::string(self.hidden(&val), span),
            Value::List { vals, .. } => {
                let items = vals.into_owned().into_iter();
                Value::list(items.map(|item| self.hidden_in(item)).collect(), span)
            }
            Value::Record { val, .. } => {
                let fields = val.into_owned().into_iter();
                let fields = fields.map(|(name, item)| (name, self.hidden_in(item)));
                Value::record(fields.collect(), span)
            }
            other => other,
        }
    }

    /// Returns a text without secrets: those that are known, and what has the form of a key or a token.
    pub(super) fn hidden(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), "***");
            }
        }
        let mut ranges: Vec<(usize, usize)> = tokens(&text)
            .iter()
            .map(|token| (token.hidden.start, token.hidden.end))
            .collect();
        ranges.sort_unstable();
        stars(&text, &ranges)
    }
}

/// Returns the variables of the fields that authentication needs: `api_key` of `my-cloud` is `MY_CLOUD_API_KEY`.
fn credentials(extension: &Extension, directory: &Directory) -> Vec<String> {
    let Some(metadata) = &directory.reading.metadata else {
        return Vec::new();
    };
    let fields = metadata.document.at("authentication.required_fields");
    let fields = fields.map(crate::metadata::Node::texts).unwrap_or_default();
    let upper = |text: &str| -> String {
        let letters = text.chars().flat_map(char::to_uppercase);
        letters
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect()
    };
    let name = upper(&extension.metadata.name);
    fields
        .iter()
        .map(|field| match upper(field) == *field {
            // It is written as a variable already.
            true => field.clone(),
            false => format!("{name}_{}", upper(field)),
        })
        .collect()
}

/// Whether the code beside a module seems to call commands of this plugin, which is started for it then. That costs time, and
/// a word in a comment is no harm.
pub(super) fn calls_plugins(module: &Path) -> bool {
    const MAX_FILES: usize = 200;
    const MAX_SIZE: u64 = 1 << 20;
    const WORDS: [&str; 8] = [
        "nickel ",
        "template ",
        "extension ",
        "cluster ",
        "provisioning ",
        "from ncl",
        "to ncl",
        "from j2",
    ];
    let folder = module.parent().unwrap_or(module);
    let files = folder.read_dir().into_iter().flatten().flatten();
    files
        .take(MAX_FILES)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "nu"))
        .filter(|path| {
            path.metadata()
                .is_ok_and(|file| file.is_file() && file.len() <= MAX_SIZE)
        })
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .any(|text| {
            let mut lines = text
                .lines()
                .map(|line| line.split('#').next().unwrap_or_default());
            lines.any(|line| {
                let calls = |word: &str| {
                    line.match_indices(word).any(|(at, _)| {
                        let before = line[..at].trim_end();
                        before.is_empty() || before.ends_with(['|', '(', '{', '=', ';', '^'])
                    })
                };
                WORDS.iter().any(|word| calls(word))
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_each_line_of_them_and_the_longest_first() {
        let mut surroundings = Surroundings::default();
        surroundings.add("API_TOKEN", "abcdef".into(), false);
        surroundings.add("PASSWORD", "abcdefgh".into(), false);
        surroundings.add("KEY_FILE", "plain-path".into(), false);
        surroundings.add("MY_PRIVATE_KEY", "line one\nline two\n".into(), false);
        surroundings.add("CREDENTIAL", "plain-credential".into(), true);
        assert_eq!(
            surroundings.hidden("abcdefgh abcdef line two, plain-credential"),
            "*** *** ***, ***"
        );
    }

    #[test]
    fn secret_fields_of_arguments_are_hidden() {
        let mut surroundings = Surroundings::default();
        let config = nu_protocol::record! {
            "auth" => Value::test_record(nu_protocol::record! {
                "password" => Value::test_string("hunter22"),
                "user" => Value::test_string("somebody"),
            }),
        };
        surroundings.hide_those_of(&Bound {
            positional: vec![Value::test_record(config)],
            flags: vec![("token".to_owned(), Value::test_string("sesame-open"))],
        });
        assert_eq!(
            surroundings.hidden("hunter22 somebody sesame-open"),
            "*** somebody ***"
        );
    }
}
