//! How much is logged, and where.

use std::path::PathBuf;
use std::str::FromStr;

/// How much is logged; a level has those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Nothing.
    #[default]
    Off,
    /// What went wrong.
    Error,
    /// What may be wrong.
    Warn,
    /// What is done.
    Info,
    /// How it is done.
    Debug,
}

impl LogLevel {
    /// The words of all levels.
    pub const WORDS: [&str; 5] = ["off", "error", "warn", "info", "debug"];

    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            LogLevel::Off => "off",
            LogLevel::Error => "error",
            LogLevel::Warn => "warn",
            LogLevel::Info => "info",
            LogLevel::Debug => "debug",
        }
    }
}

impl FromStr for LogLevel {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "off" => Ok(LogLevel::Off),
            "error" => Ok(LogLevel::Error),
            "warn" => Ok(LogLevel::Warn),
            "info" => Ok(LogLevel::Info),
            "debug" => Ok(LogLevel::Debug),
            _ => Err(()),
        }
    }
}

/// The log: how much, and where to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// How much.
    pub level: LogLevel,
    /// The file; without one it is standard error.
    pub file: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_a_level_and_the_levels_are_in_order() {
        let levels = LogLevel::WORDS.map(|word| word.parse::<LogLevel>().unwrap());
        assert!(levels.is_sorted());
        assert_eq!(levels.map(LogLevel::as_str), LogLevel::WORDS);
    }
}
