//! Whether newer versions are looked for without being asked.

use std::str::FromStr;

/// What is done about newer versions of what was installed from remotes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AutoUpdate {
    /// Nothing.
    #[default]
    Off,
    /// They are looked for, and told.
    Check,
}

impl AutoUpdate {
    /// All words.
    pub const WORDS: [&str; 2] = ["off", "check"];

    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            AutoUpdate::Off => "off",
            AutoUpdate::Check => "check",
        }
    }
}

impl FromStr for AutoUpdate {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "off" => Ok(AutoUpdate::Off),
            "check" => Ok(AutoUpdate::Check),
            _ => Err(()),
        }
    }
}
