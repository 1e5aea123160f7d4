//! What settings may be: typed values out of what a source says, or what is wrong with it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::diagnostic::{Code, Span, did_you_mean, safe_text};
use crate::metadata::check_name;
use crate::nickel::Isolation;

use super::{AutoUpdate, Given, GivenValue, LogLevel, Notation, remote, units};

/// Most items of a list or a record.
const MAX_ITEMS: usize = 1000;
/// Most characters of a value that are shown.
const MAX_SHOWN: usize = 60;

/// Something that is wrong with a setting.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The setting, such as `nickel.timeout`, with the item or key in it that is meant; empty for all settings together.
    pub name: String,
    /// What is wrong, where the source says it.
    pub span: Span,
    /// Whether what stands there holds credentials, and so must not be shown.
    pub is_secret: bool,
    /// What was expected, and what is there.
    pub expected: Expected,
}

/// What was expected, and what is there instead.
#[derive(Clone, Debug)]
pub enum Expected {
    /// A name that is a setting.
    Setting {
        /// The last part of the name as it is written.
        key: String,
        /// The settings there are in this place.
        known: Vec<&'static str>,
    },
    /// Another name for something that the user names.
    Name {
        /// The name.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Another value.
    Value {
        /// The value, as it may be shown.
        found: String,
        /// What it should be, in words that fit after "not".
        expected: String,
        /// A value that is close.
        hint: Option<String>,
    },
}

impl Fault {
    /// Returns the stable code.
    pub fn code(&self) -> Code {
        match self.expected {
            Expected::Setting { .. } => Code::ConfigUnknownKey,
            Expected::Name { .. } | Expected::Value { .. } => Code::ConfigInvalid,
        }
    }

    /// Returns what is wrong. Where the setting has another name in the source, `called` is that.
    pub fn message(&self, called: Option<&str>) -> String {
        match &self.expected {
            Expected::Setting { .. } => format!("unknown setting `{}`", safe_text(&self.name)),
            Expected::Name { key, reason } => format!(
                "`{}` cannot be the name of a remote: {reason}",
                safe_text(key)
            ),
            Expected::Value {
                found, expected, ..
            } => match called {
                Some(called) => format!("{called} is {found}, not {expected}"),
                None if self.name.is_empty() => {
                    format!("the settings are {found}, not {expected}")
                }
                None => format!("`{}` is {found}, not {expected}", safe_text(&self.name)),
            },
        }
    }

    /// Returns what is wrong right there.
    pub fn label(&self) -> String {
        match &self.expected {
            Expected::Setting { .. } => "not a setting of this plugin".to_owned(),
            Expected::Name { .. } => "not a valid name".to_owned(),
            Expected::Value { expected, .. } => format!("expected {expected}"),
        }
    }

    /// Returns what comes close, or else what there is.
    pub fn hint(&self) -> Option<String> {
        match &self.expected {
            Expected::Setting { key, known } => Some(
                did_you_mean(key, known.iter().copied())
                    .unwrap_or_else(|| format!("settings here: {}", known.join(", "))),
            ),
            Expected::Name { .. } => None,
            Expected::Value { hint, .. } => hint.clone(),
        }
    }
}

/// The reading of one setting.
pub(super) struct Reading<'a> {
    pub(super) name: &'a str,
    pub(super) notation: Notation,
}

/// A typed value, or everything that is wrong.
pub(super) type Read<T> = Result<T, Vec<Fault>>;

impl Reading<'_> {
    /// Returns the fault of a value; `inside` is the way to it from the setting's own.
    fn fault(&self, given: &Given, inside: &str, expected: impl Into<String>) -> Fault {
        Fault {
            name: format!("{}{inside}", self.name),
            span: given.span,
            is_secret: given
                .text()
                .is_some_and(|text| remote::masked_url(text) != text),
            expected: Expected::Value {
                found: self.found(given),
                expected: expected.into(),
                hint: None,
            },
        }
    }

    fn wrong<T>(&self, given: &Given, expected: impl Into<String>) -> Read<T> {
        Err(vec![self.fault(given, "", expected)])
    }

    /// Returns how a value is called in a message.
    pub(super) fn found(&self, given: &Given) -> String {
        match &given.value {
            GivenValue::Nothing => "nothing".to_owned(),
            GivenValue::Text(text) if text.is_empty() => "empty".to_owned(),
            GivenValue::Text(text) if self.notation == Notation::Environment => quoted(text),
            // There are other values that look like this.
            GivenValue::Text(text) => format!("the text {}", quoted(text)),
            GivenValue::Made(_) => "another text".to_owned(),
            GivenValue::Whole(number) => number.to_string(),
            GivenValue::Flag(flag) => flag.to_string(),
            GivenValue::Size(bytes) => format!("{bytes} bytes"),
            GivenValue::Duration(nanoseconds) if nanoseconds % 1_000_000_000 == 0 => {
                format!("{}sec", nanoseconds / 1_000_000_000)
            }
            GivenValue::Duration(nanoseconds) => format!("{nanoseconds}ns"),
            GivenValue::List(_) => "a list".to_owned(),
            GivenValue::Record(_) if self.notation == Notation::Toml => "a table".to_owned(),
            GivenValue::Record(_) => "a record".to_owned(),
            GivenValue::Other(kind) => kind.clone(),
        }
    }

    fn path_at(&self, given: &Given, inside: &str) -> Result<PathBuf, Fault> {
        match given.text() {
            Some(text) if text.contains(char::is_control) => {
                Err(self.fault(given, inside, "a path without control characters"))
            }
            Some(text) if !text.is_empty() => Ok(PathBuf::from(text)),
            _ => Err(self.fault(given, inside, "a path")),
        }
    }

    /// Reads a path.
    pub(super) fn path(&self, given: &Given) -> Read<PathBuf> {
        self.path_at(given, "").map_err(|fault| vec![fault])
    }

    /// Reads a path or the name of a program.
    pub(super) fn program(&self, given: &Given) -> Read<PathBuf> {
        match given.text() {
            Some(text) if !text.is_empty() => self.path(given),
            _ => self.wrong(given, "a path or the name of a program"),
        }
    }

    /// Reads a list of paths; in an environment variable they are separated as in PATH.
    pub(super) fn paths(&self, given: &Given) -> Read<Vec<PathBuf>> {
        match &given.value {
            GivenValue::List(items) if items.len() <= MAX_ITEMS => all(items
                .iter()
                .enumerate()
                .map(|(index, item)| self.path_at(item, &format!("[{index}]")))),
            GivenValue::List(_) => {
                self.wrong(given, format!("a list of at most {MAX_ITEMS} paths"))
            }
            GivenValue::Text(text) if self.notation == Notation::Environment => {
                Ok(std::env::split_paths(text)
                    .filter(|path| !path.as_os_str().is_empty())
                    .collect())
            }
            _ => self.wrong(given, "a list of paths"),
        }
    }

    /// Reads a list of keys, each a text or the path of a file.
    pub(super) fn keys(&self, given: &Given) -> Read<Vec<String>> {
        match &given.value {
            GivenValue::List(_) => {}
            GivenValue::Text(_) if self.notation == Notation::Environment => {}
            _ => return self.wrong(given, "a list of public keys or their files"),
        }
        let paths = self.paths(given)?;
        let texts = paths
            .into_iter()
            .map(|path| path.to_string_lossy().into_owned());
        Ok(texts.collect())
    }

    /// Reads a whole number within bounds.
    pub(super) fn whole(&self, given: &Given, least: i64, most: i64) -> Read<usize> {
        let number = match &given.value {
            GivenValue::Whole(number) => Some(*number),
            GivenValue::Text(text) if self.notation == Notation::Environment => {
                text.trim().parse().ok()
            }
            _ => None,
        };
        number
            .filter(|number| (least..=most).contains(number))
            .and_then(|number| usize::try_from(number).ok())
            .map_or_else(
                || self.wrong(given, format!("a whole number from {least} to {most}")),
                Ok,
            )
    }

    /// Reads a size of at least so many bytes.
    pub(super) fn size(&self, given: &Given, least: u64, least_text: &str) -> Read<u64> {
        let bytes = match &given.value {
            GivenValue::Size(bytes) => u64::try_from(*bytes).ok(),
            GivenValue::Text(text) | GivenValue::Made(text)
                if self.notation.has_units_in_texts() =>
            {
                units::size(text)
            }
            _ => None,
        };
        bytes.filter(|bytes| *bytes >= least).map_or_else(
            || self.wrong(given, format!("a file size of at least {least_text}")),
            Ok,
        )
    }

    /// Reads a duration that is not zero.
    pub(super) fn duration(&self, given: &Given) -> Read<Duration> {
        let duration = match &given.value {
            GivenValue::Duration(nanoseconds) => {
                u64::try_from(*nanoseconds).ok().map(Duration::from_nanos)
            }
            GivenValue::Text(text) | GivenValue::Made(text)
                if self.notation.has_units_in_texts() =>
            {
                units::duration(text)
            }
            _ => None,
        };
        duration
            .filter(|duration| !duration.is_zero())
            .map_or_else(|| self.wrong(given, "a duration above zero"), Ok)
    }

    /// Reads true or false.
    pub(super) fn flag(&self, given: &Given) -> Read<bool> {
        match &given.value {
            GivenValue::Flag(flag) => Ok(*flag),
            GivenValue::Text(text) if self.notation == Notation::Environment => {
                match text.trim().to_ascii_lowercase().as_str() {
                    "true" => Ok(true),
                    "false" => Ok(false),
                    _ => self.wrong(given, "true or false"),
                }
            }
            _ => self.wrong(given, "true or false"),
        }
    }

    /// Reads the level of the log.
    pub(super) fn level(&self, given: &Given) -> Read<LogLevel> {
        self.word(given, "a level of the log", &LogLevel::WORDS)
    }

    /// Reads what is done about newer versions.
    pub(super) fn auto_update(&self, given: &Given) -> Read<AutoUpdate> {
        self.word(
            given,
            "what is done about newer versions",
            &AutoUpdate::WORDS,
        )
    }

    /// Reads where Nickel runs.
    pub(super) fn isolation(&self, given: &Given) -> Read<Isolation> {
        self.word(given, "a kind of isolation", &Isolation::WORDS)
    }

    fn word<T: FromStr>(&self, given: &Given, what: &str, words: &[&str]) -> Read<T> {
        let text = given.text();
        let word = text.map(|text| match self.notation {
            Notation::Environment => text.trim().to_ascii_lowercase(),
            _ => text.to_owned(),
        });
        if let Some(value) = word.as_deref().and_then(|word| word.parse().ok()) {
            return Ok(value);
        }
        let expected = format!("{what}: {}", words.join(", "));
        let mut fault = self.fault(given, "", expected);
        if let (GivenValue::Text(text), Expected::Value { found, hint, .. }) =
            (&given.value, &mut fault.expected)
        {
            *found = quoted(text);
            *hint = did_you_mean(text, words.iter().copied());
        }
        Err(vec![fault])
    }

    /// Reads directories by name.
    pub(super) fn packages(&self, given: &Given) -> Read<BTreeMap<String, PathBuf>> {
        match &given.value {
            GivenValue::Record(entries) if entries.len() <= MAX_ITEMS => {
                all(entries.iter().map(|entry| {
                    let path = self.path_at(&entry.given, &format!(".{}", entry.key))?;
                    Ok((entry.key.clone(), path))
                }))
            }
            _ => self.wrong(given, "a record of names and paths"),
        }
    }

    /// Reads addresses by name.
    pub(super) fn remotes(&self, given: &Given) -> Read<BTreeMap<String, String>> {
        let GivenValue::Record(entries) = &given.value else {
            return self.wrong(given, "a record of names and URLs");
        };
        if entries.len() > MAX_ITEMS {
            return self.wrong(given, format!("a record of at most {MAX_ITEMS} remotes"));
        }
        all(entries.iter().map(|entry| {
            let inside = format!(".{}", entry.key);
            if let Err(reason) = check_name(&entry.key) {
                let mut fault = self.fault(&entry.given, &inside, "");
                fault.span = entry.key_span;
                // A source that does not know where the key stands has the value underlined.
                let is_shown = entry.key_span == entry.given.span;
                let url = entry.given.text().unwrap_or_default();
                fault.is_secret = is_shown && remote::masked_url(url) != url;
                fault.expected = Expected::Name {
                    key: entry.key.clone(),
                    reason,
                };
                return Err(fault);
            }
            let Some(url) = entry.given.text() else {
                return Err(self.fault(&entry.given, &inside, "a URL"));
            };
            match remote::fault(url) {
                None => Ok((entry.key.clone(), url.to_owned())),
                Some(reason) => {
                    let mut fault = self.fault(&entry.given, &inside, "");
                    fault.expected = Expected::Value {
                        found: reason,
                        expected: "a `file` URL, the only kind so far".to_owned(),
                        hint: None,
                    };
                    Err(fault)
                }
            }
        }))
    }
}

/// Returns a text as it can be shown, or as much as one needs to know it again.
fn quoted(text: &str) -> String {
    let text = remote::without_credentials(text);
    let mut shown: String = text.chars().take(MAX_SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("`{}`", safe_text(&shown))
}

/// Returns all values, or all faults.
fn all<T, C: FromIterator<T>>(values: impl Iterator<Item = Result<T, Fault>>) -> Read<C> {
    let mut faults = Vec::new();
    let good: C = values
        .filter_map(|value| value.map_err(|fault| faults.push(fault)).ok())
        .collect();
    if faults.is_empty() {
        Ok(good)
    } else {
        Err(faults)
    }
}
