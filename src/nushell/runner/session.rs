//! A task that runs: what it prints, what it tells, how it ends.

use std::fs::File;
use std::io::{self, Read as _};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::script::RESULTS;
use crate::worker::{Ending, Event, Supervised};

/// Most bytes of results that are read at once.
const MAX_RESULTS: usize = 64 << 20;
/// Longest word of a driver.
const MAX_WORD: usize = 4 << 10;

/// A running task. It is ended, with everything that it has started, when this is dropped.
#[derive(Debug)]
pub struct Session {
    program: Supervised,
    results: File,
    /// The last results, as far as they have no end yet.
    begun: Vec<u8>,
    words: Words,
    /// What was printed and not told yet.
    ready: std::collections::VecDeque<Said>,
    scratch: TempDir,
}

/// What comes of a task.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// The code, or a program that it has started, has printed something.
    Output(Vec<u8>),
    /// It has printed something to standard error, which is told apart ([`Task::is_apart`](super::Task::is_apart)).
    Error(Vec<u8>),
    /// The driver has said a word, such as that it begins with something.
    Word(String),
    /// It has ended. Nothing comes after that.
    Ended(Ending),
}

impl Session {
    pub(super) fn new(program: Supervised, results: File, token: String, scratch: TempDir) -> Self {
        Self {
            program,
            results,
            begun: Vec::new(),
            words: Words::new(token),
            ready: std::collections::VecDeque::new(),
            scratch,
        }
    }

    /// Returns what comes next; nothing when nothing has come within that time.
    pub fn next(&mut self, patience: Duration) -> Option<Said> {
        if let Some(said) = self.ready.pop_front() {
            return Some(said);
        }
        match self.program.next(patience)? {
            Event::Output(bytes) => self.ready.extend(self.words.split(&bytes)),
            Event::Error(bytes) => self.ready.push_back(Said::Error(bytes)),
            Event::Ended(ending) => {
                self.ready.extend(self.words.rest());
                self.ready.push_back(Said::Ended(ending));
            }
        }
        self.ready.pop_front()
    }

    /// Returns the results that the driver has written since the last time.
    ///
    /// # Errors
    /// They are too large, or no data: somebody else has written there.
    pub fn results(&mut self) -> io::Result<Vec<Value>> {
        let most = u64::try_from(MAX_RESULTS).unwrap_or(u64::MAX);
        (&mut self.results)
            .take(most)
            .read_to_end(&mut self.begun)?;
        if self.begun.len() >= MAX_RESULTS {
            self.begun.clear();
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let end = self.begun.iter().rposition(|byte| *byte == b'\n');
        let rest = self.begun.split_off(end.map_or(0, |end| end + 1));
        let whole = std::mem::replace(&mut self.begun, rest);
        whole
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).map_err(io::Error::other))
            .collect()
    }

    /// Whether what belongs to the run is still there.
    pub fn is_intact(&self) -> bool {
        self.scratch.path().join(RESULTS).is_file()
    }

    /// Returns how many processes the code had left behind when it ended, which were ended.
    pub fn left(&self) -> usize {
        self.program.left()
    }

    /// Ends the task, and returns when nothing of it is left.
    pub fn end(&mut self) {
        self.program.end();
    }
}

/// Tells the words of the driver from what else is printed. They stand between a token that nobody else knows and a line
/// break.
#[derive(Debug)]
struct Words {
    token: Vec<u8>,
    /// What may be the beginning of a word.
    held: Vec<u8>,
}

impl Words {
    fn new(token: String) -> Self {
        Self {
            token: token.into_bytes(),
            held: Vec::new(),
        }
    }

    fn split(&mut self, bytes: &[u8]) -> Vec<Said> {
        self.held.extend_from_slice(bytes);
        let mut said = Vec::new();
        loop {
            let found = find(&self.held, &self.token);
            let printed = found.unwrap_or_else(|| self.held.len() - self.partial());
            if printed > 0 {
                said.push(Said::Output(self.held.drain(..printed).collect()));
            }
            if found.is_none() {
                return said;
            }
            let from = self.token.len();
            let after = self.held.get(from..).unwrap_or_default();
            match after.iter().position(|byte| *byte == b'\n') {
                Some(length) => {
                    let word = String::from_utf8_lossy(&after[..length]).into_owned();
                    self.held.drain(..=from + length);
                    said.push(Said::Word(word));
                }
                // Without an end it is none.
                None if after.len() > MAX_WORD => {
                    said.push(Said::Output(std::mem::take(&mut self.held)));
                }
                None => return said,
            }
        }
    }

    /// Returns how much at the end may be the beginning of the token.
    fn partial(&self) -> usize {
        let most = self.held.len().min(self.token.len().saturating_sub(1));
        (1..=most)
            .rev()
            .find(|length| self.held.ends_with(&self.token[..*length]))
            .unwrap_or(0)
    }

    fn rest(&mut self) -> Option<Said> {
        let held = std::mem::take(&mut self.held);
        (!held.is_empty()).then_some(Said::Output(held))
    }
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    // Of much that is printed this is all that is done.
    if !word.first().is_some_and(|first| text.contains(first)) {
        return None;
    }
    text.windows(word.len()).position(|window| window == word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOKEN: &str = "aab0";

    fn told(pieces: &[&[u8]]) -> (String, Vec<String>) {
        let mut words = Words::new(TOKEN.to_owned());
        let mut said: Vec<Said> = pieces.iter().flat_map(|piece| words.split(piece)).collect();
        said.extend(words.rest());
        let (mut output, mut heard) = (Vec::new(), Vec::new());
        for said in said {
            match said {
                Said::Output(bytes) | Said::Error(bytes) => output.extend(bytes),
                Said::Word(word) => heard.push(word),
                Said::Ended(_) => {}
            }
        }
        (String::from_utf8(output).unwrap(), heard)
    }

    #[test]
    fn words_stand_between_a_token_and_a_line_break() {
        let (output, words) = told(&[b"xaab0begin 1\ny\naab0end 1\n"]);
        assert_eq!(output, "xy\n");
        assert_eq!(words, ["begin 1", "end 1"]);
        // One that has no end is none.
        assert_eq!(told(&[b"aab0begin"]).0, "aab0begin");
    }

    #[test]
    fn what_never_ends_is_output() {
        let long = format!("{TOKEN}{}", "x".repeat(3 * MAX_WORD));
        assert_eq!(told(&[long.as_bytes()]).0, long);
    }

    proptest! {
        #[test]
        fn it_does_not_matter_in_which_pieces_something_comes(
            parts in prop::collection::vec("[ab0\n]{0,6}|aab0[a-z]{0,3}\n", 0..8),
            cuts in prop::collection::vec(0_usize..60, 0..6),
        ) {
            let whole = parts.concat();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(whole.len())).collect();
            cuts.extend([0, whole.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> =
                cuts.windows(2).map(|cut| &whole.as_bytes()[cut[0]..cut[1]]).collect();
            prop_assert_eq!(told(&pieces), told(&[whole.as_bytes()]));
        }
    }
}
